/** Layouts from generation to generation: kept while the data drifts, changed when the other layout is over twice as good. */
import { createGeneration, defineSchema, type OpenedSnapshot, openGeneration, type Schema } from '../../src';
import { generationFile } from '../../src/store/manifest';
import { fieldOf } from '../support/fields';
import { MemoryStorage } from '../support/memory-storage';

const VALUE_COUNT = 12_000;
const schema = defineSchema([
  { name: 'E', key: ['id'], fields: [fieldOf('id', 'int32'), fieldOf('text', 'text', { nullable: true })] },
  { name: 'Other', key: ['id'], fields: [fieldOf('id', 'int32'), fieldOf('text', 'text')] },
]);

/** Publishes a generation whose texts are `textOf(0)` … and opens it, having compared every text read back. */
async function publish(
  storage: MemoryStorage,
  textOf: (number: number) => string | null,
  { count = VALUE_COUNT, as = schema }: { count?: number; as?: Schema } = {},
): Promise<OpenedSnapshot> {
  const generation = createGeneration({ directory: 'm', schema: as, storage });
  const table = generation.writer.table('E');
  const [id, text] = [table.column('id'), table.column('text')];
  for (let number = 0; number < count; number++) {
    table.beginRecord();
    id.setInt32(number);
    text.setValue(textOf(number));
    table.endRecord();
  }
  await generation.publish();
  const { snapshot } = await openGeneration('m', { storage });
  let wrong = 0;
  for (const record of snapshot.scan('E')) if (record['text'] !== textOf(record['id'] as number)) wrong++;
  expect(wrong).toBe(0);
  expect(await snapshot.verify()).toEqual([]);
  return snapshot;
}

const kindOf = (snapshot: OpenedSnapshot) => snapshot.reader.tableByName('E').slotOf('text').kind;
const classOf = (snapshot: OpenedSnapshot) => Object.getPrototypeOf(snapshot.get('E', 0)!) as object;
/** Texts that are used `uses` times each on average; evenly spread, so that the first values say it too. */
const used = (uses: number) => {
  const distinctCount = Math.round(VALUE_COUNT / uses);
  return (number: number) => `text ${Math.floor((number * distinctCount) / VALUE_COUNT)}`;
};
/** The same number of texts, each of which comes for the first time before any comes again. */
const usedLate = (uses: number) => (number: number) => `text ${number % Math.round(VALUE_COUNT / uses)}`;

test.each([
  ['string tables', 4.2, 'table-text'],
  ['the heap', 3.8, 'heap-text'],
])('five generations that drift keep %s and one proxy class', async (_, first, kind) => {
  const storage = new MemoryStorage();
  const alive = [await publish(storage, used(first))];
  for (const uses of [3.9, 4.3, 7.9, 2.1]) alive.push(await publish(storage, used(uses)));
  expect(alive.map(kindOf)).toEqual(alive.map(() => kind));
  expect(new Set(alive.map(classOf)).size).toBe(1);
});

test.each<[string, (number: number) => string | null, string]>([
  ['each text is used eight times', used(8), 'heap-text'],
  ['each text is used more often', used(8.1), 'table-text'],
  ['there is no text', () => null, 'heap-text'],
])('text of the heap where %s', async (_, textOf, kind) => {
  const storage = new MemoryStorage();
  expect(kindOf(await publish(storage, used(1)))).toBe('heap-text');
  expect(kindOf(await publish(storage, textOf))).toBe(kind);
});

test.each<[string, (number: number) => string | null, string]>([
  ['each text is used twice', used(2), 'table-text'],
  ['each text is used less than twice', used(1.9), 'heap-text'],
  ['texts come again late', usedLate(2), 'table-text'],
  ['there is no text', () => null, 'table-text'],
  ['one is too long for a string table', (number) => (number === 5000 ? 'x'.repeat(65_537) : 'x'), 'heap-text'],
])('text of a string table where %s', async (_, textOf, kind) => {
  const storage = new MemoryStorage();
  expect(kindOf(await publish(storage, used(100)))).toBe('table-text');
  expect(kindOf(await publish(storage, textOf))).toBe(kind);
});

test('a string table is left at its limit, and begun again only well below', async () => {
  const storage = new MemoryStorage();
  const kinds: string[] = [];
  for (const [distinctCount, uses] of [
    [100, 9],
    [65_536, 3],
    [65_537, 3],
    [65_536, 3],
    [32_769, 9],
    [32_768, 9],
  ] as const) {
    const textOf = (number: number) => `text ${Math.floor(number / uses)}`;
    kinds.push(kindOf(await publish(storage, textOf, { count: uses * distinctCount })));
  }
  expect(kinds).toEqual(['table-text', 'table-text', 'heap-text', 'heap-text', 'heap-text', 'table-text']);
});

test('another schema of the entity chooses afresh, one of another entity does not matter', async () => {
  const storage = new MemoryStorage();
  expect(kindOf(await publish(storage, used(3.8)))).toBe('heap-text');
  const [entity, other] = schema.entities;
  const changed = (kept: typeof entity, more: typeof entity) =>
    defineSchema([kept!, { ...more!, fields: [...more!.fields, fieldOf('more', 'int8', { nullable: true })] }]);
  expect(kindOf(await publish(storage, used(4.2), { as: changed(entity, other) }))).toBe('heap-text');
  expect(kindOf(await publish(storage, used(4.2), { as: changed(other, entity) }))).toBe('table-text');
});

test.each([
  ['manifest', 'm/manifest.json'],
  ['generation', `m/${generationFile(1)}`],
])('a damaged %s does not hinder the next export, which chooses afresh', async (_, name) => {
  const storage = new MemoryStorage();
  await publish(storage, used(3.8));
  storage.put(name, storage.readAll(name).subarray(0, 40));
  expect(kindOf(await publish(storage, used(4.2)))).toBe('table-text');
  expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 2, 0]); // the two that are open
});
