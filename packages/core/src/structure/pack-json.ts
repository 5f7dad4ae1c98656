/** Packs JSON texts: structure/packed-json.ts says what comes of it and reads it. One pass over the text; nothing recurses. */
import { type JsonScalarKind, type JsonVisitor, scanJson } from '../bytes/json-scan';
import { ASCII, readText, type TextEncodingCode, textDefect } from '../bytes/text';
import { MAX_VALUE_SIZE } from '../limits';
import type { HeapView } from './heap';
import {
  ELEMENT_SIZE,
  ENCODING_UNIT,
  HEADER_SIZE,
  hashOfJsonKey,
  JSON_NODE,
  JSON_TEXT,
  KIND_UNIT,
  LIST_FLAG,
  LOOKUP_SIZE,
  lookupMaskOf,
  MEMBER_SIZE,
  MIN_NODE_SIZE,
  NODE_HEADER_SIZE,
  PackedJsonView,
} from './packed-json';

/** A longer buffer, for a longer value, is given back with the next one. */
const MAX_KEPT_SIZE = 2 ** 22;
const OPEN_LIST = 0x5b;

interface OpenContainer {
  readonly start: number;
  readonly isList: boolean;
  /** Where its members begin among those that wait. */
  readonly first: number;
}

/** Packs one JSON text after another. */
export class PackedJsonBuilder implements JsonVisitor {
  /** The packed value, from 0 to the size that {@link pack} gave. */
  bytes = Buffer.alloc(0);
  #encoding: TextEncodingCode = ASCII;
  #used = 0;
  /** Where the largest index ends that is worth its bytes. */
  #limit = 0;
  #open: OpenContainer[] = [];
  // Members of open containers, side by side; offsets are those of `bytes`. The end of a plain key is negated.
  #keyStarts: number[] = [];
  #keyEnds: number[] = [];
  #valueStarts: number[] = [];
  #valueWords: number[] = [];

  /** Another `minNodeSize` than that of the format is for tests. */
  constructor(private readonly minNodeSize = MIN_NODE_SIZE) {}

  /**
   * Packs the JSON text bytes[start, end) and returns the size of the packed value, or 0 for what stays a text: what has no node of its
   * own, what is not JSON, and what would need more than `mostIndexSize` bytes of nodes. Cost: 15–25 ns a byte.
   */
  pack(bytes: Uint8Array, start: number, end: number, encoding: TextEncodingCode, mostIndexSize: number): number {
    const textSize = end - start;
    if (textSize < this.minNodeSize || HEADER_SIZE + textSize > MAX_VALUE_SIZE) return 0;
    if (this.bytes.length > MAX_KEPT_SIZE) this.bytes = Buffer.alloc(0);
    this.#used = 0;
    this.#reserve(HEADER_SIZE + textSize);
    this.bytes.set(bytes.subarray(start, end), HEADER_SIZE);
    this.#used = HEADER_SIZE + textSize;
    this.#limit = Math.min(this.#used + mostIndexSize, MAX_VALUE_SIZE);
    this.#encoding = encoding;
    this.#open = [];
    this.#keep(0);
    const isJson = scanJson(this.bytes, HEADER_SIZE, this.#used, this);
    const rootWord = this.#valueWords[0] ?? 0;
    if (!isJson || rootWord < JSON_NODE * KIND_UNIT || this.#used > this.#limit) return 0;
    this.bytes.writeUInt32LE(textSize + encoding * ENCODING_UNIT, 0);
    this.bytes.writeUInt32LE(rootWord - JSON_NODE * KIND_UNIT, 4);
    return this.#used;
  }

  open(start: number): void {
    this.#begin(start);
    this.#open.push({ start, isList: this.bytes[start] === OPEN_LIST, first: this.#valueWords.length });
  }

  key(start: number, end: number, plain: boolean): void {
    this.#keyStarts.push(start);
    this.#keyEnds.push(plain ? -end : end);
    this.#valueStarts.push(0);
    this.#valueWords.push(0);
  }

  scalar(kind: JsonScalarKind, start: number, end: number): void {
    this.#begin(start);
    this.#valueWords[this.#valueWords.length - 1] = kind * KIND_UNIT + (end - start);
  }

  close(end: number): void {
    const container = this.#open.pop()!;
    const size = end - container.start;
    const hasNode = size >= this.minNodeSize;
    const word = hasNode ? JSON_NODE * KIND_UNIT + this.#writeNode(container, size) : JSON_TEXT * KIND_UNIT + size;
    this.#keep(container.first);
    this.#valueWords[container.first - 1] = word;
  }

  /** A value begins: that of the key before, an element, or the whole. */
  #begin(start: number): void {
    if (this.#open.at(-1)?.isList !== false) this.key(0, 0, true);
    this.#valueStarts[this.#valueStarts.length - 1] = start;
  }

  /** Forgets all members that wait but the first `count`. */
  #keep(count: number): void {
    this.#keyStarts.length = count;
    this.#keyEnds.length = count;
    this.#valueStarts.length = count;
    this.#valueWords.length = count;
  }

  /** The offset of the new node. Nothing is written beyond the limit: the value stays a text. */
  #writeNode({ start, isList, first }: OpenContainer, size: number): number {
    const nodeOffset = this.#used;
    const { members, lookup } = isList ? this.#elements(first) : this.#ownMembers(first);
    this.#used +=
      NODE_HEADER_SIZE + (isList ? ELEMENT_SIZE : MEMBER_SIZE) * members.length + LOOKUP_SIZE * lookup.length;
    if (this.#used > this.#limit) return 0;
    this.#reserve(this.#used);
    const { bytes } = this;
    let at = bytes.writeUInt32LE(members.length + (isList ? LIST_FLAG : 0), nodeOffset);
    at = bytes.writeUInt32LE(start - HEADER_SIZE, at);
    at = bytes.writeUInt32LE(size, at);
    for (const member of members) {
      if (!isList) at = bytes.writeUInt32LE(this.#keyStarts[member]! - HEADER_SIZE, at);
      at = bytes.writeUInt32LE(this.#valueStarts[member]! - HEADER_SIZE, at);
      at = bytes.writeUInt32LE(this.#valueWords[member]!, at);
    }
    for (const word of lookup) at = bytes.writeUInt32LE(word, at);
    return nodeOffset;
  }

  #elements(first: number): { members: number[]; lookup: Uint32Array } {
    const members = Array.from({ length: this.#valueWords.length - first }, (_, place) => first + place);
    return { members, lookup: new Uint32Array(0) };
  }

  /** The members that `JSON.parse` leaves, in its order: an object of JavaScript itself knows best. */
  #ownMembers(first: number): { members: number[]; lookup: Uint32Array } {
    const byKey = Object.create(null) as Record<string, number>;
    for (let member = first; member < this.#valueWords.length; member++) byKey[this.#keyOf(member)] = member;
    const keys = Object.keys(byKey);
    const mask = lookupMaskOf(keys.length);
    const lookup = Uint32Array.from(keys, (key, place) => (hashOfJsonKey(key) & ~mask) | place);
    return { members: keys.map((key) => byKey[key]!), lookup: lookup.sort() };
  }

  #keyOf(member: number): string {
    const start = this.#keyStarts[member]!;
    const end = this.#keyEnds[member]!;
    if (end < 0) return readText(this.bytes, start + 1, -end - 1, ASCII);
    return JSON.parse(readText(this.bytes, start, end, this.#encoding)) as string;
  }

  #reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 ** 14, 2 * size));
    this.bytes.copy(grown, 0, 0, this.#used);
    this.bytes = grown;
  }
}

/** Why bytes [start, end) of a heap are no packed value, or undefined: a text that is none, or nodes that are not its own. Cost: that of packing. */
export function packedJsonDefect(
  heap: HeapView,
  start: number,
  end: number,
  builder: PackedJsonBuilder,
): string | undefined {
  heap.ensure(start, end - start);
  const { textStart, textSize, encoding } = new PackedJsonView(heap, start, end);
  const defect = textDefect(heap.bytes, textStart, textStart + textSize, encoding);
  if (defect) return defect;
  const indexSize = end - textStart - textSize;
  const size = builder.pack(heap.bytes, textStart, textStart + textSize, encoding as TextEncodingCode, indexSize);
  const isSame = size === end - start && builder.bytes.compare(heap.bytes, start, end, 0, size) === 0;
  return isSame ? undefined : 'the nodes of its packed JSON are not those of its text';
}
