/**
 * A string table: the distinct values of one text field with few of them, found by id; ids are in order of first appearance.
 *
 *   offset  size  type  name
 *        0     4  u32   stringCount
 *        4     4  u32   bytesSize           bytes of all strings together
 *        8   8·n  u64   slots               heap slots (see heap.ts) into `bytes`
 *    8+8·n     …  u8    bytes
 */
import { murmur3 } from '../bytes/murmur3';
import { ASCII, equalBytes, isAscii, readText, UTF8, WTF8, writeText, writtenTextSize } from '../bytes/text';
import { PermafrostError } from '../errors';
import { MAX_STRING_TABLE_SIZE, MAX_TABLE_STRING_SIZE } from '../limits';
import { packHeapSlot, unpackHeapSlot } from './heap';

const HEADER_SIZE = 8;

/** Gives each distinct run of bytes an id: open addressing over its own copy of the bytes. Ids count from 0. */
export class StringTableBuilder {
  count = 0;
  #bytes = Buffer.allocUnsafe(4096);
  #bytesSize = 0;
  #ends: number[] = [];
  #encodings: number[] = [];
  #hashes: number[] = [];
  /** id + 1 at each place, 0 where empty; a power of two long and at most half full. */
  #places = new Uint32Array(256);
  readonly #maxCount: number;
  readonly #maxSize: number;

  /** `maxSize` is that of all strings together, in bytes. */
  constructor(maxCount: number, maxSize = MAX_STRING_TABLE_SIZE) {
    this.#maxCount = maxCount;
    this.#maxSize = maxSize;
  }

  /** The id of bytes[start, end), or -1 when it is new and the table is full or it is too long. `lone` says that they are WTF-8. */
  idOf(bytes: Uint8Array, start: number, end: number, lone = false): number {
    const hash = murmur3(bytes, start, end, 0);
    const mask = this.#places.length - 1;
    let place = hash & mask;
    for (let id = this.#places[place]!; id !== 0; id = this.#places[place]!) {
      if (this.#hashes[id - 1] === hash && this.#equals(id - 1, bytes, start, end)) return id - 1;
      place = (place + 1) & mask;
    }
    const size = end - start;
    if (this.count >= this.#maxCount || size > MAX_TABLE_STRING_SIZE) return -1;
    if (this.#bytesSize + size > this.#maxSize) return -1;
    return this.#add(hash, place, bytes, start, end, lone);
  }

  /** Where the bytes of an id lie, until the next string is added. */
  locate(id: number): { bytes: Buffer; start: number; end: number } {
    return { bytes: this.#bytes, start: this.#startOf(id), end: this.#ends[id]! };
  }

  /** Runs `visit` over the strings in id order. */
  forEach(visit: (bytes: Buffer, start: number, end: number, encoding: number, id: number) => void): void {
    for (let id = 0; id < this.count; id++)
      visit(this.#bytes, this.#startOf(id), this.#ends[id]!, this.#encodings[id]!, id);
  }

  /** The section's bytes. */
  finish(): Buffer {
    const section = Buffer.alloc(HEADER_SIZE + 8 * this.count + this.#bytesSize);
    section.writeUInt32LE(this.count, 0);
    section.writeUInt32LE(this.#bytesSize, 4);
    const view = new DataView(section.buffer, section.byteOffset, section.length);
    for (let id = 0; id < this.count; id++) {
      const start = this.#startOf(id);
      packHeapSlot(view, HEADER_SIZE + 8 * id, start, this.#ends[id]! - start, this.#encodings[id]!);
    }
    this.#bytes.copy(section, HEADER_SIZE + 8 * this.count, 0, this.#bytesSize);
    return section;
  }

  #startOf(id: number): number {
    return id === 0 ? 0 : this.#ends[id - 1]!;
  }

  #equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#startOf(id);
    return this.#ends[id]! - own === end - start && equalBytes(this.#bytes, own, bytes, start, end - start);
  }

  #add(hash: number, place: number, bytes: Uint8Array, start: number, end: number, lone: boolean): number {
    const size = end - start;
    if (this.#bytesSize + size > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#bytesSize + size));
      this.#bytes.copy(grown, 0, 0, this.#bytesSize);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(start, end), this.#bytesSize);
    this.#bytesSize += size;
    const id = this.count++;
    this.#ends.push(this.#bytesSize);
    this.#encodings.push(isAscii(bytes, start, end) ? ASCII : lone ? WTF8 : UTF8);
    this.#hashes.push(hash);
    this.#places[place] = id + 1;
    if (this.count * 2 > this.#places.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const places = new Uint32Array(this.#places.length * 2);
    const mask = places.length - 1;
    for (let id = 0; id < this.count; id++) {
      let place = this.#hashes[id]! & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = id + 1;
    }
    this.#places = places;
  }
}

/** Reads strings by id and decodes each once per process. */
export class StringTableView {
  readonly count: number;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #bytesStart: number;
  readonly #decoded: string[] = [];

  /** `section` has been checked against its checksums. Throws FILE_CORRUPT when its parts do not fit it. */
  constructor(section: Buffer) {
    this.#bytes = section;
    this.#view = new DataView(section.buffer, section.byteOffset, section.length);
    this.count = section.length >= HEADER_SIZE ? section.readUInt32LE(0) : -1;
    this.#bytesStart = HEADER_SIZE + 8 * this.count;
    if (this.count < 0 || this.#bytesStart + section.readUInt32LE(4) !== section.length) {
      throw new PermafrostError(
        'FILE_CORRUPT',
        `A string table of ${section.length} bytes does not hold the ${this.count} strings it announces.`,
        { actual: section.length },
      );
    }
  }

  /** The string of an id. Cost: an array read, 100 ns the first time. Throws FILE_CORRUPT beyond the table. */
  text(id: number): string {
    return this.#decoded[id] ?? this.#decode(id);
  }

  /** The id of a string, or -1. Cost: proportional to the table, a few ns a string. */
  find(text: string): number {
    const wanted = Buffer.allocUnsafe(text.length * 3);
    writeText(wanted, 0, text);
    const size = writtenTextSize;
    for (let id = 0; id < this.count; id++) {
      const { start, end } = this.locate(id);
      if (end - start === size && equalBytes(this.#bytes, start, wanted, 0, size)) return id;
    }
    return -1;
  }

  #decode(id: number): string {
    const { start, end, encoding } = this.locate(id);
    const text = readText(this.#bytes, start, end, encoding);
    this.#decoded[id] = text;
    return text;
  }

  /** Where the bytes of an id lie. Throws FILE_CORRUPT beyond the table. */
  locate(id: number): { bytes: Buffer; start: number; end: number; encoding: number } {
    if (id >= this.count) {
      throw new PermafrostError(
        'FILE_CORRUPT',
        `A record names string ${id}, but its table has ${this.count} strings.`,
        { expected: this.count, actual: id },
      );
    }
    const { offset, size, encoding } = unpackHeapSlot(this.#view, HEADER_SIZE + 8 * id);
    const start = this.#bytesStart + offset;
    const end = start + size;
    if (end > this.#bytes.length) {
      throw new PermafrostError(
        'FILE_CORRUPT',
        `String ${id} of a table reaches beyond its ${this.#bytes.length} bytes.`,
        { actual: end },
      );
    }
    return { bytes: this.#bytes, start, end, encoding };
  }
}
