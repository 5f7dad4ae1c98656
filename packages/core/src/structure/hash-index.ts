/**
 * A hash index without keys: ordinals sorted by the 32-bit hash of their key, a directory by the hash's top bits, and one tag byte
 * (the hash's lowest byte) that lets a probe skip records that cannot match. The record itself says whether it does. Records that share
 * a key lie together, so a key of many records costs others nothing.
 *
 *   offset  size  type  name
 *        0     4  u32   entryCount
 *        4     4  u32   bucketBits          bucketCount = 2^bucketBits; bucket of a hash = its top bucketBits bits
 *        8   4·(b+1)  u32  bucketStarts     entries of bucket i are [bucketStarts[i], bucketStarts[i + 1])
 *        …   4·n  u32   ordinals            within a bucket by tag, then ascending
 *        …     n  u8    tags
 */

import type { RangeGuard } from '../bytes/range-guard';
import { PermafrostError } from '../errors';

const HEADER_SIZE = 8;
const ENTRIES_PER_BUCKET = 4;
/** A run of tags this short is looked through one by one. */
const LINEAR_COUNT = 16;

/** Decides whether the record at an ordinal has the key looked for. */
export interface KeyMatcher<K> {
  matches(ordinal: number, key: K): boolean;
}

/**
 * The section's bytes. Entry i has the hash `hashes[i]` and the ordinal `ordinals[i]`, which ascend; without `ordinals` it is i.
 * Memory: 14–15 bytes an entry.
 */
export function buildHashIndex(hashes: Uint32Array, ordinals?: Uint32Array): Buffer {
  const entryCount = hashes.length;
  const bucketBits = Math.min(30, Math.max(0, Math.ceil(Math.log2(Math.max(1, entryCount) / ENTRIES_PER_BUCKET))));
  const bucketCount = 2 ** bucketBits;
  const section = Buffer.alloc(HEADER_SIZE + 4 * (bucketCount + 1) + 5 * entryCount);
  section.writeUInt32LE(entryCount, 0);
  section.writeUInt32LE(bucketBits, 4);
  const starts = new Uint32Array(section.buffer, section.byteOffset + HEADER_SIZE, bucketCount + 1);
  const sorted = new Uint32Array(section.buffer, starts.byteOffset + 4 * (bucketCount + 1), entryCount);
  const tags = new Uint8Array(section.buffer, sorted.byteOffset + 4 * entryCount, entryCount);
  for (const hash of hashes) starts[bucketOf(hash, bucketBits) + 1]!++;
  for (let bucket = 0; bucket < bucketCount; bucket++) starts[bucket + 1]! += starts[bucket]!;
  const next = starts.slice(0, bucketCount);
  // Two stable passes: by tag, then by bucket.
  for (const source of byTag(hashes)) {
    const hash = hashes[source]!;
    const entry = next[bucketOf(hash, bucketBits)]!++;
    sorted[entry] = ordinals ? ordinals[source]! : source;
    tags[entry] = hash & 0xff;
  }
  return section;
}

/** Positions of hashes in the order of their tags, stable. */
function byTag(hashes: Uint32Array): Uint32Array {
  const next = new Uint32Array(257);
  for (const hash of hashes) next[(hash & 0xff) + 1]!++;
  for (let tag = 0; tag < 256; tag++) next[tag + 1]! += next[tag]!;
  const sorted = new Uint32Array(hashes.length);
  for (let source = 0; source < hashes.length; source++) sorted[next[hashes[source]! & 0xff]!++] = source;
  return sorted;
}

/** Finds ordinals by hash and verifies them against their records. */
export class HashIndexView {
  readonly entryCount: number;
  readonly bucketCount: number;
  readonly #bucketBits: number;
  readonly #view: DataView;
  readonly #ordinalsStart: number;
  readonly #tagsStart: number;
  #bucketStart = 0;

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

  /** The lowest ordinal with this hash that `matcher` accepts, or -1. Cost: 60–400 ns, mostly cache misses. */
  find<K>(hash: number, matcher: KeyMatcher<K>, key: K): number {
    const end = this.#bucketEnd(hash);
    const tag = hash & 0xff;
    for (let entry = this.#firstEntry(hash, end); entry < end && this.#tagAt(entry) === tag; entry++) {
      const ordinal = this.ordinalAt(entry);
      if (matcher.matches(ordinal, key)) return ordinal;
    }
    return -1;
  }

  /** All ordinals with this hash that `matcher` accepts, ascending. Cost: as {@link find}, and 10–100 ns a match. */
  findAll<K>(hash: number, matcher: KeyMatcher<K>, key: K): number[] {
    const found: number[] = [];
    const end = this.#bucketEnd(hash);
    const tag = hash & 0xff;
    for (let entry = this.#firstEntry(hash, end); entry < end && this.#tagAt(entry) === tag; entry++) {
      const ordinal = this.ordinalAt(entry);
      if (matcher.matches(ordinal, key)) found.push(ordinal);
    }
    return found;
  }

  /** Whether the hash belongs to the entry's bucket and has its tag, for verify. */
  holds(entry: number, hash: number): boolean {
    const end = this.#bucketEnd(hash);
    return entry >= this.#bucketStart && entry < end && this.#tagAt(entry) === (hash & 0xff);
  }

  /** The ordinal of an entry in [0, entryCount), for verify. */
  ordinalAt(entry: number): number {
    const at = this.#ordinalsStart + 4 * entry;
    this.guard.ensure(this.fileOffset + at, 4);
    return this.#view.getUint32(at, true);
  }

  /** The end of the bucket of a hash; its start is left in `#bucketStart`, and its tags are checked. */
  #bucketEnd(hash: number): number {
    const bucket = bucketOf(hash, this.#bucketBits);
    const at = HEADER_SIZE + 4 * bucket;
    this.guard.ensure(this.fileOffset + at, 8);
    const start = this.#view.getUint32(at, true);
    const end = this.#view.getUint32(at + 4, true);
    if (start > end || end > this.entryCount)
      throw this.#corrupt(`bucket ${bucket} has entries from ${start} to ${end} of ${this.entryCount}`);
    this.#bucketStart = start;
    if (start < end) this.guard.ensure(this.fileOffset + this.#tagsStart + start, end - start);
    return end;
  }

  /** The first entry of the bucket whose tag is not below that of the hash. */
  #firstEntry(hash: number, end: number): number {
    const tag = hash & 0xff;
    let low = this.#bucketStart;
    let high = end;
    while (high - low > LINEAR_COUNT) {
      const middle = (low + high) >>> 1;
      if (this.#tagAt(middle) < tag) low = middle + 1;
      else high = middle;
    }
    while (low < end && this.#tagAt(low) < tag) low++;
    return low;
  }

  #tagAt(entry: number): number {
    return this.#view.getUint8(this.#tagsStart + entry);
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
