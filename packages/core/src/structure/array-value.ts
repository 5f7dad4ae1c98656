/**
 * One array value, in the heap: elements have the same slots as fields have in records, so every element is read like a field.
 * Heap slots of elements count from the start of `bytes`.
 *
 *   offset  size  type  name
 *        0     4  u32   elementCount
 *        4 ⌈n/8⌉  bits  values              1 = the element holds a value, 0 = it is null
 *        …   s·n        slots               s = size of the element's slot kind
 *        …     …  u8    bytes               what the slots refer to
 */
import { bitmapSize, testBit } from '../bytes/bitmap';
import { PermafrostError } from '../errors';
import { type SlotKind, slotSizes } from '../layout/layout';
import { MAX_ARRAY_COUNT, MAX_INLINE_SIZE } from '../limits';
import { type HeapView, packHeapSlot } from './heap';

const COUNT_SIZE = 4;

/** Collects the elements of one array after another. Setters of elements write through `view` at `base` and append to it as to a heap. */
export class ArrayValueBuilder {
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Buffer = Buffer.alloc(0);
  /** Where the slot of the current element lies in `view`. */
  base = 0;
  readonly #slotSize: number;
  #elementCount = 0;
  #element = -1;
  #used = 0;

  constructor(kind: SlotKind) {
    this.#slotSize = slotSizes[kind];
  }

  begin(elementCount: number): void {
    if (elementCount > MAX_ARRAY_COUNT) {
      throw new PermafrostError(
        'LIMIT_EXCEEDED',
        `A list has ${elementCount} elements; the limit of format 1 is ${MAX_ARRAY_COUNT}.`,
        { expected: MAX_ARRAY_COUNT, actual: elementCount },
      );
    }
    this.#elementCount = elementCount;
    this.#element = -1;
    this.#used = this.#bytesStart();
    this.#grow(this.#used);
    this.bytes.fill(0, 0, this.#used);
    this.bytes.writeUInt32LE(elementCount, 0);
  }

  /** Moves to the next element, which is null until {@link markValue}. */
  next(): void {
    this.#element++;
    this.base = COUNT_SIZE + bitmapSize(this.#elementCount) + this.#slotSize * this.#element;
  }

  markValue(): void {
    this.bytes[COUNT_SIZE + (this.#element >>> 3)]! |= 1 << (this.#element & 7);
  }

  /** Makes the current element null again. */
  clearValue(): void {
    this.bytes[COUNT_SIZE + (this.#element >>> 3)]! &= ~(1 << (this.#element & 7));
  }

  append(_record: DataView, slotAt: number, bytes: Uint8Array, start: number, end: number, encoding: number): void {
    const size = end - start;
    this.#grow(this.#used + size + 4);
    packHeapSlot(this.view, slotAt, this.#used - this.#bytesStart(), size, encoding);
    if (size > MAX_INLINE_SIZE) this.#used = this.bytes.writeUInt32LE(size, this.#used);
    this.bytes.set(bytes.subarray(start, end), this.#used);
    this.#used += size;
  }

  /** Makes a whole array of elements that all have values, from the bytes of their slots. */
  setAll(elementCount: number, slots: Uint8Array): void {
    this.begin(elementCount);
    for (this.#element = 0; this.#element < elementCount; this.#element++) this.markValue();
    this.#element--;
    this.bytes.set(slots, COUNT_SIZE + bitmapSize(elementCount));
  }

  /** Whether an element has no value. */
  get hasNull(): boolean {
    for (let element = 0; element < this.#elementCount; element++)
      if (!testBit(this.bytes, COUNT_SIZE, element)) return true;
    return false;
  }

  /** Size of the finished value at the start of `bytes`. */
  end(): number {
    return this.#used;
  }

  /** How many elements have been begun. */
  get elementsSeen(): number {
    return this.#element + 1;
  }

  #bytesStart(): number {
    return COUNT_SIZE + bitmapSize(this.#elementCount) + this.#slotSize * this.#elementCount;
  }

  #grow(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = Buffer.alloc(Math.max(256, size * 2));
    this.bytes.copy(grown);
    this.bytes = grown;
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.length);
  }
}

/** Where the parts of the array value lie that is bytes [start, end) of the heap. Throws FILE_CORRUPT when they do not fit it. */
export function locateElements(
  heap: HeapView,
  start: number,
  end: number,
  kind: SlotKind,
): { readonly elementCount: number; readonly slotsStart: number; readonly bytesStart: number } {
  const elementCount = end - start >= COUNT_SIZE ? heap.view.getUint32(start, true) : MAX_ARRAY_COUNT + 1;
  const slotsStart = start + COUNT_SIZE + bitmapSize(elementCount);
  const bytesStart = slotsStart + slotSizes[kind] * elementCount;
  if (elementCount > MAX_ARRAY_COUNT || bytesStart > end) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `A list of ${end - start} bytes cannot hold the ${elementCount} elements it announces. Publish again.`,
      { actual: elementCount },
    );
  }
  return { elementCount, slotsStart, bytesStart };
}

/** Whether an element is null in the array value that `heap` has located last and read without an error. */
export function hasNullElement(heap: HeapView): boolean {
  const elementCount = heap.view.getUint32(heap.start, true);
  for (let element = 0; element < elementCount; element++)
    if (!testBit(heap.bytes, heap.start + COUNT_SIZE, element)) return true;
  return false;
}

/** How many elements the array value has that `heap` has located last and read without an error. */
export function storedElementCount(heap: HeapView): number {
  return heap.view.getUint32(heap.start, true);
}

/** Reads one element: `view` and `slotAt` as for a field, `bias` to add to the offsets of heap slots. */
export type ElementReader<S extends { readonly heap: HeapView }> = (
  view: DataView,
  slotAt: number,
  source: S,
  bias: number,
) => unknown;

/** The array value of the heap slot at `slotAt`, as a fresh array. Throws FILE_CORRUPT when its parts do not fit it. */
export function readArrayValue<S extends { readonly heap: HeapView }>(
  record: DataView,
  slotAt: number,
  source: S,
  kind: SlotKind,
  readElement: ElementReader<S>,
): unknown[] {
  source.heap.locate(record, slotAt);
  return readElements(source.heap.start, source.heap.end, source, kind, readElement);
}

/** The same of the array value that is bytes [start, end) of the heap. */
export function readElements<S extends { readonly heap: HeapView }>(
  start: number,
  end: number,
  source: S,
  kind: SlotKind,
  readElement: ElementReader<S>,
): unknown[] {
  const { heap } = source;
  const { elementCount, slotsStart, bytesStart } = locateElements(heap, start, end, kind);
  const slotSize = slotSizes[kind];
  const elements = new Array<unknown>(elementCount);
  for (let element = 0; element < elementCount; element++) {
    const holdsValue = testBit(heap.bytes, start + COUNT_SIZE, element);
    elements[element] = holdsValue ? readElement(heap.view, slotsStart + slotSize * element, source, bytesStart) : null;
  }
  return elements;
}
