/**
 * The keys of staged records side by side in memory, so that sorting and looking up, which jump about, do not pull in the records.
 * Memory: the key's slots, 4–16 bytes a part and record. Long text stays where it is.
 */
import { type Slot, slotSizes } from '../../layout/layout';
import type { StagedRecords } from './staged-records';
import { viewOf } from './staging-table';

export class StagedKeys {
  readonly view: DataView;
  /** Bytes from one key to the next. */
  readonly stride: number;
  /** Where the key's slots lie here. */
  readonly slots: readonly Slot[];

  /** The keys of `count` records, whose slots in `records` are `from`; key i is that of the record at `positionOf(i)`. */
  constructor(
    records: StagedRecords,
    recordStride: number,
    from: readonly Slot[],
    readonly count: number,
    positionOf: (number: number) => number,
  ) {
    let stride = 0;
    this.slots = from.map((slot) => {
      const offset = stride;
      stride += slotSizes[slot.kind];
      return { ...slot, offset };
    });
    this.stride = stride;
    const bytes = Buffer.allocUnsafe(stride * count);
    const moves = from.map((slot, part) => ({
      from: slot.offset,
      to: this.slots[part]!.offset,
      size: slotSizes[slot.kind],
    }));
    records.forEach(count, (number) => {
      const base = positionOf(number) * recordStride;
      for (let move = 0; move < moves.length; move++) {
        const { from: source, to, size } = moves[move]!;
        const target = number * stride + to;
        for (let at = 0; at < size; at++) bytes[target + at] = records.bytes[base + source + at]!;
      }
    });
    this.view = viewOf(bytes);
  }
}
