/**
 * The binary COPY format: from pieces of its stream, cut anywhere, to calls of column setters.
 * A tuple is handed over only when it is whole and its sizes have been checked, so that no record is begun twice.
 *
 *   stream   "PGCOPY\n\377\r\n\0"   u32 flags   u32 extension size, extension   tuples   i16 -1
 *   tuple    i16 fields   per field: i32 size (-1 = NULL), value
 */
import type { ColumnSetter } from '@permafrost/core';
import { garbledStream } from './errors';
import { type ValueDecoder, valueDecoder } from './value-decoders';
import { readInt16, readInt32 } from './wire';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_SIZE = SIGNATURE.length + 8;
const TRAILER = -1;
/** PostgreSQL sends a tuple in one message, whose size it keeps below 1 GiB. */
const MAX_TUPLE_SIZE = 2 ** 30;
/** Holds what the end of a socket's read cuts off, usually. */
const CARRY_SIZE = 2 ** 16;

export interface TupleColumn {
  readonly name: string;
  readonly pgType: string;
  readonly array?: boolean;
  readonly setters: readonly ColumnSetter[];
}

/** Who gets the records; the methods are called around the setters of each. */
export interface TupleTarget {
  readonly columns: readonly TupleColumn[];
  beginRecord(): void;
  endRecord(): void;
}

export class TupleDecoder {
  readonly #columns: readonly TupleColumn[];
  readonly #target: TupleTarget;
  /** One entry per setter: most columns have one, and a foreign key that is a field as well has two. */
  readonly #assignments: readonly { column: number; decode: ValueDecoder; setter: ColumnSetter }[];
  /** Where the fields of the tuple that was measured last begin and how long they are; -1 = NULL. */
  readonly #starts: Int32Array;
  readonly #sizes: Int32Array;
  /** The beginning of what was cut off: bytes [0, #carrySize). */
  #carry = Buffer.allocUnsafe(CARRY_SIZE);
  #carrySize = 0;
  /** How many bytes the tuple that was cut off has at least. */
  #wantedSize = 0;
  #state: 'header' | 'tuples' | 'ended' = 'header';
  #recordCount = 0;
  #byteCount = 0;

  /** Throws EXPORT_UNSUPPORTED when a column's type has no decoder. */
  constructor(target: TupleTarget) {
    this.#target = target;
    this.#columns = target.columns;
    this.#assignments = target.columns.flatMap((column, position) => {
      const decode = valueDecoder(column);
      return column.setters.map((setter) => ({ column: position, decode, setter }));
    });
    this.#starts = new Int32Array(target.columns.length);
    this.#sizes = new Int32Array(target.columns.length);
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** Bytes of the stream so far. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** Takes bytes[start, end), the next piece of the stream; keeps a copy of what it needs later. Rethrows what setters throw. */
  push(bytes: Buffer, start: number, end: number): void {
    this.#byteCount += end - start;
    if (this.#carrySize === 0) {
      const consumedEnd = this.#decode(bytes, start, end);
      if (consumedEnd < end) this.#keep(bytes, consumedEnd, end);
      return;
    }
    this.#keep(bytes, start, end);
    if (this.#carrySize < this.#wantedSize) return;
    const carrySize = this.#carrySize;
    const consumedEnd = this.#decode(this.#carry, 0, carrySize);
    if (consumedEnd > 0) this.#carry.copyWithin(0, consumedEnd, carrySize);
    this.#carrySize = carrySize - consumedEnd;
    // One huge value must not hold its memory for the rest of the table.
    if (this.#carrySize === 0 && this.#carry.length > CARRY_SIZE * 64) this.#carry = Buffer.allocUnsafe(CARRY_SIZE);
  }

  /** Call it at the end of the stream. Throws EXPORT_FAILED when that came before the trailer. */
  finish(): void {
    if (this.#state !== 'ended') {
      throw garbledStream(
        `the end of the stream after ${this.#recordCount} records`,
        'the trailer first',
        this.#place(),
      );
    }
  }

  /** Decodes what is whole in bytes[start, end) and gives the end of that. */
  #decode(bytes: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#state === 'header') {
      at = this.#decodeHeader(bytes, start, end);
      if (at === start) return start;
      this.#state = 'tuples';
    }
    while (at < end) {
      if (this.#state === 'ended') throw garbledStream(`${end - at} bytes after the trailer`, 'none', this.#place());
      const tupleEnd = this.#measure(bytes, at, end);
      if (tupleEnd < 0) return at;
      if (this.#state === 'tuples') this.#decodeTuple(bytes);
      at = tupleEnd;
    }
    this.#wantedSize = 0;
    return at;
  }

  #decodeHeader(bytes: Buffer, start: number, end: number): number {
    this.#wantedSize = HEADER_SIZE;
    if (end - start < HEADER_SIZE) return start;
    if (SIGNATURE.compare(bytes, start, start + SIGNATURE.length) !== 0) {
      throw garbledStream('other bytes at its beginning', 'the signature of the binary format', this.#place());
    }
    const flags = readInt32(bytes, start + SIGNATURE.length);
    if (flags >>> 16 !== 0) {
      throw garbledStream(
        `the flags 0x${(flags >>> 0).toString(16)}`,
        'no flag that changes the format',
        this.#place(),
      );
    }
    const extensionSize = readInt32(bytes, start + SIGNATURE.length + 4);
    if (extensionSize < 0 || extensionSize > MAX_TUPLE_SIZE) {
      throw garbledStream(`a header extension of ${extensionSize} bytes`, 'a smaller one', this.#place());
    }
    this.#wantedSize += extensionSize;
    return end - start < this.#wantedSize ? start : start + this.#wantedSize;
  }

  /** Finds the fields of the tuple at `start`; gives its end, or -1 when bytes[start, end) do not hold all of it. */
  #measure(bytes: Buffer, start: number, end: number): number {
    let at = start + 2;
    if (at > end) return this.#want(at - start);
    const fieldCount = readInt16(bytes, start);
    const columnCount = this.#columns.length;
    if (fieldCount !== columnCount) {
      if (fieldCount !== TRAILER) {
        throw garbledStream(`a tuple of ${fieldCount} fields`, `${columnCount} fields`, this.#place());
      }
      this.#state = 'ended';
      return at;
    }
    for (let column = 0; column < columnCount; column++) {
      if (at + 4 > end) return this.#want(at + 4 - start);
      const size = readInt32(bytes, at);
      at += 4;
      this.#starts[column] = at;
      this.#sizes[column] = size;
      if (size > 0) at += size;
      if (size < -1 || at - start > MAX_TUPLE_SIZE) {
        const { name } = this.#columns[column]!;
        throw garbledStream(
          `a field of ${size} bytes in column "${name}"`,
          `at most ${MAX_TUPLE_SIZE} a tuple`,
          this.#place(),
        );
      }
    }
    return at > end ? this.#want(at - start) : at;
  }

  #decodeTuple(bytes: Buffer): void {
    this.#target.beginRecord();
    const assignments = this.#assignments;
    for (let assignment = 0; assignment < assignments.length; assignment++) {
      const { column, decode, setter } = assignments[assignment]!;
      const size = this.#sizes[column]!;
      const start = this.#starts[column]!;
      if (size < 0) setter.setNull();
      else decode(bytes, start, start + size, setter);
    }
    this.#target.endRecord();
    this.#recordCount++;
  }

  #want(size: number): number {
    this.#wantedSize = size;
    return -1;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const size = this.#carrySize + end - start;
    if (size > this.#carry.length) {
      const larger = Buffer.allocUnsafe(
        Math.max(size, this.#wantedSize, Math.min(this.#carry.length * 2, MAX_TUPLE_SIZE)),
      );
      this.#carry.copy(larger, 0, 0, this.#carrySize);
      this.#carry = larger;
    }
    bytes.copy(this.#carry, this.#carrySize, start, end);
    this.#carrySize = size;
  }

  #place() {
    return { record: this.#recordCount, streamOffset: this.#byteCount };
  }
}
