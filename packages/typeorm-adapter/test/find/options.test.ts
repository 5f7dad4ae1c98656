/** Options beside conditions and joins: what is ignored and reported, what the DataSource's options decide, locks, counts, transformers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runPlan } from '@permafrost/core';
import { exportSnapshot, openStore, Snapshot, type Store } from '@permafrost/typeorm-adapter';
import {
  Between,
  Column,
  DataSource,
  Entity,
  Equal,
  type FindManyOptions,
  In,
  ManyToOne,
  MoreThan,
  Not,
  OneToMany,
  Or,
  PrimaryColumn,
  type Relation,
  Repository,
  UpdateDateColumn,
  type ValueTransformer,
  VersionColumn,
} from 'typeorm';
import { withDatabase } from '../../../../test/src/postgres/suite';
import { FindPlanner } from '../../src/find/find-plan';

const plusHundred: ValueTransformer = { to: (value) => value + 100, from: (value) => value - 100 };
const timesTen: ValueTransformer = { to: (value) => value * 10, from: (value) => value / 10 };

@Entity()
@Snapshot()
class Shelf {
  @PrimaryColumn('int', { transformer: timesTen }) id!: number;
  @Column('text', { nullable: true }) room!: string | null;
  @OneToMany(
    () => Volume,
    (volume) => volume.shelf,
  )
  volumes!: Relation<Volume[]>;
}

@Entity()
@Snapshot()
class Volume {
  @PrimaryColumn('int') id!: number;
  @Column('int', { transformer: plusHundred }) pages!: number;
  @Column('int', { nullable: true, transformer: [timesTen, plusHundred] }) price!: number | null;
  @VersionColumn() version!: number;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
  @ManyToOne(
    () => Shelf,
    (shelf) => shelf.volumes,
    { eager: true, nullable: true },
  )
  shelf!: Relation<Shelf> | null;
}

const database = withDatabase('find_options');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-options-'));
let dataSource: DataSource;
let store: Store;
let planner: FindPlanner;
/** Jest's own `process` emits no warnings. */
const warn = jest.spyOn(process, 'emitWarning').mockImplementation();

beforeAll(async () => {
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [Shelf, Volume],
    synchronize: true,
  }).initialize();
  await dataSource.query(`INSERT INTO shelf (id, room) SELECT i * 10, 'room ' || i FROM generate_series(1, 4) i`);
  await dataSource.query(
    `INSERT INTO volume (id, pages, price, version, "shelfId")
     SELECT i, 100 + i, CASE WHEN i % 4 > 0 THEN i * 10 + 100 END, i, CASE WHEN i % 5 > 0 THEN i % 5 * 10 END FROM generate_series(1, 20) i`,
  );
  await exportSnapshot(dataSource, { directory });
  store = await openStore({ directory, entities: [Shelf, Volume] });
  planner = plannerWith({});
});
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => warn.mockClear());

/** A planner on the same database with other options of the DataSource. */
function plannerWith(options: object): FindPlanner {
  const other = Object.assign(Object.create(dataSource), { options: { ...dataSource.options, ...options } });
  return new FindPlanner({
    snapshot: store.snapshot,
    dataSource: other,
    metadatas: dataSource.entityMetadatas,
    bugCompatible: false,
    strictRelations: false,
  });
}

function idsOf(entity: typeof Shelf | typeof Volume, options: unknown, by = planner): number[] {
  const { plan } = by.plan(dataSource.getMetadata(entity), options as FindManyOptions, 'find');
  return Array.from(store.snapshot.byOrdinal.proxiesOf(entity.name, runPlan(store.snapshot, plan).ordinals), (record) =>
    Number((record as Volume).id),
  );
}

const idsInDatabase = async (entity: typeof Shelf | typeof Volume, options: unknown): Promise<number[]> =>
  (await dataSource.getRepository<Shelf | Volume>(entity).find(options as FindManyOptions)).map(({ id }) => id);

describe('transformers are applied to operands', () => {
  test.each([
    [Volume, () => ({ pages: 3 })],
    [Volume, () => ({ pages: Equal(3) })],
    [Volume, () => ({ pages: Not(3) })],
    [Volume, () => ({ pages: Not(Not(Equal(3))) })],
    [Volume, () => ({ pages: In([3, 5]) })],
    [Volume, () => ({ pages: Between(3, 6) })],
    [Volume, () => ({ pages: Or(MoreThan(18), Equal(2)) })],
    [Volume, () => ({ price: MoreThan(10) })],
    [Volume, () => ({ price: Not(In([1, 2])) })],
    [Volume, () => ({ shelf: { id: 2 } })],
    // The foreign key has no transformer.
    [Volume, () => ({ shelf: Equal(2) })],
    [Volume, () => ({ shelf: Equal(20) })],
    [Shelf, () => ({ id: 3 })],
    [Shelf, () => ({ volumes: { pages: In([3, 7]) } })],
    [Shelf, () => ({ volumes: MoreThan(3) })],
  ])('%#', async (entity, where) => {
    expect(idsOf(entity, { where: where() }).sort()).toEqual((await idsInDatabase(entity, { where: where() })).sort());
  });

  test('and change an operator each time it is used, as in TypeORM', async () => {
    const [ours, theirs] = [MoreThan(-80), MoreThan(-80)];
    for (let use = 0; use < 3; use++)
      expect(idsOf(Volume, { where: { pages: ours } }).sort()).toEqual(
        (await idsInDatabase(Volume, { where: { pages: theirs } })).sort(),
      );
    expect(ours.value).toBe(theirs.value);
    expect(ours.value).toBe(220);
  });
});

describe('invalidWhereValuesBehavior', () => {
  const given = { room: null, id: undefined, volumes: undefined };

  test.each([
    [{ null: 'ignore', undefined: 'ignore' }, given],
    [{ null: 'ignore', undefined: 'ignore' }, { volumes: { id: undefined } }],
    [{ null: 'sql-null', undefined: 'ignore' }, given],
    [{ null: 'sql-null', undefined: 'ignore' }, { volumes: { shelf: null, id: 5 } }],
    [{ null: 'sql-null', undefined: 'throw' }, given],
    [{ null: 'ignore' }, { volumes: null }],
    [{ null: 'throw', undefined: 'throw' }, given],
    [{ null: 'sql-null' }, { volumes: { id: undefined } }],
    [{}, { volumes: { room: 1 } }],
  ] as const)('%p: %p', async (invalidWhereValuesBehavior, where) => {
    const other = await new DataSource({
      ...dataSource.options,
      synchronize: false,
      invalidWhereValuesBehavior,
    } as never).initialize();
    try {
      const expected = await other
        .getRepository(Shelf)
        .find({ where: where as object })
        .then(
          (found) => found.map(({ id }) => id).sort(),
          (error: Error) => `${error.constructor.name}: ${error.message}`,
        );
      let actual: unknown;
      try {
        actual = idsOf(Shelf, { where }, plannerWith({ invalidWhereValuesBehavior })).sort();
      } catch (error) {
        actual = `${(error as Error).constructor.name}: ${(error as Error).message}`;
      }
      expect(actual).toEqual(expected);
    } finally {
      await other.destroy();
    }
  });
});

describe('what TypeORM ignores', () => {
  test.each([
    [{ where: { shelf: 1 } }, /`where` compares the relation "shelf" with 1/],
    [{ where: { shelf: true } }, /`where` compares the relation "shelf" with true/],
    [{ order: { id: 'up' } }, /`order` says "up" of "id"/],
    [{ order: { id: { direction: 'ASC', nulls: 'middle' } } }, /"middle"/],
    [{ relations: { shelf: 1 } }, /`relations` says 1 of "shelf"/],
    [{ limit: 5 }, /there is no option "limit"/],
    [{ lock: { mode: 'write' } }, /there is no lock with the mode "write"/],
    [5, /the options are 5/],
  ])('%p is answered the same, and reported once for its place', async (options, message) => {
    const ask = () => idsOf(Volume, options);
    const answers = [ask(), ask(), ask()];
    expect(answers.map((ids) => ids.length)).toEqual([20, 20, 20]);
    expect((await idsInDatabase(Volume, options)).length).toBe(20);
    expect(warn.mock.calls.map(([, { code }]: any) => code)).toEqual(['PERMAFROST_OPTION_IGNORED']);
    expect(warn.mock.calls[0]![0]).toMatch(message);
    expect(warn.mock.calls[0]![0]).toMatch(/^Volume\.find: .*options\.test/);
  });

  test('nothing is said of what TypeORM does', () => {
    idsOf(Volume, {
      where: {},
      order: { id: 'desc' },
      comment: 'x',
      cache: true,
      transaction: true,
      withDeleted: undefined,
      relations: { shelf: false },
      lock: { mode: 'dirty_read' },
      limit: undefined,
    });
    expect(warn).not.toHaveBeenCalled();
  });
});

test('records stand for their keys where conditions take entities', () => {
  const shelf = store.snapshot.get('Shelf', 20);
  expect(shelf).not.toBeNull();
  expect(idsOf(Shelf, { where: shelf })).toEqual([2]);
  expect(idsOf(Volume, { where: { shelf } })).toEqual(idsOf(Volume, { where: { shelf: { id: 2 } } }));
  expect(idsOf(Volume, { where: [{ shelf }, { id: 1 }] })).toHaveLength(5);
});

describe('locks', () => {
  const modes = [
    'pessimistic_read',
    'pessimistic_write',
    'for_no_key_update',
    'for_key_share',
    'dirty_read',
    'optimistic',
  ];
  const methods = ['find', 'findOne', 'count', 'exists'] as const;
  test.each(modes.flatMap((mode) => methods.map((method) => [mode, method] as const)))(
    '%s of %s',
    async (mode, method) => {
      for (const entity of [Shelf, Volume]) {
        const options = { where: { id: 3 }, lock: { mode, version: 3 }, loadEagerRelations: false } as never;
        const expected = await (dataSource.getRepository<any>(entity)[method](options) as Promise<unknown>).then(
          () => 'an answer',
          (error: Error) => `${error.constructor.name}: ${error.message}`,
        );
        let actual = 'an answer';
        try {
          planner.plan(dataSource.getMetadata(entity), options, method);
        } catch (error) {
          actual = `${(error as Error).constructor.name}: ${(error as Error).message}`;
        }
        // A lock taken for `exists` alone is no use; it is refused by name.
        if (method === 'exists' && !['dirty_read', 'optimistic'].includes(mode))
          expect(actual).toMatch(/PermafrostError/);
        else expect(actual).toBe(expected);
      }
    },
  );

  test.each([3, 4])('an optimistic lock holds what was found against the version %i', async (version) => {
    const options = { where: { id: 3 }, lock: { mode: 'optimistic', version } } as const;
    const outcome = async (find: () => Promise<Volume | null> | Volume | null) => {
      try {
        return (await find())!.id;
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    };
    const expected = await outcome(() => dataSource.getRepository(Volume).findOne(options));
    expect(expected).toEqual(expect.anything());
    for (const as of ['proxy', 'entity'] as const) {
      const volumes = store.getRepository(Volume, { as });
      expect(await outcome(() => volumes.findOne(options))).toBe(expected);
      expect(await outcome(() => volumes.sync.findOne(options))).toBe(expected);
    }
  });
});

test('findAndCount counts what it found, and the rest only where it has to', async () => {
  for (const options of [
    {},
    { take: 5 },
    { take: 50 },
    { skip: 3 },
    { skip: 50 },
    { skip: 18, take: 5 },
    { take: 0 },
  ]) {
    const found = planner.plan(dataSource.getMetadata(Volume), options, 'findAndCount');
    const count = runPlan(store.snapshot, found.plan).ordinals.length;
    const [, expected] = await dataSource.getRepository(Volume).findAndCount(options);
    expect(planner.knownCount(found, count) ?? 20).toBe(expected);
  }
});

test('relations that are loaded by queries of their own are planned by themselves', () => {
  const metadata = dataSource.getMetadata(Shelf);
  const found = planner.plan(
    metadata,
    { relations: { volumes: { shelf: true } }, order: { volumes: { id: 'DESC' } }, relationLoadStrategy: 'query' },
    'find',
  );
  const [volumes] = found.relationsByQuery;
  expect(volumes!.propertyPath).toBe('volumes');
  const below = planner.planRelation(found, volumes!)!;
  expect(below.plan).toEqual({
    entity: 'Volume',
    order: [{ source: 0, field: 'id', direction: 'descending', nulls: 'first' }],
  });
  expect(below.relationsByQuery.map(({ propertyPath }) => propertyPath)).toEqual(['shelf']);
});

test('aggregates name their column, or say in TypeORM’s words that there is none', async () => {
  const metadata = dataSource.getMetadata(Volume);
  expect(planner.planAggregate(metadata, 'pages', { shelf: { id: 1 } })).toMatchObject({
    plan: { entity: 'Volume', joins: [{ relation: 'shelf' }] },
    operand: { reference: { source: 0, field: 'pages' } },
  });
  const expected = await new Repository(Volume, dataSource.manager).sum('pges' as never).catch((error) => error);
  expect(() => planner.planAggregate(metadata, 'pges', undefined)).toThrow(expected.message);
});
