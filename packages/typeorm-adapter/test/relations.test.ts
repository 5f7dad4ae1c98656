/** Every relation of a shop, from every side that declares it, is what TypeORM loads. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRecord, isSameRecord, materialize } from '@permafrost/core';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import { type DataSource, getMetadataArgsStorage } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';
import { type AnyRecord, expectSame, inKeyOrder } from './support/same';
import { Category, Company, Customer, makeShop, Order, OrderLine, Product, shopEntities, Tag } from './support/shop';

const database = withDatabase('adapter_relations');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-relations-'));
let dataSource: DataSource;
let store: Store;

beforeAll(async () => {
  dataSource = await makeShop(database.url);
  // All entities with @Snapshot, which is all of them.
  const { entities } = await exportSnapshot(dataSource, { directory });
  expect(entities.map(({ entity }) => entity).sort()).toEqual([
    'Category',
    'Company',
    'Customer',
    'OrderLine',
    'Product',
    'Profile',
    'PurchaseOrder',
    'Tag',
  ]);
  store = await openStore({ directory, entities: shopEntities });
});
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

test('the file is whole, and says what it was made from', async () => {
  expect(await store.snapshot.verify()).toEqual([]);
  expect(store.snapshot.notes).toMatchObject({
    producer: '@permafrost/typeorm-adapter',
    exportedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    postgres: {
      serverVersion: expect.stringMatching(/^\d+/),
      timeZone: expect.any(String),
      lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    },
    values: { int64: 'string' },
  });
});

test.each(shopEntities.map((entity) => [entity.name, entity] as const))('find of %s', async (_, entity) => {
  await expectFoundAlike(entity, {});
  const records = await store.getRepository<AnyRecord>(entity).find();
  expect(records.every((record) => isRecord(record) && record instanceof entity)).toBe(true);
});

const relations = shopEntities.flatMap((entity) =>
  getMetadataArgsStorage()
    .relations.filter((relation) => relation.target === entity && relation.propertyName !== 'categories')
    .map((relation) => [entity.name, relation.propertyName, entity] as const),
);

test.each(relations)('%s with %s', async (_, name, entity) => {
  await expectFoundAlike(entity, { relations: { [name]: true } });
});

test.each([
  [Customer, { company: { customers: { profile: { favourite: { tags: { broader: true } } } } } }],
  [Customer, { manager: { manager: { manager: true } }, reports: { reports: true }, follows: { followers: true } }],
  [Order, { lines: { replaces: { order: true } }, customer: { company: true, referrer: true } }],
  [Tag, { products: { tags: true, category: { parent: { parent: true } } } }],
] as const)('%p with relations of relations', async (entity, tree) => {
  await expectFoundAlike(entity, { relations: tree });
});

test('a many-to-many relation whose owner does not know the other side', async () => {
  const categories = await dataSource.getRepository(Category).find({ relations: { tags: true }, withDeleted: true });
  for (const tag of store.snapshot.all(Tag)) {
    const expected = categories.filter((category) => category.tags.some(({ id }) => id === tag.id)).map(({ id }) => id);
    expect(tag.categories.map(({ id }) => id)).toEqual(expected.sort((a, b) => a - b));
  }
  expect(store.snapshot.get(Tag, 1)!.categories).not.toHaveLength(0);
});

test('without eager relations', async () => {
  await expectFoundAlike(OrderLine, { loadEagerRelations: false });
  await expectFoundAlike(OrderLine, { loadEagerRelations: false, relations: { product: true } });
});

test('instances of the classes, with their getters; cycles close', () => {
  const customer = store.snapshot.get(Customer, 12)!;
  expect(customer).toBeInstanceOf(Customer);
  expect(customer.domain).toBe('2.example');
  expect([customer.company, customer.companyId]).toEqual([null, null]);
  const managed = store.snapshot.get(Customer, 13)!;
  expect(managed.company).toBeInstanceOf(Company);
  expect(managed.company).toBe(managed.company);
  expect(managed.companyId).toBe(managed.company!.id);
  expect(managed.company!.customers.some((candidate) => isSameRecord(candidate, managed))).toBe(true);
  expect(isSameRecord(managed.manager!.reports[1], managed)).toBe(true);
  expect(managed.manager!.manager!.manager!.manager).toBeNull();
  const order = store.snapshot.get(Order, { year: 2021, number: '9007199254740994' })!;
  expect(order.lines.map((line) => line.line)).toEqual([1, 2, 3]);
  expect(isSameRecord(order.lines[0]!.order, order)).toBe(true);
});

test('what is hidden stays in the database unless it is named', () => {
  const fieldsOf = (entity: typeof Company | typeof Customer) =>
    store.snapshot.entitySchema(entity).fields.map((field) => field.name);
  expect(fieldsOf(Customer)).not.toContain('passwordHash');
  expect(fieldsOf(Company)).toEqual(['id', 'name', 'code', 'apiKey']);
  expect(store.snapshot.get(Company, '00000000-0000-4000-8000-000000000001')!.apiKey).toBe('key 1');
  expect(store.snapshot.get(Company, '00000000-0000-4000-8000-000000000002')!.apiKey).toBeNull();
});

test('soft-deleted records are exported, found by key and counted, but find and relations pass over them', async () => {
  const all = await dataSource.getRepository(Tag).find({ withDeleted: true, order: { id: 'ASC' } });
  expect(all).toHaveLength(9);
  expect(store.snapshot.count(Tag)).toBe(9);
  expectSame(
    [...store.snapshot.all(Tag)].map((tag) => materialize(tag)),
    all,
  );
  expect(store.snapshot.get(Tag, 3)!.deletedAt).toBeInstanceOf(Date);
  expect(store.snapshot.byOrdinal.isDeleted(Tag, store.snapshot.byOrdinal.ordinalOf(Tag, 3))).toBe(true);
  expect(store.snapshot.get(Tag, 4)!.broader).toBeNull();
  expect(store.snapshot.get(Tag, 5)!.broader!.id).toBe(4);
  const tags = store.getRepository(Tag);
  expect((await tags.find()).map(({ id }) => id)).toEqual([1, 2, 4, 5, 7, 8]);
  expect((await tags.find({ skip: 2, take: 2 })).map(({ id }) => id)).toEqual([4, 5]);
  expect(await Promise.all([tags.count(), tags.countBy({ id: 3 }), tags.existsBy({ id: 3 })])).toEqual([6, 0, false]);
  expect(await tags.findOneBy({ id: 3 })).toBeNull();
  expect(await store.getRepository(Tag).find({ withDeleted: true })).toHaveLength(9);
});

test('JSON shows the relations asked for, and eager ones', async () => {
  const [category] = await store
    .getRepository(Category)
    .find({ where: { id: 4 }, relations: { parent: { parent: true } } });
  expect(JSON.parse(JSON.stringify(category))).toEqual({
    id: 4,
    title: 'Category 4',
    parent: { id: 2, title: 'Category 2', parent: null },
  });
  const found = await dataSource.getRepository(Product).find({ order: { sku: 'ASC' } });
  const records = await store.getRepository(Product).find();
  expect(JSON.stringify(records)).toBe(JSON.stringify(inKeyOrderOfText(found)));
});

/** Compares `find` of both, relations asked for by the result itself. */
async function expectFoundAlike(entity: (typeof shopEntities)[number], options: object): Promise<void> {
  const metadata = dataSource.getMetadata(entity);
  const found = await dataSource.getRepository<AnyRecord>(entity).find(options);
  const records = await store.getRepository<AnyRecord>(entity).find(options);
  const copies = records.map((record) => materialize(record, { shared: false }));
  for (const record of [...found, ...copies]) forgetTuned(record);
  expect(found.length).toBeGreaterThan(5);
  expectSame(inKeyOrder(metadata, copies), inKeyOrder(metadata, found));
}

/** A company in a snapshot has not the column that @Snapshot excludes. */
function forgetTuned(record: AnyRecord): void {
  if (record instanceof Company) delete (record as AnyRecord)['internalNote'];
  for (const value of Object.values(record)) {
    for (const target of [value].flat())
      if (Object.getPrototypeOf(target ?? 0) !== Date.prototype && typeof target === 'object' && target !== null)
        forgetTuned(target);
  }
}

function inKeyOrderOfText(products: Product[]): Product[] {
  return products.sort((a, b) => Buffer.compare(Buffer.from(a.sku), Buffer.from(b.sku)));
}
