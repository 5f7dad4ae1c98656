/**
 * A hash index without keys: ordinals sorted by the 32-bit hash of their key, a directory by the hash's top bits, and one tag byte
 * (the hash's lowest byte) that lets a probe skip records that cannot match. The record itself says whether it does. Records that share
 * a key lie together, so a key of many records costs others nothing.
 *
 *   offset  size  type  name
 *        0     4  u32   entryCount
 *        4     4  u32   bucketBits          bucketCount = 2^bucketBits; bucket of a hash = its top bucketBits bits
 *        8   4·(b+1)  u32  bucketStarts     entries of bucket i are [bucketStarts[i], bucketStarts[i + 1])
 *        …   5·n        entries             bucket i at 5·bucketStarts[i]: its tags (u8 each), then its ordinals (u32 each),
 *                                           by tag, then ascending
 */

import type { RangeGuard } from '../bytes/range-guard';
import { PermafrostError } from '../errors';

const HEADER_SIZE = 8;
const ENTRIES_PER_BUCKET = 4;
/** A tag and an ordinal; those of one bucket lie together, so that a look-up touches one cache line of them. */
const ENTRY_SIZE = 5;
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
  const entriesStart = HEADER_SIZE + 4 * (bucketCount + 1);
  for (const hash of hashes) starts[bucketOf(hash, bucketBits) + 1]!++;
  for (let bucket = 0; bucket < bucketCount; bucket++) starts[bucket + 1]! += starts[bucket]!;
  const next = starts.slice(0, bucketCount);
  // Two stable passes: by tag, then by bucket.
  for (const source of byTag(hashes)) {
    const hash = hashes[source]!;
    const bucket = bucketOf(hash, bucketBits);
    const entry = next[bucket]!++;
    section[tagAt(entriesStart, starts[bucket]!, entry)] = hash & 0xff;
    section.writeUInt32LE(
      ordinals ? ordinals[source]! : source,
      ordinalAt(entriesStart, starts[bucket]!, starts[bucket + 1]!, entry),
    );
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
  readonly #entriesStart: number;
  /** The bucket looked at last: its entries are [start, end). */
  #start = 0;
  #end = 0;

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
    this.#entriesStart = HEADER_SIZE + 4 * (this.bucketCount + 1);
    if (this.#bucketBits > 30 || this.#entriesStart + ENTRY_SIZE * this.entryCount !== section.byteLength) {
      throw this.#corrupt(
        `it announces ${this.entryCount} entries and 2^${this.#bucketBits} buckets, but has ${section.byteLength} bytes`,
      );
    }
  }

  /** The lowest ordinal with this hash that `matcher` accepts, or -1. Cost: 60–400 ns, mostly cache misses. */
  find<K>(hash: number, matcher: KeyMatcher<K>, key: K): number {
    const tag = hash & 0xff;
    this.#openBucket(bucketOf(hash, this.#bucketBits));
    // A matcher may look up other keys here.
    const start = this.#start;
    const end = this.#end;
    for (let entry = this.#firstEntry(tag); entry < end; entry++) {
      if (this.#view.getUint8(tagAt(this.#entriesStart, start, entry)) !== tag) return -1;
      const ordinal = this.#view.getUint32(ordinalAt(this.#entriesStart, start, end, entry), true);
      if (matcher.matches(ordinal, key)) return ordinal;
    }
    return -1;
  }

  /** All ordinals with this hash that `matcher` accepts, ascending. Cost: as {@link find}, and 10–100 ns a match. */
  findAll<K>(hash: number, matcher: KeyMatcher<K>, key: K): number[] {
    const found: number[] = [];
    const every = {
      matches: (ordinal: number) => {
        if (matcher.matches(ordinal, key)) found.push(ordinal);
        return false;
      },
    };
    this.find(hash, every, undefined);
    return found;
  }

  /** Visits every entry, with the bucket and tag under which it lies, for verify. */
  forEach(visit: (ordinal: number, lies: (hash: number) => boolean) => void): void {
    for (let bucket = 0; bucket < this.bucketCount; bucket++) {
      this.#openBucket(bucket);
      const start = this.#start;
      const end = this.#end;
      for (let entry = start; entry < end; entry++) {
        const tag = this.#view.getUint8(tagAt(this.#entriesStart, start, entry));
        const lies = (hash: number) => bucketOf(hash, this.#bucketBits) === bucket && (hash & 0xff) === tag;
        visit(this.#view.getUint32(ordinalAt(this.#entriesStart, start, end, entry), true), lies);
      }
    }
  }

  #openBucket(bucket: number): void {
    const at = HEADER_SIZE + 4 * bucket;
    this.guard.ensure(this.fileOffset + at, 8);
    const start = this.#view.getUint32(at, true);
    const end = this.#view.getUint32(at + 4, true);
    if (start > end || end > this.entryCount)
      throw this.#corrupt(`bucket ${bucket} has entries from ${start} to ${end} of ${this.entryCount}`);
    this.#start = start;
    this.#end = end;
    if (start < end)
      this.guard.ensure(this.fileOffset + this.#entriesStart + ENTRY_SIZE * start, ENTRY_SIZE * (end - start));
  }

  /** The first entry of the open bucket whose tag is not below `tag`. */
  #firstEntry(tag: number): number {
    const start = this.#start;
    let low = start;
    let high = this.#end;
    while (high - low > LINEAR_COUNT) {
      const middle = (low + high) >>> 1;
      if (this.#view.getUint8(tagAt(this.#entriesStart, start, middle)) < tag) low = middle + 1;
      else high = middle;
    }
    while (low < this.#end && this.#view.getUint8(tagAt(this.#entriesStart, start, low)) < tag) low++;
    return low;
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

/** Where the tag of an entry lies, in a bucket whose first entry is `start`. */
function tagAt(entriesStart: number, start: number, entry: number): number {
  return entriesStart + ENTRY_SIZE * start + (entry - start);
}

/** Where the ordinal of an entry lies, in a bucket of the entries [start, end): behind the tags. */
function ordinalAt(entriesStart: number, start: number, end: number, entry: number): number {
  return entriesStart + ENTRY_SIZE * start + (end - start) + 4 * (entry - start);
}
