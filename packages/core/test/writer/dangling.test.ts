/** References to records that never came: refused, emptied, or followed back until all that is left holds together. */
import fc from 'fast-check';
import {
  createSnapshot,
  type DanglingPolicy,
  defineSchema,
  type OpenedSnapshot,
  openSnapshot,
  type SnapshotSummary,
} from '../../src';
import { anyCase, Dice } from '../support/dice';
import { addables, drawGraph, drawSchema, isStored, type ModelGraph, type ModelRecord } from '../support/graph';
import { expectPart } from '../support/graph-part';
import { MemoryStorage } from '../support/memory-storage';
import { holds, rejectionOf, thrownBy } from '../support/property';

const id = { name: 'id', type: 'int32' as const };
const schema = defineSchema([
  {
    name: 'Person',
    key: ['id'],
    fields: [id, { name: 'name', type: 'text', nullable: true }],
    relations: [
      { name: 'manager', kind: 'to-one', target: 'Person' },
      { name: 'reports', kind: 'to-many', target: 'Person', inverse: 'manager' },
      { name: 'friends', kind: 'to-many', target: 'Person' },
      { name: 'home', kind: 'to-one', target: 'House', nullable: false },
    ],
  },
  {
    name: 'House',
    key: ['street', 'number'],
    fields: [
      { name: 'street', type: 'text' },
      { name: 'number', type: 'int32' },
    ],
    relations: [{ name: 'deed', kind: 'to-one', target: 'Deed', inverse: 'house', nullable: false }],
  },
  {
    name: 'Deed',
    key: ['id'],
    fields: [id],
    relations: [
      { name: 'house', kind: 'to-one', target: 'House' },
      { name: 'notary', kind: 'to-one', target: 'Person' },
    ],
  },
]);

type Row = { [member: string]: unknown };
type Rows = { Person?: Row[]; House?: Row[]; Deed?: Row[] };

async function write(
  dangling: DanglingPolicy,
  rows: Rows,
): Promise<{ summary: SnapshotSummary; snapshot: OpenedSnapshot }> {
  const storage = new MemoryStorage();
  const writer = createSnapshot({ path: 'm/x', schema, storage, dangling });
  for (const [entity, records] of Object.entries(rows)) for (const record of records) writer.add(entity, record);
  const summary = await writer.finish();
  return { summary, snapshot: await openSnapshot('m/x', { storage }) };
}

const home = ['Elm Street', 1];
const house = { street: 'Elm Street', number: 1 };
const deed = { id: 1, house };

const idsOf = (snapshot: OpenedSnapshot) => [...snapshot.all('Person')].map((person) => (person as Row)['id']);

describe("'null'", () => {
  it('empties what may be empty and leaves links to nothing out', async () => {
    const { summary, snapshot } = await write('null', {
      House: [house],
      Deed: [{ ...deed, notary: 99 }],
      Person: [
        { id: 3, home, manager: 77, friends: [2, 88, 3, 89] },
        { id: 2, home, manager: 3, friends: [] },
        { id: 1, home },
      ],
    });
    expect(summary.dangling).toEqual([
      { entity: 'Person', relation: 'manager', nulled: 1, skipped: 0, unlinked: 0 },
      { entity: 'Person', relation: 'friends', nulled: 0, skipped: 0, unlinked: 2 },
      { entity: 'Deed', relation: 'notary', nulled: 1, skipped: 0, unlinked: 0 },
    ]);
    const person = (key: number) => snapshot.get('Person', key) as { manager: Row | null; friends: Row[] };
    expect(person(3).manager).toBeNull();
    expect(person(3).friends.map((friend) => friend['id'])).toEqual([2, 3]);
    expect(person(2).manager).toMatchObject({ id: 3 });
    // A reference that was never given stays undefined: only what dangled is null.
    expect(person(1).manager).toBeUndefined();
    expect((snapshot.get('Deed', 1) as Row)['notary']).toBeNull();
    expect(await snapshot.verify()).toEqual([]);
  });

  it('leaves a link of an owner that never came out', async () => {
    const storage = new MemoryStorage();
    const writer = createSnapshot({ path: 'm/x', schema, storage, dangling: 'null' });
    writer.add('House', house);
    writer.add('Deed', deed);
    writer.add('Person', { id: 1, home });
    const links = writer.links('Person', 'friends');
    for (const [owner, target] of [
      [5, 1],
      [1, 1],
      [6, 7],
    ] as const) {
      links.beginLink();
      links.owner[0]!.setInt32(owner);
      links.target[0]!.setInt32(target);
      links.endLink();
    }
    const { dangling } = await writer.finish();
    expect(dangling).toEqual([{ entity: 'Person', relation: 'friends', nulled: 0, skipped: 0, unlinked: 2 }]);
  });

  it('cannot empty what is required', async () => {
    const error = await rejectionOf(write('null', { Person: [{ id: 1, home: ['Oak Street', 5] }] }));
    expect(error).toMatchObject({
      code: 'REFERENCE_DANGLING',
      details: { entity: 'Person', field: 'home', key: 1, actual: ['Oak Street', 5] },
    });
    expect(error.message).toContain("choose 'skip'");
  });
});

describe("'skip'", () => {
  it('leaves out what refers to nothing, and what refers to that, cycles too', async () => {
    const { summary, snapshot } = await write('skip', {
      House: [house],
      Deed: [deed],
      Person: [
        { id: 9, home, manager: 77 },
        { id: 8, home, manager: 9 },
        { id: 1, home, manager: 8, friends: [2, 3] },
        // A cycle that hangs on one that goes, and one that does not.
        { id: 4, home, manager: 5, name: 'four' },
        { id: 5, home: ['Oak Street', 5], manager: 4, name: 'five' },
        { id: 2, home, manager: 3, friends: [1, 2, 4] },
        { id: 3, home, manager: 2, friends: [2, 2] },
      ],
    });
    expect(idsOf(snapshot)).toEqual([2, 3]);
    expect(summary.entities.find(({ entity }) => entity === 'Person')).toMatchObject({ records: 2 });
    // 5 goes for its home, 9 for its manager; 8, 1 and 4 for theirs.
    expect(summary.dangling).toEqual([
      { entity: 'Person', relation: 'manager', nulled: 0, skipped: 4, unlinked: 0 },
      { entity: 'Person', relation: 'friends', nulled: 0, skipped: 0, unlinked: 4 },
      { entity: 'Person', relation: 'home', nulled: 0, skipped: 1, unlinked: 0 },
    ]);
    const two = snapshot.get('Person', 2) as { manager: Row; reports: Row[]; friends: Row[] };
    expect(two.manager['id']).toBe(3);
    expect(two.reports.map((report) => report['id'])).toEqual([3]);
    expect(two.friends.map((friend) => friend['id'])).toEqual([2]);
    expect(snapshot.get('Person', 4)).toBeUndefined();
    expect(await snapshot.verify()).toEqual([]);
  });

  it('follows a required relation that the other side stores', async () => {
    const other = { street: 'Oak Street', number: 5 };
    const { summary, snapshot } = await write('skip', {
      House: [house, other],
      // Two deeds of one house: while one of them stays, so does the house.
      Deed: [
        { id: 1, house: other, notary: 77 },
        { id: 2, house, notary: 77 },
        { id: 3, house },
      ],
      Person: [
        { id: 1, home: other },
        { id: 2, home },
      ],
    });
    expect(summary.dangling).toEqual([
      { entity: 'Person', relation: 'home', nulled: 0, skipped: 1, unlinked: 0 },
      { entity: 'House', relation: 'deed', nulled: 0, skipped: 1, unlinked: 0 },
      { entity: 'Deed', relation: 'notary', nulled: 0, skipped: 2, unlinked: 0 },
    ]);
    expect(idsOf(snapshot)).toEqual([2]);
    expect((snapshot.get('House', home) as { deed: Row }).deed['id']).toBe(3);
    expect(await snapshot.verify()).toEqual([]);
  });

  it('takes a long chain back in one go, and may leave nothing', async () => {
    const count = 100_000;
    const Person = Array.from({ length: count }, (_, place) => ({ id: place, home, manager: place + 1 }));
    const { summary, snapshot } = await write('skip', { House: [house], Deed: [deed], Person });
    expect(summary.dangling).toEqual([
      { entity: 'Person', relation: 'manager', nulled: 0, skipped: count, unlinked: 0 },
    ]);
    expect(snapshot.count('Person')).toBe(0);
    expect(await snapshot.verify()).toEqual([]);
  });
});

it('nothing dangles: nothing is counted, and the bytes are the same', async () => {
  const contents = [];
  for (const dangling of ['error', 'null', 'skip'] as const) {
    const { summary } = await write(dangling, { House: [house], Deed: [deed], Person: [{ id: 1, home, manager: 1 }] });
    expect(summary.dangling).toEqual([]);
    contents.push(summary.entities);
  }
  expect(contents[1]).toEqual(contents[0]);
  expect(contents[2]).toEqual(contents[0]);
});

it('a policy that there is not', () => {
  const begin = () => createSnapshot({ path: 'm/x', schema, storage: new MemoryStorage(), dangling: 'skp' as never });
  expect(thrownBy(begin)).toBeInstanceOf(TypeError);
  expect(thrownBy(begin).message).toContain("Did you mean 'skip'?");
});

describe('any graph of which some records never come', () => {
  it.each(['error', 'null', 'skip'] as const)('with %s', (policy) =>
    holds(
      fc.asyncProperty(anyCase(10), async ({ seed, size }) => {
        const dice = new Dice(seed);
        const graph = drawGraph(dice, drawSchema(dice), size);
        const missing = new Set([...graph.records.values()].flat().filter(() => dice.chance(6)));
        const expected = whatIsLeft(graph, missing, policy);
        const storage = new MemoryStorage();
        const writer = createSnapshot({ path: 'm/x', schema: graph.schema, storage, dangling: policy });
        for (const { entity, record, model } of addables(graph, dice))
          if (!missing.has(model)) writer.add(entity, record);
        if (!expected) {
          expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'REFERENCE_DANGLING' });
          expect(storage.names).toEqual([]);
          return;
        }
        const summary = await writer.finish();
        const total = (what: 'nulled' | 'skipped' | 'unlinked') =>
          summary.dangling.reduce((sum, count) => sum + count[what], 0);
        expect([total('nulled'), total('skipped'), total('unlinked')]).toEqual([
          expected.nulled,
          expected.skipped,
          expected.unlinked,
        ]);
        const snapshot = await openSnapshot('m/x', { storage });
        expectPart(graph, snapshot, expected.left);
        expect(await snapshot.verify()).toEqual([]);
      }),
      120,
    ),
  );
});

interface WhatIsLeft {
  readonly left: ReadonlySet<ModelRecord>;
  readonly nulled: number;
  readonly skipped: number;
  readonly unlinked: number;
}

/** The obviously right twin; undefined where the snapshot must not be written. */
function whatIsLeft(graph: ModelGraph, missing: Set<ModelRecord>, policy: DanglingPolicy): WhatIsLeft | undefined {
  const added = [...graph.records.values()].flat().filter((record) => !missing.has(record));
  const left = new Set(added);
  const dangling = (record: ModelRecord) =>
    record.entity.relations.filter((relation) => {
      const link = record.links.get(relation.name);
      return isStored(relation) && relation.kind === 'to-one' && link && !left.has(link as ModelRecord);
    });
  const nulled = added.flatMap(dangling);
  const pairs = added.flatMap((record) =>
    record.entity.relations
      .filter((relation) => isStored(relation) && relation.kind === 'to-many')
      .flatMap((relation) =>
        (record.links.get(relation.name) as ModelRecord[]).map((target) => [record, target] as const),
      ),
  );
  if (policy === 'error' && (nulled.length > 0 || pairs.some(([, target]) => missing.has(target)))) return undefined;
  if (policy === 'null' && nulled.some(({ nullable }) => !nullable)) return undefined;
  if (policy === 'skip') {
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      for (const record of left) if (dangling(record).length > 0) left.delete(record);
    }
  }
  return {
    left,
    nulled: policy === 'null' ? nulled.length : 0,
    skipped: added.length - left.size,
    unlinked: pairs.filter(([owner, target]) => !left.has(owner) || !left.has(target)).length,
  };
}
