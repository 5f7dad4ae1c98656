/**
 * Array values of numbers without nulls, as a view that reads them where they lie or as a typed array of their own. The mapping is never
 * handed out: a write to it would end the process, so a view has no buffer and a typed array is a copy. Elements need no alignment.
 *
 * For 768 floats (on a busy machine, so trust the ratios): one element takes 30 ns through a view, 4 µs through a typed array and 9 µs through
 * an ordinary list; all of them in a dot product take as long through a view as through a typed array, and 1.5–2 × as long through a list.
 */
import { endianness } from 'node:os';
import { inspect } from 'node:util';
import type { SlotKind } from '../layout/layout';
import { locateElements } from './array-value';
import type { HeapView } from './heap';

/** What a view needs of the snapshot it reads. */
export interface NumericArraySource {
  readonly heap: HeapView;
  /** Throws SNAPSHOT_CLOSED. */
  requireOpen(): void;
}

/** What arrays of numbers are copied into. */
export type TypedArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

const isLittleEndianHost = endianness() === 'LE';

/** Not exported: what they hold would give the mapping away. */
const SOURCE = Symbol('permafrost.source');
const START = Symbol('permafrost.start');
const LENGTH = Symbol('permafrost.length');
const TYPE = Symbol('permafrost.type');

/** A read-only list of numbers of a snapshot. Every read throws SNAPSHOT_CLOSED when the snapshot is closed; its length remains. */
export abstract class NumericArrayView<T extends number | bigint = number | bigint> implements Iterable<T> {
  readonly [LENGTH]: number;
  readonly [SOURCE]: NumericArraySource;
  readonly [START]: number;
  /** On the prototypes of the kinds. */
  declare readonly [TYPE]: NumericType;

  /** @internal */
  constructor(source: NumericArraySource, start: number, length: number) {
    this[LENGTH] = length;
    this[SOURCE] = source;
    this[START] = start;
  }

  get length(): number {
    return this[LENGTH];
  }

  /** The element at a position, from the end where it is negative; undefined beyond. Cost: about 10 ns. */
  abstract at(position: number): T | undefined;

  /** A typed array of its own with all elements: `Float32Array` for float32 and so on. Cost: a copy of the bytes. */
  toTypedArray(): TypedArray {
    this[SOURCE].requireOpen();
    return copyOf(this[TYPE], this[SOURCE].heap, this[START], this[LENGTH]);
  }

  /** The elements in order. Throws SNAPSHOT_CLOSED. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let position = 0; position < this.length; position++) yield this.at(position)!;
  }

  /** The elements as a list, for JSON. */
  toJSON(): T[] {
    return [...this];
  }

  /** Shows the elements as a list does. */
  [inspect.custom](depth: number, options: object, show: typeof inspect): string {
    return depth < 0 ? '[NumericArrayView]' : `NumericArrayView of ${show(this.toTypedArray(), options)}`;
  }

  /** Bytes from the start of the heap to an element; -1 where there is none. Throws SNAPSHOT_CLOSED. */
  protected offsetOf(position: number, size: number): number {
    this[SOURCE].requireOpen();
    const length = this[LENGTH];
    const place = position < 0 ? length + position : position;
    return place >= 0 && place < length ? this[START] + size * (place | 0) : -1;
  }
}

class Int8View extends NumericArrayView<number> {
  override at(position: number): number | undefined {
    const offset = this.offsetOf(position, 1);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getInt8(offset);
  }
}

class Uint8View extends NumericArrayView<number> {
  override at(position: number): number | undefined {
    const offset = this.offsetOf(position, 1);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getUint8(offset);
  }
}

class Int16View extends NumericArrayView<number> {
  override at(position: number): number | undefined {
    const offset = this.offsetOf(position, 2);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getInt16(offset, true);
  }
}

class Uint16View extends NumericArrayView<number> {
  override at(position: number): number | undefined {
    const offset = this.offsetOf(position, 2);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getUint16(offset, true);
  }
}

class Int32View extends NumericArrayView<number> {
  override at(position: number): number | undefined {
    const offset = this.offsetOf(position, 4);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getInt32(offset, true);
  }
}

class Uint32View extends NumericArrayView<number> {
  override at(position: number): number | undefined {
    const offset = this.offsetOf(position, 4);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getUint32(offset, true);
  }
}

class Int64View extends NumericArrayView<bigint> {
  override at(position: number): bigint | undefined {
    const offset = this.offsetOf(position, 8);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getBigInt64(offset, true);
  }
}

class Uint64View extends NumericArrayView<bigint> {
  override at(position: number): bigint | undefined {
    const offset = this.offsetOf(position, 8);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getBigUint64(offset, true);
  }
}

class Float32View extends NumericArrayView<number> {
  override at(position: number): number | undefined {
    const offset = this.offsetOf(position, 4);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getFloat32(offset, true);
  }
}

class Float64View extends NumericArrayView<number> {
  override at(position: number): number | undefined {
    const offset = this.offsetOf(position, 8);
    return offset < 0 ? undefined : this[SOURCE].heap.view.getFloat64(offset, true);
  }
}

interface NumericType {
  readonly View: new (source: NumericArraySource, start: number, length: number) => NumericArrayView;
  readonly Typed: {
    new (length: number): TypedArray;
    readonly BYTES_PER_ELEMENT: number;
  };
}

/**
 * By slot kind, which is also the name of the field type. One class each, written out: a common one that is told how to read is twice as slow,
 * and with classes that one function makes, which share their code, an element takes 30 ns instead of 2–10.
 */
const numericTypes = {
  int8: { View: Int8View, Typed: Int8Array },
  int16: { View: Int16View, Typed: Int16Array },
  int32: { View: Int32View, Typed: Int32Array },
  int64: { View: Int64View, Typed: BigInt64Array },
  uint8: { View: Uint8View, Typed: Uint8Array },
  uint16: { View: Uint16View, Typed: Uint16Array },
  uint32: { View: Uint32View, Typed: Uint32Array },
  uint64: { View: Uint64View, Typed: BigUint64Array },
  float32: { View: Float32View, Typed: Float32Array },
  float64: { View: Float64View, Typed: Float64Array },
} as const satisfies Partial<Record<SlotKind, NumericType>>;
export type NumericKind = keyof typeof numericTypes;
for (const type of Object.values(numericTypes)) Object.defineProperty(type.View.prototype, TYPE, { value: type });

/** A function that reads array values of a numeric kind, given as a view or a typed array. Throws FILE_CORRUPT when one does not fit. */
export function numericArrayReader(
  kind: NumericKind,
  form: 'typed' | 'view',
): (record: DataView, slotAt: number, source: NumericArraySource) => NumericArrayView | TypedArray {
  const type: NumericType = numericTypes[kind];
  if (form === 'view') {
    return (record, slotAt, source) => {
      const { elementCount, slotsStart } = located(record, slotAt, source, kind);
      return new type.View(source, slotsStart, elementCount);
    };
  }
  return (record, slotAt, source) => {
    const { elementCount, slotsStart } = located(record, slotAt, source, kind);
    return copyOf(type, source.heap, slotsStart, elementCount);
  };
}

/** The bytes of a typed array as they lie in an array value of the kind; undefined for another array, or on a host of the other byte order. */
export function littleEndianBytes(kind: SlotKind, array: unknown): Uint8Array | undefined {
  const type: NumericType | undefined = numericTypes[kind as NumericKind];
  if (!isLittleEndianHost || !type || !(array instanceof type.Typed)) return undefined;
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function located(record: DataView, slotAt: number, { heap }: NumericArraySource, kind: SlotKind) {
  heap.locate(record, slotAt);
  return locateElements(heap, heap.start, heap.end, kind);
}

function copyOf(type: NumericType, heap: HeapView, start: number, count: number): TypedArray {
  const copy = new type.Typed(count);
  const bytes = new Uint8Array(copy.buffer);
  const size = type.Typed.BYTES_PER_ELEMENT;
  bytes.set(heap.bytes.subarray(start, start + size * count));
  if (!isLittleEndianHost && size > 1) {
    const whole = Buffer.from(copy.buffer);
    if (size === 2) whole.swap16();
    else if (size === 4) whole.swap32();
    else whole.swap64();
  }
  return copy;
}
