/** Copies of records: ordinary entity instances (`materialize`) and plain objects (JSON). */
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import { pathTextOf } from '../schema/embedded';
import { unknownMember } from '../schema/unknown-member';
import { NumericArrayView } from '../structure/numeric-array';
import type { EmbeddedShape, ShownMember } from './embedded';
import type { Getter } from './getters';
import type { ProxyTable } from './proxy-table';
import {
  askedAt,
  fieldsShown,
  isAmong,
  type RecordState,
  type RelationTree,
  SHOWN_FIELDS,
  STATE,
  stateOf,
} from './record-state';

/** What {@link materialize} copies. */
export interface MaterializeOptions {
  /**
   * Relations to copy with the record, e.g. `{ company: true, orders: { items: true } }`. Default: those it was asked for with. Below a
   * relation to one of several entities, and in records of subtypes, those that the record's own class lacks are passed over.
   */
  readonly relations?: RelationTree;
  /**
   * Whether a record that occurs twice becomes one instance, so that cycles close (default), or one instance a path, as ORMs without an
   * identity map give it.
   */
  readonly shared?: boolean;
}

/**
 * An ordinary instance of the record's entity class with own, enumerable, writable members; the constructor is not run.
 * Fields without a value are absent. Throws NOT_A_RECORD, FIELD_UNKNOWN, SNAPSHOT_CLOSED. Cost: 50 ns a field, more for text.
 */
export function materialize<T extends object>(record: T, options: MaterializeOptions = {}): T {
  refuseUnknownOptions('materialize', options, ['relations', 'shared']);
  const state = stateOf(record);
  if (!state) {
    throw new PermafrostError(
      'NOT_A_RECORD',
      `materialize: expected a record of a snapshot, found ${describeValue(record)}.`,
      { actual: record },
    );
  }
  const instances = (options.shared ?? true) ? new Map<string, object>() : undefined;
  return copy(state, options.relations ?? state.asked, instances) as T;
}

/** The record's own fields, and the relations it was asked for with, in an instance for `util.inspect`. */
export function instanceOf(state: RecordState): object {
  const instance = Object.create(state.table.proxyClass.entityClass.prototype as object) as object;
  return fill(instance, state, shownValue);
}

/**
 * The same as a plain object, for JSON: relations stay proxies, whose `toJSON` is called in turn. Sets are lists of their elements and maps
 * lists of [key, value] pairs: what `new Set` and `new Map` take, with order and types of keys kept. JSON alone would show them as {}.
 */
export function plainValueOf(state: RecordState): object {
  return fill({}, state, plainValue);
}

/** A value as JSON shows it. Of typed arrays JSON alone would make objects. */
export function plainValue(value: unknown): unknown {
  return hasNoJson(value) ? [...value] : value;
}

/** Sets, maps and typed arrays: what JSON shows as an object. Buffers have a form of their own. */
export function hasNoJson(value: unknown): value is Iterable<unknown> {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false;
  return value instanceof Set || value instanceof Map || ArrayBuffer.isView(value);
}

/** An embedded's values, and the relations in it that its record was asked for with, in an instance for `util.inspect`. */
export function shownCopyOfEmbedded(shape: EmbeddedShape, self: Shown): object {
  return fillAsked(instanceOfEmbedded(shape, self, shownValue), shape, self);
}

/** The same as a plain object, for JSON. */
export function plainEmbedded(shape: EmbeddedShape, self: Shown): object {
  return fillAsked(fillMembers({}, shape, self, plainValue), shape, self);
}

function instanceOfEmbedded(shape: EmbeddedShape, self: Shown, shown: ShowValue): object {
  return fillMembers(Object.create(shape.valueClass.prototype as object) as object, shape, self, shown);
}

/** A value as a copy has it: one that outlives the snapshot. */
function ownValue(value: unknown, { embedded }: ShownMember): unknown {
  if (embedded && value !== null) return instanceOfEmbedded(embedded, value as Shown, ownValue);
  return value instanceof NumericArrayView ? value.toTypedArray() : value;
}

function shownValue(value: unknown, member: ShownMember): unknown {
  return member.embedded && value !== null
    ? shownCopyOfEmbedded(member.embedded, value as Shown)
    : ownValue(value, member);
}

/** A record or embedded, or what stands for it. */
type Shown = { readonly [STATE]: RecordState };

type ShowValue = (value: unknown, member: ShownMember) => unknown;

/** Gives `target` the values of the members that `self`, a record or embedded, shows. */
function fillMembers(
  target: object,
  { members, path }: Pick<EmbeddedShape, 'members' | 'path'>,
  self: Shown,
  shown: ShowValue,
): object {
  const { asked } = self[STATE];
  const only = fieldsShown(asked, path);
  for (const member of members) {
    const { embedded } = member;
    const isForRelations = embedded !== undefined && hasAsked(asked, embedded.path);
    if (embedded && hasNoFields(embedded)) {
      // Copies make it with the first of their relations.
      if (!isForRelations || shown === ownValue) continue;
    } else if (!isAmong(only, member) && !isForRelations) continue;
    const value = member.get.call(self as never);
    if (value !== undefined) put(target, member.name, shown(value, member));
  }
  return target;
}

/** An embedded of relations alone is there for those that were asked for. */
function hasNoFields({ members }: EmbeddedShape): boolean {
  return members.every(({ embedded }) => embedded && hasNoFields(embedded));
}

/** Whether relations in the embedded at a path were asked for. */
function hasAsked(asked: RelationTree | undefined, path: readonly string[]): boolean {
  return Object.values(askedAt(asked, path) ?? {}).some(Boolean);
}

function fill(target: object, state: RecordState, shown: ShowValue): object {
  const { fields, relations } = state.table.proxyClass;
  const self = { [STATE]: state };
  fillMembers(target, { members: fields, path: [] }, self, shown);
  return fillAsked(target, { relations, path: [] }, self);
}

/** Gives a record or embedded the relations that were asked for. */
function fillAsked(
  target: object,
  { relations, path }: Pick<EmbeddedShape, 'relations' | 'path'>,
  self: Shown,
): object {
  for (const [name, wanted] of Object.entries(askedAt(self[STATE].asked, path) ?? {}))
    if (wanted && relations.has(name)) put(target, name, relations.get(name)!.call(self));
  return target;
}

/** The relations that a tree names, each with the tree below it. What is neither a relation nor an embedded is given with no getter. */
function* namedRelations(
  table: ProxyTable,
  tree: RelationTree | undefined,
  path: readonly string[] = [],
): Iterable<{ readonly path: readonly string[]; readonly get?: Getter; readonly below: RelationTree | undefined }> {
  const { records, proxyClass } = table;
  for (const [name, wanted] of Object.entries(tree ?? {})) {
    if (!wanted) continue;
    const whole = [...path, name];
    const text = whole.join('.');
    const get = proxyClass.relations.get(text);
    const below = typeof wanted === 'object' ? wanted : undefined;
    if (get) yield { path: whole, get, below };
    else if (records.entity.embeddeds?.some((embedded) => embedded.path.join('.') === text))
      yield* namedRelations(table, below, whole);
    else yield { path: whole, below };
  }
}

/** `reached` are the tables that the record could have been of: a relation that only others of them have is passed over. */
function copy(
  state: RecordState,
  wanted: RelationTree | undefined,
  instances: Map<string, object> | undefined,
  reached: readonly ProxyTable[] = [state.table],
): object {
  const { records, proxyClass } = state.table;
  const only = state.asked?.[SHOWN_FIELDS];
  // Asked for with different fields it is different instances.
  const identity = `${records.entityId}:${state.ordinal}${only ? JSON.stringify(only) : ''}`;
  let instance = instances?.get(identity);
  const self = { [STATE]: state };
  if (instance === undefined) {
    instance = Object.create(proxyClass.entityClass.prototype as object) as object;
    instances?.set(identity, instance);
    fillMembers(instance, { members: proxyClass.fields, path: [] }, self, ownValue);
  }
  for (const { path, get, below } of namedRelations(state.table, wanted)) {
    const text = path.join('.');
    if (!get) {
      if (reached.flatMap(classesOf).some((table) => table.proxyClass.relations.has(text))) continue;
      throw unknownMember(records.entity, text, 'relation', [...proxyClass.relations.keys()]);
    }
    const holder = holderIn(instance, path, proxyClass.fields);
    if (!holder) continue;
    const targets = state.table.targets[records.entity.relations.findIndex((one) => pathTextOf(one) === text)]!;
    const value = get.call(self);
    const target = stateOf(value);
    const copied = target
      ? copy(target, below, instances, targets)
      : (value as readonly object[] | null | undefined)?.map((element) =>
          copy(stateOf(element)!, below, instances, targets),
        );
    put(holder, path.at(-1)!, copied ?? value);
  }
  return instance;
}

/**
 * The copy of a record, or of the embedded in it, that a member reached by `path` belongs to; undefined where that is null. An embedded of
 * relations alone is made for the first of them.
 */
function holderIn(instance: object, path: readonly string[], fields: readonly ShownMember[]): object | undefined {
  let holder = instance as Record<string, unknown>;
  let members = fields;
  for (const name of path.slice(0, -1)) {
    const embedded = members.find((member) => member.name === name)?.embedded;
    if (embedded && !Object.hasOwn(holder, name) && hasNoFields(embedded))
      put(holder, name, Object.create(embedded.valueClass.prototype as object));
    const inner = Object.hasOwn(holder, name) && holder[name];
    if (!inner) return undefined;
    holder = inner as Record<string, unknown>;
    members = embedded?.members ?? [];
  }
  return holder;
}

/** The tables of all classes that records of a table may have. */
function classesOf(table: ProxyTable): readonly ProxyTable[] {
  return table.family?.tables ?? [table];
}

/** An own property whatever its name: assignment would not make one of "__proto__", or of what the class has an accessor for. */
function put(target: object, name: string, value: unknown): void {
  if (name in target)
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  else (target as Record<string, unknown>)[name] = value;
}
