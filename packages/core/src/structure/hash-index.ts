/**
 * A hash index without keys: ordinals sorted by the 32-bit hash of their key, a directory by the hash's top bits, and one tag byte
 * (the hash's lowest byte) that lets a probe skip records that cannot match. The record itself says whether it does.
 *
 *   offset  size  type  name
 *        0     4  u32   entryCount
 *        4     4  u32   bucketBits          bucketCount = 2^bucketBits; bucket of a hash = its top bucketBits bits
 *        8   4·(b+1)  u32  bucketStarts     entries of bucket i are [bucketStarts[i], bucketStarts[i + 1])
 *        …   4·n  u32   ordinals            ascending within a bucket
 *        …     n  u8    tags
 */

import type { RangeGuard } from '../bytes/range-guard';
import { PermafrostError } from '../errors';

const HEADER_SIZE = 8;
const ENTRIES_PER_BUCKET = 4;

/** Decides whether the record at an ordinal has the key looked for. */
export interface KeyMatcher<K> {
  matches(ordinal: number, key: K): boolean;
}

/** The section's bytes for the hashes of ordinals 0 … hashes.length - 1. Memory: 6–7 bytes an entry. */
export function buildHashIndex(hashes: Uint32Array): Buffer {
  const entryCount = hashes.length;
  const bucketBits = Math.min(30, Math.max(0, Math.ceil(Math.log2(Math.max(1, entryCount) / ENTRIES_PER_BUCKET))));
  const bucketCount = 2 ** bucketBits;
  const section = Buffer.alloc(HEADER_SIZE + 4 * (bucketCount + 1) + 5 * entryCount);
  section.writeUInt32LE(entryCount, 0);
  section.writeUInt32LE(bucketBits, 4);
  const starts = new Uint32Array(section.buffer, section.byteOffset + HEADER_SIZE, bucketCount + 1);
  const ordinals = new Uint32Array(section.buffer, starts.byteOffset + 4 * (bucketCount + 1), entryCount);
  const tags = new Uint8Array(section.buffer, ordinals.byteOffset + 4 * entryCount, entryCount);
  for (const hash of hashes) starts[bucketOf(hash, bucketBits) + 1]!++;
  for (let bucket = 0; bucket < bucketCount; bucket++) starts[bucket + 1]! += starts[bucket]!;
  const next = starts.slice(0, bucketCount);
  for (let ordinal = 0; ordinal < entryCount; ordinal++) {
    const hash = hashes[ordinal]!;
    const entry = next[bucketOf(hash, bucketBits)]!++;
    ordinals[entry] = ordinal;
    tags[entry] = hash & 0xff;
  }
  return section;
}

/** Finds ordinals by hash and verifies them against their records. */
export class HashIndexView {
  readonly entryCount: number;
  readonly bucketCount: number;
  readonly #bucketBits: number;
  readonly #view: DataView;
  readonly #ordinalsStart: number;
  readonly #tagsStart: number;

  constructor(
    section: DataView,
    private readonly guard: RangeGuard,
    private readonly fileOffset: number,
  ) {
    this.#view = section;
    const whole = section.byteLength >= HEADER_SIZE + 8;
    if (whole) guard.ensure(fileOffset, HEADER_SIZE);
    this.entryCount = whole ? section.getUint32(0, true) : 0;
    this.#bucketBits = whole ? section.getUint32(4, true) : 31;
    this.bucketCount = 2 ** this.#bucketBits;
    this.#ordinalsStart = HEADER_SIZE + 4 * (this.bucketCount + 1);
    this.#tagsStart = this.#ordinalsStart + 4 * this.entryCount;
    if (this.#bucketBits > 30 || this.#tagsStart + this.entryCount !== section.byteLength) {
      throw this.#corrupt(
        `it announces ${this.entryCount} entries and 2^${this.#bucketBits} buckets, but has ${section.byteLength} bytes`,
      );
    }
  }

  /** The first ordinal with this hash that `matcher` accepts, or -1. Cost: 60–400 ns, mostly cache misses. */
  find<K>(hash: number, matcher: KeyMatcher<K>, key: K): number {
    const bucket = bucketOf(hash, this.#bucketBits);
    const at = HEADER_SIZE + 4 * bucket;
    this.guard.ensure(this.fileOffset + at, 8);
    const start = this.#view.getUint32(at, true);
    const end = this.#view.getUint32(at + 4, true);
    if (start > end || end > this.entryCount)
      throw this.#corrupt(`bucket ${bucket} has entries from ${start} to ${end} of ${this.entryCount}`);
    if (start === end) return -1;
    this.guard.ensure(this.fileOffset + this.#tagsStart + start, end - start);
    const tag = hash & 0xff;
    for (let entry = start; entry < end; entry++) {
      if (this.#view.getUint8(this.#tagsStart + entry) !== tag) continue;
      const ordinal = this.ordinalAt(entry);
      if (matcher.matches(ordinal, key)) return ordinal;
    }
    return -1;
  }

  /** The ordinal of an entry in [0, entryCount), for verify. */
  ordinalAt(entry: number): number {
    const at = this.#ordinalsStart + 4 * entry;
    this.guard.ensure(this.fileOffset + at, 4);
    return this.#view.getUint32(at, true);
  }

  #corrupt(why: string): PermafrostError {
    return new PermafrostError(
      'FILE_CORRUPT',
      `A hash index at byte ${this.fileOffset} is damaged: ${why}. Publish again.`,
      { offset: this.fileOffset },
    );
  }
}

function bucketOf(hash: number, bucketBits: number): number {
  return bucketBits === 0 ? 0 : hash >>> (32 - bucketBits);
}
