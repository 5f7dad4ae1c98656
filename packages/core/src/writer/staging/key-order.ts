/**
 * The order of records by key: which staged record gets which ordinal. One integer is radix-sorted; other keys are merge-sorted, by a
 * number that tells most of them apart and by comparison where it does not.
 * Memory: nothing when records came in order; else 4 bytes a record, 20 while sorting.
 */
import { compareRecord } from '../../structure/key';
import { BytesKeyPart, IntegerKeyPart, type KeyPart } from '../../structure/key-parts';

export interface KeyOrder {
  /** The staged position of each ordinal; undefined when they are the same. */
  readonly positions: Uint32Array | undefined;
}

/** Keys one after another. */
export interface KeyColumn {
  readonly view: DataView;
  readonly count: number;
  /** Bytes from one key to the next. */
  readonly stride: number;
  /** Two independent sets of parts over them. */
  readonly parts: readonly KeyPart[];
  readonly otherParts: readonly KeyPart[];
}

/** Whether the key at `position` is above the one before; an equal one is not. */
export function ascendsTo(keys: KeyColumn, position: number): boolean {
  return order(keys, position - 1, position) < 0;
}

/** Positions in ascending order of their keys. Calls `refuse`, which throws, with the position of a key that another one equals. */
export function sortByKey(keys: KeyColumn, refuse: (position: number) => never): Uint32Array {
  const only = keys.parts.length === 1 ? keys.parts[0] : undefined;
  const positions = only instanceof IntegerKeyPart ? sortIntegers(keys, only) : mergeSort(keys);
  for (let ordinal = 1; ordinal < positions.length; ordinal++)
    if (order(keys, positions[ordinal - 1]!, positions[ordinal]!) === 0) refuse(positions[ordinal]!);
  return positions;
}

function order({ view, stride, parts, otherParts }: KeyColumn, a: number, b: number): number {
  for (const part of otherParts) part.loadRecord(view, b * stride);
  return compareRecord(parts, view, a * stride, otherParts);
}

function inOrderOfArrival(count: number): Uint32Array {
  const positions = new Uint32Array(count);
  for (let position = 0; position < count; position++) positions[position] = position;
  return positions;
}

/** Bottom-up merge sort (Knuth, TAOCP 3, 5.2.4, algorithm S), stable. */
function mergeSort(keys: KeyColumn): Uint32Array {
  const { count } = keys;
  const numbers = sortNumbers(keys);
  const isAfter = (a: number, b: number) => {
    const difference = numbers[a]! - numbers[b]!;
    return difference > 0 || (difference === 0 && order(keys, a, b) > 0);
  };
  let from: Uint32Array = inOrderOfArrival(count);
  let to: Uint32Array = new Uint32Array(count);
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      for (let place = start; place < end; place++) {
        const takesRight = left === middle || (right < end && isAfter(from[left]!, from[right]!));
        to[place] = takesRight ? from[right++]! : from[left++]!;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Of each key a number that is not above that of any greater key: of its first part alone, and of bytes behind what all keys begin with. */
function sortNumbers({ view, count, stride, parts, otherParts }: KeyColumn): Float64Array {
  const numbers = new Float64Array(count);
  const [part, other] = [parts[0]!, otherParts[0]!];
  if (part instanceof IntegerKeyPart) {
    for (let position = 0; position < count; position++) {
      part.loadRecord(view, position * stride);
      numbers[position] = integerNumber(part);
    }
  } else if (part instanceof BytesKeyPart && other instanceof BytesKeyPart) {
    let common = Number.POSITIVE_INFINITY;
    other.loadRecord(view, 0);
    for (let position = 1; position < count; position++) {
      part.loadRecord(view, position * stride);
      common = Math.min(common, commonSize(part, other));
    }
    for (let position = 0; position < count; position++) {
      part.loadRecord(view, position * stride);
      numbers[position] = bytesNumber(part, common);
    }
  }
  return numbers;
}

/** Rounded beyond 2^53, which keeps the order. */
function integerNumber({ field, low, high }: IntegerKeyPart): number {
  return (field.type === 'uint64' ? high >>> 0 : high) * 2 ** 32 + (low >>> 0);
}

/** How many bytes two keys begin with that are the same. */
function commonSize(a: BytesKeyPart, b: BytesKeyPart): number {
  const most = Math.min(a.end - a.start, b.end - b.start);
  for (let size = 0; size < most; size++) if (a.bytes[a.start + size] !== b.bytes[b.start + size]) return size;
  return most;
}

/** The six bytes behind the first `skipped`, as many as a double holds; zeros behind the last. */
function bytesNumber({ bytes, start, end }: BytesKeyPart, skipped: number): number {
  let number = 0;
  for (let at = start + skipped; at < start + skipped + 6; at++) number = number * 256 + (at < end ? bytes[at]! : 0);
  return number;
}

/** LSD radix sort (Knuth, TAOCP 3, 5.2.5, algorithm R) by 16-bit digits; digits that are equal everywhere are passed over. */
function sortIntegers({ view, count, stride }: KeyColumn, part: IntegerKeyPart): Uint32Array {
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  const signFlip = part.field.type === 'uint64' ? 0 : 0x80000000;
  for (let position = 0; position < count; position++) {
    part.loadRecord(view, position * stride);
    low[position] = part.low;
    high[position] = part.high ^ signFlip;
  }
  let from: Uint32Array = inOrderOfArrival(count);
  let to: Uint32Array = new Uint32Array(count);
  for (const [digits, shift] of [
    [low, 0],
    [low, 16],
    [high, 0],
    [high, 16],
  ] as const) {
    const starts = new Uint32Array(65537);
    for (let position = 0; position < count; position++) starts[((digits[position]! >>> shift) & 0xffff) + 1]!++;
    if (starts.includes(count, 1)) continue;
    for (let digit = 0; digit < 65536; digit++) starts[digit + 1]! += starts[digit]!;
    for (let place = 0; place < count; place++) {
      const position = from[place]!;
      to[starts[(digits[position]! >>> shift) & 0xffff]!++] = position;
    }
    [from, to] = [to, from];
  }
  return from;
}
