/**
 * The heap: variable-length values one after another, found by the 8-byte slots of records. Never aligned, never shared.
 *
 *   heap slot     bits   meaning
 *   u64           0–39   offset of the value, bytes from the start of the heap
 *                40–61   size in bytes; 2^22 - 1 says: the heap has the size as a u32 in front of the bytes
 *                62–63   text: 0 ASCII, 1 UTF-8, 2 WTF-8, 3 a form of its field's own; other values: 0
 */

import type { RangeGuard } from '../bytes/range-guard';
import { ASCII, readText, type TextEncodingCode } from '../bytes/text';
import { PermafrostError } from '../errors';
import { MAX_HEAP_SIZE, MAX_INLINE_SIZE, MAX_VALUE_SIZE } from '../limits';

const TWO_32 = 2 ** 32;
const ESCAPED_SIZE = MAX_INLINE_SIZE + 1;

/** What {@link HeapBuilder} writes to: the heap section of the file being made. */
export interface HeapSink {
  write(bytes: Uint8Array): void;
}

/** Appends values and packs their slots. Holds 1 MiB; longer values pass through. */
export class HeapBuilder {
  size = 0;
  #sink: HeapSink;
  #buffer = Buffer.allocUnsafe(2 ** 20);
  #used = 0;

  constructor(sink: HeapSink) {
    this.#sink = sink;
  }

  /** Copies bytes[start, end) to the heap and packs their slot at `slotAt` of `record`. */
  append(
    record: DataView,
    slotAt: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: TextEncodingCode | 0,
  ): void {
    const size = end - start;
    const offset = this.#place(size);
    if (size > this.#buffer.length) {
      this.flush();
      this.#sink.write(bytes.subarray(start, end));
    } else {
      if (this.#used + size > this.#buffer.length) this.flush();
      const buffer = this.#buffer;
      const used = this.#used;
      if (size < 48) for (let at = 0; at < size; at++) buffer[used + at] = bytes[start + at]!;
      else buffer.set(bytes.subarray(start, end), used);
      this.#used = used + size;
    }
    this.size += size;
    packHeapSlot(record, slotAt, offset, size, encoding);
  }

  /** Hands everything so far to the sink. */
  flush(): void {
    if (this.#used === 0) return;
    this.#sink.write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  /** The bytes at an offset while they are still in the buffer; else undefined. For messages about the record being written. */
  recent(offset: number, size: number): Buffer | undefined {
    const at = offset - (this.size - this.#used);
    return at >= 0 && at + size <= this.#used ? this.#buffer.subarray(at, at + size) : undefined;
  }

  /** Where the next value goes; writes the size in front of it when the slot cannot hold it. */
  #place(size: number): number {
    if (size > MAX_VALUE_SIZE) throw tooLarge('A value', size, MAX_VALUE_SIZE);
    const offset = this.size;
    if (offset + size + 4 > MAX_HEAP_SIZE) throw tooLarge('The heap', offset + size, MAX_HEAP_SIZE);
    if (size > MAX_INLINE_SIZE) {
      if (this.#used + 4 > this.#buffer.length) this.flush();
      this.#used = this.#buffer.writeUInt32LE(size, this.#used);
      this.size += 4;
    }
    return offset;
  }
}

/** Reads values of a heap. Every read is bounded and its blocks are checked at first use. */
export class HeapView {
  /** Offset of the first byte of the last located value, and of the byte behind its last one. */
  start = 0;
  end = 0;
  /** Text encoding of the last located value. */
  encoding = 0;

  constructor(
    readonly bytes: Buffer,
    readonly view: DataView,
    private readonly guard: RangeGuard,
    private readonly fileOffset: number,
  ) {}

  /** Sets `start`, `end` and `encoding` for the slot at `slotAt` of `record`; `bias` is where its offsets count from. Throws FILE_CORRUPT. */
  locate(record: DataView, slotAt: number, bias = 0): void {
    this.place(record, slotAt, bias);
    this.guard.ensure(this.fileOffset + this.start, this.end - this.start);
  }

  /** The same for a value that is read in parts: bounded, but its blocks are not checked; {@link ensure} does that for what is read. */
  place(record: DataView, slotAt: number, bias = 0): void {
    const low = record.getUint32(slotAt, true);
    const high = record.getUint32(slotAt + 4, true);
    let start = bias + offsetIn(low, high);
    let size = sizeIn(high);
    if (size === ESCAPED_SIZE) {
      this.#bound(start, 4);
      size = this.view.getUint32(start, true);
      start += 4;
      if (size > MAX_VALUE_SIZE) throw this.#corrupt(start, size); // could not become a string
    }
    if (start + size > this.bytes.length) throw this.#corrupt(start, size);
    this.start = start;
    this.end = start + size;
    this.encoding = encodingIn(high);
  }

  /** Checks the blocks of bytes [start, start + size) of the heap, which lie within a placed value. */
  ensure(start: number, size: number): void {
    this.guard.ensure(this.fileOffset + start, size);
  }

  /** The text of a slot. Cost: 60–110 ns for short values. */
  text(record: DataView, slotAt: number, bias = 0): string {
    this.locate(record, slotAt, bias);
    return readText(this.bytes, this.start, this.end, this.encoding);
  }

  /** A copy of the bytes of a slot: the mapping itself is never handed out. */
  copy(record: DataView, slotAt: number, bias = 0): Buffer {
    this.locate(record, slotAt, bias);
    return Buffer.from(this.bytes.subarray(this.start, this.end));
  }

  /** Sets `start` and `end` for slots that pack offset and size in another way. Throws FILE_CORRUPT. */
  locateAt(offset: number, size: number): void {
    this.#bound(offset, size);
    this.start = offset;
    this.end = offset + size;
  }

  /** The ASCII text at an offset, for slots that pack offset and size in another way. */
  asciiAt(offset: number, size: number): string {
    this.#bound(offset, size);
    return readText(this.bytes, offset, offset + size, ASCII);
  }

  #bound(start: number, size: number): void {
    if (start + size > this.bytes.length) throw this.#corrupt(start, size);
    this.guard.ensure(this.fileOffset + start, size);
  }

  #corrupt(start: number, size: number): PermafrostError {
    const limit = Math.min(this.bytes.length, start + MAX_VALUE_SIZE);
    return new PermafrostError(
      'FILE_CORRUPT',
      `A heap slot reaches to byte ${start + size}, but no value of this heap can reach beyond ${limit}. Publish again; "permafrost verify" lists what is damaged.`,
      { expected: limit, actual: start + size, offset: this.fileOffset + start },
    );
  }
}

/** The size in bytes of the value of a slot, without touching the heap; -1 when only the heap has it. */
export function heapSizeAt(record: DataView, slotAt: number): number {
  const size = sizeIn(record.getUint32(slotAt + 4, true));
  return size === ESCAPED_SIZE ? -1 : size;
}

/** What a slot says, as it stands there: of a long value the size is the mark that says so. Nothing is bounded. */
export function unpackHeapSlot(record: DataView, slotAt: number): { offset: number; size: number; encoding: number } {
  const high = record.getUint32(slotAt + 4, true);
  return { offset: offsetIn(record.getUint32(slotAt, true), high), size: sizeIn(high), encoding: encodingIn(high) };
}

export function packHeapSlot(record: DataView, slotAt: number, offset: number, size: number, encoding: number): void {
  const inlineSize = size > MAX_INLINE_SIZE ? ESCAPED_SIZE : size;
  record.setUint32(slotAt, offset % TWO_32, true);
  record.setUint32(slotAt + 4, (Math.floor(offset / TWO_32) | (inlineSize << 8) | (encoding << 30)) >>> 0, true);
}

/** From the 32-bit halves of a slot. */
function offsetIn(low: number, high: number): number {
  return low + (high & 0xff) * TWO_32;
}
function sizeIn(high: number): number {
  return (high >>> 8) & 0x3fffff;
}
function encodingIn(high: number): number {
  return high >>> 30;
}

function tooLarge(what: string, actual: number, expected: number): PermafrostError {
  return new PermafrostError(
    'LIMIT_EXCEEDED',
    `${what} would take ${actual} bytes; the limit of format 1 is ${expected}.`,
    { expected, actual },
  );
}
