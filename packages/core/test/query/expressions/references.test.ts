/** Conditions on references, values within values, and whatever else one table of plain values does not show. */
import { createSnapshot, defineSchema, openSnapshot } from '../../../src';
import {
  compileExpression,
  compileRecordTest,
  type RowSource,
} from '../../../src/query/expressions/compile-expression';
import type { Expression } from '../../../src/query/plan';
import type { SnapshotReader } from '../../../src/reader/snapshot-reader';
import { MemoryStorage } from '../../support/memory-storage';
import { thrownBy } from '../../support/property';
import { tableOf, truths } from './tables';

const schema = defineSchema([
  {
    name: 'Author',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'city', type: 'text', path: ['address', 'city'], nullable: true },
    ],
    relations: [
      { name: 'books', kind: 'to-many', target: 'Book', inverse: 'author' },
      { name: 'notes', kind: 'to-many', target: 'Note', inverse: 'subject' },
    ],
  },
  {
    name: 'Book',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'sold', type: 'int64' },
    ],
    relations: [
      { name: 'author', kind: 'to-one', target: 'Author' },
      { name: 'shelf', kind: 'to-one', target: 'Shelf' },
    ],
  },
  {
    name: 'Shelf',
    key: ['room', 'place'],
    fields: [
      { name: 'room', type: 'text' },
      { name: 'place', type: 'int16' },
    ],
  },
  {
    name: 'Note',
    key: ['id'],
    fields: [{ name: 'id', type: 'int32' }],
    relations: [{ name: 'subject', kind: 'to-one', targets: ['Author', 'Book'] }],
  },
]);

async function library(): Promise<SnapshotReader> {
  const storage = new MemoryStorage();
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  for (const [id, city] of [
    [1, 'Ulm'],
    [2, null],
    [3, 'Graz'],
  ])
    writer.add('Author', { id, address: { city } });
  for (const place of [1, 2]) writer.add('Shelf', { room: 'A', place });
  const books = [
    { id: 10, sold: 5n, author: 1, shelf: ['A', 1] },
    { id: 11, sold: 2n ** 60n, author: 2, shelf: ['A', 2] },
    { id: 12, sold: 0n, author: 1, shelf: null },
    { id: 13, sold: 7n, author: null, shelf: null },
  ];
  for (const book of books) writer.add('Book', book);
  const subjects = [{ entity: 'Author', key: 1 }, { entity: 'Book', key: 10 }, null, { entity: 'Author', key: 3 }];
  for (const [id, subject] of subjects.entries()) writer.add('Note', { id, subject });
  await writer.finish();
  return (await openSnapshot('m/x', { storage })).reader;
}

const own = (field: string) => ({ source: 0, field });
const ask = (reader: SnapshotReader, entity: string, expression: Expression) =>
  truths(reader.tableByName(entity), expression);

test('a reference is compared with keys of its target', async () => {
  const reader = await library();
  const through = (field: string) => ({ source: 0, field, through: 'author' });
  for (const operand of [own('author'), through('id')]) {
    expect(ask(reader, 'Book', { kind: 'compare', operand, operator: 'equal', value: 1 })).toBe('tftu');
    expect(ask(reader, 'Book', { kind: 'compare', operand, operator: 'not-equal', value: 99 })).toBe('tttu');
    expect(ask(reader, 'Book', { kind: 'in', operand, values: [2, null] })).toBe('utuu');
    expect(ask(reader, 'Book', { kind: 'is-null', operand })).toBe('ffft');
  }
  expect(ask(reader, 'Book', { kind: 'compare', operand: through('id'), operator: 'greater', value: 1 })).toBe('ftfu');
  expect(ask(reader, 'Book', { kind: 'is-null', operand: through('address.city') })).toBe('ftft');
  expect(
    ask(reader, 'Book', { kind: 'compare', operand: through('address.city'), operator: 'equal', value: 'Ulm' }),
  ).toBe('tutu');
  expect(ask(reader, 'Book', { kind: 'in', operand: own('shelf'), values: [['A', 2], { room: 'A', place: 1 }] })).toBe(
    'ttuu',
  );
  expect(
    ask(reader, 'Book', {
      kind: 'compare',
      operand: { source: 0, field: 'place', through: 'shelf' },
      operator: 'less',
      value: 2,
    }),
  ).toBe('tfuu');
});

test('a relation to one of several entities is compared with entity and key', async () => {
  const reader = await library();
  const operand = own('subject');
  const author = { entity: 'Author', key: 1 };
  expect(ask(reader, 'Note', { kind: 'compare', operand, operator: 'equal', value: author })).toBe('tfuf');
  expect(
    ask(reader, 'Note', {
      kind: 'in',
      operand,
      values: [author, { entity: 'Book', key: 10 }, { entity: 'Book', key: 99 }],
    }),
  ).toBe('ttuf');
  expect(ask(reader, 'Note', { kind: 'is-null', operand })).toBe('fftf');
  const wrong = (value: unknown) =>
    thrownBy(() => ask(reader, 'Note', { kind: 'compare', operand, operator: 'equal', value }));
  expect(wrong(1)).toMatchObject({ code: 'VALUE_TYPE', details: { entity: 'Note', field: 'subject' } });
  expect(wrong({ entity: 'Shelf', key: 1 }).code).toBe('VALUE_TYPE');
  const through: Expression = { kind: 'is-null', operand: { source: 0, field: 'id', through: 'subject' } };
  expect(thrownBy(() => ask(reader, 'Note', through)).code).toBe('QUERY_UNSUPPORTED');
});

test('targets are counted, all or those that satisfy a condition', async () => {
  const reader = await library();
  const counted = (relation: string, value: number, on?: Expression): Expression => ({
    kind: 'target-count',
    source: 0,
    relation,
    operator: 'equal',
    value,
    ...(on ? { on } : {}),
  });
  expect(ask(reader, 'Author', counted('books', 2))).toBe('tff');
  expect(ask(reader, 'Author', counted('books', 0))).toBe('fft');
  expect(ask(reader, 'Author', counted('notes', 1))).toBe('tft');
  const sold: Expression = { kind: 'compare', operand: own('sold'), operator: 'greater', value: 0n };
  expect(ask(reader, 'Author', counted('books', 1, sold))).toBe('ttf');
  expect(thrownBy(() => ask(reader, 'Book', counted('author', 1))).code).toBe('QUERY_UNSUPPORTED');
  expect(thrownBy(() => ask(reader, 'Author', counted('boks', 1)))).toMatchObject({
    code: 'FIELD_UNKNOWN',
    message: expect.stringContaining('"books"'),
  });
});

test('a test is given values as the snapshot gives them, and null where there is no record', async () => {
  const reader = await library();
  const seen: unknown[][] = [];
  const test: Expression = {
    kind: 'test',
    operands: [own('sold'), { source: 0, field: 'address.city', through: 'author' }, { source: 1, field: 'id' }],
    test: (...values) => {
      seen.push(values);
      return values[1] === null ? null : values[0] === '5';
    },
  };
  const sources: RowSource[] = [
    { table: reader.tableByName('Book'), valueReader: (entity, path) => (ordinal) => `${entity} ${path} ${ordinal}` },
    { table: reader.tableByName('Author') },
  ];
  for (const { table } of sources) table.checkRun(0);
  const run = compileExpression(sources, test);
  expect([run(Int32Array.of(0, 2)), run(Int32Array.of(3, -1)), run(Int32Array.of(-1, 0))]).toEqual([0, 2, 2]);
  expect(seen).toEqual([
    ['Book sold 0', 'Author address.city 0', 3],
    ['Book sold 3', null, null],
    [null, null, 1],
  ]);
});

test.each<[string, object, string]>([
  ['an unknown field', { kind: 'is-null', operand: own('nam') }, 'FIELD_UNKNOWN'],
  ['an unknown relation', { kind: 'is-null', operand: { source: 0, field: 'id', through: 'autor' } }, 'FIELD_UNKNOWN'],
  ['a field as a relation', { kind: 'is-null', operand: { source: 0, field: 'id', through: 'sold' } }, 'FIELD_UNKNOWN'],
  [
    'the order of references',
    { kind: 'compare', operand: own('author'), operator: 'less', value: 1 },
    'QUERY_UNSUPPORTED',
  ],
  [
    'LIKE of a reference',
    { kind: 'like', operand: own('author'), pattern: '%', ignoreCase: false },
    'QUERY_UNSUPPORTED',
  ],
  [
    'a list of what is none',
    { kind: 'list', operand: own('sold'), operator: 'overlaps', values: [] },
    'QUERY_UNSUPPORTED',
  ],
  ['JSON in what is none', { kind: 'json-contains', operand: own('sold'), value: 1 }, 'QUERY_UNSUPPORTED'],
  ['a value of another type', { kind: 'compare', operand: own('sold'), operator: 'less', value: true }, 'VALUE_TYPE'],
  ['another value of another type', { kind: 'in', operand: own('sold'), values: [1, {}] }, 'VALUE_TYPE'],
  ['a key of another type', { kind: 'in', operand: own('author'), values: ['x'] }, 'KEY_INVALID'],
  ['a condition of an unknown kind', { kind: 'between', low: 1 }, 'QUERY_UNSUPPORTED'],
])('%s is refused before any record is looked at', async (_, expression, code) => {
  const reader = await library();
  const compile = () => compileExpression([{ table: reader.tableByName('Book') }], expression as Expression);
  expect(thrownBy(compile).code).toBe(code);
});

test('a row source that is not there is refused', async () => {
  const reader = await library();
  const table = reader.tableByName('Book');
  const missing: Expression = { kind: 'is-missing', source: 1 };
  expect(thrownBy(() => compileExpression([{ table }], missing))).toMatchObject({
    name: 'TypeError',
    message: 'A condition uses row source 1, but there are 1, from 0 on. Join what it is to use.',
  });
  expect(thrownBy(() => compileRecordTest({ table }, missing)).name).toBe('PermafrostBugError');
  expect(compileRecordTest({ table }, { kind: 'is-missing', source: 3 }, 3)(0)).toBe(0);
});

test.each([
  ['a set', { type: 'text', set: true } as const, [new Set(['a', 'b']), new Set(), null]],
  ['a typed array', { type: 'float32', array: 'typed' } as const, [Float32Array.of(1.5, -0), Float32Array.of(), null]],
  [
    'a view',
    { type: 'uint64', array: 'view' } as const,
    [BigUint64Array.of(2n ** 64n - 1n, 0n), BigUint64Array.of(), null],
  ],
])('%s is a list to conditions', async (_, field, values) => {
  const table = await tableOf(field, values);
  const [first, second] = [...(values[0] as Iterable<unknown>)];
  const list = (operator: 'equal' | 'contains' | 'contained-by' | 'overlaps', wanted: unknown[]): string =>
    truths(table, { kind: 'list', operand: own('value'), operator, values: wanted });
  expect(list('equal', [first, second])).toBe('tfu');
  expect(list('equal', [second, first])).toBe('ffu');
  expect(list('contains', [second, second])).toBe('tfu');
  expect(list('contained-by', [first])).toBe('ftu');
  expect(list('overlaps', [first, null])).toBe('tfu');
});
