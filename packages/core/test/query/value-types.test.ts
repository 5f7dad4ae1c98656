/** Conditions and order on fields whose values are more than a number or a text. */
import {
  countQuery,
  createSnapshot,
  defineSchema,
  type FieldDefinition,
  type OpenedSnapshot,
  openSnapshot,
  runQuery,
} from '../../src';
import { MemoryStorage } from '../support/memory-storage';
import { thrownBy } from '../support/property';

/** A snapshot of records with an id, from 0 on, and one more field. */
async function snapshotOf(field: Omit<FieldDefinition, 'name'>, values: readonly unknown[]): Promise<OpenedSnapshot> {
  const storage = new MemoryStorage();
  const schema = defineSchema([
    {
      name: 'E',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { ...field, name: 'value', nullable: true },
      ],
    },
  ]);
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  for (const [id, value] of values.entries()) writer.add('E', { id, value });
  await writer.finish();
  return openSnapshot('m/x', { storage });
}

const equal = (snapshot: OpenedSnapshot, ...values: unknown[]) => [
  ...runQuery(snapshot, { entity: 'E', where: [[{ field: 'value', operator: 'in', values }]] }),
];
const ordered = (snapshot: OpenedSnapshot) => [
  ...runQuery(snapshot, { entity: 'E', order: [{ field: 'value', direction: 'ascending', nulls: 'last' }] }),
];

test('a time is found however it is written, and ordered by the clock', async () => {
  const snapshot = await snapshotOf({ type: 'time' }, [
    '24:00',
    '00:00',
    null,
    '09:30',
    '09:29:59.999999',
    '09:30:00.0',
  ]);
  expect(equal(snapshot, '09:30:00')).toEqual([3, 5]);
  expect(equal(snapshot, '00:00', '24:00:00')).toEqual([0, 1]);
  expect(equal(snapshot, '25:00')).toEqual([]);
  expect(thrownBy(() => equal(snapshot, 9))).toMatchObject({ code: 'VALUE_TYPE' });
  expect(ordered(snapshot)).toEqual([1, 4, 3, 5, 0, 2]);
});

test('a 64-bit integer does not equal another with the same bits', async () => {
  const signed = await snapshotOf({ type: 'int64' }, [-1n, 2n ** 63n - 1n, null, 5n]);
  expect(equal(signed, -1)).toEqual([0]);
  expect(equal(signed, 2n ** 64n - 1n)).toEqual([]);
  expect(equal(signed, 2n ** 63n - 1n)).toEqual([1]);
  expect(equal(signed, 2n ** 64n + 5n)).toEqual([]);
  const unsigned = await snapshotOf({ type: 'uint64' }, [2n ** 64n - 1n, 0n, 2n ** 63n]);
  expect(equal(unsigned, 2n ** 64n - 1n)).toEqual([0]);
  expect(equal(unsigned, -1)).toEqual([]);
  expect(equal(unsigned, 2 ** 63)).toEqual([2]);
});

test.each<[string, Omit<FieldDefinition, 'name'>, unknown]>([
  ['an interval', { type: 'interval' }, 'P1D'],
  ['JSON', { type: 'json' }, {}],
])('%s has equality but no order', async (_, field, value) => {
  const snapshot = await snapshotOf(field, [value, null]);
  expect(equal(snapshot, value)).toEqual([0]);
  expect(thrownBy(() => ordered(snapshot))).toMatchObject({
    code: 'QUERY_UNSUPPORTED',
    details: { entity: 'E', field: 'value' },
  });
});

test.each<[string, Omit<FieldDefinition, 'name'>, unknown]>([
  ['an array', { type: 'int32', array: true }, [1]],
  ['a set', { type: 'int32', set: true }, [1]],
  ['a map', { type: 'int32', map: 'text' }, [['a', 1]]],
])('%s has neither equality nor order', async (_, field, value) => {
  const snapshot = await snapshotOf(field, [value, null]);
  const refused = { code: 'QUERY_UNSUPPORTED', details: { entity: 'E', field: 'value' } };
  expect(thrownBy(() => equal(snapshot, value))).toMatchObject(refused);
  expect(thrownBy(() => ordered(snapshot))).toMatchObject(refused);
  expect(countQuery(snapshot, { entity: 'E' })).toBe(2);
});
