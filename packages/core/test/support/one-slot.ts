/** One value in its slot, and the heap that the slot refers to: how tests of values in the heap write, damage and read one. */
import fc from 'fast-check';
import { slotKindOf } from '../../src/layout/layout';
import type { FieldSchema } from '../../src/schema/schema';
import { HeapView } from '../../src/structure/heap';
import { slotReaderOf, type ValueSource } from '../../src/structure/slot-value';
import type { ColumnSetter } from '../../src/writer/setters/column-setter';
import { makeSetter } from '../../src/writer/setters/make-setter';
import { damagedVariants, SECTION_OFFSET, viewOf, watchfulGuard } from './structures';

export interface Written {
  /** 8 bytes. */
  readonly slot: Buffer;
  readonly heap: Buffer;
}

/** A record of one slot, which does not begin its memory, and a heap in which no value is aligned. */
export class OneSlot implements Written {
  readonly bytes = Buffer.alloc(24);
  readonly view = viewOf(this.bytes);
  readonly base = 8;
  readonly slot = this.bytes.subarray(16);
  heap = Buffer.alloc(0);
  readonly setter: ColumnSetter;
  readonly #marks: string[] = [];

  constructor(field: FieldSchema) {
    const place = { entity: 'E', field: field.name };
    this.setter = makeSetter(field, slotKindOf(field, false), {
      target: this,
      slotOffset: 8,
      bit: 0,
      place,
      heap: this,
    });
  }

  markValue = () => void this.#marks.push('value');
  markNull = () => void this.#marks.push('null');
  markAbsent = () => void this.#marks.push('absent');

  append(record: DataView, slotAt: number, bytes: Uint8Array, start: number, end: number): void {
    this.heap = Buffer.concat([Buffer.alloc(3), bytes.subarray(start, end)]);
    record.setBigUint64(slotAt, 3n | (BigInt(end - start) << 40n), true);
  }

  write(value: unknown): Written {
    this.setter.setValue(value);
    expect(this.#marks).toEqual(['value']);
    return { slot: this.slot, heap: this.heap };
  }
}

export function writeSlot(field: FieldSchema, value: unknown): Written {
  return new OneSlot(field).write(value);
}

export function readSlot(field: FieldSchema, { slot, heap }: Written): unknown {
  return slotReaderOf(field, slotKindOf(field, false), 0, {})(viewOf(slot), 0, heapSource(heap), 0);
}

/** What slots refer into, for values that are in no string table. */
export function heapSource(heap: Buffer): ValueSource {
  return {
    heap: new HeapView(heap, viewOf(heap), watchfulGuard(heap.length), SECTION_OFFSET),
    stringTable: () => {
      throw new Error('These values have no string table.');
    },
    requireOpen() {},
  };
}

/** Damage to the slot, and to its heap or not. */
export function damagedSlots({ slot, heap }: Written): fc.Arbitrary<Written> {
  const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8)], 8);
  return fc.record({
    slot: damagedVariants(fc.constant(slot)).map(padded),
    heap: fc.oneof(fc.constant(heap), damagedVariants(fc.constant(heap))),
  });
}
