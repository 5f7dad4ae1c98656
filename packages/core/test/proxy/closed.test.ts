/** After close() every way to a value throws SNAPSHOT_CLOSED; none gives an old value, a zero or undefined. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { inspect } from 'node:util';
import {
  createSnapshot,
  defineSchema,
  type FieldType,
  fieldTypes,
  fileStorage,
  materialize,
  memoryStorage,
  openSnapshot,
  runQuery,
  type Storage,
} from '../../src';

const values: Readonly<Record<FieldType, unknown>> = {
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4n,
  uint8: 5,
  uint16: 6,
  uint32: 7,
  uint64: 8n,
  float32: 0.5,
  float64: 0.25,
  boolean: true,
  text: 'text',
  bytes: Buffer.from('b'),
  timestamp: new Date(5),
  timestamptz: new Date(6),
  time: '12:34:56',
  interval: { months: 1, days: 2, microseconds: 3 },
  date: '2024-02-29',
  decimal: '1.50',
  uuid: '123e4567-e89b-12d3-a456-426614174000',
  enum: 'on',
  json: { a: 1 },
};
const schema = defineSchema([
  {
    name: 'Thing',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' as const },
      ...fieldTypes.map((type) => ({ name: type, type, ...(type === 'enum' ? { values: ['off', 'on'] } : {}) })),
      ...fieldTypes.map((type) => ({
        name: `${type}List`,
        type,
        array: true,
        ...(type === 'enum' ? { values: ['off', 'on'] } : {}),
      })),
      { name: 'nothing', type: 'int32' as const, nullable: true },
      { name: 'word', type: 'text' as const },
    ],
    relations: [
      { name: 'next', kind: 'to-one', target: 'Thing' },
      { name: 'previous', kind: 'to-many', target: 'Thing', inverse: 'next' },
      { name: 'none', kind: 'to-one', target: 'Thing' },
    ],
  },
]);

async function write(filePath: string, storage: Storage): Promise<void> {
  const writer = createSnapshot({ path: filePath, schema, storage });
  const lists = Object.fromEntries(fieldTypes.map((type) => [`${type}List`, [values[type], null]]));
  for (let id = 1; id <= 9; id++)
    writer.add('Thing', { id, ...values, ...lists, word: `word ${id % 2}`, next: (id % 9) + 1, none: null });
  await writer.finish();
}

describe.each(['a file that is mapped or read', 'memory'])('%s', (where) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-closed-'));
  const storage = where === 'memory' ? memoryStorage() : fileStorage;
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('every read of what was handed out, and every look-up, throws', async () => {
    const file = path.join(directory, 'things');
    await write(file, storage);
    const snapshot = await openSnapshot(file, { storage });
    const thing = snapshot.get('Thing', 1)!;
    const next = thing['next'] as Record<string, unknown>;
    const previous = thing['previous'] as unknown[];
    const untouched = snapshot.get('Thing', 2)!;
    const listed = previous[0] as Record<string, unknown>;
    const all = snapshot.all('Thing');
    all.next();
    const scan = snapshot.scan('Thing');
    const cursor = scan.next().value as Record<string, unknown>;
    const members = Object.keys(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(thing))).filter(
      (name) => !['toJSON', 'constructor'].includes(name),
    );
    expect(members.length).toBe(schema.entities[0]!.fields.length + 3);
    for (const member of members) thing[member]; // warm what is cached

    snapshot.close();
    snapshot.close();
    expect(snapshot.closed).toBe(true);

    const reads: [string, () => unknown][] = [];
    for (const record of [thing, next, untouched, listed, cursor])
      for (const member of members) reads.push([member, () => record[member]]);
    reads.push(
      ['length', () => previous.length],
      ['index', () => previous[0]],
      ['index beyond', () => previous[5]],
      ['at', () => previous.at(0)],
      ['iteration', () => [...previous]],
      ['map', () => previous.map(String)],
      ['includes', () => previous.includes(thing)],
      ['list JSON', () => JSON.stringify(previous)],
      ['JSON', () => JSON.stringify(thing)],
      ['materialize', () => materialize(thing)],
      ['get', () => snapshot.get('Thing', 1)],
      ['get of what is not there', () => snapshot.get('Thing', 99)],
      ['count', () => snapshot.count('Thing')],
      ['ordinalOf', () => snapshot.byOrdinal.ordinalOf('Thing', 1)],
      ['all', () => [...snapshot.all('Thing')]],
      ['all, begun', () => all.next()],
      ['scan', () => [...snapshot.scan('Thing')]],
      ['scan, begun', () => scan.next()],
      ['query', () => runQuery(snapshot, { entity: 'Thing' })],
    );
    const wrong = reads.filter(([, read]) => {
      try {
        read();
        return true;
      } catch (error) {
        return (error as { code?: string }).code !== 'SNAPSHOT_CLOSED';
      }
    });
    expect(wrong.map(([name]) => name)).toEqual([]);
    expect(snapshot.schema.fingerprint).toBe(schema.fingerprint); // what was read on opening may answer
    await expect(snapshot.verify()).rejects.toMatchObject({ code: 'SNAPSHOT_CLOSED' });
    expect(inspect(thing)).toBe('[Thing of a closed snapshot]');
    expect(inspect(previous)).toBe('[Thing.previous of a closed snapshot]');
  });
});
