/** Queries of another form than is asked for are refused by all that take them: nothing that is misspelt is ignored. */
import {
  countQuery,
  createSnapshot,
  defineSchema,
  deriveSnapshot,
  memoryStorage,
  openSnapshot,
  runQuery,
} from '../../src';
import { rejectionOf, thrownBy } from '../support/property';

const schema = defineSchema([{ name: 'E', key: ['id'], fields: [{ name: 'id', type: 'int32' }] }]);
const storage = memoryStorage();

async function open() {
  const writer = createSnapshot({ path: 'e', schema, storage });
  for (const id of [1, 2, 3]) writer.add('E', { id });
  await writer.finish();
  return openSnapshot('e', { storage });
}
let snapshot: Awaited<ReturnType<typeof open>>;
beforeAll(async () => (snapshot = await open()));
afterAll(() => snapshot.close());

const one = { field: 'id', operator: 'equal', values: [1] };

describe.each<[string, unknown, string, RegExp]>([
  ['an unknown operator', [[{ ...one, operator: 'lessThan' }]], 'QUERY_UNSUPPORTED', /"id".*"lessThan".*equal, in/],
  ['a negation', [[{ ...one, operator: 'not' }]], 'QUERY_UNSUPPORTED', /no operator "not"/],
  ['an abbreviation', [[one], [{ ...one, operator: 'eq' }]], 'QUERY_UNSUPPORTED', /no operator "eq"/],
  ['no operator', [[{ field: 'id', values: [1] }]], 'QUERY_UNSUPPORTED', /no operator undefined/],
  ['a name of every object', [[{ ...one, operator: 'toString' }]], 'QUERY_UNSUPPORTED', /no operator "toString"/],
  ['a function', () => true, 'TypeError', /list of alternatives.*\[\[\{ field.*found function/],
  ['an object', { id: 1 }, 'TypeError', /list of alternatives/],
  ['null', null, 'TypeError', /list of alternatives.*found null/],
  ['a flat list', [one], 'TypeError', /list of alternatives, each a list.*found among its alternatives/],
  ['a null among the alternatives', [null], 'TypeError', /found among its alternatives null/],
  ['a null among the conditions', [[one, null]], 'TypeError', /found among its conditions null/],
  ['a value instead of values', [[{ ...one, values: undefined, value: 1 }]], 'TypeError', /"value".*"values"/],
  ['no list of values', [[{ ...one, values: 1 }]], 'TypeError', /"id": `values` is a list.*found 1/],
  ['a text of values', [[{ ...one, values: '12' }]], 'TypeError', /`values` is a list/],
  ['several values that are equal', [[{ ...one, values: [1, 2] }]], 'TypeError', /'equal' takes one value, found 2/],
  ['no name', [[{ ...one, field: 7 }]], 'TypeError', /`field`.*found 7/],
])('as conditions %s', (_, where, code, message) => {
  const expected = [code, expect.stringMatching(message)];
  const told = (error: { name: string; code?: string; message: string }) => [error.code ?? error.name, error.message];

  test('is refused', async () => {
    const query = { entity: 'E', where } as never;
    expect(told(thrownBy(() => runQuery(snapshot, query)))).toEqual(expected);
    expect(told(thrownBy(() => countQuery(snapshot, query)))).toEqual(expected);
    const entities = { E: { where } } as never;
    expect(told(await rejectionOf(deriveSnapshot(snapshot, { path: 'd', storage, entities })))).toEqual(expected);
  });
});

test.each<[object, RegExp]>([
  [{ order: 'id' }, /`order` is a list.*found "id"/],
  [{ order: ['id'] }, /`order` consists of.*found "id"/],
  [{ order: [null] }, /`order` consists of.*found null/],
  [{ order: [{ field: 'id', direction: 'desc', nulls: 'last' }] }, /`direction` of "id".*"descending".*found "desc"/],
  [{ order: [{ field: 'id', direction: 'ascending' }] }, /`nulls` of "id" is "first" or "last"; found undefined/],
  [{ order: [{ name: 'id', direction: 'ascending', nulls: 'last' }] }, /unknown option "name"/],
  [{ skip: -1 }, /`skip` is a number of records.*found -1/],
  [{ skip: Number.POSITIVE_INFINITY }, /`skip`.*found Infinity/],
  [{ take: '10' }, /`take`.*found "10"/],
  [{ take: 1.5 }, /`take`.*found 1.5/],
  [{ take: Number.NaN }, /`take`.*found NaN/],
  [{ take: null }, /`take`.*found null/],
  [{ limit: 1 }, /unknown option "limit"/],
])('%j is refused', (options, message) => {
  const error = thrownBy(() => runQuery(snapshot, { entity: 'E', ...options } as never));
  expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(message)]);
});

test('what leaves out what may be left out is answered', () => {
  const found = (query: object) => [...runQuery(snapshot, { entity: 'E', ...query } as never)];
  expect(found({ where: undefined, order: undefined, skip: undefined, take: undefined })).toEqual([0, 1, 2]);
  expect(found({ where: [], order: [], skip: 1, take: Number.POSITIVE_INFINITY })).toEqual([1, 2]);
  expect(found({ where: [[]], take: 0 })).toEqual([]);
  expect(found({ where: [[{ ...one, values: [] }]] })).toEqual([]);
});
