/**
 * Tests of slots of a fixed size that scans ask most, each in one closure: what {@link heldTest} says, at a call or two less a record, which
 * is a third of the time.
 */
import { int64ToNumber } from '../../bytes/int64';
import type { FieldPlace } from './operand';
import { type Test, UNKNOWN } from './truth';

/** Whether a slot of four bytes holds this number, by its bits: those of 2^32 - 1 and -1 are the same. */
export function equal32Test({ table, slot }: FieldPlace, wanted: number): Test<number> {
  const { bytes, view, stride } = table;
  const { offset, bit } = slot;
  const byteOffset = bit >>> 3;
  const mask = 1 << (bit & 7);
  const bits = wanted | 0;
  return (ordinal) => {
    const base = ordinal * stride;
    if ((bytes[base + byteOffset]! & mask) === 0) return UNKNOWN;
    return view.getInt32(base + offset, true) === bits ? 1 : 0;
  };
}

/** Whether a slot of four bytes holds a number that a list has a 1 for; for those beyond it it has none. */
export function listed32Test({ table, slot }: FieldPlace, list: Uint8Array): Test<number> {
  const { bytes, view, stride } = table;
  const { offset, bit } = slot;
  const byteOffset = bit >>> 3;
  const mask = 1 << (bit & 7);
  return (ordinal) => {
    const base = ordinal * stride;
    if ((bytes[base + byteOffset]! & mask) === 0) return UNKNOWN;
    return list[view.getUint32(base + offset, true)] === 1 ? 1 : 0;
  };
}

/** Whether a slot of eight bytes holds this number, by its bits. */
export function equal64Test({ table, slot }: FieldPlace, wanted: bigint): Test<number> {
  const { bytes, view, stride } = table;
  const { offset, bit } = slot;
  const byteOffset = bit >>> 3;
  const mask = 1 << (bit & 7);
  const low = Number(BigInt.asIntN(32, wanted));
  const high = Number(BigInt.asIntN(32, wanted >> 32n));
  return (ordinal) => {
    const base = ordinal * stride;
    if ((bytes[base + byteOffset]! & mask) === 0) return UNKNOWN;
    return view.getInt32(base + offset, true) === low && view.getInt32(base + offset + 4, true) === high ? 1 : 0;
  };
}

/** Whether an integer slot holds a number from `low` to `high`; undefined for kinds that are rarely asked for. 64-bit ones are compared as doubles. */
export function rangeTest({ table, slot }: FieldPlace, low: number, high: number): Test<number> | undefined {
  const { bytes, view, stride } = table;
  const { kind, offset, bit } = slot;
  const byteOffset = bit >>> 3;
  const mask = 1 << (bit & 7);
  switch (kind) {
    case 'int32':
    case 'date':
      return (ordinal) => {
        const base = ordinal * stride;
        if ((bytes[base + byteOffset]! & mask) === 0) return UNKNOWN;
        const found = view.getInt32(base + offset, true);
        return found >= low && found <= high ? 1 : 0;
      };
    case 'int16':
      return (ordinal) => {
        const base = ordinal * stride;
        if ((bytes[base + byteOffset]! & mask) === 0) return UNKNOWN;
        const found = view.getInt16(base + offset, true);
        return found >= low && found <= high ? 1 : 0;
      };
    case 'uint8':
    case 'boolean':
    case 'enum8':
      return (ordinal) => {
        const base = ordinal * stride;
        if ((bytes[base + byteOffset]! & mask) === 0) return UNKNOWN;
        const found = bytes[base + offset]!;
        return found >= low && found <= high ? 1 : 0;
      };
    case 'int64':
    case 'timestamp':
    case 'time':
      return (ordinal) => {
        const base = ordinal * stride;
        if ((bytes[base + byteOffset]! & mask) === 0) return UNKNOWN;
        const found = int64ToNumber(view.getUint32(base + offset, true), view.getInt32(base + offset + 4, true));
        return found >= low && found <= high ? 1 : 0;
      };
    default:
      return undefined;
  }
}
