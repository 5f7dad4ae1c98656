/** Pagila arrives whole: the loader against the dump, the entities against the tables, the relations against the foreign keys. */
import { DataSource } from 'typeorm';
import { withDatabase } from '../postgres/suite';
import { describeOrSkip } from '../support/skips';
import { Film, Language, Payment, pagilaEntities, Staff, Store } from './entities';
import { loadPagila, PAGILA_ABSENT, pagilaFile, type RowCounts } from './load';

const isPresent = pagilaFile() !== undefined;

describeOrSkip(
  isPresent,
  PAGILA_ABSENT,
  'Pagila in TypeORM',
  () => {
    const database = withDatabase('pagila');
    let dataSource: DataSource;
    let dumped: RowCounts;

    beforeAll(async () => {
      dumped = (await loadPagila(database.url))!;
      dataSource = await new DataSource({
        type: 'postgres',
        url: database.url,
        entities: [...pagilaEntities],
      }).initialize();
    });
    afterAll(() => dataSource?.destroy());

    test('the dump holds rows for just these tables', () => {
      const tables = pagilaEntities.map((entity) => dataSource.getMetadata(entity).tableName);
      expect(Object.keys(dumped).sort()).toEqual(tables.sort());
      expect(dumped).toMatchObject({ actor: 200, film: 1000, film_actor: 5462, rental: 16044, payment: 16049 });
    });

    test.each(pagilaEntities.map((entity) => [entity.name, entity] as const))(
      '%s: every row, every column',
      async (_, entity) => {
        const metadata = dataSource.getMetadata(entity);
        const rows = await dataSource.getRepository(entity).find();
        const [{ count }] = await dataSource.query(`SELECT count(*)::int FROM "${metadata.tableName}"`);
        expect([rows.length, count]).toEqual([dumped[metadata.tableName], dumped[metadata.tableName]]);
        const columns = await dataSource.query(
          `SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public'`,
          [metadata.tableName],
        );
        const mapped = metadata.columns.map((column) => column.databaseName);
        expect(mapped.sort()).toEqual(columns.map((column: { column_name: string }) => column.column_name).sort());
      },
    );

    const relations = pagilaEntities.flatMap((entity) =>
      relationNames(entity).map((name) => [entity.name, name, entity] as const),
    );

    test.each(relations)('%s.%s: as many links as the tables have', async (_, name, entity) => {
      const relation = dataSource.getMetadata(entity).findRelationWithPropertyPath(name)!;
      const rows = await dataSource.getRepository(entity).find({ relations: { [name]: true } });
      const found = rows.reduce((sum, row) => sum + [(row as any)[name]].flat().filter(Boolean).length, 0);
      const owner = relation.isOwning ? relation : relation.inverseRelation!;
      const [table, column] = owner.isManyToMany
        ? [owner.joinTableName, owner.joinColumns[0]!.databaseName]
        : [owner.entityMetadata.tableName, owner.joinColumns[0]!.databaseName];
      const [{ count }] = await dataSource.query(`SELECT count("${column}")::int FROM "${table}"`);
      expect(found).toBe(count);
    });

    test('no relation of an entity is missing from the other side', () => {
      const lonely = dataSource.entityMetadatas
        .filter((metadata) => metadata.tableType !== 'junction')
        .flatMap((metadata) => metadata.relations)
        .filter((relation) => !relation.inverseRelation)
        .map((relation) => `${relation.entityMetadata.name}.${relation.propertyPath}`);
      expect(lonely).toEqual([]);
      // 22 foreign keys and 2 many-to-many relations, from both sides.
      expect(relations.length).toBe(48);
    });

    test('values come as TypeORM gives them', async () => {
      const film = await dataSource.getRepository(Film).findOneByOrFail({ id: 1 });
      expect(film).toEqual(
        Object.assign(new Film(), {
          id: 1,
          title: 'ACADEMY DINOSAUR',
          description: expect.stringMatching(/^A Epic Drama of a Feminist/),
          releaseYear: 2006,
          rentalDuration: 6,
          rentalRate: '0.99',
          length: 86,
          replacementCost: '20.99',
          rating: 'PG',
          lastUpdate: expect.any(Date),
          specialFeatures: ['Deleted Scenes', 'Behind the Scenes'],
        }),
      );
      expect(Object.keys(film)).not.toContain('fulltext');
      expect((await dataSource.getRepository(Language).findOneByOrFail({ id: 1 })).name).toBe('English'.padEnd(20));
      const [payment] = await dataSource.getRepository(Payment).find({ order: { id: 'ASC' }, take: 1 });
      expect(payment!.paymentDate).toBeInstanceOf(Date);
      expect(payment!.amount).toMatch(/^\d+\.\d\d$/);
      const mike = await dataSource.getRepository(Staff).findOneByOrFail({ id: 1 });
      expect(mike.picture).toEqual(Buffer.from('89504e470d0a5a0a', 'hex'));
      expect(Object.keys(mike)).not.toContain('password');
    });

    test('store and staff form a cycle', async () => {
      const stores = await dataSource
        .getRepository(Store)
        .find({ relations: { manager: { store: true, managedStore: true } } });
      for (const store of stores) {
        expect([store.manager.store.id, store.manager.managedStore!.id]).toEqual([store.id, store.id]);
      }
      expect(stores).toHaveLength(2);
    });
  },
  'REQUIRE_DATA',
);

/** Known before there is a data source, as tests must be. */
function relationNames(entity: (typeof pagilaEntities)[number]): string[] {
  const { getMetadataArgsStorage } = require('typeorm') as typeof import('typeorm');
  return getMetadataArgsStorage()
    .relations.filter((relation) => relation.target === entity)
    .map((relation) => relation.propertyName);
}
