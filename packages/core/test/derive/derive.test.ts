/** Deriving and merging what has a story of its own: long values, other layouts, errors, damage. */
import fc from 'fast-check';
import {
  createSnapshot,
  defineSchema,
  deriveSnapshot,
  mergeSnapshots,
  type OpenedSnapshot,
  openSnapshot,
} from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { dump, openExact } from '../support/dump';
import { exampleBytes, writeExample } from '../support/example';
import { fieldOf } from '../support/fields';
import { MemoryStorage } from '../support/memory-storage';
import { holds, rejectionOf } from '../support/property';
import { assemble, disassemble, partOf } from '../support/reseal';
import { damagedVariants } from '../support/structures';

let storage: MemoryStorage;
let example: OpenedSnapshot;

beforeEach(async () => {
  storage = new MemoryStorage();
  await writeExample(storage, 'm/example');
  example = await openExact('m/example', storage);
});
afterEach(() => example.close());

const people = defineSchema([
  {
    name: 'Person',
    key: ['id'],
    fields: [fieldOf('id', 'int32'), fieldOf('text', 'text', { nullable: true }), fieldOf('age', 'int8')],
    relations: [
      { name: 'parent', kind: 'to-one', target: 'Person' },
      { name: 'children', kind: 'to-many', target: 'Person', inverse: 'parent' },
      { name: 'friends', kind: 'to-many', target: 'Person' },
    ],
  },
]);
type Person = { id: number; text?: string | null; age: number; parent?: number | null; friends?: number[] };

async function write(path: string, records: readonly Person[]): Promise<OpenedSnapshot> {
  const writer = createSnapshot({ path, schema: people, storage, notes: { from: path } });
  for (const record of records) writer.add('Person', record);
  await writer.finish();
  return openSnapshot(path, { storage });
}

async function derived(
  source: OpenedSnapshot,
  options: Partial<Parameters<typeof deriveSnapshot>[1]> = {},
): Promise<OpenedSnapshot> {
  await deriveSnapshot(source, { path: 'm/derived', storage, ...options });
  return openExact('m/derived', storage);
}

const family: Person[] = [
  { id: 1, text: 'one', age: 70, parent: null, friends: [3, 2] },
  { id: 2, text: 'two', age: 40, parent: 1, friends: [1] },
  { id: 3, text: null, age: 41, parent: 1 },
  { id: 4, age: 12, parent: 2, friends: [3, 3] },
];

describe('a derived snapshot', () => {
  it('of everything holds the same, with the notes and layouts of its source', async () => {
    const copy = await derived(example);
    expect(dump(copy, { sorted: true })).toEqual(dump(example, { sorted: true }));
    expect(copy.notes).toEqual(example.notes);
    expect(copy.reader.tables.map(({ layout }) => layout)).toEqual(example.reader.tables.map(({ layout }) => layout));
    expect(await copy.verify()).toEqual([]);
  });

  it('keeps values that are longer than a slot can say, and strings that are no Unicode', async () => {
    const long = `\ud800${'é'.repeat(2 ** 21)}`;
    const copy = await derived(await write('m/a', [{ id: 1, text: long, age: 1 }]));
    expect(copy.get('Person', 1)!['text'] === long).toBe(true);
  });

  it('moves text out of a string table that it fills no more', async () => {
    const many = Array.from({ length: 100 }, (_, id) => ({ id, text: `text ${id % 10}`, age: id % 10 }));
    const source = await write('m/a', many);
    expect(source.reader.tables[0]!.slotOf('text').kind).toBe('table-text');
    const few = await derived(source, {
      entities: { Person: { where: [[{ field: 'id', operator: 'in', values: [1, 2, 3] }]], relations: [] } },
    });
    expect(few.reader.tables[0]!.slotOf('text').kind).toBe('heap-text');
    expect(Array.from(few.all('Person'), ({ text }) => text)).toEqual(['text 1', 'text 2', 'text 3']);
  });

  it('is filtered by members that it does not have, by any of several alternatives', async () => {
    const copy = await derived(await write('m/a', family), {
      entities: {
        Person: {
          where: [
            [{ field: 'age', operator: 'equal', values: [12] }],
            [
              { field: 'parent', operator: 'equal', values: [1] },
              { field: 'text', operator: 'equal', values: ['two'] },
            ],
          ],
          fields: ['text'],
          relations: [],
        },
      },
    });
    expect(Array.from(copy.all('Person'), (person) => ({ ...JSON.parse(JSON.stringify(person)) }))).toEqual([
      { id: 2, text: 'two' },
      { id: 4 },
    ]);
    expect(copy.schema.entities[0]!.relations).toEqual([]);
  });

  it('says what it did to references that dangle', async () => {
    const summary = await deriveSnapshot(await write('m/a', family), {
      path: 'm/derived',
      storage,
      dangling: 'null',
      entities: { Person: { where: [[{ field: 'id', operator: 'in', values: [2, 4] }]] } },
    });
    expect(summary.dangling).toEqual([
      { entity: 'Person', relation: 'parent', nulled: 1, skipped: 0, unlinked: 0 },
      { entity: 'Person', relation: 'friends', nulled: 0, skipped: 0, unlinked: 3 },
    ]);
  });
});

describe('a merged snapshot', () => {
  it('has the record and the lists of the first or the last source', async () => {
    const sources = [
      await write('m/a', family),
      await write('m/b', [
        { id: 5, age: 1, friends: [2] },
        { id: 2, text: 'other', age: 39, parent: null, friends: [5, 2] },
      ]),
    ];
    for (const [duplicates, expected] of [
      ['first', ['two', [1], 1]],
      ['last', ['other', [5, 2], null]],
    ] as const) {
      await mergeSnapshots(sources, { path: `m/${duplicates}`, duplicates, storage });
      using merged = await openSnapshot(`m/${duplicates}`, { storage });
      const { text, friends, parent } = merged.get('Person', 2) as never as {
        text: string;
        friends: Person[];
        parent: { id: number } | null;
      };
      expect([text, friends.map(({ id }) => id), parent?.id ?? null]).toEqual(expected);
      expect([merged.count('Person'), merged.notes]).toEqual([5, { from: 'm/a' }]);
      expect(await merged.verify()).toEqual([]);
    }
  });
});

describe('what cannot be made is refused and leaves no file', () => {
  type Selections = NonNullable<Parameters<typeof deriveSnapshot>[1]['entities']>;
  it.each<[string, Selections, string, RegExp]>([
    ['an entity that is not there', { Persn: false }, 'ENTITY_UNKNOWN', /"Persn"/],
    ['a field that is not there', { Thing: { fields: ['wrod'] } }, 'FIELD_UNKNOWN', /"wrod".*"word"/],
    ['a relation that is not there', { Thing: { relations: ['text'] } }, 'FIELD_UNKNOWN', /relation "text"/],
    [
      'a relation to what is left out',
      { Name: false, Thing: { relations: ['names'] } },
      'RELATION_TARGET_MISSING',
      /Thing\.names.*Name/,
    ],
    [
      'a relation without the side that stores it',
      { Thing: { relations: ['previous'] } },
      'RELATION_TARGET_MISSING',
      /stored as Thing\.next/,
    ],
    [
      'every entity left out',
      { Thing: false, Name: false, Pair: false, Nothing: false, Note: false },
      'SCHEMA_INVALID',
      /at least one/,
    ],
    [
      'a condition on a list',
      { Thing: { where: [[{ field: 'texts', operator: 'equal', values: ['a'] }]] } },
      'QUERY_UNSUPPORTED',
      /texts/,
    ],
    [
      'records that others refer to',
      { Note: false, Name: { where: [[{ field: 'name', operator: 'equal', values: ['Zoë'] }]] } },
      'REFERENCE_DANGLING',
      /Thing\.names/,
    ],
  ])('%s', async (_, entities, code, message) => {
    const error = await rejectionOf(deriveSnapshot(example, { path: 'm/derived', entities, storage }));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(storage.names).toEqual(['m/example']);
  });

  it('options that there are not', async () => {
    const derive = (options: object) => rejectionOf(deriveSnapshot(example, { path: 'm/x', storage, ...options }));
    const merge = (options: object) => rejectionOf(mergeSnapshots([example], { path: 'm/x', storage, ...options }));
    expect((await derive({ entity: {} })).message).toMatch(/Did you mean "entities"/);
    expect((await derive({ entities: { Thing: { filter: [] } } })).message).toMatch(/unknown option "filter"/);
    expect((await merge({ duplicate: 'last' })).message).toMatch(/Did you mean "duplicates"/);
    expect((await merge({ duplicates: 'second' })).message).toMatch(/found "second"/);
    expect((await rejectionOf(mergeSnapshots([], { path: 'm/x', storage }))).message).toMatch(/found none/);
    expect(storage.names).toEqual(['m/example']);
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', null, /`entities` is an object by entity name.*found null/],
    ['a list', ['Thing'], /`entities` is an object by entity name/],
    ['a map, whose names would be ignored', new Map([['Thing', false]]), /`entities` is an object by entity name/],
    ['nothing of an entity', { Thing: undefined }, /entities\.Thing: expected .*found undefined.*Do not name it/],
    ['true', { Thing: true }, /entities\.Thing: expected .*found true/],
    ['a name instead of names', { Thing: { fields: 'word' } }, /entities\.Thing: `fields` is a list.*"word"/],
    ['a function as condition', { Thing: { where: () => true } }, /entities\.Thing: `where` is a list of alternatives/],
  ])('selections that are %s', async (_, entities, message) => {
    const error = await rejectionOf(
      deriveSnapshot(example, { path: 'm/x', storage, entities: entities as Selections }),
    );
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(message)]);
    expect(storage.names).toEqual(['m/example']);
  });

  it('sources of different schemas', async () => {
    const error = await rejectionOf(mergeSnapshots([example, await write('m/a', family)], { path: 'm/x', storage }));
    expect([error.code, error.details['path']]).toEqual(['SCHEMA_MISMATCH', 'm/a']);
  });

  it('two records of one key, by the names of their files', async () => {
    const other = await write('m/b', [{ id: 3, age: 1 }]);
    const error = await rejectionOf(mergeSnapshots([await write('m/a', family), other], { path: 'm/x', storage }));
    expect([error.code, error.message]).toEqual(['KEY_DUPLICATE', expect.stringMatching(/m\/a and m\/b.*key 3/)]);
    expect(storage.names).not.toContain('m/x');
  });

  it('sources of one path are told apart by their places', async () => {
    const [one, same, other] = [new MemoryStorage(), new MemoryStorage(), new MemoryStorage()];
    const opened = async (into: MemoryStorage, id: number, schema = people) => {
      const writer = createSnapshot({ path: 'snapshot', schema, storage: into });
      writer.add(schema.entities[0]!.name, { id, age: 1 });
      await writer.finish();
      return openSnapshot('snapshot', { storage: into });
    };
    const elders = defineSchema([{ ...people.entities[0]!, name: 'Elder', relations: [] }]);
    const sources = [await opened(one, 1), await opened(same, 1)];
    const duplicate = await rejectionOf(mergeSnapshots(sources, { path: 'm/x', storage }));
    expect(duplicate.message).toMatch(/source 1 \(snapshot\) and source 2 \(snapshot\) both/);
    const mismatch = await rejectionOf(
      mergeSnapshots([sources[0]!, await opened(other, 1, elders)], { path: 'm/x', storage }),
    );
    expect(mismatch.message).toMatch(/^source 2 \(snapshot\) has another schema than source 1 \(snapshot\)/);
  });

  it('a source that is closed', async () => {
    const source = await write('m/a', family);
    source.close();
    const errors = [
      await rejectionOf(deriveSnapshot(source, { path: 'm/x', storage })),
      await rejectionOf(mergeSnapshots([source], { path: 'm/x', storage })),
    ];
    expect(errors.map(({ code }) => code)).toEqual(['SNAPSHOT_CLOSED', 'SNAPSHOT_CLOSED']);
  });

  it('what the signal ends', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    expect(await rejectionOf(deriveSnapshot(example, { path: 'm/x', storage, signal }))).toBe(signal.reason);
    expect(await rejectionOf(mergeSnapshots([example], { path: 'm/x', storage, signal }))).toBe(signal.reason);
    expect(storage.names).toEqual(['m/example']);
  });
});

describe('a source of nonsense', () => {
  /** The code that copying ends with; undefined where there is a copy. Any error without a code fails. */
  async function codeOfCopying(file: Buffer): Promise<string | undefined> {
    const hostile = MemoryStorage.with('m/hostile', file);
    try {
      using source = await openSnapshot('m/hostile', { storage: hostile });
      await deriveSnapshot(source, { path: 'm/derived', storage: hostile });
      await mergeSnapshots([source], { path: 'm/merged', storage: hostile });
      return undefined;
    } catch (error) {
      const { name, code } = error as { name: string; code?: string };
      if (name !== 'PermafrostError') throw error;
      return code;
    }
  }

  it('with its checksums wrong is damaged', async () => {
    const file = await exampleBytes();
    const { section } = partOf(disassemble(file), sectionKinds.records, 0);
    file[section.offset + 5]! ^= 1;
    expect(await codeOfCopying(file)).toBe('FILE_CORRUPT');
  });

  it.each(['records', 'heap', 'stringTable', 'adjacencyList'] as const)(
    'and right checksums in its %s is refused or copied as it is',
    async (kind) => {
      const parts = disassemble(await exampleBytes());
      const codes = new Set<string | undefined>();
      const part = partOf(parts, sectionKinds[kind], kind === 'heap' ? undefined : 0);
      const original = part.bytes;
      await holds(
        fc.asyncProperty(damagedVariants(fc.constant(original)), async (bytes) => {
          part.bytes = bytes.length === original.length ? bytes : original;
          codes.add(await codeOfCopying(assemble(parts)));
        }),
        60,
      );
      expect([...codes].filter((code) => code === 'WRITER_STATE')).toEqual([]);
    },
  );

  it('with text of an encoding that there is not is damaged', async () => {
    const parts = disassemble(await exampleBytes());
    const { slots } = example.reader.tables[0]!.layout;
    const slot = slots.find(({ kind, name }) => kind === 'heap-text' && name === 'text')!;
    partOf(parts, sectionKinds.records, 0).bytes[slot.offset + 7]! |= 0xc0;
    expect(await codeOfCopying(assemble(parts))).toBe('FILE_CORRUPT');
  });
});
