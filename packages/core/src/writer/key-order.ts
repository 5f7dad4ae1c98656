/**
 * The order of records by key: which staged record gets which ordinal. Integer keys are radix-sorted; others by comparison.
 * Memory: nothing when records came in order, else 4 bytes a record (integers: 12 while sorting).
 */
import { describeValue, PermafrostError } from '../errors';
import { compareRecord, IntegerKeyPart, type KeyPart } from '../structure/key';
import type { StagedRecords } from './staging-table';

export interface KeyOrder {
  /** The staged position of each ordinal; undefined when they are the same. */
  readonly positions: Uint32Array | undefined;
}

export interface KeyOrderInput {
  readonly entity: string;
  readonly records: StagedRecords;
  readonly recordCount: number;
  readonly stride: number;
  /** Two independent sets of parts over the same records. */
  readonly parts: readonly KeyPart[];
  readonly otherParts: readonly KeyPart[];
  /** The key of a staged record, for messages. */
  keyAt(position: number): unknown;
}

/** Throws KEY_DUPLICATE naming the entity and key. */
export function orderByKey(input: KeyOrderInput): KeyOrder {
  const only = input.parts.length === 1 ? input.parts[0] : undefined;
  const ascending = isAscending(input);
  const positions = ascending
    ? undefined
    : only instanceof IntegerKeyPart
      ? sortByInteger(input, only)
      : sortByComparison(input);
  if (!ascending) refuseDuplicates(input, positions!);
  return { positions };
}

/** True when every key is above the one before; a duplicate is not. */
function isAscending(input: KeyOrderInput): boolean {
  for (let position = 1; position < input.recordCount; position++)
    if (order(input, position - 1, position) >= 0) return false;
  return true;
}

function refuseDuplicates(input: KeyOrderInput, positions: Uint32Array): void {
  for (let ordinal = 1; ordinal < positions.length; ordinal++) {
    if (order(input, positions[ordinal - 1]!, positions[ordinal]!) !== 0) continue;
    const key = input.keyAt(positions[ordinal]!);
    throw new PermafrostError(
      'KEY_DUPLICATE',
      `${input.entity}: two records have the key ${describeValue(key)}. Keys must be unique: check the source, or name the field or fields that identify a record.`,
      {
        entity: input.entity,
        key,
      },
    );
  }
}

function order(input: KeyOrderInput, a: number, b: number): number {
  const { view } = input.records;
  for (const part of input.otherParts) part.loadRecord(view, b * input.stride);
  return compareRecord(input.parts, view, a * input.stride, input.otherParts);
}

function sortByComparison(input: KeyOrderInput): Uint32Array {
  return Uint32Array.from({ length: input.recordCount }, (_, position) => position).sort((a, b) => order(input, a, b));
}

/** LSD radix sort (Knuth, TAOCP 3, 5.2.5, algorithm R) by 16-bit digits; digits that are equal everywhere are passed over. */
function sortByInteger(input: KeyOrderInput, part: IntegerKeyPart): Uint32Array {
  const count = input.recordCount;
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  const signFlip = part.field.type === 'uint64' ? 0 : 0x80000000;
  for (let position = 0; position < count; position++) {
    part.loadRecord(input.records.view, position * input.stride);
    low[position] = part.low;
    high[position] = part.high ^ signFlip;
  }
  let from = Uint32Array.from({ length: count }, (_, position) => position);
  let to = new Uint32Array(count);
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
