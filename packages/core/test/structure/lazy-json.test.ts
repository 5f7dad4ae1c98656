import { inspect } from 'node:util';
import fc from 'fast-check';
import { encodeText } from '../../src/bytes/text';
import { HeapView } from '../../src/structure/heap';
import { lazyJson, lazyJsonOfText } from '../../src/structure/lazy-json';
import { PackedJsonBuilder } from '../../src/structure/pack-json';
import { PackedJsonView } from '../../src/structure/packed-json';
import { anyContainerText, anyJsonText, differenceOf } from '../support/json';
import { holds, thrownBy } from '../support/property';
import { SECTION_OFFSET, viewOf, watchfulGuard } from '../support/structures';

type Json = any;

const proto = '__proto__';

const closed = Object.assign(new Error('closed'), { code: 'SNAPSHOT_CLOSED' });
/** A value of a field, and how to close what it is read from. */
function lazy(text: string, minNodeSize = 1): { value: Json; close(): void } {
  let isOpen = true;
  const owner = {
    field: 'settings',
    requireOpen() {
      if (!isOpen) throw closed;
    },
  };
  const close = () => {
    isOpen = false;
  };
  const builder = new PackedJsonBuilder(minNodeSize);
  const source = encodeText(text);
  const size = builder.pack(
    source,
    0,
    source.length,
    text.length === source.length ? 0 : text.isWellFormed() ? 1 : 2,
    2 ** 20,
  );
  if (size === 0) return { value: lazyJsonOfText(text, owner), close };
  const bytes = Buffer.from(builder.bytes.subarray(0, size));
  const heap = new HeapView(bytes, viewOf(bytes), watchfulGuard(size), SECTION_OFFSET);
  return { value: lazyJson(new PackedJsonView(heap, 0, size).root(), owner), close };
}
/** In each of its forms: every container with a node, some of them, and none. */
const forms = [1, 12, 1e9];
const sample = {
  theme: 'dark',
  list: [1, [2], { three: 3 }],
  size: { width: 10, height: -0 },
  none: null,
  toString: 1,
};
const sampleText = JSON.stringify(sample).replace('"height":0', '"height":-0');

describe('lazy JSON', () => {
  it('is on read what JSON.parse gives: keys and their order, values, -0, prototypes', () =>
    holds(
      fc.property(fc.oneof(anyContainerText, anyJsonText), fc.constantFrom(...forms), (text, minNodeSize) => {
        expect(differenceOf(lazy(text, minNodeSize).value, JSON.parse(text))).toBeUndefined();
      }),
      800,
    ));

  it('is the same to JSON, spread, entries, inspect and a deep comparison', () =>
    holds(
      fc.property(anyContainerText, fc.constantFrom(...forms), (text, minNodeSize) => {
        const { value } = lazy(text, minNodeSize);
        const plain = JSON.parse(text) as Json;
        expect(JSON.stringify(value)).toBe(JSON.stringify(plain));
        expect(JSON.stringify({ value }, null, 1)).toBe(JSON.stringify({ value: plain }, null, 1));
        expect(Array.isArray(plain) ? [...value] : { ...value }).toEqual(
          Array.isArray(plain) ? [...plain] : { ...plain },
        );
        expect(Object.entries(value)).toEqual(Object.entries(plain));
        expect(Object.getOwnPropertyNames(value)).toEqual(Object.getOwnPropertyNames(plain));
        expect(inspect(value, { depth: 9 })).toBe(inspect(plain, { depth: 9 }));
        expect(value).toEqual(plain);
      }),
      200,
    ));

  it.each(forms)('answers as a plain object does (nodes from %d bytes on)', (minNodeSize) => {
    const { value } = lazy(sampleText, minNodeSize);
    expect(value.theme).toBe('dark');
    expect([value.nothing, value.none, value.toString, value.size.toString()]).toEqual([
      undefined,
      null,
      1,
      '[object Object]',
    ]);
    expect(['theme' in value, 'nothing' in value, 'hasOwnProperty' in value, 'toJSON' in value]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([Object.hasOwn(value, 'theme'), Object.hasOwn(value, 'valueOf')]).toEqual([true, false]);
    expect(value instanceof Object).toBe(true);
    expect([value.constructor, value[proto], value.list.constructor, value.list[proto]]).toEqual([
      Object,
      Object.prototype,
      Array,
      Array.prototype,
    ]);
    expect(Object.prototype.toString.call(value.list)).toBe('[object Array]');
    const seen: string[] = [];
    for (const name in value) seen.push(name);
    expect(seen).toEqual(Object.keys(sample));
    const { theme, ...rest } = value;
    expect([theme, Object.keys(rest)]).toEqual(['dark', Object.keys(sample).slice(1)]);
    expect(Object.isFrozen(value)).toBe(false);
    expect(value[Symbol.iterator]).toBeUndefined();
    expect(value.then).toBeUndefined();
  });

  it.each(forms)('has lists that are arrays on read (nodes from %d bytes on)', (minNodeSize) => {
    const { list } = lazy(sampleText, minNodeSize).value;
    expect(Array.isArray(list)).toBe(true);
    expect(Object.getPrototypeOf(list)).toBe(Array.prototype);
    expect([list.length, list[0], list[3], list['01'], list['-1'], list[1.5], list.at(-1).three]).toEqual([
      3,
      1,
      undefined,
      undefined,
      undefined,
      undefined,
      3,
    ]);
    expect([0 in list, 3 in list, 'length' in list, 'map' in list]).toEqual([true, false, true, true]);
    expect(list.map((element: unknown) => typeof element)).toEqual(['number', 'object', 'object']);
    expect(list.slice(1)).toEqual([[2], { three: 3 }]);
    expect([0].concat(list)).toEqual([0, ...sample.list]);
    expect(list.flat()).toEqual([1, 2, { three: 3 }]);
    expect([list.includes(1), list.indexOf(list[1]), list.join()]).toEqual([true, 1, '1,2,[object Object]']);
    expect([...list.entries()].map(([place]) => place)).toEqual([0, 1, 2]);
    expect([...list].sort()).toHaveLength(3);
    expect(list.toSorted).toBe(Array.prototype.toSorted);
    expect(Object.getOwnPropertyDescriptor(list, 'length')).toEqual({
      value: 3,
      writable: true,
      enumerable: false,
      configurable: false,
    });
  });

  it('gives the same container each time it is asked', () => {
    const { value } = lazy(sampleText);
    expect(value.size).toBe(value.size);
    expect(value.list[1]).toBe(value.list[1]);
    expect(Object.values(value)[2]).toBe(value.size);
    expect(lazy(sampleText).value).not.toBe(value);
  });

  it.each(forms)('refuses every change, and is what it was then (nodes from %d bytes on)', (minNodeSize) => {
    const { value } = lazy(sampleText, minNodeSize);
    const changes: (() => unknown)[] = [
      () => (value.theme = 'light'),
      () => (value.fresh = 1),
      () => (value[proto] = {}),
      () => delete value.theme,
      () => Object.defineProperty(value, 'theme', { value: 1 }),
      () => Object.setPrototypeOf(value, null),
      () => Object.freeze(value),
      () => Object.assign(value, { theme: 'light' }),
      () => (value.size.width = 11),
      () => (value.list[0] = 2),
      () => (value.list.length = 0),
      () => value.list.push(1),
      () => value.list.pop(),
      () => value.list.sort(),
      () => value.list.reverse(),
      () => value.list.splice(0, 1),
      () => (value.list[2].three = 4),
    ];
    for (const change of changes) {
      expect([change.toString(), thrownBy(change)]).toMatchObject([
        change.toString(),
        { code: 'READ_ONLY', details: { field: 'settings' } },
      ]);
    }
    expect(differenceOf(value, JSON.parse(sampleText))).toBeUndefined();
  });

  it('shows JSON copies that may be changed', () => {
    const { value } = lazy(sampleText, 1e9);
    value.size.toJSON().width = 11;
    value.toJSON().theme = 'light';
    expect([value.size.width, value.theme, value.toJSON().size.width]).toEqual([10, 'dark', 10]);
  });

  it('gives way to members of the names of its methods', () => {
    const { value } = lazy('{"toJSON":{"a":1},"constructor":"x","then":2,"__proto__":{"b":[3]},"length":4}');
    expect([value.toJSON.a, value.constructor, value.then, value[proto].b[0], value.length]).toEqual([1, 'x', 2, 3, 4]);
    expect(JSON.stringify(value)).toBe(
      '{"toJSON":{"a":1},"constructor":"x","then":2,"__proto__":{"b":[3]},"length":4}',
    );
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('cannot be cloned, as its copies can', () => {
    const { value } = lazy(sampleText);
    expect(() => structuredClone(value)).toThrow(/could not be cloned/);
    expect(structuredClone({ ...value.size })).toEqual(sample.size);
  });

  it.each(forms)('throws when what it is read from is closed (nodes from %d bytes on)', (minNodeSize) => {
    const { value, close } = lazy(sampleText, minNodeSize);
    const { size, list } = value;
    expect([value.theme, size.width, list[0]]).toEqual(['dark', 10, 1]);
    close();
    const reads: (() => unknown)[] = [
      () => value.theme,
      () => value.nothing,
      () => 'theme' in value,
      () => Object.keys(value),
      () => ({ ...value }),
      () => JSON.stringify(value),
      () => size.width,
      () => list.length,
      () => list[0],
      () => [...list],
      () => 0 in list,
    ];
    for (const read of reads) expect([read.toString(), thrownBy(read)]).toEqual([read.toString(), closed]);
    expect([inspect(value), inspect(list)]).toEqual(Array(2).fill('[settings of a closed snapshot]'));
  });

  it('names the field of what is no JSON', () => {
    for (const text of ['', '{"a":', '[1', 'x'])
      expect(thrownBy(() => JSON.stringify(lazy(text).value))).toMatchObject({
        code: 'FILE_CORRUPT',
        details: { field: 'settings' },
      });
  });
});
