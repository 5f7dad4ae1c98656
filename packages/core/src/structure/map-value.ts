/**
 * One map value, in the heap: its keys and its values as two array values of one length, in the order of insertion.
 *
 *   offset  size  type  name
 *        0     4  u32   keysSize            bytes of `keys`
 *        4     …  u8    keys                array value (see array-value.ts) without nulls
 *        …     …  u8    values              array value of as many elements; the rest of the bytes
 */
import { PermafrostError } from '../errors';
import type { SlotKind } from '../layout/layout';
import { type ElementReader, readElements } from './array-value';
import type { HeapView } from './heap';

const KEYS_OFFSET = 4;

/** The bytes of a map from those of the array values of its keys and values. */
export function encodeMapValue(keys: Uint8Array, values: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(KEYS_OFFSET + keys.length + values.length);
  bytes.writeUInt32LE(keys.length, 0);
  bytes.set(keys, KEYS_OFFSET);
  bytes.set(values, KEYS_OFFSET + keys.length);
  return bytes;
}

/** How the keys or the values of a map are read. */
export interface MapHalf<S extends { readonly heap: HeapView }> {
  readonly kind: SlotKind;
  readonly read: ElementReader<S>;
}

/** The map value of the heap slot at `slotAt`, as a fresh Map. Throws FILE_CORRUPT when its parts do not fit it or each other. */
export function readMapValue<S extends { readonly heap: HeapView }>(
  record: DataView,
  slotAt: number,
  source: S,
  keyHalf: MapHalf<S>,
  valueHalf: MapHalf<S>,
): Map<unknown, unknown> {
  const { heap } = source;
  heap.locate(record, slotAt);
  const { start, end } = heap;
  const keysStart = start + KEYS_OFFSET;
  const keysEnd = keysStart <= end ? keysStart + heap.view.getUint32(start, true) : Number.POSITIVE_INFINITY;
  if (keysEnd > end) throw corrupt(`its keys do not fit its ${end - start} bytes`);
  const keys = readElements(keysStart, keysEnd, source, keyHalf.kind, keyHalf.read);
  const values = readElements(keysEnd, end, source, valueHalf.kind, valueHalf.read);
  if (keys.length !== values.length) throw corrupt(`it has ${keys.length} keys for ${values.length} values`);
  const map = new Map<unknown, unknown>();
  for (const [place, key] of keys.entries()) {
    if (key === null) throw corrupt('a key is null');
    map.set(key, values[place]);
  }
  return map;
}

/** How many keys the map value has that `heap` has located last and read without an error. */
export function storedKeyCount(heap: HeapView): number {
  return heap.view.getUint32(heap.start + KEYS_OFFSET, true);
}

function corrupt(why: string): PermafrostError {
  return new PermafrostError('FILE_CORRUPT', `A map is damaged: ${why}. Publish again.`, {});
}
