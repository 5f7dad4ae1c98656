/** Ranks: a database's order beside the values, from the writer's setter to the reader, the copies of a file, and the deep check. */
import fc from 'fast-check';
import {
  createSnapshot,
  defineSchema,
  deriveSnapshot,
  mergeSnapshots,
  type OpenedSnapshot,
  openSnapshot,
} from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import type { FieldDefinition } from '../../src/schema/schema';
import { MemoryStorage } from '../support/memory-storage';
import { holds, rejectionOf, thrownBy } from '../support/property';
import { assemble, changeSchema, disassemble, type FileParts, partOf } from '../support/reseal';

const schemaOf = (name: Partial<FieldDefinition> = {}) =>
  defineSchema([
    {
      name: 'City',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { name: 'name', type: 'text', nullable: true, collation: 'de-DE', ranked: true, ...name },
        { name: 'span', type: 'interval', nullable: true, ranked: true, looseEquality: true },
        { name: 'flag', type: 'boolean' },
      ],
    },
  ]);
/** What stands for the database: text without regard to case first, then with it. */
const compareNames = (a: string, b: string) =>
  a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : a < b ? -1 : a > b ? 1 : 0;
const denseRank = (names: readonly (string | null)[], name: string) =>
  [...new Set(names.filter((other) => other !== null))].sort(compareNames).indexOf(name) + 1;

async function write(
  storage: MemoryStorage,
  path: string,
  names: readonly (string | null)[],
  firstId = 1,
  schema = schemaOf(),
) {
  const writer = createSnapshot({ path, schema, storage });
  const table = writer.table('City');
  const { id, name, flag } = { id: table.column('id'), name: table.column('name'), flag: table.column('flag') };
  const nameRank = schema.entities[0]!.fields[1]!.ranked ? table.rank('name') : undefined;
  for (const [place, value] of names.entries()) {
    table.beginRecord();
    id.setInt32(firstId + place);
    flag.setBoolean(true);
    name.setValue(value);
    // A database ranks nulls too, behind all values.
    nameRank?.setInt32(value === null ? names.length + 1 : denseRank(names, value));
    table.endRecord();
  }
  await writer.finish();
  return openSnapshot(path, { storage });
}

const ranksOf = (snapshot: OpenedSnapshot, field = 'name') => {
  const table = snapshot.reader.tableByName('City');
  const read = table.rankReader(field);
  return (
    read &&
    Array.from({ length: table.recordCount }, (_, ordinal) => {
      table.checkRecord(ordinal);
      return read(ordinal);
    })
  );
};
const namesOf = (snapshot: OpenedSnapshot) => [...snapshot.all('City')].map((city) => city['name']);

const names = ['b', 'A', null, 'a', 'B', 'a', 'ä'];
const ranks = [4, 1, 0, 2, 3, 2, 5];

describe('ranks', () => {
  it('are read as they were written, and no rank where there is no value', async () => {
    const snapshot = await write(new MemoryStorage(), 'm/a', names);
    expect(namesOf(snapshot)).toEqual(names);
    expect(ranksOf(snapshot)).toEqual(ranks);
    expect(ranksOf(snapshot, 'span')).toEqual(names.map(() => 0));
    expect(snapshot.reader.tableByName('City').rankReader('flag')).toBeUndefined();
    expect(await snapshot.verify()).toEqual([]);
    expect(snapshot.entitySchema('City').fields[1]).toMatchObject({ collation: 'de-DE', ranked: true });
    snapshot.close();
  });

  it('order as the source orders, whatever the values', () =>
    holds(
      fc.asyncProperty(
        fc.array(fc.option(fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 40 }),
        async (given) => {
          const snapshot = await write(new MemoryStorage(), 'm/a', given);
          const found = ranksOf(snapshot)!;
          const order = [...given.keys()]
            .filter((place) => given[place] !== null)
            .sort((a, b) => found[a]! - found[b]! || a - b);
          const expected = given.filter((name): name is string => name !== null).sort(compareNames);
          expect(order.map((place) => given[place])).toEqual(expected);
          expect(await snapshot.verify()).toEqual([]);
          snapshot.close();
        },
      ),
      50,
    ));

  it('have a value each: objects, which have none, are refused', () => {
    const writer = createSnapshot({ path: 'm/a', schema: schemaOf(), storage: new MemoryStorage() });
    expect(thrownBy(() => writer.add('City', { id: 7, name: 'Ulm', flag: true }))).toMatchObject({
      code: 'RANK_MISSING',
      details: { entity: 'City', field: 'name', key: 7 },
    });
    writer.add('City', { id: 8, name: null, flag: true });
    expect(writer.table('City').recordCount).toBe(1);
    writer.abort();
  });

  it('are whole numbers from 1 on', () => {
    const table = createSnapshot({ path: 'm/a', schema: schemaOf(), storage: new MemoryStorage() }).table('City');
    const rank = table.rank('name');
    table.beginRecord();
    for (const wrong of [0, -1, 1.5, 2 ** 31, Number.NaN])
      expect(thrownBy(() => rank.setInt32(wrong))).toMatchObject({ code: 'VALUE_RANGE' });
    expect(thrownBy(() => rank.setInt64(0, 1))).toMatchObject({ code: 'VALUE_RANGE' });
    expect(thrownBy(() => rank.setText('1'))).toBeInstanceOf(TypeError);
    expect(thrownBy(() => table.rank('flag'))).toMatchObject({ code: 'FIELD_UNKNOWN' });
    expect(thrownBy(() => table.rank('nam'))).toMatchObject({ code: 'FIELD_UNKNOWN' });
  });

  it('stay with the records that a derived snapshot keeps, in the same order', async () => {
    const storage = new MemoryStorage();
    const snapshot = await write(storage, 'm/a', names);
    const where = [[{ field: 'id', operator: 'in' as const, values: [1, 4, 7] }]];
    await deriveSnapshot(snapshot, { path: 'm/b', storage, entities: { City: { where, fields: ['name'] } } });
    const derived = await openSnapshot('m/b', { storage });
    expect(ranksOf(derived)).toEqual([ranks[0], ranks[3], ranks[6]]);
    expect(await derived.verify()).toEqual([]);
    for (const opened of [snapshot, derived]) opened.close();
  });

  it('of two databases do not merge: the merged field is not ranked, and says so', async () => {
    const storage = new MemoryStorage();
    const sources = [await write(storage, 'm/a', ['b', 'a']), await write(storage, 'm/b', ['c'], 5)];
    await mergeSnapshots(sources, { path: 'm/c', storage });
    await mergeSnapshots([sources[0]!], { path: 'm/d', storage });
    const merged = await openSnapshot('m/c', { storage });
    expect(namesOf(merged)).toEqual(['b', 'a', 'c']);
    expect(ranksOf(merged)).toBeUndefined();
    expect(merged.entitySchema('City').fields[1]).toMatchObject({ collation: 'de-DE' });
    const copied = await openSnapshot('m/d', { storage });
    expect(ranksOf(copied)).toEqual([2, 1]);
    const inBytes = await write(storage, 'm/e', ['d'], 9, schemaOf({ collation: 'C', ranked: false }));
    expect(await rejectionOf(mergeSnapshots([sources[0]!, inBytes], { path: 'm/f', storage }))).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      details: { entity: 'City', field: 'name' },
    });
    for (const opened of [...sources, merged, copied, inBytes]) opened.close();
  });

  it('count in what a field takes', async () => {
    const snapshot = await write(new MemoryStorage(), 'm/a', ['b', 'a']);
    const measures = await snapshot.measureFields();
    expect(measures.map(({ field, slotsSize }) => [field, slotsSize])).toEqual([
      ['id', 8],
      ['name', 24],
      ['span', 40],
      ['flag', 2],
    ]);
    snapshot.close();
  });
});

describe('a schema', () => {
  it.each([
    ['a collation of a number', { type: 'int32', collation: 'C' }, '`collation` is for text only'],
    ['an empty collation', { collation: '' }, '`collation` is the name of a collation'],
    ['ranked as a text', { ranked: 'yes' }, '`ranked` is true or false'],
    ['equality as a number', { looseEquality: 1 }, '`looseEquality` is true, false or "lower-case"'],
  ])('refuses %s', (_, field, message) => {
    const error = thrownBy(() => schemaOf(field as Partial<FieldDefinition>)) as Error;
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID', details: { entity: 'City', field: 'name' } });
    expect(error.message).toContain(message);
  });

  it('means the same with and without a database that orders it', () => {
    const plain = schemaOf({ collation: 'C', ranked: false });
    expect(schemaOf({ looseEquality: true }).fingerprint).toBe(plain.fingerprint);
  });
});

describe('a file with nonsense for ranks', () => {
  async function changed(
    change: (parts: FileParts, place: { stride: number; rankOffset: number }) => unknown,
    schema = schemaOf(),
  ) {
    const storage = new MemoryStorage();
    const snapshot = await write(storage, 'm/a', names, 1, schema);
    const { stride, slots } = snapshot.reader.tableByName('City').layout;
    snapshot.close();
    const parts = disassemble(storage.readAll('m/a'));
    change(parts, { stride, rankOffset: slots[1]!.rankOffset! });
    return openSnapshot('m/x', { storage: MemoryStorage.with('m/x', assemble(parts)) });
  }
  const setRank =
    (ordinal: number, rank: number) =>
    (parts: FileParts, { stride, rankOffset }: { stride: number; rankOffset: number }) =>
      partOf(parts, sectionKinds.records, 0).bytes.writeUInt32LE(rank, ordinal * stride + rankOffset);

  it.each([
    ['no rank', setRank(0, 0), 0, 'its value has no rank'],
    ['one rank for two values', setRank(6, ranks[0]!), 6, 'as another value in record 0'],
    ['two ranks for one value', setRank(5, 99), 5, 'but the same value has 2 in record 3'],
  ])('verify finds %s', async (_, change, ordinal, message) => {
    const snapshot = await changed(change);
    const findings = await snapshot.verify();
    expect(findings).toEqual([
      expect.objectContaining({ code: 'FILE_CORRUPT', entity: 'City', field: 'name', ordinal }),
    ]);
    expect(findings[0]!.message).toContain(message);
    snapshot.close();
  });

  it('one rank for two values is right where equality is loose', async () => {
    const snapshot = await changed(setRank(6, ranks[0]!), schemaOf({ looseEquality: true }));
    expect(await snapshot.verify()).toEqual([]);
    snapshot.close();
  });

  it.each([
    ['outside the record', 4096, 'the rank of name lies at bytes 4096 to 4100'],
    ['over another slot', 0, 'the rank of name overlaps another slot at byte 0'],
    ['nowhere', undefined, 'name has no place for a rank'],
    ['at no offset', '8', 'the rank of name lies at bytes'],
  ])('a layout that has them %s is refused', async (_, rankOffset, message) => {
    const opened = changed((parts) =>
      changeSchema(parts, (json) => void Object.assign(json.layouts[0].slots[1], { rankOffset })),
    );
    const error = (await rejectionOf(opened)) as Error;
    expect(error).toMatchObject({ code: 'FILE_CORRUPT' });
    expect(error.message).toContain(message);
  });

  it('a layout with a rank that the field does not have is refused', async () => {
    const opened = changed((parts) =>
      changeSchema(parts, (json) => void Object.assign(json.layouts[0].slots[0], { rankOffset: 1 })),
    );
    expect(((await rejectionOf(opened)) as Error).message).toContain('id has a place for a rank');
  });
});
