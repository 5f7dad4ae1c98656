/** Entities of one kind exported from a database and opened, and what TypeORM's `find` gives beside what the snapshot's records do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { materialize, type RelationTree } from '@permafrost/core';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { withDatabase } from '../../../../test/src/postgres/suite';
import { snapshotNameOf } from '../../src/mapping/mapped-entity';
import type { EntityName } from '../../src/mapping/schema-from-metadata';
import { type AnyRecord, expectSame, inKeyOrder } from './same';

export interface Kind {
  readonly dataSource: DataSource;
  readonly store: Store;
}

/** A Jest suite's database with tables of these entities and rows, exported and opened. Its members are there from `beforeAll` on. */
export function withKind(
  name: string,
  entities: readonly EntityName[],
  rows: readonly string[],
  options: Partial<DataSourceOptions> & { exported?: readonly EntityName[] } = {},
): Kind {
  const { exported = entities, ...dataSourceOptions } = options;
  const database = withDatabase(`adapter_kind_${name}`);
  const directory = mkdtempSync(path.join(tmpdir(), `permafrost-${name}-`));
  let [dataSource, store]: [DataSource?, Store?] = [];
  beforeAll(async () => {
    dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [...entities] as never,
      ...dataSourceOptions,
    } as DataSourceOptions);
    await dataSource.initialize();
    if (dataSource.options.type === 'postgres' && dataSource.options.schema)
      await dataSource.query(`CREATE SCHEMA "${dataSource.options.schema}"`);
    await dataSource.synchronize();
    for (const statement of rows) await dataSource.query(statement);
    await exportSnapshot(dataSource, { directory, entities: exported });
    store = await openStore({
      directory,
      entities: exported,
      ...(Object.keys(dataSourceOptions).length > 0 ? { dataSource } : {}),
    });
    expect(await store.snapshot.verify()).toEqual([]);
  });
  afterAll(async () => {
    store?.close();
    if (dataSource?.isInitialized) await dataSource.destroy();
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

/** All records of an entity that are not soft-deleted are what TypeORM finds, with these relations: values, prototypes and members. */
export async function expectFound(
  { dataSource, store }: Kind,
  entity: EntityName,
  relations: object = {},
): Promise<void> {
  const metadata = dataSource.getMetadata(entity);
  const found = await dataSource.getRepository<AnyRecord>(entity).find({ relations, loadEagerRelations: false });
  expect(found.length).toBeGreaterThan(0);
  const { snapshot } = store;
  const name = snapshotNameOf(metadata);
  const living = [...snapshot.all(name)].filter(
    (_, place) => metadata.tableType === 'entity-child' || !snapshot.byOrdinal.isDeleted(name, place),
  );
  const copies = living.map((record) => materialize(record, { relations: relations as RelationTree, shared: false }));
  expectSame(inKeyOrder(metadata, copies as AnyRecord[]), inKeyOrder(metadata, found));
  const repository = store.getRepository<AnyRecord>(entity, { as: 'entity' });
  const entities = await repository.find({ relations, loadEagerRelations: false });
  expectSame(inKeyOrder(metadata, entities), found);
}

/** Entities that a repository gives for these options, and how many it counts, are what TypeORM finds; so is what both refuse. */
export async function expectAnswered(
  { dataSource, store }: Kind,
  asked: readonly (readonly [EntityName, object])[],
): Promise<void> {
  for (const [entity, options] of asked) {
    const real = dataSource.getRepository<AnyRecord>(entity);
    const repository = store.getRepository<AnyRecord>(entity, { as: 'entity' });
    const answer = (rows: Promise<AnyRecord[]>, count: Promise<number>) =>
      Promise.all([rows, count]).then(
        ([found, counted]) => ({ options, rows: inKeyOrder(real.metadata, found), counted }),
        (error: Error) => ({ options, refused: error.constructor.name }),
      );
    const expected = await answer(real.find(options), real.count(options));
    expect(await answer(repository.find(options), repository.count(options))).toStrictEqual(expected);
  }
}
