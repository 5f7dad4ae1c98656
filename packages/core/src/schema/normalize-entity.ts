/** Checks the definition of one entity and fills in its defaults; relations are checked when all entities are known. */
import { describeValue, nearestName, PermafrostError } from '../errors';
import { MAX_KEY_PARTS } from '../limits';
import { collectionDefect, fieldTypeText, isCollection } from './collections';
import { orderDefect } from './database-order';
import { mayBeEmpty, normalizeEmbeddeds, pathDefect } from './embedded';
import { canBeKey, fieldTypes, isFieldType, reservedFieldTypes } from './field-types';
import { invalid } from './invalid';
import type {
  EntityDefinition,
  EntitySchema,
  FieldDefinition,
  FieldSchema,
  IndexDefinition,
  IndexSchema,
} from './schema';
import { storageDefect } from './storage-forms';
import { normalizeSubtypes } from './subtypes';

/** One entity with its defaults filled in, checked by itself: relations are not. Throws SCHEMA_INVALID. */
export function normalizeEntity(definition: EntityDefinition): EntitySchema {
  const name = definition?.name;
  if (typeof name !== 'string' || name === '') {
    throw new PermafrostError('SCHEMA_INVALID', `An entity needs a name; found ${describeValue(name)}.`, {
      expected: 'a non-empty string',
      actual: name,
    });
  }
  if (!Array.isArray(definition.fields) || definition.fields.length === 0)
    invalid(name, undefined, "it has no fields; in a class they are declared by @Field('text')");
  const seen = new Set<string>();
  const claim = (member: unknown): string => {
    if (typeof member !== 'string' || member === '')
      invalid(name, String(member), 'a member name must be a non-empty string');
    if (seen.has(member as string)) invalid(name, member as string, 'two members have this name');
    seen.add(member as string);
    return member as string;
  };
  const fields = definition.fields.map((field) => normalizeField(name, claim(field.name), field));
  const relations = (definition.relations ?? []).map((relation) => {
    claim(relation.name);
    const defect = pathDefect(relation);
    if (defect) invalid(name, relation.name, defect);
    return { ...relation, nullable: relation.nullable ?? true };
  });
  checkKey(name, definition.key, fields);
  const indexes = normalizeIndexes(name, definition.indexes ?? [], fields);
  checkDeletedBy(definition, fields);
  const subtypes = definition.subtypes && { subtypes: normalizeSubtypes(definition, fields, relations) };
  const { embeddeds: _, subtypes: _subtypes, ...rest } = definition;
  const embeddeds = normalizeEmbeddeds(definition.embeddeds, fields, relations, (member, why) =>
    invalid(name, member, why),
  );
  for (const field of fields) {
    if (definition.key.includes(field.name) && mayBeEmpty({ embeddeds: embeddeds ?? [] }, field))
      invalid(name, field.name, 'a key field cannot lie in an embedded that is nullable');
  }
  const checked = { ...rest, key: [...definition.key], fields, relations, indexes };
  return { ...checked, ...(embeddeds ? { embeddeds } : {}), ...subtypes };
}

function normalizeField(entity: string, name: string, field: FieldDefinition): FieldSchema {
  if (!isFieldType(field.type)) {
    if ((reservedFieldTypes as readonly string[]).includes(field.type)) {
      invalid(entity, name, `the type "${field.type}" is reserved for a later format`);
    }
    const near = nearestName(String(field.type), fieldTypes);
    invalid(
      entity,
      name,
      `unknown type ${describeValue(field.type)}${near ? `; did you mean "${near}"?` : `; known types: ${fieldTypes.join(', ')}`}`,
    );
  }
  if (field.type === 'enum') {
    const values = field.values;
    if (!Array.isArray(values) || values.length === 0 || values.some((value) => typeof value !== 'string')) {
      invalid(entity, name, 'an enum needs `values`: a non-empty list of strings');
    }
    if (new Set(values).size !== values!.length) invalid(entity, name, 'its enum values are not distinct');
    if (values!.length > 65535) invalid(entity, name, `it has ${values!.length} enum values; the limit is 65535`);
  } else if (field.values !== undefined) invalid(entity, name, '`values` is for enums only');
  if (typeof (field.hidden ?? false) !== 'boolean')
    invalid(entity, name, `\`hidden\` is true or false, found ${describeValue(field.hidden)}`);
  const defect = collectionDefect(field) ?? storageDefect(field) ?? orderDefect(field) ?? pathDefect(field);
  if (defect) invalid(entity, name, defect);
  const { set, ...rest } = field;
  return { ...rest, array: field.array ?? false, nullable: field.nullable ?? false, ...(set ? { set } : {}) };
}

/** What a field is that has no equality to find records by; undefined for all others. */
function keylessKind(field: FieldSchema): string | undefined {
  if (field.array) return 'list';
  if (isCollection(field) || !canBeKey(field.type)) return fieldTypeText(field);
  return field.compressed ? 'compressed text' : undefined;
}

function checkKey(entity: string, key: unknown, fields: readonly FieldSchema[]): void {
  if (!Array.isArray(key) || key.length === 0) {
    invalid(
      entity,
      undefined,
      "it has no key; name the field or fields that identify a record: key: ['id'], or in a class @Field('int32', { key: true })",
    );
  }
  if (key.length > MAX_KEY_PARTS) {
    invalid(entity, undefined, `its key has ${key.length} fields; the limit is ${MAX_KEY_PARTS}`);
  }
  for (const name of key as unknown[]) {
    const field = fieldNamed(entity, name, fields, 'it is named as a key but');
    const kind = keylessKind(field);
    if (kind) invalid(entity, field.name, `a ${kind} cannot be part of a key`);
    if (field.nullable) invalid(entity, field.name, 'a key field cannot be nullable');
  }
  if (new Set(key as unknown[]).size !== (key as unknown[]).length)
    invalid(entity, undefined, 'its key names a field twice');
}

/** What marks deleted records is a field that may hold no value; a list that has none is a value. */
function checkDeletedBy({ name: entity, deletedBy }: EntityDefinition, fields: readonly FieldSchema[]): void {
  if (deletedBy === undefined) return;
  const field = fieldNamed(entity, deletedBy, fields, 'it is to mark deleted records but');
  if (!field.nullable) invalid(entity, field.name, 'a field that marks deleted records is nullable');
}

/** Indexes without repetition: of two on the same fields one is left, unique if either is. */
function normalizeIndexes(entity: string, indexes: unknown, fields: readonly FieldSchema[]): IndexSchema[] {
  if (!Array.isArray(indexes)) invalid(entity, undefined, '`indexes` is not a list');
  const byFields = new Map<string, IndexSchema>();
  for (const { fields: names, unique = false } of indexes as IndexDefinition[]) {
    if (!Array.isArray(names) || names.length === 0)
      invalid(entity, undefined, 'an index needs the names of its fields');
    if (names.length > MAX_KEY_PARTS)
      invalid(entity, undefined, `an index has ${names.length} fields; the limit is ${MAX_KEY_PARTS}`);
    const title = `the index on ${names.join(', ')}`;
    if (new Set(names).size !== names.length) invalid(entity, undefined, `${title} names a field twice`);
    for (const name of names) {
      const field = fieldNamed(entity, name, fields, `${title} names it, but it`);
      const kind = keylessKind(field);
      if (kind) invalid(entity, name, `a ${kind} cannot be part of an index`);
    }
    const id = JSON.stringify(names);
    byFields.set(id, { fields: [...names], unique: unique || (byFields.get(id)?.unique ?? false) });
  }
  return [...byFields.values()];
}

function fieldNamed(entity: string, name: unknown, fields: readonly FieldSchema[], what: string): FieldSchema {
  const field = fields.find((candidate) => candidate.name === name);
  if (field) return field;
  const near = nearestName(
    String(name),
    fields.map((candidate) => candidate.name),
  );
  return invalid(entity, String(name), `${what} is not a field${near ? `; did you mean "${near}"?` : ''}`);
}
