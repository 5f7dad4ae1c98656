/** What every database beside PostgreSQL must do: entities, trees and finds as TypeORM has them on the live database. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { materialize } from '@permafrost/core';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import {
  And,
  Any,
  DataSource,
  type DataSourceOptions,
  type EntityTarget,
  ILike,
  JsonContains,
  Like,
  MoreThan,
  type ObjectLiteral,
  Raw,
} from 'typeorm';
import { Adult, Animal, Company, Dog, entities, Folder, fill, finds, Person, Toy } from '../sources/entities';
import { firstDifference } from './identical';
import { dropDatabase, makeDatabase } from './libraries';
import { type AnyRecord, expectSame, inKeyOrder } from './same';

export interface Source {
  readonly dataSource: DataSource;
  readonly store: Store;
}

/** A Jest suite's DataSource with tables of these entities and the rows that `fill` makes, exported and opened by the entities alone. */
export function withSource(
  options: () => Partial<DataSourceOptions>,
  classes: readonly EntityTarget<any>[],
  fillTables: (dataSource: DataSource) => Promise<void>,
): Source {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-source-'));
  let [dataSource, store]: [DataSource?, Store?] = [];
  beforeAll(async () => {
    await makeDatabase(options());
    dataSource = new DataSource({ ...options(), entities: [...classes] } as DataSourceOptions);
    await dataSource.initialize();
    await dataSource.synchronize();
    await fillTables(dataSource);
    await exportSnapshot(dataSource, { directory, entities: classes });
    store = await openStore({ directory, entities: classes, as: 'entity' });
    expect(await store.snapshot.verify()).toEqual([]);
  });
  afterAll(async () => {
    store?.close();
    if (dataSource?.isInitialized) await dataSource.destroy();
    await dropDatabase(options());
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    get dataSource() {
      return dataSource!;
    },
    get store() {
      return store!;
    },
  };
}

/** `find` on both sides gives the same entities; without an order, whatever order they have. */
export async function expectSameFind(
  { dataSource, store }: Source,
  entity: EntityTarget<ObjectLiteral>,
  options: () => object,
): Promise<ObjectLiteral[]> {
  const metadata = dataSource.getMetadata(entity);
  const live = await dataSource.getRepository(entity).find(options());
  const own = await store.getRepository(entity).find(options());
  if (!('order' in options())) for (const found of [own, live]) inKeyOrder(metadata, found);
  expect(firstDifference(own, live)).toBeUndefined();
  return own;
}

/** Tests of the entities of sources/entities. */
export function testSource(options: () => Partial<DataSourceOptions>): Source {
  const source = withSource(options, entities, fill);

  test.each([
    ['Company', Company, { people: true }],
    ['Person', Person, { company: true, friends: true, friendOf: true }],
    ['Animal', Animal, { owner: true }],
    ['Dog', Dog, {}],
    ['Toy', Toy, { animal: { owner: true }, partOf: true, twin: true }],
    ['Folder', Folder, { parent: true, children: true }],
  ] as const)('%s comes back as TypeORM gives it', async (_, entity, relations) => {
    const found = await expectSameFind(source, entity, () => ({ relations }));
    expect(found.length).toBeGreaterThan(0);
  });

  test('rows of a view come back as TypeORM gives them', async () => {
    const found = await expectSameFind(source, Adult, () => ({ order: { id: 'ASC' } }));
    expect(found.length).toBeGreaterThan(0);
  });

  test('trees are as TypeORM gives them', async () => {
    const live = await source.dataSource.getTreeRepository(Folder).findTrees();
    expect(firstDifference(await source.store.getTreeRepository(Folder).findTrees(), live)).toBeUndefined();
    expect(live).toHaveLength(1);
  });

  test.each([
    ['a key of two parts', { where: { animalCode: 'd-1', place: 2 } }],
    ['a relation by text', { where: { animal: { code: 'd-1' } }, relations: { animal: true } }],
    ['a relation by what is no key', { where: { twin: { place: 1 } }, relations: { twin: true } }],
    [
      'an order by text of a relation',
      { order: { animal: { code: 'DESC' }, place: 'ASC' }, relations: { animal: true } },
    ],
  ])('%s is found as TypeORM does', async (_, find) => {
    const found = await expectSameFind(source, Toy, () => find);
    expect(found.length).toBeGreaterThan(0);
  });

  test('records show the same values as entities', async () => {
    const relations = { company: true, friends: true } as const;
    const live = await source.dataSource.getRepository(Person).find({ relations, order: { id: 'ASC' } });
    const records = await source.store.getRepository(Person, { as: 'proxy' }).find({ relations, order: { id: 'ASC' } });
    const metadata = source.dataSource.getMetadata(Person);
    const copies = records.map((record) => materialize(record, { relations, shared: false }));
    expectSame(inKeyOrder(metadata, copies as AnyRecord[]), inKeyOrder(metadata, live as AnyRecord[]));
  });

  test('an export that is aborted leaves the connection as it was', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-source-'));
    const { dataSource } = source;
    const stop = new Error('enough');
    const onProgress = ({ phase, entity }: { phase: string; entity: string }) => {
      if (phase === 'rows' && entity === 'Animal') throw stop;
    };
    await expect(exportSnapshot(dataSource, { directory, entities, onProgress })).rejects.toBe(stop);
    const signal = AbortSignal.abort(stop);
    await expect(exportSnapshot(dataSource, { directory, entities, signal })).rejects.toBe(stop);
    await expect(exportSnapshot(dataSource, { directory, entities: [Person], dangling: 'null' })).rejects.toMatchObject(
      {
        code: 'RELATION_TARGET_MISSING',
      },
    );
    expect(readdirSync(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
    expect(await dataSource.getRepository(Person).count()).toBeGreaterThan(0);
    const transaction = dataSource.transaction(async (manager) => {
      await manager.getRepository(Folder).update({ id: 1 }, { title: 'other' });
      throw stop;
    });
    await expect(transaction).rejects.toBe(stop);
  });

  test.each(finds)('a find with %s is answered as TypeORM does', async (_, find) => {
    await expectSameFind(source, Person, find);
  });

  test('counts and sums are those of the database', async () => {
    const [live, own] = [source.dataSource, source.store].map((side) => side.getRepository(Person));
    const where = { active: true };
    expect(await own!.countBy(where)).toBe(await live!.countBy(where));
    expect(await own!.findAndCount({ take: 2, order: { id: 'ASC' } })).toEqual(
      await live!.findAndCount({ take: 2, order: { id: 'ASC' } }),
    );
    for (const aggregate of ['sum', 'minimum', 'maximum'] as const)
      expect(await own![aggregate]('age' as never)).toBe(await live![aggregate]('age' as never));
  });

  test.each([
    ['LIKE', { where: { name: Like('A%') } }],
    ['ILIKE', { where: { name: ILike('a%') } }],
    ['a number for text', { where: { name: 0 } }],
    ['text for a number', { where: { age: 'abc' } }],
    ['a negative skip', { skip: -1, take: 1 }],
    ['a skip of a half', { skip: 0.5, take: 1 }],
    ['Any', { where: { age: Any([1]) } }],
    ['JsonContains', { where: { name: JsonContains({}) } }],
    ['Raw', { where: { name: Raw('1') } }],
    ['an empty And', { where: { age: And() } }],
    ['the number of targets', { where: { friends: MoreThan(1) } }],
  ])('%s is refused by name', async (_, find) => {
    await expect(source.store.getRepository(Person).find(find as never)).rejects.toMatchObject({
      code: 'QUERY_UNSUPPORTED',
    });
  });

  test('what databases compute each in its own way is refused by name', async () => {
    const people = source.store.getRepository(Person);
    const refused = { code: 'QUERY_UNSUPPORTED' };
    await expect(people.average('age' as never)).rejects.toMatchObject(refused);
    await expect(people.sum('ratio' as never)).rejects.toMatchObject(refused);
    await expect(people.maximum('name' as never)).rejects.toMatchObject(refused);
    await expect(people.count({ select: { name: true } })).rejects.toMatchObject(refused);
    await expect(people.count({ lock: { mode: 'pessimistic_read' } })).rejects.toMatchObject(refused);
  });

  return source;
}
