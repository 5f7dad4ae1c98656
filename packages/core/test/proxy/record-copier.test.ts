/** Members of records copied into objects, for adapters that make instances of their own. */
import { type OpenedSnapshot, openSnapshot } from '../../src';
import { pathTextOf } from '../../src/schema/embedded';
import { readAt } from '../support/embedded';
import { writeExample } from '../support/example';
import { MemoryStorage } from '../support/memory-storage';

const storage = new MemoryStorage();
const path = 'm/example';
beforeAll(() => writeExample(storage, path));

function copyOf(snapshot: OpenedSnapshot, entity: string, ordinal: number): Record<string, unknown> {
  const members = snapshot.entitySchema(entity).fields.map((field) => ({ name: field.name, value: pathTextOf(field) }));
  const copy = {};
  snapshot.byOrdinal.recordCopier(entity, members)(ordinal, copy);
  expect(Object.keys(copy)).toEqual(members.map(({ name }) => name));
  return copy;
}

test('copies are what proxies give, of every type, null or not', async () => {
  const snapshot = await openSnapshot(path, { storage });
  let compared = 0;
  for (const { name, fields } of snapshot.schema.entities) {
    for (const [ordinal, record] of [...snapshot.all(name)].entries()) {
      const copy = copyOf(snapshot, name, ordinal);
      for (const field of fields) {
        // A field of a subtype is shown by its records alone, but read of all.
        if (!((field.path ?? [field.name])[0]! in record)) continue;
        const shown = readAt(record, field); // undefined too where its embedded is null
        if (shown == null) expect(copy[field.name] ?? null).toBeNull();
        else expect(copy[field.name]).toEqual(shown);
        compared++;
      }
    }
  }
  expect(compared).toBeGreaterThan(100);
});

test('converters get values, and null where they ask for it', async () => {
  const snapshot = await openSnapshot(path, {
    storage,
    values: {
      convert: (_, { name }) => {
        if (name === 'int32') return { convert: (value) => ['int32', value], takesNull: true };
        if (name === 'text') return (value) => ['text', value];
        if (name === 'int64') return { convert: (value) => [typeof value], representations: { int64: 'string' } };
        return undefined;
      },
    },
  });
  const copies = [...snapshot.all('Thing')].map((_, ordinal) => copyOf(snapshot, 'Thing', ordinal));
  const plain = await openSnapshot(path, { storage });
  const shown = [...plain.all('Thing')] as Record<string, unknown>[];
  expect(copies.map(({ int32 }) => int32)).toEqual(shown.map(({ int32 }) => ['int32', int32]));
  expect(copies.map(({ text }) => text)).toEqual(shown.map(({ text }) => (text == null ? text : ['text', text])));
  expect(copies.map(({ int64 }) => int64)).toEqual(shown.map(({ int64 }) => (int64 == null ? int64 : ['string'])));
  expect(new Set(shown.map(({ int32 }) => int32))).toEqual(new Set([2147483647, undefined]));
  expect(new Set(shown.map(({ text }) => typeof text))).toEqual(new Set(['string', 'object']));
});

test('members keep their order, whatever gives their values, and lie where they belong', async () => {
  const snapshot = await openSnapshot(path, { storage });
  const innerOf = (target: Record<string, unknown>) => {
    target['inner'] ??= {};
    return target['inner'] as Record<string, unknown>;
  };
  const copy = snapshot.byOrdinal.recordCopier('Thing', [
    { name: 'word', value: 'word' },
    { name: 'place', value: (ordinal) => `at ${ordinal}` },
    { name: 'key', value: 'id', ownerIn: innerOf },
    { name: 'text', value: 'text' },
  ]);
  const target = {};
  copy(1, target);
  expect(Object.entries(target)).toEqual([
    ['word', snapshot.byOrdinal.valueReader('Thing', 'word')(1)],
    ['place', 'at 1'],
    ['inner', { key: snapshot.byOrdinal.valueReader('Thing', 'id')(1) }],
    ['text', snapshot.byOrdinal.valueReader('Thing', 'text')(1)],
  ]);
});

test('mistakes and closed snapshots are refused', async () => {
  const snapshot = await openSnapshot(path, { storage });
  expect(() => snapshot.byOrdinal.recordCopier('Thing', [{ name: 'a', value: 'wort' }])).toThrow(/Did you mean "word"/);
  expect(() => snapshot.byOrdinal.recordCopier('Thin', [])).toThrow(
    expect.objectContaining({ code: 'ENTITY_UNKNOWN' }),
  );
  const copy = snapshot.byOrdinal.recordCopier('Thing', [{ name: 'a', value: 'word' }]);
  expect(() => copy(1000, {})).toThrow(expect.objectContaining({ code: 'FILE_CORRUPT' }));
  const closing = snapshot.byOrdinal.recordCopier('Thing', [
    { name: 'a', value: () => snapshot.close() },
    { name: 'b', value: 'word' },
  ]);
  expect(() => closing(1, {})).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
  expect(() => copy(1, {})).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
});
