/** A snapshot with a field of every kind that the command has to read from an argument and to print without loss. */
import { createSnapshot, defineSchema } from '@permafrost/core';

export const zooSchema = defineSchema([
  {
    name: 'Thing',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int64' },
      { name: 'text', type: 'text' },
      { name: 'text in ', type: 'boolean' },
      { name: 'price', type: 'decimal' },
      { name: 'size', type: 'float64' },
      { name: 'at', type: 'timestamptz' },
      { name: 'local', type: 'timestamp' },
      { name: 'day', type: 'date' },
      { name: 'bytes', type: 'bytes' },
      { name: 'kind', type: 'enum', values: ['low', 'high'] },
      { name: 'uid', type: 'uuid' },
      { name: 'json', type: 'json', nullable: true },
      { name: 'times', type: 'timestamptz', array: true, nullable: true },
      { name: 'clock', type: 'time' },
      { name: 'marks', type: 'int64', set: true },
      { name: 'names', type: 'timestamptz', map: 'int64' },
      { name: 'counts', type: 'uint64', array: 'view', nullable: true },
      { name: 'address_city', type: 'text', path: ['address', 'city'], nullable: true },
    ],
  },
  {
    name: 'Pair',
    key: ['id', 'name'],
    fields: [
      { name: 'id', type: 'int64' },
      { name: 'name', type: 'text' },
    ],
  },
  {
    name: 'Owner',
    key: ['id'],
    fields: [{ name: 'id', type: 'int32' }],
    relations: [
      { name: 'pair', kind: 'to-one', target: 'Pair' },
      { name: 'likes', kind: 'to-one', targets: ['Pair', 'Thing'] },
    ],
  },
]);
export const uid = '00112233-4455-6677-8899-aabbccddeeff';

export async function writeZoo(path: string): Promise<void> {
  const writer = createSnapshot({ path, schema: zooSchema });
  const thing = {
    ...{ id: 2n ** 63n - 1n, text: 'a=b', 'text in ': true, price: '1.50', size: Number.NEGATIVE_INFINITY },
    ...{ at: 1_706_702_400_123_456n, local: 1_706_702_400_000_000n, day: '2024-02-29', bytes: Buffer.from([0, 255]) },
    ...{ kind: 'high', uid, json: { a: [1] }, times: [null, Number.POSITIVE_INFINITY] },
    ...{ clock: '12:30:00.5', marks: new Set([2, null, 1]), names: new Map([[7, new Date(0)]]) },
    ...{ counts: [2n ** 64n - 1n], address: { city: 'Ulm' } },
  };
  writer.add('Thing', thing);
  const other = { id: 1, at: 0n, text: 'line\n\u009b2J', 'text in ': false, size: -0, price: 2, json: null };
  writer.add('Thing', { ...thing, ...other });
  writer.add('Pair', { id: 9_007_199_254_740_993n, name: 'x,y' });
  writer.add('Owner', { id: 1, pair: [9_007_199_254_740_993n, 'x,y'], likes: { entity: 'Thing', key: 1 } });
  await writer.finish();
}
