/** Copies of records: ordinary entity instances (`materialize`) and plain objects (JSON). */
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import { unknownMember } from '../schema/unknown-member';
import { NumericArrayView } from '../structure/numeric-array';
import type { EmbeddedShape, ShownMember } from './embedded';
import type { ProxyTable } from './proxy-table';
import { type RecordState, type RelationTree, STATE, stateOf } from './record-state';

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
  return fill(instance, state, ownValue);
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

/** An ordinary instance of an embedded's class with its values. */
export function copyOfEmbedded({ valueClass, members }: EmbeddedShape, self: object): object {
  return fillMembers(Object.create(valueClass.prototype as object) as object, members, self, ownValue);
}

/** The same as a plain object, for JSON. */
export function plainEmbedded({ members }: EmbeddedShape, self: object): object {
  return fillMembers({}, members, self, plainValue);
}

/** A value as a copy has it: one that outlives the snapshot. */
function ownValue(value: unknown, { embedded }: ShownMember): unknown {
  if (embedded && value !== null) return copyOfEmbedded(embedded, value as object);
  return value instanceof NumericArrayView ? value.toTypedArray() : value;
}

type ShowValue = (value: unknown, member: ShownMember) => unknown;

/** Gives `target` the values that the members of `self`, a record or embedded, have. */
function fillMembers(target: object, members: readonly ShownMember[], self: object, shown: ShowValue): object {
  for (const member of members) {
    const value = member.get.call(self as never);
    if (value !== undefined) put(target, member.name, shown(value, member));
  }
  return target;
}

function fill(target: object, state: RecordState, shown: ShowValue): object {
  const { fields, relations } = state.table.proxyClass;
  const self = { [STATE]: state } as never;
  fillMembers(target, fields, self, shown);
  if (state.asked) {
    for (const [name, wanted] of Object.entries(state.asked))
      if (wanted && relations.has(name)) put(target, name, relations.get(name)!.call(self));
  }
  return target;
}

/** `reached` are the tables that the record could have been of: a relation that only others of them have is passed over. */
function copy(
  state: RecordState,
  wanted: RelationTree | undefined,
  instances: Map<string, object> | undefined,
  reached: readonly ProxyTable[] = [state.table],
): object {
  const { records, proxyClass } = state.table;
  const identity = `${records.entityId}:${state.ordinal}`;
  let instance = instances?.get(identity);
  const self = { [STATE]: state } as never;
  if (instance === undefined) {
    instance = Object.create(proxyClass.entityClass.prototype as object) as object;
    instances?.set(identity, instance);
    fillMembers(instance, proxyClass.fields, self, ownValue);
  }
  for (const [name, nested] of Object.entries(wanted ?? {})) {
    if (!nested) continue;
    const get = proxyClass.relations.get(name);
    if (!get) {
      if (reached.flatMap(classesOf).some((table) => table.proxyClass.relations.has(name))) continue;
      throw unknownMember(records.entity, name, 'relation', [...proxyClass.relations.keys()]);
    }
    const targets = state.table.targets[records.entity.relations.findIndex((relation) => relation.name === name)]!;
    const tree = typeof nested === 'object' ? nested : undefined;
    const value = get.call(self);
    const target = stateOf(value);
    if (target) put(instance, name, copy(target, tree, instances, targets));
    else if (value === null || value === undefined) put(instance, name, value);
    else
      put(
        instance,
        name,
        (value as readonly object[]).map((element) => copy(stateOf(element)!, tree, instances, targets)),
      );
  }
  return instance;
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
