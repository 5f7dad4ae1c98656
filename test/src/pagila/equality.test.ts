/** Pagila through a snapshot is Pagila through TypeORM: every record, every relation from both sides, types included. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isSameRecord, materialize } from '@permafrost/core';
import { type ExportReport, exportSnapshot, openStore, type Store as SnapshotStore } from '@permafrost/typeorm-adapter';
import { DataSource, type FindManyOptions, In } from 'typeorm';
import { withDatabase } from '../postgres/suite';
import { describeOrSkip } from '../support/skips';
import { Film, Payment, pagilaEntities, Rental, Staff, Store } from './entities';
import { loadPagila, PAGILA_ABSENT, pagilaFile } from './load';

type AnyRecord = Record<string, any>;

describeOrSkip(
  pagilaFile() !== undefined,
  PAGILA_ABSENT,
  'Pagila in a snapshot',
  () => {
    const database = withDatabase('pagila_equality');
    const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-pagila-'));
    let dataSource: DataSource;
    let report: ExportReport;
    let store: SnapshotStore;

    beforeAll(async () => {
      await loadPagila(database.url);
      dataSource = await new DataSource({
        type: 'postgres',
        url: database.url,
        entities: [...pagilaEntities],
      }).initialize();
      report = await exportSnapshot(dataSource, { directory, entities: pagilaEntities });
      store = await openStore({ directory, entities: pagilaEntities });
    });
    afterAll(async () => {
      store?.close();
      await dataSource?.destroy();
      rmSync(directory, { recursive: true, force: true });
    });

    test('the report counts what the tables hold', async () => {
      for (const entity of pagilaEntities) {
        const count = await dataSource.getRepository<AnyRecord>(entity).count();
        expect(report.entities).toContainEqual({
          entity: entity.name,
          records: count,
          bytes: expect.any(Number),
          seconds: expect.any(Number),
        });
        expect(store.snapshot.count(entity)).toBe(count);
      }
      expect(report.entities).toHaveLength(15);
      expect(await store.snapshot.verify()).toEqual([]);
    });

    test.each(pagilaEntities.map((entity) => [entity.name, entity] as const))('every %s', async (_, entity) => {
      const expected = inKeyOrder(entity, await dataSource.getRepository<AnyRecord>(entity).find());
      const actual = inKeyOrder(entity, materialized(entity, {}));
      expectSame(actual, expected);
      // Members in the same order, too: services send them on as JSON.
      expect(JSON.stringify(actual)).toBe(JSON.stringify(expected));
      expect(JSON.stringify([...store.snapshot.all<AnyRecord>(entity as never)].slice(0, 50))).toBe(
        JSON.stringify(materialized(entity, {}).slice(0, 50)),
      );
    });

    const relations = pagilaEntities.flatMap((entity) =>
      relationNames(entity).map((name) => [entity.name, name, entity] as const),
    );

    test.each(relations)('%s.%s of every record', async (_, name, entity) => {
      const found = await dataSource.getRepository<AnyRecord>(entity).find({ relations: { [name]: true } });
      const target = dataSource.getMetadata(entity).findRelationWithPropertyPath(name)!.inverseEntityMetadata.target;
      const sortLists = (records: AnyRecord[]) => {
        for (const record of records) if (Array.isArray(record[name])) inKeyOrder(target as never, record[name]);
        return inKeyOrder(entity, records);
      };
      expectSame(sortLists(materialized(entity, { [name]: true })), sortLists(found));
    });

    test('relations of relations', async () => {
      const options = {
        where: { id: 1 },
        relations: {
          language: true,
          actors: true,
          inventories: { store: { manager: { address: { city: { country: true } } } } },
        },
      };
      const [found] = await dataSource.getRepository(Film).find(options);
      const [record] = await store.getRepository(Film).find(options);
      const copy = materialize(record!, { shared: false });
      for (const film of [found!, copy]) {
        inKeyOrder(Film, film.inventories);
        film.actors.sort((a, b) => a.id - b.id);
      }
      expectSame([copy], [found!]);
    });

    test('the cycle of store and staff closes', () => {
      for (const record of store.snapshot.all(Store)) {
        expect(record.manager).toBeInstanceOf(Staff);
        expect(isSameRecord(record.manager.store, record)).toBe(true);
        expect(isSameRecord(record.manager.managedStore, record)).toBe(true);
        expect(isSameRecord(record.manager.store.manager, record.manager)).toBe(true);
      }
      expect(isSameRecord(store.snapshot.get(Store, 1), store.snapshot.get(Store, 2))).toBe(false);
    });

    test('what `select: false` hides is not in the file', () => {
      expect(store.snapshot.entitySchema(Staff).fields.map((field) => field.name)).not.toContain('password');
      expect(store.snapshot.entitySchema(Film).fields.map((field) => field.name)).not.toContain('fulltext');
      expect((store.snapshot.get(Staff, 1) as Staff).password).toBeUndefined();
    });

    // A page over a join of Payment is not among them: TypeORM looks its keys up again by Dates, which have lost their microseconds.
    test.each<[entity: typeof Payment | typeof Rental, query: FindManyOptions]>([
      [Payment, { where: { customer: { id: 7 } }, order: { amount: 'DESC', id: 'ASC' } }],
      [Payment, { order: { paymentDate: 'DESC', id: 'DESC' }, take: 15 }],
      [
        Rental,
        {
          where: [{ staff: { id: 1 }, inventory: { id: In([1, 2, 3]) } }, { id: In([4, 5, 6, 99_999]) }],
          order: { id: 'ASC' },
        },
      ],
      [
        Rental,
        {
          where: { customer: { id: 7 } },
          order: { rentalDate: 'DESC' },
          relations: { staff: true },
          take: 10,
          skip: 3,
        },
      ],
      [Rental, { order: { returnDate: 'ASC', id: 'ASC' }, skip: 15_800 }],
      [Rental, { order: { returnDate: { direction: 'DESC', nulls: 'last' }, id: 'ASC' }, take: 10 }],
    ])('%p %j', async (entity, query) => {
      const inDatabase = dataSource.getRepository<AnyRecord>(entity);
      const inSnapshot = store.getRepository<AnyRecord>(entity);
      const expected = await inDatabase.find(query);
      expect(expected.length).toBeGreaterThan(4);
      expectSame(
        (await inSnapshot.find(query)).map((record) => materialize(record)),
        expected,
      );
      expect(await inSnapshot.count(query)).toBe(await inDatabase.count(query));
    });

    function materialized(entity: (typeof pagilaEntities)[number], tree: Record<string, true>): AnyRecord[] {
      return Array.from(store.snapshot.all<AnyRecord>(entity as never), (record) =>
        materialize(record, { relations: tree, shared: false }),
      );
    }

    /** Sorts in place by the primary key, which every record has. */
    function inKeyOrder<T extends AnyRecord>(entity: (typeof pagilaEntities)[number], records: T[]): T[] {
      const key = dataSource.getMetadata(entity).primaryColumns.map((column) => column.propertyName);
      return records.sort((a, b) => {
        const different = key.find((name) => Number(a[name]) !== Number(b[name]));
        return different === undefined ? 0 : Number(a[different]) - Number(b[different]);
      });
    }
  },
  'REQUIRE_DATA',
);

/** Values, prototypes and members; shows the first record that differs. */
function expectSame(actual: readonly object[], expected: readonly object[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [place, record] of actual.entries()) {
    if (!isDeepStrictEqual(record, expected[place])) expect(record).toStrictEqual(expected[place]);
  }
}

/** Known before there is a data source, as tests must be. */
function relationNames(entity: (typeof pagilaEntities)[number]): string[] {
  const { getMetadataArgsStorage } = require('typeorm') as typeof import('typeorm');
  return getMetadataArgsStorage()
    .relations.filter((relation) => relation.target === entity)
    .map((relation) => relation.propertyName);
}
