/**
 * Embedded values: fields and relations of a value object that lie in their owner's record. In the schema they are members like any other,
 * each with a name of its own and the path by which it is reached: `address_city` at address.city. Whoever looks for one by path asks here.
 */
import { MAX_EMBEDDED_DEPTH } from '../limits';
import type { EntitySchema, FieldSchema, RelationSchema } from './schema';

/** What a schema says of an embedded value beside its fields. */
export interface EmbeddedDefinition {
  /** How it is reached from the record: ['address'], or ['address', 'geo'] for one within another. */
  readonly path: readonly string[];
  /** Whether it reads null when none of its fields has a value, and may be null when it is written. Default false: then it is never null. */
  readonly nullable?: boolean;
}
/** The same in a schema that has been checked. */
export interface EmbeddedSchema extends EmbeddedDefinition {
  readonly nullable: boolean;
}

/** A field or relation, which may lie in an embedded. */
export interface PathMember {
  readonly name: string;
  readonly path?: readonly string[];
}

/** The names by which a member is reached from its record: its own name, unless it is embedded. */
export function pathOf(member: PathMember): readonly string[] {
  return member.path ?? [member.name];
}

/** The same as one text, for messages and conditions: "address.city". */
export function pathTextOf(member: PathMember): string {
  return member.path ? member.path.join('.') : member.name;
}

/** The field that is reached by a path such as "address.city", or undefined. */
export function fieldAt(entity: EntitySchema, pathText: string): FieldSchema | undefined {
  return entity.fields.find((field) => pathTextOf(field) === pathText);
}

/** Whether a record may hold no value in a field: it is nullable, or part of an embedded that is. */
export function mayBeEmpty(entity: Pick<EntitySchema, 'embeddeds'>, field: FieldSchema): boolean {
  if (field.nullable || field.path === undefined) return field.nullable;
  return (entity.embeddeds ?? []).some(({ path, nullable }) => nullable && startsWith(field.path!, path));
}

/** A member of a record or embedded that holds values: a field, by its place among the entity's fields, or an embedded. */
export type ValueMember =
  | { readonly name: string; readonly bit: number }
  | { readonly name: string; readonly embedded: EmbeddedSchema; readonly members: readonly ValueMember[] };

/**
 * The fields that are shown and their embeddeds, of a record or below `path` in it, in the order of their first fields. Embeddeds that have
 * relations alone come last.
 */
export function valueMembers(
  entity: EntitySchema,
  isShown: (member: FieldSchema | RelationSchema) => boolean = () => true,
  path: readonly string[] = [],
): ValueMember[] {
  const members = new Map<string, ValueMember>();
  for (const [bit, member] of [...entity.fields, ...entity.relations].entries()) {
    const whole = pathOf(member);
    if (!startsWith(whole, path) || !isShown(member)) continue;
    const name = whole[path.length]!;
    if (whole.length === path.length + 1) {
      if (bit < entity.fields.length) members.set(name, { name, bit });
    } else if (!members.has(name)) {
      const embedded = entity.embeddeds!.find((candidate) => isSame(candidate.path, [...path, name]))!;
      members.set(name, { name, embedded, members: valueMembers(entity, isShown, embedded.path) });
    }
  }
  return [...members.values()];
}

/**
 * The embeddeds that the paths of members imply, outer ones first, with what definitions say of them; those that have no members are left
 * out. Undefined when there are none. `invalid` is called with what is wrong.
 */
export function normalizeEmbeddeds(
  embeddeds: unknown = [],
  fields: readonly PathMember[],
  relations: readonly PathMember[],
  invalid: (member: string, why: string) => never,
): EmbeddedSchema[] | undefined {
  const definitions = new Map<string, EmbeddedDefinition>();
  for (const definition of checkedList(embeddeds, invalid)) {
    if (!isPath(definition?.path, 1))
      invalid('embeddeds', 'an embedded needs a `path`: the list of names that lead to it');
    if (typeof (definition.nullable ?? false) !== 'boolean')
      invalid(definition.path.join('.'), '`nullable` is true or false');
    definitions.set(JSON.stringify(definition.path), definition);
  }
  const members = [...fields, ...relations];
  const implied = new Map<string, EmbeddedSchema>();
  for (const { path } of members) {
    for (let length = 1; length < (path?.length ?? 0); length++) {
      const id = JSON.stringify(path!.slice(0, length));
      const nullable = definitions.get(id)?.nullable ?? false;
      implied.set(id, { ...definitions.get(id), path: path!.slice(0, length), nullable });
    }
  }
  if (implied.size === 0) return undefined;
  const taken = new Set<string>();
  for (const path of members.map(pathOf)) {
    if (implied.has(JSON.stringify(path))) invalid(path.join('.'), 'it is the name of an embedded too');
    if (taken.has(path.join('.'))) invalid(path.join('.'), 'two members are reached by this path');
    taken.add(path.join('.'));
  }
  return [...implied.values()];
}

/** What is wrong with the path of a member, or undefined. */
export function pathDefect({ path }: PathMember): string | undefined {
  if (path === undefined) return undefined;
  if (!isPath(path, 2))
    return 'the `path` of an embedded member is a list of at least two names; leave it out for a member of the record itself';
  if (path.length <= MAX_EMBEDDED_DEPTH + 1) return undefined;
  return `it lies ${path.length - 1} embeddeds deep; the limit is ${MAX_EMBEDDED_DEPTH}`;
}

function checkedList(
  embeddeds: unknown,
  invalid: (member: string, why: string) => never,
): readonly EmbeddedDefinition[] {
  return Array.isArray(embeddeds) ? embeddeds : invalid('embeddeds', '`embeddeds` is not a list');
}

function isPath(path: unknown, minLength: number): path is readonly string[] {
  return (
    Array.isArray(path) && path.length >= minLength && path.every((name) => typeof name === 'string' && name !== '')
  );
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return path.length > start.length && start.every((name, place) => path[place] === name);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, place) => b[place] === name);
}
