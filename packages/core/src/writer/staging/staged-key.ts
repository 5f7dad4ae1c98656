/** Keys of staged records: as key parts for sorting and resolving, and as JavaScript values for messages. */

import type { FieldSchema } from '../../schema/schema';
import { decimalKind, IN_HEAP } from '../../structure/decimal';
import { type HeapBuilder, HeapView, unpackHeapSlot } from '../../structure/heap';
import type { BytesSource } from '../../structure/key-parts';
import { slotReaderOf, type ValueSource } from '../../structure/slot-value';
import { type StringTableBuilder, StringTableView } from '../../structure/string-table';
import { STAGED_ID } from '../setters/heap-setters';
import { type StagingTable, trusted, viewOf } from './staging-table';

export function trustedHeap(bytes: Buffer): HeapView {
  return new HeapView(bytes, viewOf(bytes), trusted, 0);
}

/** Text of a staged slot: in the string table or in the heap, as its flag says. */
export class StagedText implements BytesSource {
  bytes: Uint8Array;
  start = 0;
  end = 0;

  constructor(
    private readonly heap: HeapView,
    private readonly table: StringTableBuilder | undefined,
  ) {
    this.bytes = heap.bytes;
  }

  locate(view: DataView, slotAt: number): void {
    if (view.getUint32(slotAt + 4, true) >>> 30 === STAGED_ID) {
      const place = this.table!.locate(view.getUint32(slotAt, true));
      this.bytes = place.bytes;
      this.start = place.start;
      this.end = place.end;
      return;
    }
    this.heap.locate(view, slotAt);
    this.bytes = this.heap.bytes;
    this.start = this.heap.start;
    this.end = this.heap.end;
  }
}

/**
 * The key of the record being written, as far as it is set; a scalar for a key of one field. `bits` are those of the staged members
 * that hold it. Text that has left memory reads "…".
 */
export function describeKeyBeingWritten(
  key: readonly FieldSchema[],
  bits: readonly number[],
  staging: StagingTable,
  tables: readonly (StringTableBuilder | undefined)[],
  heap: HeapBuilder,
): unknown {
  const values: unknown[] = [];
  for (const [part, field] of key.entries()) {
    const bit = bits[part]!;
    if (!staging.holdsValue(bit)) break;
    const slot = staging.layout.slots[bit]!;
    const slotAt = staging.base + slot.offset;
    if (slot.kind === 'heap-text' || slot.kind === 'heap-bytes')
      values.push(recentText(staging.view, slotAt, tables[bit], heap));
    else if (slot.kind === 'decimal' && decimalKind(staging.view, slotAt) === IN_HEAP) values.push('…');
    else values.push(slotReaderOf(field, slot.kind, bit, {})(staging.view, slotAt, emptySource, 0));
  }
  return values.length === 0 ? undefined : key.length === 1 ? values[0] : values;
}

function recentText(view: DataView, slotAt: number, table: StringTableBuilder | undefined, heap: HeapBuilder): string {
  const { offset, size, encoding } = unpackHeapSlot(view, slotAt);
  if (encoding === STAGED_ID) {
    const { bytes, start, end } = table!.locate(offset);
    return bytes.toString('utf8', start, end);
  }
  return heap.recent(offset, size)?.toString('utf8') ?? '…';
}

/** A value source over staged heaps; staged decimals and binary values never lie in string tables. */
export function stagedValues(heap: HeapView): ValueSource {
  return { heap, stringTable: () => new StringTableView(Buffer.alloc(8)), requireOpen() {} };
}

const emptySource = stagedValues(trustedHeap(Buffer.alloc(0)));
