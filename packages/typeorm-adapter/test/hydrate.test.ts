/** Entities from a snapshot cannot be told from those that TypeORM loads: every kind of relation of a shop, selections, ids, strategies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import { type DataSource, getMetadataArgsStorage, In, LessThan, Like } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';
import { Finder } from './support/finder';
import {
  Category,
  Company,
  Customer,
  makeShop,
  Order,
  OrderLine,
  Product,
  Profile,
  shopEntities,
  Tag,
} from './support/shop';

const database = withDatabase('adapter_hydrate');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-hydrate-'));
let dataSource: DataSource;
let store: Store;
let finder: Finder;

beforeAll(async () => {
  dataSource = await makeShop(database.url);
  await exportSnapshot(dataSource, { directory });
  store = await openStore({ directory, dataSource });
  finder = new Finder(store, dataSource);
});
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

/** TypeORM cannot load `Tag.categories`; `internalNote` was not exported, so entities of companies lack it. */
const withoutNote = { id: true, name: true, code: true } as const;

test.each(shopEntities.filter((entity) => entity !== Company).map((entity) => [entity.name, entity] as const))(
  'find of %s',
  async (_, entity) => {
    expect((await finder.expectAsLive(entity)).length).toBeGreaterThan(0);
    await finder.expectAsLive(entity, { withDeleted: true });
    await finder.expectAsLive(entity, { loadEagerRelations: false });
  },
);

test('a column that was not exported is missing', async () => {
  const [company] = await finder.entities(Company, {});
  expect(Object.keys(company!)).toEqual(['id', 'name', 'code']);
  await finder.expectAsLive(Company, { select: withoutNote });
});

const relations = shopEntities.flatMap((entity) =>
  getMetadataArgsStorage()
    .relations.filter(({ target, propertyName }) => target === entity && propertyName !== 'categories')
    .map(({ propertyName }) => [entity.name, propertyName, entity] as const),
);

test.each(relations)('%s with %s', async (_, name, entity) => {
  const select = ['company', 'referrer'].includes(name) ? { id: true, [name]: withoutNote } : undefined;
  const own = entity === Company ? withoutNote : select;
  for (const withDeleted of [false, true]) {
    await finder.expectAsLive(entity, { select: own, relations: { [name]: true }, withDeleted });
  }
});

test.each([
  [
    Customer,
    {
      select: { id: true, company: withoutNote },
      relations: { company: { customers: { profile: { favourite: { tags: { broader: true } } } } } },
      take: 5,
    },
  ],
  [Customer, { relations: { manager: { manager: true }, reports: { reports: true }, follows: { followers: true } } }],
  [Order, { relations: { lines: { replaces: { order: true } }, customer: { manager: true } } }],
  [Customer, { where: { orders: { year: 2021 } }, relations: { orders: true, follows: true } }],
  [Product, { where: { tags: { word: In(['tag1', 'tag5']) } }, relations: { tags: true, related: { tags: true } } }],
  [
    Category,
    { where: { children: { title: Like('%1%') } }, relations: { children: { children: true }, parent: true } },
  ],
  [Profile, { where: { customer: { id: LessThan(20) } } }],
] as const)('%p with relations of relations, and conditions that trim them: %p', async (entity, options) => {
  await finder.expectAsLive(entity, options as object);
});

test.each([
  [Customer, { select: { email: true } }],
  [Customer, { select: { born: true } }],
  [Customer, { select: { score: true, born: true }, where: { id: In([5, 7]) } }],
  [Customer, { select: { id: true, profile: { motto: true } }, relations: { profile: true } }],
  [
    Customer,
    {
      select: { id: true, profile: { motto: true, favourite: { sku: true } } },
      relations: { profile: { favourite: true } },
    },
  ],
  [Customer, { select: { follows: { born: true } }, relations: { follows: true } }],
  [Product, { select: { details: true }, order: { sku: 'ASC' } }],
  [Product, { select: { sku: true, tags: { deletedAt: true } }, relations: { tags: true }, withDeleted: true }],
  [
    OrderLine,
    {
      select: { quantity: true, product: { details: true } },
      relations: { product: true },
      order: { orderYear: 'ASC', orderNumber: 'ASC', line: 'ASC' },
    },
  ],
] as const)('a partial selection of %p: %p', async (entity, options) => {
  await finder.expectAsLive(entity, options as object);
});

test.each([
  [Customer, { loadRelationIds: true }],
  [Customer, { loadRelationIds: { relations: ['company', 'referrer', 'profile', 'follows'], disableMixedMap: true } }],
  [Order, { loadRelationIds: true }],
  [OrderLine, { loadRelationIds: true, loadEagerRelations: false }],
  [OrderLine, { loadRelationIds: { disableMixedMap: true }, loadEagerRelations: false }],
  [Product, { loadRelationIds: { relations: ['tags', 'related'] } }],
  [Product, { loadRelationIds: { relations: ['tags', 'related'] }, withDeleted: true }],
  [Category, { loadRelationIds: true }],
  [Profile, { loadRelationIds: true, relations: { customer: true } }],
  [Tag, { loadRelationIds: { relations: ['products', 'broader'] }, withDeleted: true }],
  [Customer, { loadRelationIds: { relations: ['company', 'profile', 'orders'] }, select: { email: true } }],
] as const)('ids in the place of relations of %p: %p', async (entity, options) => {
  await finder.expectAsLive(entity, options as object);
});

test.each([
  [Customer, { relations: { manager: { profile: true }, orders: { lines: true }, profile: true, follows: true } }],
  // Not `replaces`: TypeORM compares all columns that it refers to with the first of its own, and finds none.
  [OrderLine, { relations: { order: true } }],
  [Product, { relations: { tags: true, related: true } }],
  [Product, { relations: { tags: true }, withDeleted: true }],
  [Tag, { relations: { broader: { broader: true } }, withDeleted: true }],
  [Customer, { relations: { profile: true, orders: true }, select: { email: true } }],
  [
    Customer,
    {
      relations: { profile: true, orders: true },
      select: { id: true, profile: { motto: true }, orders: { year: true, number: true } },
    },
  ],
  [Category, { where: { id: LessThan(0) }, relations: { parent: true } }],
] as const)('relations of %p by queries of their own: %p', async (entity, options) => {
  await finder.expectAsLive(entity, { ...(options as object), relationLoadStrategy: 'query' });
});
