/**
 * Single-table inheritance: one record table for an entity and its subtypes, which a field of the record tells apart, the discriminator.
 * The entity has the members of all; each subtype names those that it has beyond its parent. Plain data, as it stands in the file.
 */
import { describeValue } from '../errors';
import { MAX_SUBTYPE_COUNT, MAX_SUBTYPE_MEMBERS } from '../limits';
import { invalid } from './invalid';
import type { EntityDefinition, EntitySchema, FieldSchema, RelationSchema } from './schema';

/** The classes of an entity's records, and the field that says which of them a record is of. */
export interface SubtypesDefinition {
  /** The text or enum field that says which subtype a record is. */
  readonly field: string;
  /** Each behind its parent. */
  readonly classes: readonly SubtypeDefinition[];
}

/** One class of an entity's records, and the members it has beside those of all of them. */
export interface SubtypeDefinition {
  /** Unique among the entities and subtypes of the schema. */
  readonly name: string;
  /** What the discriminator holds in records of it; all others that no subtype claims are of the entity itself. */
  readonly value: string;
  /** The subtype it extends. Default the entity itself. */
  readonly parent?: string;
  /** Names of the fields and relations that it has beyond its parent. They are nullable, since other records do not have them. */
  readonly members: readonly string[];
  /** Names of members of its parent that it does not have. They are nullable. Default none. */
  readonly without?: readonly string[];
  /** Those of `members` that are fields and that every record of it must have a value of. Default none. Not part of the fingerprint. */
  readonly required?: readonly string[];
}

/** The fields that a record of a subtype must have besides those that every record must: its own, and those of what it extends. */
export function requiredFieldsOf(entity: EntitySchema, subtype: SubtypeDefinition): FieldSchema[] {
  const { classes } = entity.subtypes!;
  const names = new Set<string>();
  for (
    let link: SubtypeDefinition | undefined = subtype;
    link !== undefined;
    link = classes.find(({ name }) => name === link!.parent)
  )
    for (const name of link.required ?? []) names.add(name);
  return entity.fields.filter(({ name }) => names.has(name));
}

/** Names of the members that records of a subtype have; of the entity itself for undefined. */
export function membersOf(entity: EntitySchema, subtype: SubtypeDefinition | undefined): ReadonlySet<string> {
  const { classes } = entity.subtypes!;
  const members = new Set([...entity.fields, ...entity.relations].map(({ name }) => name));
  for (const { members: own } of classes) for (const name of own) members.delete(name);
  const byName = new Map(classes.map((candidate) => [candidate.name, candidate]));
  const chain: SubtypeDefinition[] = [];
  for (let link = subtype; link !== undefined; link = byName.get(link.parent!)) chain.unshift(link);
  for (const { members: own, without = [] } of chain) {
    for (const name of without) members.delete(name);
    for (const name of own) members.add(name);
  }
  return members;
}

/** For each subtype by its place, whether it is the one called `name` or extends it. */
export function withinSubtype(entity: EntitySchema, name: string): boolean[] {
  const within = new Map<string, boolean>();
  for (const { name: own, parent } of entity.subtypes!.classes)
    within.set(own, own === name || (parent !== undefined && within.get(parent)!));
  return [...within.values()];
}

/** The entity as it would be declared if it had only those of its subtypes that are named: for classes that do not list all. */
export function restrictedTo(entity: EntitySchema, names: ReadonlySet<string>): EntitySchema {
  if (!entity.subtypes) return entity;
  const { subtypes, ...rest } = entity;
  const classes = subtypes.classes.filter(({ name }) => names.has(name));
  const kept = new Set(classes.flatMap(({ members }) => members));
  const gone = new Set(subtypes.classes.flatMap(({ members }) => members).filter((name) => !kept.has(name)));
  return {
    ...rest,
    fields: entity.fields.filter(({ name }) => !gone.has(name)),
    relations: entity.relations.filter(({ name }) => !gone.has(name)),
    ...(classes.length === 0 ? {} : { subtypes: { ...subtypes, classes } }),
  };
}

/** The subtypes of an entity, checked against its members. Throws SCHEMA_INVALID. */
export function normalizeSubtypes(
  { name: entity, subtypes, key }: EntityDefinition,
  fields: readonly FieldSchema[],
  relations: readonly RelationSchema[],
): SubtypesDefinition {
  const { field, classes } = subtypes!;
  const discriminator =
    fields.find(({ name }) => name === field) ??
    invalid(entity, String(field), 'it is to tell subtypes apart but is not a field');
  if (!['text', 'enum'].includes(discriminator.type) || discriminator.array || discriminator.set || discriminator.map)
    invalid(entity, field, 'a text or an enum tells subtypes apart');
  if (discriminator.compressed) invalid(entity, field, 'a compressed text cannot tell subtypes apart');
  if (!Array.isArray(classes) || classes.length === 0)
    invalid(entity, undefined, '`subtypes.classes` is a list of at least one');
  const known = new Map<string, FieldSchema | RelationSchema>(
    [...fields, ...relations].map((member) => [member.name, member]),
  );
  if (classes.length > MAX_SUBTYPE_COUNT)
    invalid(entity, undefined, `it has ${classes.length} subtypes; the limit is ${MAX_SUBTYPE_COUNT}`);
  if (classes.length * known.size > MAX_SUBTYPE_MEMBERS)
    invalid(
      entity,
      undefined,
      `it has ${classes.length} subtypes and ${known.size} members; the limit of their product is ${MAX_SUBTYPE_MEMBERS}`,
    );
  const byName = new Map<string, ReadonlySet<string>>();
  const values = new Set<string>();
  for (const { name, value, parent, members, required = [], without = [] } of classes) {
    if (typeof name !== 'string' || name === '')
      invalid(entity, undefined, `a subtype needs a name; found ${describeValue(name)}`);
    const title = `the subtype "${name}"`;
    if (byName.has(name) || name === entity) invalid(entity, undefined, `two classes have the name of ${title}`);
    if (typeof value !== 'string' || values.has(value))
      invalid(entity, undefined, `${title} needs a value of "${field}" of its own; found ${describeValue(value)}`);
    if (discriminator.type === 'enum' && !discriminator.values!.includes(value))
      invalid(entity, undefined, `${title} has the value ${describeValue(value)}, which "${field}" does not have`);
    if (parent !== undefined && !byName.has(parent))
      invalid(entity, undefined, `${title} extends ${describeValue(parent)}, which is no subtype before it`);
    if (!Array.isArray(members)) invalid(entity, undefined, `${title} needs \`members\`: a list of names`);
    const all = new Set(parent === undefined ? [] : byName.get(parent)!);
    for (const member of members) {
      const found = known.get(member);
      if (!found || all.has(member))
        return invalid(
          entity,
          String(member),
          `${title} names it, but it is ${found ? 'named before' : 'not a member'}`,
        );
      if (member === field || key.includes(member))
        invalid(entity, member, `${title} names it, but every record has it`);
      if (!found.nullable)
        invalid(entity, member, 'a member of a subtype is nullable: records of other classes do not have it');
      all.add(member);
    }
    if (!Array.isArray(without)) invalid(entity, undefined, `\`without\` of ${title} is a list of names`);
    for (const member of without) {
      const found = known.get(member);
      if (!found || members.includes(member) || member === field || key.includes(member))
        return invalid(entity, String(member), `${title} is without it, but it is no member that its parent can have`);
      if (!found.nullable) invalid(entity, member, 'a member that a subtype is without is nullable');
      all.delete(member);
    }
    const own = new Set<string>(members);
    if (!Array.isArray(required) || required.length > own.size)
      invalid(entity, undefined, `\`required\` of ${title} is a list of some of its members`);
    for (const member of required)
      if (!own.has(member) || !fields.some((candidate) => candidate.name === member))
        invalid(entity, String(member), `${title} requires it, but it is not one of the fields among its members`);
    byName.set(name, all);
    values.add(value);
  }
  return {
    field,
    classes: classes.map(({ name, value, parent, members, required = [], without = [] }) => ({
      name,
      value,
      ...(parent === undefined ? {} : { parent }),
      members: [...members],
      ...(without.length === 0 ? {} : { without: [...without] }),
      ...(required.length === 0 ? {} : { required: [...required] }),
    })),
  };
}

/** Throws SCHEMA_INVALID when a subtype has the name of another class of the schema. */
export function checkSubtypeNames(entities: readonly EntitySchema[]): void {
  const names = new Set(entities.map(({ name }) => name));
  for (const { name: entity, subtypes } of entities) {
    for (const { name } of subtypes?.classes ?? []) {
      if (names.has(name)) invalid(entity, undefined, `another class has the name of the subtype "${name}"`);
      names.add(name);
    }
  }
}

/** What the fingerprint says of subtypes. */
export function canonicalSubtypes({ field, classes }: SubtypesDefinition): unknown {
  return [
    field,
    classes.map(({ name, value, parent, members, without = [] }) => [
      name,
      value,
      parent ?? null,
      members,
      ...(without.length === 0 ? [] : [without]),
    ]),
  ];
}
