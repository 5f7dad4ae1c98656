/** From keys to ordinals while a snapshot is written: the same index that goes into the file, verified against their keys. */

import { int64ToNumber } from '../../bytes/int64';
import { sectionKinds } from '../../file/section-kinds';
import { buildHashIndex, HashIndexView, type KeyMatcher } from '../../structure/hash-index';
import { equalsRecord, hashOfRecord } from '../../structure/key';
import { IntegerKeyPart, type KeyPart } from '../../structure/key-parts';
import { buildRankBitmap, RankBitmapView, suitsRankBitmap } from '../../structure/rank-bitmap';
import type { KeyOrder } from './key-order';
import type { StagedKeys } from './staged-keys';
import { trusted, viewOf } from './staging-table';

export class OrdinalMap implements KeyMatcher<readonly KeyPart[]> {
  readonly sectionKind: number;
  /** The section's bytes. */
  readonly section: Buffer;
  readonly #rankBitmap: RankBitmapView | undefined;
  readonly #hashIndex: HashIndexView | undefined;
  /** Not held by a rank bitmap, which needs none. */
  readonly #keys: StagedKeys | undefined;

  /** `keys` are those of the ordinals, `parts` lie over them. */
  constructor(
    keys: StagedKeys,
    private readonly parts: readonly KeyPart[],
    private readonly order: KeyOrder,
  ) {
    const only = parts.length === 1 ? parts[0] : undefined;
    if (only instanceof IntegerKeyPart && fitsRankBitmap(keys, only)) {
      const { count } = keys;
      const keyAt = (ordinal: number) => integerAt(keys, only, ordinal);
      this.sectionKind = sectionKinds.rankBitmap;
      this.section = buildRankBitmap(keyAt(0), keyAt(count - 1), count, keyAt);
      this.#rankBitmap = new RankBitmapView(viewOf(this.section), trusted, 0);
    } else {
      const hashes = new Uint32Array(keys.count);
      for (let ordinal = 0; ordinal < keys.count; ordinal++)
        hashes[ordinal] = hashOfRecord(parts, keys.view, ordinal * keys.stride);
      this.sectionKind = sectionKinds.hashIndex;
      this.section = buildHashIndex(hashes);
      this.#hashIndex = new HashIndexView(viewOf(this.section), trusted, 0);
      this.#keys = keys;
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
    const keys = this.#keys!;
    return equalsRecord(this.parts, keys.view, ordinal * keys.stride, probe);
  }

  positionOf(ordinal: number): number {
    return this.order.positions ? this.order.positions[ordinal]! : ordinal;
  }
}

function fitsRankBitmap(keys: StagedKeys, part: IntegerKeyPart): boolean {
  if (keys.count === 0 || part.field.type === 'uint64') return false;
  return suitsRankBitmap(integerAt(keys, part, 0), integerAt(keys, part, keys.count - 1), keys.count);
}

function integerAt(keys: StagedKeys, part: IntegerKeyPart, ordinal: number): number {
  part.loadRecord(keys.view, ordinal * keys.stride);
  return int64ToNumber(part.low, part.high);
}
