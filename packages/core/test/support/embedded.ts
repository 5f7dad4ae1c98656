/** Embedded values of random schemas and records: how they are given, and what records and their copies then have. */
import type { EmbeddedSchema } from '../../src/schema/embedded';
import type { EntitySchema, FieldSchema } from '../../src/schema/schema';
import type { Dice } from './dice';
import { givenBackBy } from './fields';

interface RecordOfValues {
  readonly entity: EntitySchema;
  readonly values: ReadonlyMap<string, unknown>;
}

/** What an embedded of a record gives back: its members by name, those without a value left out. */
export class ExpectedEmbedded {
  readonly members = new Map<string, unknown>();
}

const innerNames = ['city', 'then', 'toJSON', '__proto__', 'constructor', 'length', 'é'];

/** Moves some of the fields into an embedded, and some of those into one within it. */
export function embedSome(
  dice: Dice,
  fields: readonly FieldSchema[],
  take: () => string,
): { fields: FieldSchema[]; embeddeds: EmbeddedSchema[] } {
  if (fields.length < 2 || dice.chance(2)) return { fields: [...fields], embeddeds: [] };
  const outer = [`embedded ${take()}`];
  const inner = [...outer, 'inner'];
  const names = new Map([outer, inner].map((path) => [path, dice.shuffled(innerNames)]));
  const embedded = fields.map((field) => {
    const path = dice.pick([undefined, outer, inner]);
    const name = path && names.get(path)!.pop();
    return name === undefined ? field : { ...field, path: [...path!, name] };
  });
  return { fields: embedded, embeddeds: [outer, inner].map((path) => ({ path, nullable: dice.chance(2) })) };
}

/** Leaves nullable embeddeds of a record without any value, now and then. */
export function emptySome(dice: Dice, record: RecordOfValues & { readonly values: Map<string, unknown> }): void {
  for (const { path, nullable } of record.entity.embeddeds ?? []) {
    if (!nullable || !dice.chance(3)) continue;
    for (const field of fieldsIn(record.entity, path)) record.values.set(field.name, undefined);
  }
}

/** Gives an object the values of a record as a writer takes them: those of an embedded in an object of its own, or null for one that is empty. */
export function giveValues(object: object, record: RecordOfValues, dice: Dice): void {
  for (const field of record.entity.fields) {
    const value = record.values.get(field.name);
    if (value === undefined && field.path === undefined && dice.chance(2)) continue;
    const path = field.path ?? [field.name];
    let holder: object | null = object;
    for (const [depth, name] of path.slice(0, -1).entries()) {
      if (!Object.hasOwn(holder, name)) define(holder, name, isEmpty(record, path.slice(0, depth + 1)) ? null : {});
      holder = own(holder, name) as object | null;
      if (holder === null) break;
    }
    if (holder !== null) define(holder, path.at(-1)!, value);
  }
}

/** What is read of a record's fields and embeddeds, absent ones left out, in the order of the schema. */
export function expectedMembers(record: RecordOfValues): ExpectedEmbedded {
  const root = new ExpectedEmbedded();
  for (const field of record.entity.fields) {
    const path = field.path ?? [field.name];
    let holder: ExpectedEmbedded | null = root;
    for (const [depth, name] of path.slice(0, -1).entries()) {
      const known: ExpectedEmbedded = holder;
      if (!known.members.has(name))
        known.members.set(name, isEmpty(record, path.slice(0, depth + 1)) ? null : new ExpectedEmbedded());
      holder = known.members.get(name) as ExpectedEmbedded | null;
      if (holder === null) break;
    }
    const value = givenBackBy(field, record.values.get(field.name));
    if (holder !== null && value !== undefined) holder.members.set(path.at(-1)!, value);
  }
  return root;
}

/** What is reached by the path of a field; null where an embedded on the way is. */
export function readAt(record: object, field: FieldSchema): unknown {
  let reached: unknown = record;
  for (const name of field.path ?? [field.name]) {
    if (reached === null) return null;
    reached = (reached as Record<string, unknown>)[name];
  }
  return reached;
}

/** Whether it reads null: it is nullable and none of its fields has a value. */
function isEmpty(record: RecordOfValues, path: readonly string[]): boolean {
  const embedded = record.entity.embeddeds!.find((candidate) => candidate.path.join('\n') === path.join('\n'))!;
  const values = fieldsIn(record.entity, path).map((field) => record.values.get(field.name) ?? null);
  return embedded.nullable && values.every((value) => value === null);
}

function fieldsIn({ fields }: EntitySchema, path: readonly string[]): FieldSchema[] {
  return fields.filter((field) => field.path && path.every((name, depth) => field.path![depth] === name));
}

function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A member of an object's own, whatever its name. */
export function own(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)!.value;
}
