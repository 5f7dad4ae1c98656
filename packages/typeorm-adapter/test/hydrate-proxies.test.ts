/** Proxies of a plan show, when they are copied or made JSON, what TypeORM's entities show; and lead further, unless relations are strict. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { materialize } from '@permafrost/core';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import { type DataSource, In, LessThan } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';
import { Finder } from './support/finder';
import { type AnyRecord, expectSame, inKeyOrder } from './support/same';
import { Category, Company, Customer, makeShop, Order, Product, Profile } from './support/shop';

const database = withDatabase('adapter_hydrate_proxies');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-hydrate-proxies-'));
let dataSource: DataSource;
let store: Store;

beforeAll(async () => {
  dataSource = await makeShop(database.url);
  await exportSnapshot(dataSource, { directory });
  store = await openStore({ directory, dataSource });
});
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

test.each([
  [Product, {}],
  [Product, { relations: { tags: true, related: true } }],
  [Product, { relations: { tags: true }, withDeleted: true }],
  [Product, { where: { tags: { word: In(['tag1', 'tag5']) } }, relations: { tags: true } }],
  [Category, { relations: { children: { children: true }, parent: true }, where: { children: { id: LessThan(9) } } }],
  [Customer, { relations: { orders: { lines: true }, profile: true }, relationLoadStrategy: 'query' }],
  [Product, { relations: { tags: true, related: true }, withDeleted: true, relationLoadStrategy: 'query' }],
  [Order, { relations: { lines: { product: { tags: true } } }, withDeleted: true, relationLoadStrategy: 'query' }],
  [
    Category,
    {
      where: { children: { id: LessThan(9) } },
      relations: { parent: true, children: { children: true } },
      order: { id: 'ASC', children: { id: 'DESC' } },
      relationLoadStrategy: 'query',
    },
  ],
  [Customer, { select: { email: true }, order: { id: 'ASC' } }],
  [Customer, { select: { born: true }, order: { id: 'ASC' } }],
  [Customer, { select: { id: true, profile: { motto: true } }, relations: { profile: true } }],
  [Customer, { select: { id: true, manager: { born: true } }, relations: { manager: true } }],
  [Company, { select: { id: true, apiKey: true } }],
  [Customer, { select: { id: true, company: { name: true, apiKey: true } }, relations: { company: true } }],
  [Product, { select: { sku: true, tags: { deletedAt: true } }, relations: { tags: true }, withDeleted: true }],
] as const)('%p found with %p', async (entity, options) => {
  const metadata = dataSource.getMetadata(entity);
  const live: AnyRecord[] = await dataSource.getRepository<AnyRecord>(entity).find(options as object);
  const proxies = new Finder(store, dataSource).proxies(entity, options as object);
  const copies = proxies.map((proxy) => materialize(proxy, { shared: false })) as AnyRecord[];
  if (!('order' in options)) for (const records of [live, copies]) inKeyOrder(metadata, records);
  expectSame(copies, live);
  expect(JSON.parse(JSON.stringify(copies))).toEqual(JSON.parse(JSON.stringify(live)));
});

test('fields that were not selected and relations that were not asked for are there', () => {
  const [customer] = new Finder(store, dataSource).proxies(Customer, {
    select: { email: true },
    where: { id: 7 },
  }) as Customer[];
  expect(JSON.parse(JSON.stringify(customer))).toEqual({ email: customer!.email });
  expect([customer!.id, customer!.manager!.id, customer!.orders.length > 0]).toEqual([7, 3, true]);
});

test('a hidden column that was exported shows only where it is selected, and can be read', () => {
  const finder = new Finder(store, dataSource);
  const [company] = finder.proxies(Company, { take: 1, relations: { customers: true } }) as Company[];
  const names: string[] = [];
  for (const name in company) names.push(name);
  expect(names).toContain('code');
  for (const shown of [names, Object.keys(materialize(company!)), Object.keys(JSON.parse(JSON.stringify(company)))])
    expect(shown).not.toContain('apiKey');
  expect(JSON.stringify(company!.customers[0]!.company)).not.toContain('key 1');
  expect(company!.apiKey).toBe('key 1');
});

test('strict relations', () => {
  const finder = new Finder(store, dataSource, { strictRelations: true });
  const [order] = finder.proxies(Order, { relations: { customer: { profile: true } }, take: 1 }) as Order[];
  const { customer } = order!;
  expect(customer.profile === null || customer.profile instanceof Profile).toBe(true);
  const refusal = (entity: string, field: string) =>
    expect.objectContaining({ code: 'RELATION_NOT_ASKED', details: { entity, field } });
  expect(() => order!.lines).toThrow(refusal('PurchaseOrder', 'lines'));
  expect(() => customer.manager).toThrow(refusal('Customer', 'manager'));
  const [trimmed] = finder.proxies(Category, {
    where: { children: { id: LessThan(9) } },
    relations: { children: true },
  }) as Category[];
  expect(() => trimmed!.parent).toThrow(refusal('Category', 'parent'));
  expect(() => trimmed!.children[0]!.children).toThrow(refusal('Category', 'children'));
});

test('ids in the place of relations are refused', () => {
  expect(() => new Finder(store, dataSource).proxies(Customer, { loadRelationIds: true })).toThrow(
    expect.objectContaining({ code: 'QUERY_UNSUPPORTED', message: expect.stringContaining("as: 'entity'") }),
  );
});
