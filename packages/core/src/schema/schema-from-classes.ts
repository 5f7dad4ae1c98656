/** From decorated classes to a schema: what they and their embeddeds declare, as plain data. */
import { describeValue, PermafrostError } from '../errors';
import { MAX_EMBEDDED_DEPTH } from '../limits';
import {
  baseOf,
  chainOf,
  declaresFields,
  type EntityClass,
  entityNameOf,
  isSubtype,
  overriding,
} from './class-description';
import { relationOf } from './declared-relation';
import { requireBases, withSubtypes } from './decorated-subtypes';
import type { EmbeddedDefinition } from './embedded';
import { defineSchema, type EntityDefinition, type FieldDefinition, type IndexDefinition, type Schema } from './schema';

/** The schema of decorated classes. Throws SCHEMA_INVALID. Members of base classes come first. */
export function schemaFromClasses(classes: readonly EntityClass[]): Schema {
  if (!Array.isArray(classes)) {
    throw new TypeError(
      `schemaFromClasses: expected a list of decorated classes, found ${describeValue(classes)}. Write schemaFromClasses([${typeof classes === 'function' ? (classes as EntityClass).name : 'Team, Player'}]).`,
    );
  }
  requireBases(classes);
  return defineSchema(
    classes
      .filter((entityClass) => !isSubtype(entityClass))
      .map((entityClass) =>
        definitionOf(
          entityClass,
          classes.filter((subtype) => isSubtype(subtype) && baseOf(subtype) === entityClass),
        ),
      ),
  );
}

/** What a decorated class declares, and its subtypes. Throws SCHEMA_INVALID when it, or a relation's target, is not decorated. */
export function definitionOf(entityClass: EntityClass, subtypes: readonly EntityClass[] = []): EntityDefinition {
  const name = entityNameOf(entityClass);
  if (name === undefined) {
    throw new PermafrostError(
      'SCHEMA_INVALID',
      `The class ${entityClass?.name ?? String(entityClass)} is not decorated with @Snapshot(). Decorate it, or leave it out.`,
      {
        entity: entityClass?.name,
      },
    );
  }
  const chain = chainOf(entityClass);
  const fields = overriding(chain.flatMap((link) => link.fields));
  const embedded = embeddedMembers(name, entityClass, [], '');
  const relations = overriding(chain.flatMap((link) => link.relations)).map((relation) => relationOf(name, relation));
  const indexes = [entityClass, ...subtypes].flatMap((link) => chainOf(link)).flatMap((link) => link.indexes);
  indexes.push(...embedded.indexes);
  const definition = {
    name,
    key: fields.filter((field) => field.key).map((field) => field.name),
    fields: [...fields.map(({ key: _, ...field }) => field), ...embedded.fields],
    ...(embedded.nullable.length > 0 ? { embeddeds: embedded.nullable } : {}),
    ...(indexes.length > 0 ? { indexes: [...new Set(indexes)] } : {}),
    relations,
  };
  return subtypes.length === 0 ? definition : withSubtypes(definition, entityClass, subtypes);
}

/** The fields of the embeddeds of a class, and of those within them; `path` and `prefix` are those of the class. Throws SCHEMA_INVALID. */
function embeddedMembers(entity: string, owner: EntityClass, path: readonly string[], prefix: string) {
  const members = {
    fields: [] as FieldDefinition[],
    nullable: [] as EmbeddedDefinition[],
    indexes: [] as IndexDefinition[],
  };
  for (const embedded of overriding(chainOf(owner).flatMap((link) => link.embeddeds))) {
    const ownPath = [...path, embedded.name];
    const refuse = (why: string): never => {
      const field = ownPath.join('.');
      throw new PermafrostError('SCHEMA_INVALID', `${entity}.${field}: ${why}.`, { entity, field });
    };
    if (ownPath.length > MAX_EMBEDDED_DEPTH)
      refuse(`it lies more than ${MAX_EMBEDDED_DEPTH} embeddeds deep; a class cannot embed itself`);
    const target = embedded.target();
    if (typeof target !== 'function') refuse('it embeds an undefined class (a circular import?)');
    if (!declaresFields(target)) refuse(`it embeds ${target.name}, which declares no @Field`);
    const chain = chainOf(target);
    if (chain.some((link) => link.relations.length > 0))
      refuse(`it embeds ${target.name}, which has relations; the entity must have them`);
    const ownPrefix = prefix + (embedded.prefix ?? `${embedded.name}_`);
    for (const { key, ...field } of overriding(chain.flatMap((link) => link.fields))) {
      if (key) refuse(`it embeds ${target.name}, whose field "${field.name}" is a key; an embedded has none`);
      members.fields.push({ ...field, name: ownPrefix + field.name, path: [...ownPath, field.name] });
    }
    for (const index of chain.flatMap((link) => link.indexes))
      members.indexes.push({ ...index, fields: index.fields.map((name) => ownPrefix + name) });
    if (embedded.nullable) members.nullable.push({ path: ownPath, nullable: true });
    const inner = embeddedMembers(entity, target, ownPath, ownPrefix);
    members.fields.push(...inner.fields);
    members.nullable.push(...inner.nullable);
    members.indexes.push(...inner.indexes);
  }
  return members;
}
