/**
 * Packed JSON: a JSON text and, behind it, an index of its larger objects and lists, so that one member is found and read without
 * parsing the others. The text stays as the source gave it: all of it is read by `JSON.parse`, exactly and at its speed. The nodes
 * are a function of the text, so equal texts are equal bytes. (The idea: Ottaviano and Grossi, "Semi-Indexing Semi-Structured Data in
 * Tiny Space", CIKM 2011.)
 *
 *   offset  size  type  name
 *        0     4  u32   textSize            bits 0–29: bytes; 30–31: the encoding of the text
 *        4     4  u32   rootOffset          node of the whole text, the last one
 *        8     …  u8    text
 *        …     …        nodes               see below; those within a container before its own
 *
 *   node
 *        0     4  u32   memberCount         bits 0–30; bit 31: 1 = list, 0 = object
 *        4     4  u32   textOffset          of the opening bracket, bytes from the start of the text
 *        8     4  u32   textSize            from bracket to bracket
 *       12  12·n        members             of an object, in the order of own keys of JavaScript
 *         0   4  u32    keyOffset           of the key's opening quote
 *         4   4  u32    valueOffset
 *         8   4  u32    valueWord           bits 0–28: size of the value's text; bits 29–31: its kind; kind 7: offset of its node
 *       12   8·n        elements            of a list: valueOffset and valueWord
 *        …   4·n  u32   lookup              of an object: see below
 */
import { JSON_FALSE, JSON_NULL, JSON_NUMBER, JSON_PLAIN_STRING, JSON_STRING, JSON_TRUE } from '../bytes/json-scan';
import { murmur3, murmur3Ascii } from '../bytes/murmur3';
import { ASCII, encodeText, readText, WTF8 } from '../bytes/text';
import { PermafrostError } from '../errors';
import type { HeapView } from './heap';

/** The two bits of a heap slot that say: a packed value, not a text. */
export const PACKED = 3;
/**
 * Containers from this size on have a node; smaller ones are parsed whole when they are touched. Bytes. Reading one member takes 0.4 µs
 * through a node, whatever the size; by `JSON.parse` 0.5 µs at 100 bytes, 2 at 500 and 10,000 at 1 MB (bench/src/json.ts).
 */
export const MIN_NODE_SIZE = 512;
export const HEADER_SIZE = 8;
export const NODE_HEADER_SIZE = 12;
export const MEMBER_SIZE = 12;
export const ELEMENT_SIZE = 8;
export const LOOKUP_SIZE = 4;
/** Kinds of values beside those of scalars: a container without a node, and one that has one. */
export const JSON_TEXT = 6;
export const JSON_NODE = 7;
export const KIND_UNIT = 2 ** 29;
export const ENCODING_UNIT = 2 ** 30;
export const LIST_FLAG = 2 ** 31;
const QUOTE = 0x22;

/** A value of a member or element: a scalar itself, or the container. */
export type JsonPart = null | boolean | number | string | PackedJsonNode | PackedJsonText;

/** One packed value: bytes [start, end) of a heap. What is not asked for is not touched. Throws FILE_CORRUPT. */
export class PackedJsonView {
  readonly textStart: number;
  readonly textSize: number;
  readonly encoding: number;

  constructor(
    readonly heap: HeapView,
    readonly start: number,
    readonly end: number,
  ) {
    if (end - start < HEADER_SIZE) throw corrupt(start, `${end - start} bytes are too few`);
    heap.ensure(start, HEADER_SIZE);
    const word = heap.view.getUint32(start, true);
    this.textStart = start + HEADER_SIZE;
    this.textSize = word % ENCODING_UNIT;
    this.encoding = word >>> 30;
    if (this.encoding > WTF8 || this.textStart + this.textSize > end)
      throw corrupt(start, `a text of ${this.textSize} bytes does not fit ${end - start}`);
  }

  /** The whole text, as the source gave it. */
  text(): string {
    return this.textOf(0, this.textSize);
  }

  root(): PackedJsonNode {
    return new PackedJsonNode(this, this.heap.view.getUint32(this.start + 4, true), this.end - this.start);
  }

  /** The text from an offset within the whole. */
  textOf(offset: number, size: number, encoding = this.encoding): string {
    if (offset + size > this.textSize) throw corrupt(this.start, `a part ends at ${offset + size} of ${this.textSize}`);
    const start = this.textStart + offset;
    this.heap.ensure(start, size);
    return readText(this.heap.bytes, start, start + size, encoding);
  }
}

/** A container without a node. */
export class PackedJsonText {
  readonly isList: boolean;

  constructor(
    private readonly packed: PackedJsonView,
    private readonly offset: number,
    private readonly size: number,
  ) {
    this.isList = packed.textOf(offset, 1, ASCII) === '[';
  }

  text(): string {
    return this.packed.textOf(this.offset, this.size);
  }
}

/** The members of one object or the elements of one list. */
export class PackedJsonNode {
  readonly isList: boolean;
  readonly count: number;
  readonly #packed: PackedJsonView;
  readonly #offset: number;
  /** Of the container, within the whole text. */
  readonly #textOffset: number;
  readonly #textSize: number;
  /** Where the members and the lookup begin in the heap. */
  readonly #membersStart: number;
  readonly #lookupStart: number;

  /** A node that ends at or before `limit`: those of children lie before their parent's, so that no path of nodes is endless. */
  constructor(packed: PackedJsonView, offset: number, limit: number) {
    const { heap, start } = packed;
    if (offset < HEADER_SIZE + packed.textSize || offset + NODE_HEADER_SIZE > limit)
      throw corrupt(start, `there is no node at ${offset}`);
    heap.ensure(start + offset, NODE_HEADER_SIZE);
    const word = heap.view.getUint32(start + offset, true);
    this.isList = word >= LIST_FLAG;
    this.count = word % LIST_FLAG;
    this.#packed = packed;
    this.#offset = offset;
    this.#textOffset = heap.view.getUint32(start + offset + 4, true);
    this.#textSize = heap.view.getUint32(start + offset + 8, true);
    this.#membersStart = start + offset + NODE_HEADER_SIZE;
    this.#lookupStart = this.#membersStart + (this.isList ? ELEMENT_SIZE : MEMBER_SIZE) * this.count;
    if (this.#lookupStart + (this.isList ? 0 : LOOKUP_SIZE * this.count) > start + limit)
      throw corrupt(start, `the ${this.count} members of a node do not fit it`);
  }

  /** The text of the whole container. */
  text(): string {
    return this.#packed.textOf(this.#textOffset, this.#textSize);
  }

  /** The place of an object's member, or -1. Cost: 100–300 ns, by the logarithm of their number. */
  find(key: string): number {
    const mask = lookupMaskOf(this.count);
    const wanted = (hashOfJsonKey(key) & ~mask) >>> 0;
    let low = 0;
    for (let high = this.count; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.#lookup(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    for (; low < this.count; low++) {
      const word = this.#lookup(low);
      if ((word & ~mask) >>> 0 !== wanted) return -1;
      const place = word & mask;
      if (this.keyAt(place) === key) return place;
    }
    return -1;
  }

  /**
   * The keys of an object in the order of its members. Who has them may walk over all there is, so the members together must not have more
   * text than their container: a walk ends, whatever the nodes say.
   */
  keys(): string[] {
    const keys = Array.from({ length: this.count }, (_, place) => this.keyAt(place));
    let size = 0;
    for (let place = 0; place < this.count; place++) size += this.#sizeAt(place);
    if (size > this.#textSize || new Set(keys).size !== keys.length)
      throw corrupt(this.#packed.start, 'the members of an object overlap, or two have one key');
    return keys;
  }

  /** The key of an object's member. */
  keyAt(place: number): string {
    const at = this.#entry(place, MEMBER_SIZE);
    const { heap, textStart, textSize, encoding, start } = this.#packed;
    const keyStart = textStart + heap.view.getUint32(at, true);
    const valueStart = textStart + heap.view.getUint32(at + 4, true);
    if (keyStart >= valueStart || valueStart > textStart + textSize)
      throw corrupt(start, 'a key lies behind its value');
    heap.ensure(keyStart, valueStart - keyStart);
    let end = valueStart - 1;
    while (end > keyStart && heap.bytes[end] !== QUOTE) end--;
    return this.#string(readText(heap.bytes, keyStart + 1, end, encoding));
  }

  /** The value of a member or element. Scalars take 50–150 ns. */
  valueAt(place: number): JsonPart {
    const packed = this.#packed;
    const at = this.#valueEntry(place);
    const offset = packed.heap.view.getUint32(at, true);
    const word = packed.heap.view.getUint32(at + 4, true);
    const size = word % KIND_UNIT;
    const kind = word >>> 29;
    if (kind === JSON_NODE) {
      const node = new PackedJsonNode(packed, size, this.#offset);
      this.#bound(place, offset, node.#textSize);
      if (node.#textOffset !== offset) throw corrupt(packed.start, `the node at ${size} is that of another value`);
      return node;
    }
    this.#bound(place, offset, size);
    switch (kind) {
      case JSON_NULL:
        return null;
      case JSON_FALSE:
        return false;
      case JSON_TRUE:
        return true;
      case JSON_NUMBER:
        return this.#number(packed.textOf(offset, size, ASCII));
      case JSON_PLAIN_STRING:
        return packed.textOf(offset + 1, Math.max(0, size - 2), ASCII);
      case JSON_STRING:
        return this.#string(packed.textOf(offset + 1, Math.max(0, size - 2)));
      default:
        return new PackedJsonText(packed, offset, size);
    }
  }

  /** Values lie within their container, and elements before the next one: so a walk over a list ends too. */
  #bound(place: number, offset: number, size: number): void {
    const end = this.#textOffset + this.#textSize;
    const isLast = !this.isList || place + 1 === this.count;
    const limit = isLast ? end : this.#packed.heap.view.getUint32(this.#valueEntry(place + 1), true);
    if (offset <= this.#textOffset || offset + size > Math.min(limit, end))
      throw corrupt(this.#packed.start, 'a value lies outside its container or over another one');
  }

  /** Bytes of the text of a member's value. */
  #sizeAt(place: number): number {
    const { heap } = this.#packed;
    const word = heap.view.getUint32(this.#valueEntry(place) + 4, true);
    const size = word % KIND_UNIT;
    return word >>> 29 === JSON_NODE ? new PackedJsonNode(this.#packed, size, this.#offset).#textSize : size;
  }

  #lookup(place: number): number {
    const at = this.#lookupStart + LOOKUP_SIZE * place;
    this.#packed.heap.ensure(at, LOOKUP_SIZE);
    return this.#packed.heap.view.getUint32(at, true);
  }

  /** Where the value's offset and word lie in the heap. */
  #valueEntry(place: number): number {
    return this.isList ? this.#entry(place, ELEMENT_SIZE) : this.#entry(place, MEMBER_SIZE) + 4;
  }

  #entry(place: number, size: number): number {
    if (place >= this.count) throw corrupt(this.#packed.start, `a lookup names member ${place} of ${this.count}`);
    const at = this.#membersStart + size * place;
    this.#packed.heap.ensure(at, size);
    return at;
  }

  /** The double that `JSON.parse` gives for the text of a number. */
  #number(text: string): number {
    const value = Number(text);
    if (Number.isNaN(value)) throw corrupt(this.#packed.start, 'what should be a number is none');
    return value;
  }

  /** The string of what lies between quotes. */
  #string(inner: string): string {
    if (!inner.includes('\\')) return inner;
    try {
      return JSON.parse(`"${inner}"`) as string;
    } catch {
      throw corrupt(this.#packed.start, 'what should be a string is none');
    }
  }
}

/** The bits of a lookup word that hold the place of the member; the others are those of its key's hash. */
export function lookupMaskOf(memberCount: number): number {
  return memberCount <= 1 ? 0 : 2 ** (32 - Math.clz32(memberCount - 1)) - 1;
}

/** The hash of text in keys: murmur3 of its UTF-8 or WTF-8. */
export function hashOfJsonKey(key: string): number {
  const hash = murmur3Ascii(key, 0);
  if (hash !== undefined) return hash;
  const bytes = encodeText(key);
  return murmur3(bytes, 0, bytes.length, 0);
}

function corrupt(offset: number, why: string): PermafrostError {
  return new PermafrostError(
    'FILE_CORRUPT',
    `The packed JSON at byte ${offset} of the heap is damaged: ${why}. Publish again.`,
    {
      offset,
    },
  );
}
