/**
 * The schema: what a record means, without offsets and without any ORM. Plain frozen data, as it stands in the file.
 * `defineSchema` is the only way to get one; what it returns is valid, frozen and fingerprinted.
 */
import { createHash } from 'node:crypto';
import { PermafrostError } from '../errors';
import { checkRelation } from './check-relation';
import type { LowerCase } from './database-order';
import type { EmbeddedDefinition, EmbeddedSchema } from './embedded';
import type { FieldType } from './field-types';
import { invalid } from './invalid';
import { normalizeEntity } from './normalize-entity';
import { canonicalSubtypes, checkSubtypeNames, type SubtypesDefinition } from './subtypes';

/** A field, as {@link defineSchema} takes it. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: FieldType;
  /**
   * A list of values of `type` in which elements may be null. 'typed' and 'view' are lists of numbers without nulls, given back as a fresh
   * typed array (Float32Array …) or as a {@link NumericArrayView}, which reads single elements without copying the others.
   */
  readonly array?: boolean | 'typed' | 'view';
  /** A set of values of `type`: distinct, in the order in which they were first given. */
  readonly set?: boolean;
  /** The type of the keys of a map, whose values are of `type`: `{ type: 'int32', map: 'text' }` is a Map<string, number>. */
  readonly map?: FieldType;
  /** Whether the field may hold null or be absent (`undefined`). Default false. */
  readonly nullable?: boolean;
  /** Of an embedded field, the names that lead to it from the record: ['address', 'city']. `name` must be unique all the same. */
  readonly path?: readonly string[];
  /** The labels of an enum, in the order of their declaration, which is their sort order. */
  readonly values?: readonly string[];
  /**
   * For json: larger objects and lists are stored with an index of their members, and a read gives a read-only object that reads the
   * members that are touched; `materialize` gives plain values. Not part of the fingerprint. Default false.
   */
  readonly packed?: boolean;
  /** For text: values that shrink by a third or more are stored compressed. Not part of the fingerprint. Default false. */
  readonly compressed?: boolean;
  /** Whether records do not show the field: it is there to find, order and tell apart records by, or marks deleted ones. Default false. */
  readonly hidden?: boolean;
  /**
   * Of text: how the database orders it. 'C' is the order of the UTF-8 bytes; any other name is the database's, and only ranks tell that
   * order. Without it nobody has said, and the bytes decide. Not part of the fingerprint.
   */
  readonly collation?: string;
  /**
   * Each value has its rank with it, a number from 1 on: its place in the order of the database, equal where the database calls two
   * values equal. It takes 4 bytes a record. Not part of the fingerprint. Default false.
   */
  readonly ranked?: boolean;
  /**
   * The database calls values equal that differ here, such as "Ada" and "ADA" of a collation that ignores case: only ranks tell which.
   * 'lower-case': those that are the same in lower case (see `lowerCase`), and no other; LIKE ignores case then. Not part of the fingerprint. Default false.
   */
  readonly looseEquality?: boolean | 'lower-case';
  /** Of text: what is lower case to the database, where a condition ignores case. Default: each code point by itself. Not part of the fingerprint. */
  readonly lowerCase?: LowerCase;
  /** Notes of whoever made the schema (JSON), e.g. the database type. Not part of the fingerprint. */
  readonly source?: JsonValue;
}

/** A relation, as {@link defineSchema} takes it. */
export interface RelationDefinition {
  readonly name: string;
  readonly kind: 'to-one' | 'to-many';
  /** Name of the entity referred to. A relation has this or `targets`. */
  readonly target?: string;
  /** A subtype of the target, when all records it leads to are of it. */
  readonly subtype?: string;
  /** Of a relation with an `inverse` to a subtype: records of other classes, those that extend it too, are passed over. Default false. */
  readonly passesOver?: boolean;
  /** Of a polymorphic relation, which is to-one: the entities it may refer to. Their order is part of what the records mean. */
  readonly targets?: readonly string[];
  /** The member of the target that stores this relation; without it the relation is stored here. */
  readonly inverse?: string;
  /** Of a relation in an embedded, the names that lead to it from the record: ['address', 'country']. `name` must be unique all the same. */
  readonly path?: readonly string[];
  /** Whether a to-one relation may be empty. Default true. */
  readonly nullable?: boolean;
  readonly source?: JsonValue;
}

/** An entity, as {@link defineSchema} takes it. */
export interface EntityDefinition {
  readonly name: string;
  /** Names of the fields that make the key, in order. */
  readonly key: readonly string[];
  readonly fields: readonly FieldDefinition[];
  readonly relations?: readonly RelationDefinition[];
  /** What there is to say of embedded values; the paths of fields alone make them. */
  readonly embeddeds?: readonly EmbeddedDefinition[];
  /** Ways to find records beside the key. They decide how fast answers come, not what records mean: not part of the fingerprint. */
  readonly indexes?: readonly IndexDefinition[];
  /** Classes of records that share this entity's table. */
  readonly subtypes?: SubtypesDefinition;
  /**
   * Name of the field that marks deleted records by holding a value, such as the time of their deletion. They are records as all others, found
   * by key, counted and scanned; but relations pass over them: one to a deleted record gives null, and lists do not have it.
   */
  readonly deletedBy?: string;
  readonly source?: JsonValue;
}

/** An index besides the key, as {@link defineSchema} takes it. */
export interface IndexDefinition {
  /** Names of the fields, in order. Records without a value in one of them are not in the index: null equals nothing. */
  readonly fields: readonly string[];
  /** Whether no two records may have the same values. Default false. */
  readonly unique?: boolean;
}

/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A {@link FieldDefinition} with its defaults filled in. */
export interface FieldSchema extends FieldDefinition {
  readonly array: boolean | 'typed' | 'view';
  readonly nullable: boolean;
}
/** A {@link RelationDefinition} with its defaults filled in. */
export interface RelationSchema extends RelationDefinition {
  readonly nullable: boolean;
}
/** An {@link IndexDefinition} with its defaults filled in. */
export interface IndexSchema extends IndexDefinition {
  readonly unique: boolean;
}
/** An {@link EntityDefinition} with its defaults filled in. */
export interface EntitySchema extends EntityDefinition {
  readonly fields: readonly FieldSchema[];
  readonly relations: readonly RelationSchema[];
  /** Those that the paths of fields imply; absent when there are none. */
  readonly embeddeds?: readonly EmbeddedSchema[];
  readonly indexes: readonly IndexSchema[];
}
/** What a snapshot holds: frozen, valid, without any ORM. Made by {@link defineSchema} or {@link schemaFromClasses}. */
export interface Schema {
  readonly entities: readonly EntitySchema[];
  /** SHA-256, in hex, of the canonical form of everything that decides what records mean. */
  readonly fingerprint: string;
}

/**
 * Validates and freezes a schema given as plain data.
 * Throws SCHEMA_INVALID naming the entity and member. Cost: proportional to the number of fields.
 */
export function defineSchema(entities: readonly EntityDefinition[]): Schema {
  if (!Array.isArray(entities) || entities.length === 0) {
    throw new PermafrostError(
      'SCHEMA_INVALID',
      'A schema needs at least one entity; found none. Pass entity definitions or decorated classes.',
    );
  }
  const byName = new Map<string, EntitySchema>();
  for (const definition of entities) {
    const entity = normalizeEntity(definition);
    if (byName.has(entity.name))
      invalid(entity.name, undefined, 'two entities have this name; give one of them another');
    byName.set(entity.name, entity);
  }
  const relationsOf = new Map<EntitySchema, ReadonlyMap<string, RelationSchema>>();
  for (const entity of byName.values()) {
    relationsOf.set(entity, new Map(entity.relations.map((relation) => [relation.name, relation])));
  }
  checkSubtypeNames([...byName.values()]);
  for (const entity of byName.values())
    for (const relation of entity.relations) checkRelation(entity, relation, byName, relationsOf);
  const frozen = deepFreeze([...byName.values()]);
  return Object.freeze({ entities: frozen, fingerprint: fingerprintOf(frozen) });
}

/** The hash that says whether two schemas give records the same meaning; sources and notes do not count. */
export function fingerprintOf(entities: readonly EntitySchema[]): string {
  const canonical = entities
    .map((entity) => [
      entity.name,
      entity.key,
      entity.fields.map((field) => [
        field.name,
        field.type,
        field.array,
        field.nullable,
        field.values ?? null,
        ...(field.set ? ['set'] : field.map === undefined ? [] : ['map', field.map]),
        ...(field.path ? ['path', field.path] : []),
        ...(field.hidden ? ['hidden'] : []),
      ]),
      entity.relations.map((relation) => [
        relation.name,
        relation.kind,
        relation.targets ?? relation.target,
        relation.inverse ?? null,
        relation.nullable,
        ...(relation.subtype === undefined ? [] : [relation.subtype]),
        ...(relation.passesOver ? ['passes over'] : []),
        ...(relation.path ? ['path', relation.path] : []),
      ]),
      ...(entity.subtypes ? [canonicalSubtypes(entity.subtypes)] : []),
      ...(entity.embeddeds?.some(({ nullable }) => nullable)
        ? [entity.embeddeds.filter(({ nullable }) => nullable).map(({ path }) => path)]
        : []),
      ...(entity.deletedBy === undefined ? [] : ['deleted by', entity.deletedBy]),
    ])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

/** The fields of an entity's key, in key order. */
export function keyFields(entity: EntitySchema): readonly FieldSchema[] {
  return entity.key.map((name) => entity.fields.find((field) => field.name === name)!);
}

/** The entities that a relation may lead to: one, or several if it is polymorphic. */
export function targetNames(relation: RelationDefinition): readonly string[] {
  return relation.targets ?? [relation.target!];
}

/** The fields of an index, in its order. */
export function indexFields(entity: EntitySchema, index: IndexSchema): readonly FieldSchema[] {
  return index.fields.map((name) => entity.fields.find((field) => field.name === name)!);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
