/** `add(root)`: whole graphs of objects, each object once, whatever their shape. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';
import {
  createSnapshot,
  type EntityClass,
  Field,
  type OpenedSnapshot,
  openSnapshot,
  Snapshot,
  type SnapshotWriter,
  schemaFromClasses,
  ToMany,
  ToOne,
} from '../../src';
import { anyCase, Dice } from '../support/dice';
import { giveValues } from '../support/embedded';
import { drawGraph, drawSchema, isStored, type ModelGraph, type ModelRecord } from '../support/graph';
import { expectPart } from '../support/graph-part';
import { MemoryStorage } from '../support/memory-storage';
import { holds, rejectionOf, thrownBy } from '../support/property';

@Snapshot()
class Team {
  @Field('text', { key: true }) name!: string;
  @ToOne(() => Player) captain?: Player | null;
  @ToMany(
    () => Player,
    (player) => player.team,
  )
  players?: Iterable<Player> | null;
  @ToMany(() => Team) rivals?: Iterable<Team | string>;
  @ToMany(
    () => Team,
    (team) => team.rivals,
  )
  rivalOf?: Iterable<Team>;
}

@Snapshot()
class Player {
  @Field('int32', { key: true }) id!: number;
  @ToOne(() => Team) team?: Team | string | { name: string } | null;
  @ToOne(() => Player) mentor?: Player | null;
  @ToOne(
    () => Passport,
    (passport) => passport.owner,
  )
  passport?: Passport | null;
}

@Snapshot()
class Passport {
  @Field('text', { key: true }) country!: string;
  @Field('int64', { key: true }) number!: bigint;
  @ToOne(() => Player) owner?: Player | number | null;
}

const classes = [Team, Player, Passport];
const team = (name: string, members: Partial<Team> = {}) => Object.assign(new Team(), { name }, members);
const player = (id: number, members: Partial<Player> = {}) => Object.assign(new Player(), { id }, members);
const passport = (number: bigint, members: Partial<Passport> = {}) =>
  Object.assign(new Passport(), { country: 'at', number }, members);

let storage: MemoryStorage;
const begin = (): SnapshotWriter => {
  storage = new MemoryStorage();
  return createSnapshot({ path: 'm/x', schema: schemaFromClasses(classes), storage });
};
async function finish(writer: SnapshotWriter): Promise<OpenedSnapshot> {
  await writer.finish();
  const snapshot = await openSnapshot('m/x', { entities: classes, storage });
  expect(await snapshot.verify()).toEqual([]);
  return snapshot;
}
const idsOf = (snapshot: OpenedSnapshot) => [...snapshot.all(Player)].map(({ id }) => id);

describe('from a root', () => {
  it('all that relations lead to is added, both sides followed, cycles and shared objects once', async () => {
    const reds = team('reds');
    const blues = team('blues', { rivals: [reds] });
    const [ann, bob, cid] = [player(1, { team: reds }), player(2, { team: reds }), player(3, { team: blues })];
    ann.mentor = bob;
    bob.mentor = ann;
    cid.mentor = cid;
    Object.assign(reds, { captain: bob, players: [ann, bob], rivals: [blues, reds], rivalOf: new Set([blues, reds]) });
    blues.players = new Set([cid]);
    cid.passport = passport(7n, { owner: cid });
    const writer = begin();
    writer.add(ann);
    const snapshot = await finish(writer);
    expect(idsOf(snapshot)).toEqual([1, 2, 3]);
    expect([...snapshot.all(Team)].map(({ name }) => name)).toEqual(['blues', 'reds']);
    const found = snapshot.get(Player, 1)!;
    expect((found.mentor!.mentor as Player).id).toBe(1);
    expect([...(found.team as Team).rivals!].map((rival) => (rival as Team).name)).toEqual(['blues', 'reds']);
    expect(new Set([...snapshot.get(Team, 'reds')!.rivalOf!].map(({ name }) => name))).toEqual(
      new Set(['blues', 'reds']),
    );
    expect((snapshot.get(Passport, ['at', 7n])!.owner as Player).id).toBe(3);
    expect(snapshot.get(Player, 3)!.passport!.number).toBe(7n);
  });

  it('an object that was added by itself is known again, and its relations are followed', async () => {
    const reds = team('reds');
    const [ann, bob] = [player(1, { team: reds }), player(2, { team: reds })];
    reds.players = [ann, bob];
    const writer = begin();
    writer.add(Team, reds);
    writer.add(Player, ann);
    writer.add(reds);
    writer.add(bob);
    writer.add(reds);
    expect(idsOf(await finish(writer))).toEqual([1, 2]);
  });

  it('two objects with one key are two records, which is refused', async () => {
    const writer = begin();
    writer.add(player(1, { mentor: player(2, { mentor: player(1) }) }));
    expect(await rejectionOf(writer.finish())).toMatchObject({
      code: 'KEY_DUPLICATE',
      details: { entity: 'Player', key: 1 },
    });
  });

  it('the same object added twice by its entity is two records, as ever', async () => {
    const ann = player(1);
    const writer = begin();
    writer.add(Player, ann);
    writer.add(Player, ann);
    expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'KEY_DUPLICATE' });
  });

  it('what is no instance is a key', async () => {
    const writer = begin();
    writer.add(team('reds', { rivals: ['blues', 'reds'] }));
    writer.add(Team, { name: 'blues' });
    writer.add(player(1, { team: { name: 'blues' } }));
    const snapshot = await finish(writer);
    expect((snapshot.get(Player, 1)!.team as Team).name).toBe('blues');

    const other = begin();
    other.add(player(1, { team: { name: 'greens' } }));
    expect(await rejectionOf(other.finish())).toMatchObject({
      code: 'REFERENCE_DANGLING',
      details: { actual: 'greens' },
    });
  });

  it('lists that can be read once are read once', async () => {
    function* rivals() {
      yield team('blues');
      yield team('greens');
    }
    const writer = begin();
    writer.add(team('reds', { rivals: rivals() }));
    const snapshot = await finish(writer);
    expect([...snapshot.get(Team, 'reds')!.rivals!].map((rival) => (rival as Team).name)).toEqual(['blues', 'greens']);
  });

  it('an instance of a derived class is a record of the class it is derived from', async () => {
    class Keeper extends Player {}
    const writer = begin();
    writer.add(Object.assign(new Keeper(), { id: 5, mentor: Object.assign(new Keeper(), { id: 6 }) }));
    expect(idsOf(await finish(writer))).toEqual([5, 6]);
  });
});

describe('two sides that contradict each other', () => {
  const greens = team('greens');
  const seven = player(7);
  it.each<[string, () => object, string]>([
    [
      'another object',
      () => team('reds', { players: [player(7, { team: greens })] }),
      '"team" is another Team, "greens"',
    ],
    ['null', () => team('reds', { players: [player(7, { team: null })] }), '"team" is null'],
    ['nothing', () => team('reds', { players: [player(7)] }), '"team" is undefined'],
    ['another key', () => team('reds', { players: [player(7, { team: 'blues' })] }), '"team" is "blues"'],
    [
      'an equal object that is another',
      () => team('reds', { players: [player(7, { team: team('reds') })] }),
      '"team" is another Team, "reds"',
    ],
  ])('a list whose object has %s', (_, root, why) => {
    const writer = begin();
    const error = thrownBy(() => writer.add(root()));
    expect(error).toMatchObject({
      code: 'REFERENCE_CONTRADICTORY',
      details: { entity: 'Team', field: 'players', key: 'reds', target: 7 },
    });
    expect(error.message).toContain(`Team "reds" has Player 7, whose ${why}.`);
    expect(storage.names).toEqual([]);
  });

  it('one to one, and many to many', () => {
    expect(thrownBy(() => begin().add(player(1, { passport: passport(9n, { owner: seven }) })))).toMatchObject({
      code: 'REFERENCE_CONTRADICTORY',
      details: { entity: 'Player', field: 'passport', key: 1, target: ['at', 9n] },
    });
    const error = thrownBy(() =>
      begin().add(team('reds', { rivalOf: [team('blues', { rivals: [greens, 'blues'] })] })),
    );
    expect(error).toMatchObject({ code: 'REFERENCE_CONTRADICTORY', details: { entity: 'Team', field: 'rivalOf' } });
    expect(error.message).toContain('"rivals" does not hold this Team');
  });

  it('agree by key as well', async () => {
    const writer = begin();
    const ann = player(1, { team: { name: 'reds' } });
    ann.passport = passport(9n, { owner: 1 });
    writer.add(
      team('reds', { players: [ann, player(2, { team: 'reds' })], rivalOf: [team('blues', { rivals: ['reds'] })] }),
    );
    expect(idsOf(await finish(writer))).toEqual([1, 2]);
  });

  it('a list that is partial, or missing, contradicts nothing', async () => {
    const reds = team('reds');
    const ann = player(1, { team: reds });
    reds.players = [ann];
    const writer = begin();
    writer.add(ann);
    writer.add(player(2, { team: reds }));
    const snapshot = await finish(writer);
    expect([...snapshot.get(Team, 'reds')!.players!].map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe('a graph that is refused', () => {
  it.each<[string, object, object]>([
    ['an undecorated class', new (class Nobody {})(), { code: 'ENTITY_UNKNOWN' }],
    ['a plain object', { id: 1 }, { code: 'ENTITY_UNKNOWN' }],
    ['a class', Player, { code: 'ENTITY_UNKNOWN' }],
  ])('%s, which leaves the writer open', async (_, root, error) => {
    const writer = begin();
    expect(thrownBy(() => writer.add(root))).toMatchObject(error);
    writer.add(player(1));
    expect(idsOf(await finish(writer))).toEqual([1]);
  });

  it.each<[string, () => object, object]>([
    [
      'a value in its middle',
      () => player(1, { mentor: player(2, { mentor: player(2 ** 40) }) }),
      { code: 'VALUE_RANGE', details: { entity: 'Player' } },
    ],
    [
      'an instance of another class in a relation',
      () => player(1, { mentor: Object.assign(team('reds'), { id: 3 }) as never }),
      { code: 'VALUE_TYPE', details: { entity: 'Player', field: 'mentor' } },
    ],
    ['no list', () => team('reds', { players: 5 as never }), { code: 'VALUE_TYPE', details: { field: 'players' } }],
    [
      'a list that both sides need, and that can be read once',
      () => team('reds', { rivalOf: [team('blues', { rivals: [][Symbol.iterator]() })] }),
      { code: 'VALUE_TYPE', details: { entity: 'Team', field: 'rivals' } },
    ],
  ])('%s, which ends the snapshot', async (_, root, error) => {
    const writer = begin();
    expect(thrownBy(() => writer.add(root()))).toMatchObject(error);
    expect(thrownBy(() => writer.add(player(5)))).toMatchObject({ code: 'WRITER_STATE' });
    expect(storage.names).toEqual([]);
  });
});

it('any graph, from any roots: what is reached, and nothing else', () =>
  holds(
    fc.asyncProperty(anyCase(10), async ({ seed, size }) => {
      const dice = new Dice(seed);
      const graph = drawGraph(dice, drawSchema(dice), size);
      const { objects, given } = objectsOf(graph, dice);
      const roots = [...objects.keys()].filter(() => dice.chance(4));
      const reached = new Set(roots);
      for (const record of reached) for (const target of given.get(record)!) reached.add(target);
      storage = new MemoryStorage();
      const writer = createSnapshot({ path: 'm/x', schema: graph.schema, storage });
      for (const record of dice.shuffled([...reached]))
        if (dice.chance(5)) writer.add(record.entity.name, objects.get(record)!);
      for (const record of dice.shuffled([...roots, ...roots])) writer.add(objects.get(record)!);
      await writer.finish();
      const snapshot = await openSnapshot('m/x', { storage });
      expectPart(graph, snapshot, reached);
      expect(await snapshot.verify()).toEqual([]);
    }),
    120,
  ));

/** Instances of classes made for the graph's entities, linked as the model is; the other sides of relations are given in part. */
function objectsOf(
  graph: ModelGraph,
  dice: Dice,
): { objects: Map<ModelRecord, object>; given: Map<ModelRecord, ModelRecord[]> } {
  const objects = new Map<ModelRecord, object>();
  for (const entity of graph.schema.entities) {
    const entityClass = class {};
    Snapshot({ name: entity.name })(entityClass as EntityClass & typeof entityClass);
    for (const record of graph.records.get(entity.name)!) objects.set(record, new entityClass());
  }
  const given = new Map<ModelRecord, ModelRecord[]>();
  for (const [record, object] of objects) {
    const define = (name: string, value: unknown) => Object.defineProperty(object, name, { value, enumerable: true });
    giveValues(object, record, dice);
    const targets: ModelRecord[] = [];
    for (const relation of record.entity.relations) {
      const link = record.links.get(relation.name);
      const isGiven = isStored(relation) || dice.chance(2);
      if (!isGiven || !link) define(relation.name, isStored(relation) ? link : undefined);
      else if (Array.isArray(link)) {
        const shown = isStored(relation) ? link : link.filter(() => dice.chance(2));
        targets.push(...shown);
        const list = shown.map((target) => objects.get(target));
        define(relation.name, dice.chance(2) ? list : new Set(list));
      } else {
        targets.push(link);
        define(relation.name, objects.get(link));
      }
    }
    given.set(record, targets);
  }
  return { objects, given };
}

describe('in a process of its own', () => {
  const child = path.join(__dirname, 'children/collect.cjs');
  let printed: Record<string, number>;
  beforeAll(() => {
    if (!existsSync(path.join(__dirname, '../../dist/index.js'))) throw new Error('build first: npx tsc -b');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', child], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    printed = JSON.parse(stdout);
  });

  it('objects that are collected take no memory, and lend their identity to no other', () => {
    const { few, many, nodes, pairs } = printed;
    console.log(`heap in use: ${few} bytes after 50,000 records and as many graphs, ${many} after 300,000`);
    // Less than 8 bytes for each of the 500,000 objects in between.
    expect(many! - few!).toBeLessThan(4_000_000);
    expect([nodes, pairs]).toEqual([300_000, 300_000]);
  });

  it('a chain of a million objects is added without recursion', () => {
    expect(printed['chain']).toBe(1_000_000);
  });
});
