/** Deleted records: found by key, counted and scanned, but passed over by relations. And fields that records do not show. */
import { inspect } from 'node:util';
import {
  createSnapshot,
  defineSchema,
  deriveSnapshot,
  materialize,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
  runQuery,
} from '../../src';

const schema = defineSchema([
  {
    name: 'Tag',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'goneAt', type: 'timestamptz', nullable: true, hidden: true },
    ],
    relations: [
      { name: 'broader', kind: 'to-one', target: 'Tag' },
      { name: 'narrower', kind: 'to-many', target: 'Tag', inverse: 'broader' },
      { name: 'partner', kind: 'to-one', target: 'Tag' },
      { name: 'partnerOf', kind: 'to-one', target: 'Tag', inverse: 'partner' },
      { name: 'related', kind: 'to-many', target: 'Tag' },
      { name: 'relatedTo', kind: 'to-many', target: 'Tag', inverse: 'related' },
      { name: 'any', kind: 'to-one', targets: ['Tag'] },
    ],
    deletedBy: 'goneAt',
  },
]);

/** Tags 1 to 6 of which 2 and 5 are deleted; each refers to the one before it in every way. */
async function tags(): Promise<{ snapshot: OpenedSnapshot; storage: ReturnType<typeof memoryStorage> }> {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema, storage });
  for (let id = 1; id <= 6; id++) {
    const before = id > 1 ? id - 1 : null;
    writer.add('Tag', {
      id,
      goneAt: id === 2 || id === 5 ? new Date(id) : null,
      broader: before,
      partner: before,
      related: [1, 2, 3, 4, 5, 6].filter((other) => other !== id),
      any: before === null ? null : { entity: 'Tag', key: before },
    });
  }
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage });
  expect(await snapshot.verify()).toEqual([]);
  return { snapshot, storage };
}

type Tag = Record<string, any>;
const idOf = (tag: Tag | null) => (tag === null ? null : tag['id']);
const idsOf = (list: readonly Tag[]) => list.map(idOf);

test('relations of every kind pass over deleted records, lists in all that they do', async () => {
  const { snapshot } = await tags();
  const [, , third, fourth, fifth] = [...snapshot.all('Tag')] as Tag[];
  expect([third!['broader'], third!['partner'], third!['any'], fourth!['partnerOf']]).toEqual([null, null, null, null]);
  expect([fourth!['broader'], fourth!['partner'], fourth!['any']].map(idOf)).toEqual([3, 3, 3]);
  expect(idsOf(fourth!['related'])).toEqual([1, 3, 6]);
  expect(idsOf(fourth!['relatedTo'])).toEqual([1, 3, 6]);
  expect([fourth!['narrower'].length, idsOf(third!['narrower'])]).toEqual([0, [4]]);
  expect(idOf(fourth!['related'].at(-1))).toBe(6);
  expect(fourth!['related'].includes(snapshot.get('Tag', 5))).toBe(false);
  // A deleted record's own relations are as all others.
  expect([idOf(fifth!['broader']), idsOf(fifth!['narrower'])]).toEqual([4, [6]]);
  expect(materialize(third!, { relations: { broader: true, related: true } })).toEqual({
    id: 3,
    broader: null,
    related: [{ id: 1 }, { id: 4 }, { id: 6 }],
  });
});

test('they are found by key, counted, scanned and queried', async () => {
  const { snapshot } = await tags();
  expect(idOf(snapshot.get('Tag', 5)!)).toBe(5);
  expect(snapshot.count('Tag')).toBe(6);
  expect([...snapshot.all('Tag')].map(idOf)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(Array.from(snapshot.scan('Tag'), (tag) => tag['id'])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(runQuery(snapshot, { entity: 'Tag' })).toHaveLength(6);
  expect([0, 1, 2, 3, 4, 5].filter((ordinal) => snapshot.byOrdinal.isDeleted('Tag', ordinal))).toEqual([1, 4]);
});

test('a hidden field is not shown, but can be asked for', async () => {
  const { snapshot } = await tags();
  const tag = snapshot.get('Tag', 5)!;
  expect([tag['goneAt'], 'goneAt' in tag, JSON.stringify(tag), inspect(tag)]).toEqual([
    undefined,
    false,
    '{"id":5}',
    'Tag { id: 5 }',
  ]);
  const gone = { field: 'goneAt', operator: 'equal' as const, values: [new Date(5)] };
  expect([...runQuery(snapshot, { entity: 'Tag', where: [[gone]] })]).toEqual([4]);
});

test('what marks deleted records comes along into projections, and is part of the fingerprint', async () => {
  const { snapshot, storage } = await tags();
  await deriveSnapshot(snapshot, { path: 'y', storage, entities: { Tag: { fields: [], relations: ['broader'] } } });
  const derived = await openSnapshot('y', { storage });
  expect((derived.get('Tag', 3) as Tag)['broader']).toBeNull();
  const [{ deletedBy: _, ...other }] = schema.entities as [(typeof schema.entities)[0]];
  expect(defineSchema([other]).fingerprint).not.toBe(schema.fingerprint);
});

test('what cannot mark deleted records', () => {
  const fields = [{ name: 'id', type: 'int32' as const }];
  expect(() => defineSchema([{ name: 'A', key: ['id'], fields, deletedBy: 'id' }])).toThrow(
    /^A\.id: a field that marks deleted records is nullable/,
  );
  expect(() => defineSchema([{ name: 'A', key: ['id'], fields, deletedBy: 'ix' }])).toThrow(
    /^A\.ix: it is to mark deleted records but is not a field; did you mean "id"/,
  );
  expect(() => defineSchema([{ name: 'A', key: ['id'], fields: [{ ...fields[0]!, hidden: 1 as never }] }])).toThrow(
    /^A\.id: `hidden` is true or false, found 1/,
  );
});

test('a relation to a subtype can pass over all other records', async () => {
  const fields = [
    { name: 'id', type: 'int32' as const },
    { name: 'kind', type: 'text' as const },
    { name: 'goneAt', type: 'date' as const, nullable: true },
  ];
  const cats = { name: 'cats', kind: 'to-many', target: 'Animal', subtype: 'Cat', inverse: 'owner' } as const;
  const theCat = { name: 'theCat', kind: 'to-one', target: 'Animal', subtype: 'Cat', inverse: 'tamer' } as const;
  const of = (relations: object[]) =>
    defineSchema([
      {
        name: 'Animal',
        key: ['id'],
        fields,
        relations: [
          { name: 'owner', kind: 'to-one', target: 'Person' },
          { name: 'tamer', kind: 'to-one', target: 'Person' },
        ],
        deletedBy: 'goneAt',
        subtypes: {
          field: 'kind',
          classes: [
            { name: 'Cat', value: 'cat', members: [] },
            { name: 'Kitten', value: 'kitten', parent: 'Cat', members: [] },
          ],
        },
      },
      { name: 'Person', key: ['id'], fields: fields.slice(0, 1), relations: relations as never },
    ]);
  const storage = memoryStorage();
  const write = async (relations: object[]) => {
    const writer = createSnapshot({ path: 'x', schema: of(relations), storage });
    writer.add('Person', { id: 1 });
    writer.add('Person', { id: 2 });
    writer.add('Animal', { id: 1, kind: 'cat', owner: 1, tamer: 1 });
    writer.add('Animal', { id: 2, kind: 'dog', owner: 1, tamer: 2 });
    writer.add('Animal', { id: 3, kind: 'cat', owner: 1, goneAt: '2020-01-01' });
    writer.add('Animal', { id: 4, kind: 'kitten', owner: 1 });
    await writer.finish();
  };
  await expect(write([cats])).rejects.toMatchObject({ code: 'REFERENCE_SUBTYPE' });
  await write([
    { ...cats, passesOver: true },
    { ...theCat, passesOver: true },
  ]);
  const snapshot = await openSnapshot('x', { storage });
  expect(await snapshot.verify()).toEqual([]);
  const [first, second] = [...snapshot.all('Person')] as Tag[];
  expect([idsOf(first!['cats']), idOf(first!['theCat']), second!['theCat']]).toEqual([[1], 1, null]);
  for (const wrong of [
    { ...cats, passesOver: false },
    { ...cats, subtype: undefined, passesOver: true },
  ])
    expect(() => of([wrong])).toThrow(/^Person\.cats: `passesOver` is true, and for relations to a subtype/);
});
