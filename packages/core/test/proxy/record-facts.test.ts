/** What records hold and refer to, read by ordinal: for adapters that make more of it than proxies do. */
import { createSnapshot, defineSchema, memoryStorage, type OpenedSnapshot, openSnapshot } from '../../src';

const schema = defineSchema([
  {
    name: 'Tag',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'goneAt', type: 'timestamptz', nullable: true },
      { name: 'word', path: ['texts', 'word'], type: 'text', nullable: true },
    ],
    relations: [
      { name: 'broader', kind: 'to-one', target: 'Tag' },
      { name: 'narrower', kind: 'to-many', target: 'Tag', inverse: 'broader' },
      { name: 'related', kind: 'to-many', target: 'Tag' },
      { name: 'any', kind: 'to-one', targets: ['Tag'] },
    ],
    deletedBy: 'goneAt',
  },
]);

/** Tags 1 to 4 of which 2 is deleted; each has the one before it as broader, and all others as related, the last first. */
async function tags(): Promise<OpenedSnapshot> {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema, storage });
  for (let id = 1; id <= 4; id++)
    writer.add('Tag', {
      id,
      goneAt: id === 2 ? new Date(id) : null,
      texts: { word: id % 2 ? null : 'even' },
      broader: id > 1 ? id - 1 : null,
      related: [4, 3, 2, 1, 4].filter((other) => other !== id),
      any: null,
    });
  await writer.finish();
  return openSnapshot('x', { storage });
}

test('whether a record holds a value in a field', async () => {
  const snapshot = await tags();
  const holdsAt = (path: string) => [0, 1, 2, 3].map(snapshot.byOrdinal.presenceReader('Tag', path));
  expect(holdsAt('id')).toEqual([true, true, true, true]);
  expect(holdsAt('goneAt')).toEqual([false, true, false, false]);
  expect(holdsAt('texts.word')).toEqual([false, true, false, true]);
  expect(() => snapshot.byOrdinal.presenceReader('Tag', 'texts.wort')).toThrow(/Did you mean "texts.word"/);
});

test.each([true, false])("JSON's own null is a value, or none where that is asked: packed %p", async (packed) => {
  const note = { name: 'note', type: 'json', nullable: true, packed } as const;
  const storage = memoryStorage();
  const fields = [{ name: 'id', type: 'int32' } as const, note];
  const writer = createSnapshot({ path: 'x', schema: defineSchema([{ name: 'Note', key: ['id'], fields }]), storage });
  const table = writer.table('Note');
  for (const [id, text] of ['null', ' null ', '"null"', '{"a":null}', null].entries()) {
    table.beginRecord();
    table.column('id').setInt32(id);
    if (text === null) table.column('note').setNull();
    else table.column('note').setText(text);
    table.endRecord();
  }
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage });
  const holdsWith = (options?: { jsonNull: boolean }) =>
    [0, 1, 2, 3, 4].map(snapshot.byOrdinal.presenceReader('Note', 'note', options));
  expect(holdsWith()).toEqual([true, true, true, true, false]);
  expect(holdsWith({ jsonNull: false })).toEqual([false, false, true, true, false]);
});

test('the ordinals that records refer to, with and without deleted ones, each once', async () => {
  const snapshot = await tags();
  const targetsOf = (relation: string, withDeleted: boolean) =>
    [0, 1, 2, 3].map(snapshot.byOrdinal.targetsReader('Tag', relation, { withDeleted }));
  expect(targetsOf('broader', true)).toEqual([[], [0], [1], [2]]);
  expect(targetsOf('broader', false)).toEqual([[], [0], [], [2]]);
  expect(targetsOf('narrower', false)).toEqual([[], [2], [3], []]);
  for (const withDeleted of [true, false]) {
    const expected = [0, 1, 2, 3].map((own) => [0, 1, 2, 3].filter((at) => at !== own && (withDeleted || at !== 1)));
    expect(targetsOf('related', withDeleted).map((found) => [...found].sort())).toEqual(expected);
  }
  expect(() => snapshot.byOrdinal.targetsReader('Tag', 'any')).toThrow(/Tag has no relation to one entity "any"/);
});

test('a closed snapshot, and ordinals beyond the table', async () => {
  const snapshot = await tags();
  const readers = [snapshot.byOrdinal.presenceReader('Tag', 'id'), snapshot.byOrdinal.targetsReader('Tag', 'related')];
  for (const read of readers) expect(() => read(4)).toThrow(expect.objectContaining({ code: 'FILE_CORRUPT' }));
  snapshot.close();
  for (const read of readers) expect(() => read(0)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
});
