import fc from 'fast-check';
import { UTF8, writeText, writtenTextSize } from '../../src/bytes/text';
import { HeapView } from '../../src/structure/heap';
import { PackedJsonBuilder, packedJsonDefect } from '../../src/structure/pack-json';
import { PackedJsonNode, PackedJsonText, PackedJsonView } from '../../src/structure/packed-json';
import { anyContainerText, differenceOf } from '../support/json';
import { answerOrCode, holds, thrownBy } from '../support/property';
import { damagedVariants, SECTION_OFFSET, viewOf, watchfulGuard } from '../support/structures';

/** Everything has a node, so that small cases show what large values do. */
const builder = new PackedJsonBuilder(1);

function packWith(own: PackedJsonBuilder, text: string, mostIndexSize = 2 ** 20): Buffer {
  const bytes = Buffer.alloc(3 * text.length);
  const encoding = writeText(bytes, 0, text);
  const size = own.pack(bytes, 0, writtenTextSize, encoding, mostIndexSize);
  return Buffer.from(own.bytes.subarray(0, size));
}
const pack = (text: string) => packWith(builder, text);
const heapOf = (bytes: Buffer) => new HeapView(bytes, viewOf(bytes), watchfulGuard(bytes.length), SECTION_OFFSET);
const open = (bytes: Buffer) => new PackedJsonView(heapOf(bytes), 0, bytes.length);

/** The value that the nodes describe, read member by member. */
function walk(part: unknown): unknown {
  if (part instanceof PackedJsonText) return JSON.parse(part.text());
  if (!(part instanceof PackedJsonNode)) return part;
  if (part.isList) return Array.from({ length: part.count }, (_, place) => walk(part.valueAt(place)));
  return Object.fromEntries(part.keys().map((key, place) => [key, walk(part.valueAt(place))]));
}

/** A chain of lists in which each names the one within it twice. */
function withTwoElements(bytes: Buffer, depth: number): Buffer {
  const textSize = bytes.readUInt32LE(0);
  const nodes: Buffer[] = [];
  let offset = 8 + textSize;
  for (let level = depth - 1; level >= 0; level--) {
    const node = Buffer.alloc(12 + 16);
    node.writeUInt32LE(2 ** 31 + 2, 0);
    node.writeUInt32LE(level, 4);
    node.writeUInt32LE(textSize - 2 * level, 8);
    for (const at of [12, 20]) {
      node.writeUInt32LE(level + 1, at);
      node.writeUInt32LE(level === depth - 1 ? 3 * 2 ** 29 + 1 : 7 * 2 ** 29 + offset - 28, at + 4);
    }
    nodes.push(node);
    offset += 28;
  }
  const header = Buffer.from(bytes.subarray(0, 8 + textSize));
  header.writeUInt32LE(offset - 28, 4);
  return Buffer.concat([header, ...nodes]);
}

/** A chain of objects in which the value of the first member is that of the second. */
function withTwoMembers(bytes: Buffer, depth: number): Buffer {
  const copy = Buffer.from(bytes);
  const nodesStart = 8 + bytes.readUInt32LE(0);
  const nodeSize = 12 + 2 * 16;
  for (let number = 1; number < depth; number++) {
    const first = nodesStart + nodeSize * number + 12;
    copy.copy(copy, first + 4, first + 16, first + 24);
  }
  return copy;
}

describe('packed JSON', () => {
  it('is the text and the value that JSON.parse makes of it', () =>
    holds(
      fc.property(anyContainerText, fc.constantFrom(1, 8, 30), (text, minNodeSize) => {
        const own = new PackedJsonBuilder(minNodeSize);
        const bytes = packWith(own, text);
        if (bytes.length === 0) return expect(text.trim().length).toBeLessThan(minNodeSize);
        const packed = open(bytes);
        expect(packed.text()).toBe(text);
        expect(packed.root().text()).toBe(text.trim());
        expect(differenceOf(walk(packed.root()), JSON.parse(text))).toBeUndefined();
        expect(packedJsonDefect(heapOf(bytes), 0, bytes.length, own)).toBeUndefined();
      }),
      600,
    ));

  it('finds each key, and no other', () =>
    holds(
      fc.property(anyContainerText, fc.string(), (text, stranger) => {
        const root = open(pack(text)).root();
        const value = JSON.parse(text) as Record<string, unknown>;
        if (root.isList) return expect(root.count).toBe(value['length']);
        expect(root.keys()).toEqual(Object.keys(value));
        for (const [place, key] of Object.keys(value).entries()) expect(root.find(key)).toBe(place);
        for (const key of [stranger, '__proto__', 'length', '', 'a', '"', '\\'])
          expect(root.find(key)).toBe(Object.keys(value).indexOf(key));
      }),
      300,
    ));

  it('finds keys among very many, and reads no more than it has to', () => {
    const value = Object.fromEntries(Array.from({ length: 70_000 }, (_, number) => [`key ${number}`, number]));
    const bytes = packWith(builder, JSON.stringify(value), 2 ** 21);
    const read = new Set<number>();
    const guard = { ensure: (offset: number, size: number) => void read.add(offset >> 12).add((offset + size) >> 12) };
    const root = new PackedJsonView(new HeapView(bytes, viewOf(bytes), guard, 0), 0, bytes.length).root();
    expect(root.valueAt(root.find('key 69999'))).toBe(69_999);
    expect(root.find('key 70000')).toBe(-1);
    expect(bytes.length >> 12).toBeGreaterThan(500);
    expect(read.size).toBeLessThan(60);
  });

  it('has these bytes', () => {
    const bytes = pack('{"b":[1,true],"a":"\\n"}');
    expect(bytes.toString('latin1', 8, 31)).toBe('{"b":[1,true],"a":"\\n"}');
    expect(
      Buffer.concat([bytes.subarray(0, 8), bytes.subarray(31)])
        .toString('hex')
        .match(/.{1,24}/g),
    ).toMatchInlineSnapshot(`
[
  "170000003b00000002000080",
  "050000000800000006000000",
  "010000600800000004000040",
  "020000000000000017000000",
  "01000000050000001f0000e0",
  "0e00000012000000040000a0",
  "b369253c027ede95",
]
`);
    expect(pack('{"é":0}').readUInt32LE(0)).toBe(8 + UTF8 * 2 ** 30);
  });

  it('is not made of scalars, of what is no JSON, of small containers, and where the index is too large', () => {
    for (const text of ['5', '"text"', 'null', '', '{', '[1,]', '{"a":}', 'x']) expect(pack(text).length).toBe(0);
    const numbers = JSON.stringify(Array.from({ length: 600 }, (_, number) => number % 10));
    expect(packWith(builder, numbers, numbers.length).length).toBe(0);
    expect(pack(numbers).length).toBe(8 + numbers.length + 12 + 8 * 600);
    const standard = new PackedJsonBuilder();
    expect(packWith(standard, JSON.stringify('x'.repeat(600))).length).toBe(0);
    expect(packWith(standard, JSON.stringify(['x'.repeat(507)])).length).toBe(0);
    const [large, small] = ['x'.repeat(508), 'x'.repeat(507)];
    const root = open(packWith(standard, JSON.stringify([[large], [small], {}]))).root();
    expect(root.valueAt(0)).toBeInstanceOf(PackedJsonNode);
    expect([1, 2].map((place) => (root.valueAt(place) as PackedJsonText).text())).toEqual([`["${small}"]`, '{}']);
    expect([0, 1, 2].map((place) => (root.valueAt(place) as PackedJsonText).isList)).toEqual([true, true, false]);
  });

  it('takes any depth, and values beyond its buffer', () => {
    const depth = 30_000;
    const deep = pack('['.repeat(depth) + ']'.repeat(depth));
    let node = open(deep).root();
    for (let level = 1; level < depth; level++) node = node.valueAt(0) as PackedJsonNode;
    expect([node.isList, node.count]).toEqual([true, 0]);
    expect(packedJsonDefect(heapOf(deep), 0, deep.length, builder)).toBeUndefined();
    const list = Array.from({ length: 100_000 }, (_, number) => ({ number, name: `number ${number}, as text` }));
    const large = packWith(new PackedJsonBuilder(), JSON.stringify({ list }), 2 ** 26);
    const elements = open(large).root().valueAt(0) as PackedJsonNode;
    expect([elements.count, walk(elements.valueAt(99_999))]).toEqual([100_000, list[99_999]]);
    expect(pack('{"a":1}').length).toBe(8 + 7 + 12 + 16);
  });

  it('says so when a byte of its header or nodes is changed, and reads on or gives a coded error', () => {
    const text = '{"a":{"b":[1,2,{"c":null}],"d":"\\u0065"},"0":1.5,"é":[true,false,"x"]}';
    const bytes = pack(text);
    const textSize = Buffer.byteLength(text);
    const missed: number[] = [];
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [0xff, 1, 2, 4, 8, 16, 32, 64, 128]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= mask;
        answerOrCode(() => walk(open(damaged).root()));
        const isText = at >= 8 && at < 8 + textSize;
        const found = answerOrCode(() => packedJsonDefect(heapOf(damaged), 0, damaged.length, builder) ?? 'whole');
        if (found === 'whole' && !isText) missed.push(at);
      }
    }
    expect(missed).toEqual([]);
  });

  it('ends whoever walks over it, also where nodes lead to one node on many ways', () => {
    const depth = 64;
    for (const isList of [true, false]) {
      const [open_, close] = isList ? ['[', ']'] : ['{"a":0,"b":', '}'];
      const bytes = pack(open_!.repeat(depth) + (isList ? '0,0' : '0') + close!.repeat(depth));
      // Each node gets a second way to the one within it: an element more, or the value of its other member.
      const laughs = isList ? withTwoElements(bytes, depth) : withTwoMembers(bytes, depth);
      let reads = 0;
      const count = (part: unknown): void => {
        if (++reads > 100_000) throw new Error('The walk does not end.');
        if (!(part instanceof PackedJsonNode)) return;
        const places = part.isList ? part.count : part.keys().length;
        for (let place = 0; place < places; place++) count(part.valueAt(place));
      };
      expect(thrownBy(() => count(open(laughs).root()))).toMatchObject({ code: 'FILE_CORRUPT' });
    }
  });

  it('damaged in any way gives a coded error or some value, and no endless one', () =>
    holds(
      fc.property(damagedVariants(anyContainerText.map(pack)), fc.string(), (bytes, key) => {
        const budget = { reads: 0 };
        const read = (part: unknown): void => {
          if (!(part instanceof PackedJsonNode) || ++budget.reads > 2000) return;
          if (!part.isList) answerOrCode(() => part.find(key));
          if (!part.isList) answerOrCode(() => part.keys());
          for (let place = 0; place < Math.min(part.count, 50); place++) answerOrCode(() => read(part.valueAt(place)));
        };
        answerOrCode(() => read(open(bytes).root()));
        answerOrCode(() => open(bytes).text());
        answerOrCode(() => packedJsonDefect(heapOf(bytes), 0, bytes.length, builder));
      }),
      1000,
    ));
});
