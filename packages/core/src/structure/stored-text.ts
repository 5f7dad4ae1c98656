/** The text of a slot whatever form its field stores it in: as it is, compressed, or within packed JSON. */
import { readText } from '../bytes/text';
import type { FieldSchema } from '../schema/schema';
import { COMPRESSED, inflateText } from './compressed-text';
import type { HeapView } from './heap';
import type { BytesSource } from './key-parts';
import { PACKED, PackedJsonView } from './packed-json';

/** Finds texts of one field of type text or json, whose slots lead into the heap. A compressed one is inflated each time. */
export class StoredText implements BytesSource {
  bytes: Buffer;
  /** The located text is bytes[start, end), in an encoding of chapter 1 unless the file is damaged. */
  start = 0;
  end = 0;
  encoding = 0;

  constructor(
    private readonly heap: HeapView,
    private readonly field: Pick<FieldSchema, 'packed' | 'compressed'>,
  ) {
    this.bytes = heap.bytes;
  }

  /** Throws FILE_CORRUPT. */
  locate(view: DataView, slotAt: number, bias = 0): void {
    const { heap, field } = this;
    heap.place(view, slotAt, bias);
    this.bytes = heap.bytes;
    this.start = heap.start;
    this.end = heap.end;
    this.encoding = heap.encoding;
    if (field.packed && heap.encoding === PACKED) {
      const packed = new PackedJsonView(heap, heap.start, heap.end);
      this.start = packed.textStart;
      this.end = packed.textStart + packed.textSize;
      this.encoding = packed.encoding;
    }
    heap.ensure(this.start, this.end - this.start);
    if (field.compressed && heap.encoding === COMPRESSED) {
      const { bytes, encoding } = inflateText(heap);
      this.bytes = bytes;
      this.start = 0;
      this.end = bytes.length;
      this.encoding = encoding;
    }
  }
}

/** The same as a string. */
export function storedText(
  heap: HeapView,
  field: Pick<FieldSchema, 'packed' | 'compressed'>,
  view: DataView,
  slotAt: number,
  bias: number,
): string {
  const text = new StoredText(heap, field);
  text.locate(view, slotAt, bias);
  return readText(text.bytes, text.start, text.end, text.encoding);
}
