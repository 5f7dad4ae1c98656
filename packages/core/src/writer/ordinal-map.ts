/** From keys to ordinals while a snapshot is written: the same index that goes into the file, verified against the staged records. */

import { int64ToNumber } from '../bytes/int64';
import { sectionKinds } from '../file/section-kinds';
import { buildHashIndex, HashIndexView, type KeyMatcher } from '../structure/hash-index';
import { equalsRecord, hashOfRecord, IntegerKeyPart, type KeyPart } from '../structure/key';
import { buildRankBitmap, RankBitmapView, suitsRankBitmap } from '../structure/rank-bitmap';
import type { KeyOrder } from './key-order';
import { type StagedRecords, trusted, viewOf } from './staging-table';

export class OrdinalMap implements KeyMatcher<readonly KeyPart[]> {
  readonly sectionKind: number;
  /** The section's bytes. */
  readonly section: Buffer;
  readonly #rankBitmap: RankBitmapView | undefined;
  readonly #hashIndex: HashIndexView | undefined;

  constructor(
    private readonly records: StagedRecords,
    private readonly recordCount: number,
    private readonly stride: number,
    private readonly parts: readonly KeyPart[],
    private readonly order: KeyOrder,
  ) {
    const only = parts.length === 1 ? parts[0] : undefined;
    if (only instanceof IntegerKeyPart && this.#suitsRankBitmap(only)) {
      this.sectionKind = sectionKinds.rankBitmap;
      this.section = buildRankBitmap(
        this.#integerAt(only, 0),
        this.#integerAt(only, recordCount - 1),
        recordCount,
        (ordinal) => this.#integerAt(only, ordinal),
      );
      this.#rankBitmap = new RankBitmapView(viewOf(this.section), trusted, 0);
    } else {
      const hashes = new Uint32Array(recordCount);
      for (let ordinal = 0; ordinal < recordCount; ordinal++)
        hashes[ordinal] = hashOfRecord(parts, records.view, this.positionOf(ordinal) * stride);
      this.sectionKind = sectionKinds.hashIndex;
      this.section = buildHashIndex(hashes);
      this.#hashIndex = new HashIndexView(viewOf(this.section), trusted, 0);
    }
  }

  /** The ordinal of the key that `probe` has loaded and `hash` belongs to, or -1. */
  find(probe: readonly KeyPart[]): number {
    if (this.#rankBitmap) {
      const part = probe[0] as IntegerKeyPart;
      return this.#rankBitmap.find(int64ToNumber(part.low, part.high));
    }
    let hash = 0;
    for (const part of probe) hash = part.hash(hash);
    return this.#hashIndex!.find(hash, this, probe);
  }

  matches(ordinal: number, probe: readonly KeyPart[]): boolean {
    return equalsRecord(this.parts, this.records.view, this.positionOf(ordinal) * this.stride, probe);
  }

  positionOf(ordinal: number): number {
    return this.order.positions ? this.order.positions[ordinal]! : ordinal;
  }

  #suitsRankBitmap(part: IntegerKeyPart): boolean {
    if (this.recordCount === 0 || part.field.type === 'uint64') return false;
    return suitsRankBitmap(this.#integerAt(part, 0), this.#integerAt(part, this.recordCount - 1), this.recordCount);
  }

  #integerAt(part: IntegerKeyPart, ordinal: number): number {
    part.loadRecord(this.records.view, this.positionOf(ordinal) * this.stride);
    return int64ToNumber(part.low, part.high);
  }
}
