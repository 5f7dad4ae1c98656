/**
 * The readers of json slots. A value is stored as text or packed; text and plain values come of both alike, since a packed value holds
 * its text. Fields that are not declared packed never hold packed values.
 */
import type { FieldSchema } from '../schema/schema';
import type { HeapView } from './heap';
import { type JsonOwner, lazyJson, lazyJsonOfText, parseJson } from './lazy-json';
import { PACKED, PackedJsonView } from './packed-json';
import type { Representations, SlotReader, ValueSource } from './slot-value';
import { storedText } from './stored-text';

/** By default a fresh value a read, and for packed fields a read-only view that reads what is touched. */
export function jsonReaderOf(field: FieldSchema, representation: Representations['json']): SlotReader {
  const { name, packed = false } = field;
  const textAt = (heap: HeapView, view: DataView, slotAt: number, bias: number) =>
    packed ? storedText(heap, field, view, slotAt, bias) : heap.text(view, slotAt, bias);
  if (representation === 'text') return (view, slotAt, { heap }, bias) => textAt(heap, view, slotAt, bias);
  if (representation === 'value' || !packed)
    return (view, slotAt, { heap }, bias) => parseJson(textAt(heap, view, slotAt, bias), name);
  return (view, slotAt, source, bias) => {
    const { heap } = source;
    const owner = new FieldOwner(name, source);
    heap.place(view, slotAt, bias);
    if (heap.encoding === PACKED) return lazyJson(new PackedJsonView(heap, heap.start, heap.end).root(), owner);
    return lazyJsonOfText(heap.text(view, slotAt, bias), owner);
  };
}

class FieldOwner implements JsonOwner {
  constructor(
    readonly field: string,
    private readonly source: ValueSource,
  ) {}

  requireOpen(): void {
    this.source.requireOpen();
  }
}
