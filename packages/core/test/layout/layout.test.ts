import fc from 'fast-check';
import { createSnapshot } from '../../src/index';
import {
  layoutMembers,
  layoutRecord,
  type RecordLayout,
  rankSize,
  type SlotKind,
  scalarSlotKind,
  slotKindOf,
  slotSizes,
} from '../../src/layout/layout';
import { openReader } from '../../src/reader/snapshot-reader';
import { fieldTypes } from '../../src/schema/field-types';
import { defineSchema, type EntitySchema } from '../../src/schema/schema';
import { MemoryStorage } from '../support/memory-storage';
import { holds, thrownBy } from '../support/property';

const kinds = Object.keys(slotSizes) as SlotKind[];
const membersOf = (list: readonly SlotKind[], ranked: readonly boolean[] = []) =>
  list.map((kind, place) => ({ name: `m${place}`, kind, ranked: ranked[place] }));
const firstEntity = (fields: { name: string; type: string }[]): EntitySchema =>
  defineSchema([{ name: 'E', key: [fields[0]!.name], fields: fields as never }]).entities[0]!;

/** Bytes used twice, bytes outside the record and slots off their alignment: there must be none. */
function defects({ stride, nullBitmapOffset, slots }: RecordLayout): string[] {
  const found: string[] = [];
  const used = new Map<number, string>();
  const take = (what: string, offset: number, size: number) => {
    for (let at = offset; at < offset + size; at++) {
      if (used.has(at)) found.push(`${what} overlaps ${used.get(at)} at ${at}`);
      if (at < 0 || at >= stride) found.push(`${what} lies outside at ${at}`);
      used.set(at, what);
    }
  };
  const bitmapSize = Math.ceil(slots.length / 8);
  take('value bitmap', 0, bitmapSize);
  take('null bitmap', nullBitmapOffset, bitmapSize);
  for (const slot of slots) {
    take(slot.name, slot.offset, slotSizes[slot.kind]);
    if (slot.offset % Math.min(8, slotSizes[slot.kind]) !== 0) found.push(`${slot.name} is not aligned`);
    if (slot.rankOffset === undefined) continue;
    take(`the rank of ${slot.name}`, slot.rankOffset, rankSize);
    if (slot.rankOffset % rankSize !== 0) found.push(`the rank of ${slot.name} is not aligned`);
  }
  if (stride % 8 !== 0) found.push(`stride ${stride}`);
  return found;
}

describe('layout', () => {
  it('of any members: none overlap, all are aligned, no more than 7 bytes are lost', () =>
    holds(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...kinds), fc.boolean()), { minLength: 1, maxLength: 60 }),
        (pairs) => {
          const list = pairs.map(([kind]) => kind);
          const ranked = pairs.map(([, isRanked]) => isRanked);
          const layout = layoutMembers('E', membersOf(list, ranked));
          expect(defects(layout)).toEqual([]);
          expect(layout.slots.map((slot) => slot.rankOffset !== undefined)).toEqual(ranked);
          expect(layout.slots.map((slot) => slot.kind)).toEqual(list);
          expect(layout.slots.map((slot) => slot.bit)).toEqual(list.map((_, bit) => bit));
          const ranksSize = rankSize * ranked.filter(Boolean).length;
          const needed = 2 * Math.ceil(list.length / 8) + list.reduce((sum, kind) => sum + slotSizes[kind], ranksSize);
          expect(layout.stride).toBeGreaterThanOrEqual(needed);
          expect(layout.stride).toBeLessThan(needed + 8 + 7);
        },
      ),
      1000,
    ));

  it('of 200 fields of all types', () => {
    const fields = Array.from({ length: 200 }, (_, place) => {
      const type = fieldTypes[place % fieldTypes.length]!;
      return { name: `f${place}`, type, ...(type === 'enum' ? { values: ['a'] } : {}) };
    });
    const layout = layoutRecord(firstEntity(fields), { tableText: new Set(['f11', 'f31']) });
    expect(defects(layout)).toEqual([]);
    expect(layout.slots).toHaveLength(200);
    expect(layout.nullBitmapOffset).toBe(25);
    expect(layout.slots[11]!.kind).toBe('table-text');
    expect(layout.stride).toBe(1280);
  });

  it('refuses a record beyond 1 MiB', () => {
    const error = thrownBy(() => layoutMembers('Wide', membersOf(new Array(70_000).fill('uuid'))));
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { entity: 'Wide', expected: 2 ** 20 } });
  });

  it('has a slot kind for every field type', () => {
    expect(Object.fromEntries(fieldTypes.map((type) => [type, scalarSlotKind(type, 3, false)]))).toMatchInlineSnapshot(`
{
  "boolean": "boolean",
  "bytes": "heap-bytes",
  "date": "date",
  "decimal": "decimal",
  "enum": "enum8",
  "float32": "float32",
  "float64": "float64",
  "int16": "int16",
  "int32": "int32",
  "int64": "int64",
  "int8": "int8",
  "interval": "interval",
  "json": "heap-text",
  "text": "heap-text",
  "time": "time",
  "timestamp": "timestamp",
  "timestamptz": "timestamp",
  "uint16": "uint16",
  "uint32": "uint32",
  "uint64": "uint64",
  "uint8": "uint8",
  "uuid": "uuid",
}
`);
    expect(slotKindOf({ type: 'text', array: false }, true)).toBe('table-text');
    expect(slotKindOf({ type: 'text', array: true }, true)).toBe('array');
    expect([256, 257].map((count) => scalarSlotKind('enum', count, false))).toEqual(['enum8', 'enum16']);
  });

  it('puts an example record into these bytes', async () => {
    const schema = defineSchema([
      {
        name: 'Customer',
        key: ['id'],
        fields: [
          { name: 'id', type: 'int32' },
          { name: 'email', type: 'text' },
          { name: 'vip', type: 'boolean' },
          { name: 'nick', type: 'text', nullable: true },
          { name: 'score', type: 'float64', nullable: true },
          { name: 'born', type: 'date' },
          { name: 'code', type: 'int16' },
        ],
        relations: [{ name: 'manager', kind: 'to-one', target: 'Customer' }],
      },
    ]);
    const storage = new MemoryStorage();
    const writer = createSnapshot({ path: 'm/x', schema, storage });
    writer.add('Customer', { id: 258, email: 'ab', vip: true, nick: null, born: '1970-01-02', code: -2, manager: 258 });
    await writer.finish();
    const reader = openReader('m/x', { storage });
    const { layout, bytes } = reader.tables[0]!;
    expect(layout).toMatchInlineSnapshot(`
{
  "entity": "Customer",
  "nullBitmapOffset": 1,
  "slots": [
    {
      "bit": 0,
      "kind": "int32",
      "name": "id",
      "offset": 4,
    },
    {
      "bit": 1,
      "kind": "heap-text",
      "name": "email",
      "offset": 8,
    },
    {
      "bit": 2,
      "kind": "boolean",
      "name": "vip",
      "offset": 38,
    },
    {
      "bit": 3,
      "kind": "table-text",
      "name": "nick",
      "offset": 24,
    },
    {
      "bit": 4,
      "kind": "float64",
      "name": "score",
      "offset": 16,
    },
    {
      "bit": 5,
      "kind": "date",
      "name": "born",
      "offset": 28,
    },
    {
      "bit": 6,
      "kind": "int16",
      "name": "code",
      "offset": 36,
    },
    {
      "bit": 7,
      "kind": "reference",
      "name": "manager",
      "offset": 32,
    },
  ],
  "stride": 40,
}
`);
    expect(bytes.toString('hex').match(/.{16}/g)).toMatchInlineSnapshot(`
[
  "e708000002010000",
  "0000000000020000",
  "0000000000000000",
  "0000000001000000",
  "00000000feff0100",
]
`);
    reader.close();
  });
});
