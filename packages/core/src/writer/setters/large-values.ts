/**
 * Between a column's setter and the heap: what fields declared `packed` or `compressed` do to their values, each by itself. What does not
 * gain by it goes to the heap as it is.
 */
import type { TextEncodingCode } from '../../bytes/text';
import type { FieldSchema } from '../../schema/schema';
import { COMPRESSED, compressText } from '../../structure/compressed-text';
import { PackedJsonBuilder } from '../../structure/pack-json';
import { PACKED } from '../../structure/packed-json';
import type { HeapTarget } from './column-setter';

/** Where a text or json field's values go. */
export function largeValueHeap(field: FieldSchema, heap: HeapTarget): HeapTarget {
  if (field.packed) return new PackingHeap(heap);
  return field.compressed ? new CompressingHeap(heap) : heap;
}

class PackingHeap implements HeapTarget {
  readonly #builder = new PackedJsonBuilder();

  constructor(private readonly heap: HeapTarget) {}

  append(record: DataView, slotAt: number, bytes: Uint8Array, start: number, end: number, encoding: number): void {
    // An index larger than its text is one of tiny members, such as numbers, which are read together.
    const size = this.#builder.pack(bytes, start, end, encoding as TextEncodingCode, end - start);
    if (size > 0) this.heap.append(record, slotAt, this.#builder.bytes, 0, size, PACKED);
    else this.heap.append(record, slotAt, bytes, start, end, encoding);
  }
}

class CompressingHeap implements HeapTarget {
  constructor(private readonly heap: HeapTarget) {}

  append(record: DataView, slotAt: number, bytes: Uint8Array, start: number, end: number, encoding: number): void {
    const compressed = compressText(bytes, start, end, encoding);
    if (compressed) this.heap.append(record, slotAt, compressed, 0, compressed.length, COMPRESSED);
    else this.heap.append(record, slotAt, bytes, start, end, encoding);
  }
}
