/** Writers, their books and their tags: a small schema with relations of every kind, for plans. */
import fc from 'fast-check';
import { createSnapshot, defineSchema, type EntityDefinition, type OpenedSnapshot, openSnapshot } from '../../src';
import { MemoryStorage } from './memory-storage';
import type { Row, Tables } from './plan-model';

export const writersEntities: readonly EntityDefinition[] = [
  {
    name: 'Writer',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'age', type: 'int16', nullable: true },
      { name: 'score', type: 'float64', nullable: true },
      { name: 'seen', type: 'timestamp', nullable: true },
      { name: 'city', type: 'text', nullable: true },
    ],
    relations: [
      { name: 'mentor', kind: 'to-one', target: 'Writer' },
      { name: 'pupils', kind: 'to-many', target: 'Writer', inverse: 'mentor' },
      { name: 'books', kind: 'to-many', target: 'Book', inverse: 'writer' },
      { name: 'profile', kind: 'to-one', target: 'Profile', inverse: 'writer' },
    ],
    indexes: [{ fields: ['city'] }, { fields: ['age', 'city'] }],
  },
  {
    name: 'Book',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'pages', type: 'int32', nullable: true },
      { name: 'copies', type: 'int64', nullable: true },
    ],
    relations: [
      { name: 'writer', kind: 'to-one', target: 'Writer', nullable: false },
      { name: 'editor', kind: 'to-one', target: 'Writer' },
      { name: 'tags', kind: 'to-many', target: 'Tag' },
    ],
    indexes: [{ fields: ['pages'] }],
  },
  {
    name: 'Tag',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'weight', type: 'float32', nullable: true },
    ],
    relations: [{ name: 'books', kind: 'to-many', target: 'Book', inverse: 'tags' }],
  },
  {
    name: 'Profile',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'stars', type: 'uint8', nullable: true },
    ],
    relations: [{ name: 'writer', kind: 'to-one', target: 'Writer' }],
  },
];

export const writersSchema = defineSchema(writersEntities);

/** A snapshot of records as {@link Tables} has them. Times are microseconds. `change` makes another file of the bytes. */
export async function openWriters(tables: Tables, change?: (file: Buffer) => Buffer): Promise<OpenedSnapshot> {
  const storage = new MemoryStorage();
  using writer = createSnapshot({ path: 'snapshot', schema: writersSchema, storage });
  for (const { name } of writersEntities) for (const row of tables[name] ?? []) writer.add(name, row);
  await writer.finish();
  const changed = change ? MemoryStorage.with('snapshot', change(storage.readAll('snapshot'))) : storage;
  return openSnapshot('snapshot', { storage: changed, values: { timestamp: 'microseconds' } });
}

const few = (most: number) => fc.integer({ min: 0, max: most });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 3 });
const numbered = (rows: readonly object[]): Row[] => rows.map((row, id) => ({ id: id + 1, ...row }));

/** Few distinct values, so that conditions meet and orders tie. */
export const anyWriters: fc.Arbitrary<Tables> = fc
  .tuple(few(7), few(9), few(4), few(4))
  .chain(([writers, books, tags, profiles]) => {
    const keyOf = (count: number) => (count === 0 ? fc.constant(null) : orNull(fc.integer({ min: 1, max: count })));
    const some = (count: number, row: object) =>
      fc.array(fc.record(row as never), { minLength: count, maxLength: count });
    return fc.record({
      Writer: some(writers, {
        age: orNull(few(3)),
        score: orNull(fc.constantFrom(0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -2)),
        seen: orNull(fc.constantFrom(0n, -1n, 2n ** 53n + 1n, 2n ** 53n, -(2n ** 40n))),
        city: orNull(fc.constantFrom('Ulm', 'Köln', '', 'Ulmen')),
        mentor: keyOf(writers),
      }),
      Book:
        writers === 0
          ? fc.constant([])
          : some(books, {
              pages: orNull(few(2)),
              copies: orNull(fc.constantFrom(1n, 2n ** 60n, 2n ** 60n + 1n, -5n)),
              writer: fc.integer({ min: 1, max: writers }),
              editor: keyOf(writers),
              tags: tags === 0 ? fc.constant([]) : fc.uniqueArray(fc.integer({ min: 1, max: tags }), { maxLength: 3 }),
            }),
      Tag: some(tags, { weight: orNull(fc.constantFrom(0.5, -1, 2)) }),
      Profile: some(profiles, { stars: orNull(few(2)), writer: keyOf(writers) }),
    });
  })
  .map((tables) => {
    const taken = new Set<unknown>();
    const numberedTables = Object.fromEntries(
      Object.entries(tables).map(([name, rows]) => [name, numbered(rows as object[])]),
    );
    // One profile a writer: the inverse of a to-one relation leads to one.
    for (const profile of numberedTables['Profile']!) {
      if (taken.has(profile['writer'])) profile['writer'] = null;
      else taken.add(profile['writer']);
    }
    return numberedTables;
  });
