/**
 * Getters of proxies: closures over a slot's offset, one kind of closure a slot kind. No code is generated.
 * Each tests the value bit first, which lists alone do not have; a 0 goes to `nullOrUndefined`, which alone asks whether the snapshot is closed and which kind of nothing it is.
 */

import type { Slot } from '../layout/layout';
import { ORDINAL_OFFSET, targetNumberAt } from '../reader/polymorphic-slot';
import { pathOf } from '../schema/embedded';
import type { EntitySchema, RelationSchema } from '../schema/schema';
import type { FieldReading } from './field-reading';
import type { ProxyTable } from './proxy-table';
import { RecordList } from './record-list';
import { askedAt, type RecordState, requireAsked, STATE } from './record-state';
import { absentValue } from './value-reader';

export type Getter = (this: { [STATE]: RecordState }) => unknown;
/** Where a slot and its bits lie, taken apart for the closures. */
interface Place {
  readonly offset: number;
  readonly stride: number;
  readonly byte: number;
  readonly mask: number;
}

/** The getter of a field. Cost: 4–10 ns for numbers and booleans, 60 ns and more for text. */
export function fieldGetter({ slot, read, convert, takesNull }: FieldReading, stride: number): Getter {
  const place: Place = { offset: slot.offset, stride, byte: slot.bit >>> 3, mask: 1 << (slot.bit & 7) };
  const direct = convert === undefined ? directGetter(slot, place) : undefined;
  if (direct) return direct;
  const { offset, byte, mask } = place;
  if (convert === undefined) {
    return function () {
      const state = this[STATE];
      const base = state.ordinal * stride;
      if ((state.view.getUint8(base + byte) & mask) === 0) return nullOrUndefined(state, slot.bit);
      return read(state.view, base + offset, state.table.records, 0);
    };
  }
  const nothing = takesNull
    ? (state: RecordState) => convert(nullOrUndefined(state, slot.bit))
    : (state: RecordState) => nullOrUndefined(state, slot.bit);
  return function () {
    const state = this[STATE];
    const base = state.ordinal * stride;
    if ((state.view.getUint8(base + byte) & mask) === 0) return nothing(state);
    return convert(read(state.view, base + offset, state.table.records, 0));
  };
}

/** Numbers and booleans without a further call. */
function directGetter(slot: Slot, { offset, stride, byte, mask }: Place): Getter | undefined {
  switch (slot.kind) {
    case 'int32':
      return function () {
        const state = this[STATE];
        const base = state.ordinal * stride;
        return (state.view.getUint8(base + byte) & mask) === 0
          ? nullOrUndefined(state, slot.bit)
          : state.view.getInt32(base + offset, true);
      };
    case 'int16':
      return function () {
        const state = this[STATE];
        const base = state.ordinal * stride;
        return (state.view.getUint8(base + byte) & mask) === 0
          ? nullOrUndefined(state, slot.bit)
          : state.view.getInt16(base + offset, true);
      };
    case 'float64':
      return function () {
        const state = this[STATE];
        const base = state.ordinal * stride;
        return (state.view.getUint8(base + byte) & mask) === 0
          ? nullOrUndefined(state, slot.bit)
          : state.view.getFloat64(base + offset, true);
      };
    case 'boolean':
      return function () {
        const state = this[STATE];
        const base = state.ordinal * stride;
        return (state.view.getUint8(base + byte) & mask) === 0
          ? nullOrUndefined(state, slot.bit)
          : state.view.getUint8(base + offset) !== 0;
      };
    default:
      return undefined;
  }
}

/** The getter of a to-one relation. The target is the same object while the owner is held. */
export function referenceGetter(path: readonly string[], relationNumber: number, slot: Slot, stride: number): Getter {
  const byte = slot.bit >>> 3;
  const mask = 1 << (slot.bit & 7);
  const follow = slot.kind === 'polymorphic-reference' ? followChoice : followReference;
  return function () {
    const state = this[STATE];
    const base = state.ordinal * stride;
    if ((state.view.getUint8(base + byte) & mask) === 0) {
      requireAsked(state, path);
      return nullOrUndefined(state, slot.bit);
    }
    const held = state.links?.[relationNumber];
    return held !== undefined ? held : follow(state, path, relationNumber, base + slot.offset);
  };
}

function followReference(
  state: RecordState,
  path: readonly string[],
  relationNumber: number,
  slotAt: number,
): object | null {
  const target = state.table.targets[relationNumber]![0]!;
  return reach(state, path, relationNumber, target, state.view.getUint32(slotAt, true));
}

function followChoice(
  state: RecordState,
  path: readonly string[],
  relationNumber: number,
  slotAt: number,
): object | null {
  const { records, targets } = state.table;
  const targetNumber = targetNumberAt(records, records.entity.relations[relationNumber]!, slotAt);
  const target = targets[relationNumber]![targetNumber]!;
  return reach(state, path, relationNumber, target, state.view.getUint32(slotAt + ORDINAL_OFFSET, true));
}

function reach(
  state: RecordState,
  path: readonly string[],
  relationNumber: number,
  target: ProxyTable,
  ordinal: number,
): object | null {
  requireAsked(state, path);
  if (target.isPassedOver?.(ordinal)) return null;
  const proxy = target.proxyReached(ordinal, state.depth + 1, askedAt(state.asked, path));
  state.links ??= new Array(state.table.targets.length);
  state.links[relationNumber] = proxy;
  return proxy;
}

/** What a record without a value gives back: null or undefined. Throws SNAPSHOT_CLOSED. */
export function nullOrUndefined({ table, ordinal }: RecordState, bit: number): null | undefined {
  return absentValue(table.records, ordinal, bit);
}

/** The getter of a to-many relation: the same list while the owner is held. */
export function listGetter(entity: EntitySchema, relation: RelationSchema, number: number): Getter {
  const path = pathOf(relation);
  const name = `${entity.name}.${path.join('.')}`;
  return function () {
    const state = this[STATE];
    const { records } = state.table;
    records.checkRecord(state.ordinal);
    const held = state.links?.[number];
    if (held !== undefined) return held;
    requireAsked(state, path);
    const target = state.table.targets[number]![0]!;
    const list = new RecordList(
      target,
      target.withoutPassedOver(records.adjacencyList(number).runOf(state.ordinal)),
      name,
      state.depth + 1,
      askedAt(state.asked, path),
    );
    state.links ??= new Array(state.table.targets.length);
    state.links[number] = list;
    return list;
  };
}
