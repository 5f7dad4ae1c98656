/**
 * Comparisons of integers (and what is kept as integers: booleans, enums, dates, times, timestamps) and floats. An integer is compared as
 * the double next to it with a range of doubles: exact while the bounds are safe integers, since rounding brings nothing across one. Other
 * bounds are compared as BigInts.
 */
import { isPermafrostError } from '../../errors';
import type { Slot } from '../../layout/layout';
import { canonicalFloat, canonicalInteger } from '../../schema/canonical';
import { integerRanges } from '../../schema/field-types';
import type { Comparison } from '../plan';
import { equal64Test, rangeTest } from './fixed-tests';
import { type FieldPlace, heldTest } from './operand';
import type { Test } from './truth';

const TWO_32 = 2 ** 32;

/** Throws VALUE_TYPE; and VALUE_RANGE for a value that its type does not have, such as an unknown label. */
export function integerTest(place: FieldPlace, operator: Comparison, value: unknown): Test<number> {
  const wanted = integerOf(place, value);
  if (operator === 'equal') {
    const bits = bits64Of(place.slot, wanted);
    if (bits !== undefined) return equal64Test(place, bits);
  }
  const { view } = place.table;
  if (typeof wanted === 'bigint') {
    const read = bigIntReader(view, place.slot);
    return heldTest(place, (slotAt) => satisfies(operator, read(slotAt), wanted));
  }
  const [low, high] = rangeOf(operator, wanted);
  const test = rangeTest(place, low, high);
  if (test) return test;
  const read = integerReader(view, place.slot);
  return heldTest(place, (slotAt) => {
    const found = read(slotAt);
    return found >= low && found <= high;
  });
}

/** What a 64-bit slot would hold for a number; undefined where no such slot can hold it. */
function bits64Of({ kind }: Slot, wanted: number | bigint): bigint | undefined {
  if (!is64Bits(kind) || (typeof wanted === 'number' && !Number.isInteger(wanted))) return undefined;
  const whole = BigInt(wanted);
  return (kind === 'uint64' ? BigInt.asUintN(64, whole) : BigInt.asIntN(64, whole)) === whole ? whole : undefined;
}

function is64Bits(kind: Slot['kind']): boolean {
  return kind === 'int64' || kind === 'uint64' || kind === 'timestamp' || kind === 'time';
}

/** Throws VALUE_TYPE, and VALUE_RANGE for a number that float32 cannot hold. Of -0 and 0 neither is less; NaN is equal to itself and above all. */
export function floatTest(place: FieldPlace, operator: Comparison, value: unknown): Test<number> {
  const wanted = floatOf(place, value);
  const read = floatReader(place);
  if (Number.isNaN(wanted)) {
    if (operator === 'less') return heldTest(place, (slotAt) => !Number.isNaN(read(slotAt)));
    if (operator === 'less-or-equal') return heldTest(place, () => true);
    if (operator === 'greater') return heldTest(place, () => false);
    return heldTest(place, (slotAt) => Number.isNaN(read(slotAt)));
  }
  switch (operator) {
    case 'equal':
      return heldTest(place, (slotAt) => read(slotAt) === wanted);
    case 'not-equal':
      return heldTest(place, (slotAt) => read(slotAt) !== wanted);
    case 'less':
      return heldTest(place, (slotAt) => read(slotAt) < wanted);
    case 'less-or-equal':
      return heldTest(place, (slotAt) => read(slotAt) <= wanted);
    case 'greater':
      return heldTest(place, (slotAt) => !(read(slotAt) <= wanted));
    case 'greater-or-equal':
      return heldTest(place, (slotAt) => !(read(slotAt) < wanted));
  }
}

/** Whether an integer field holds one of some values, as {@link integerOf} gives them. */
export function integerInTest(place: FieldPlace, wanted: readonly (number | bigint)[]): Test<number> {
  const { view } = place.table;
  if (wanted.some((value) => typeof value === 'bigint')) {
    const set = new Set(wanted.filter((value) => typeof value === 'bigint' || Number.isInteger(value)).map(BigInt));
    const read = bigIntReader(view, place.slot);
    return heldTest(place, (slotAt) => set.has(read(slotAt)));
  }
  const set = new Set(wanted as number[]);
  const read = integerReader(view, place.slot);
  return heldTest(place, (slotAt) => set.has(read(slotAt)));
}

/** Whether a float field holds one of some values: a Set finds NaN, and does not tell -0 from 0. */
export function floatInTest(place: FieldPlace, wanted: readonly number[]): Test<number> {
  const set = new Set(wanted);
  const read = floatReader(place);
  return heldTest(place, (slotAt) => set.has(read(slotAt)));
}

/**
 * The value as a number, if it is no whole one beyond safe integers, else as a BigInt. Numbers that the field cannot hold are given back
 * too: they have an order to those it holds.
 */
export function integerOf({ table, field }: FieldPlace, value: unknown): number | bigint {
  try {
    const whole = canonicalInteger(field, value, { entity: table.entity.name, field: field.name });
    return field.type === 'uint64' && whole < 0 ? BigInt.asUintN(64, BigInt(whole)) : whole;
  } catch (error) {
    const isOrdered = typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value));
    if (!isOrdered || !integerRanges[field.type]) throw error;
    if (!isPermafrostError(error) || error.code !== 'VALUE_RANGE') throw error;
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value;
  }
}

/** Throws VALUE_TYPE and VALUE_RANGE. */
export function floatOf({ table, field }: FieldPlace, value: unknown): number {
  return canonicalFloat(field.type, value, { entity: table.entity.name, field: field.name });
}

/** The lowest and highest number that satisfy a comparison with a number; not of `not-equal`. */
function rangeOf(operator: Comparison, wanted: number): [low: number, high: number] {
  switch (operator) {
    case 'less':
      return [Number.NEGATIVE_INFINITY, Math.ceil(wanted) - 1];
    case 'less-or-equal':
      return [Number.NEGATIVE_INFINITY, Math.floor(wanted)];
    case 'greater':
      return [Math.floor(wanted) + 1, Number.POSITIVE_INFINITY];
    case 'greater-or-equal':
      return [Math.ceil(wanted), Number.POSITIVE_INFINITY];
    default:
      return [wanted, wanted];
  }
}

function satisfies(operator: Comparison, found: bigint, wanted: bigint): boolean {
  switch (operator) {
    case 'equal':
      return found === wanted;
    case 'not-equal':
      return found !== wanted;
    case 'less':
      return found < wanted;
    case 'less-or-equal':
      return found <= wanted;
    case 'greater':
      return found > wanted;
    case 'greater-or-equal':
      return found >= wanted;
  }
}

/** Reads the integer of a slot as a double: the nearest one, of 64-bit integers. */
function integerReader(view: DataView, { kind }: Slot): (slotAt: number) => number {
  switch (kind) {
    case 'int64':
    case 'timestamp':
    case 'time':
      return (slotAt) => view.getInt32(slotAt + 4, true) * TWO_32 + view.getUint32(slotAt, true);
    case 'uint64':
      return (slotAt) => view.getUint32(slotAt + 4, true) * TWO_32 + view.getUint32(slotAt, true);
    case 'int32':
    case 'date':
      return (slotAt) => view.getInt32(slotAt, true);
    case 'uint32':
      return (slotAt) => view.getUint32(slotAt, true);
    case 'int16':
      return (slotAt) => view.getInt16(slotAt, true);
    case 'uint16':
    case 'enum16':
      return (slotAt) => view.getUint16(slotAt, true);
    case 'int8':
      return (slotAt) => view.getInt8(slotAt);
    default:
      return (slotAt) => view.getUint8(slotAt);
  }
}

function bigIntReader(view: DataView, slot: Slot): (slotAt: number) => bigint {
  if (slot.kind === 'uint64') return (slotAt) => view.getBigUint64(slotAt, true);
  if (is64Bits(slot.kind)) return (slotAt) => view.getBigInt64(slotAt, true);
  const read = integerReader(view, slot);
  return (slotAt) => BigInt(read(slotAt));
}

function floatReader({ table: { view }, slot }: FieldPlace): (slotAt: number) => number {
  return slot.kind === 'float32'
    ? (slotAt) => view.getFloat32(slotAt, true)
    : (slotAt) => view.getFloat64(slotAt, true);
}
