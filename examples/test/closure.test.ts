/** The closure of some companies in the shop, held against what a recursive query finds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withDatabase } from '@permafrost/test';
import { type ExportRoot, exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import { DataSource, In, Not } from 'typeorm';
import { Category, Company, Customer, Order, OrderLine, Product, shopEntities } from '../src/shop/entities';
import { generateShop } from '../src/shop/generate';

const database = withDatabase('shop_closure');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-shop-closure-'));
let dataSource: DataSource;

beforeAll(async () => {
  dataSource = await new DataSource({ type: 'postgres', url: database.url, entities: [...shopEntities] }).initialize();
  await generateShop(dataSource, { scale: 0.02 });
  // Cycles: who manages nobody's manager is managed by one of their reports, and two top categories hold each other.
  await dataSource.query(
    `UPDATE customer c SET "managerId" = (SELECT min(r.id) FROM customer r WHERE r."managerId" = c.id) WHERE c."managerId" IS NULL`,
  );
  await dataSource.query('UPDATE category SET "parentId" = 3 - id WHERE id IN (1, 2)');
}, 60_000);
afterAll(async () => {
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

const roots: ExportRoot[] = [
  {
    entity: Company,
    where: { id: In([3, 4]), name: Not('') },
    relations: {
      customers: { orders: { lines: { product: { category: { parent: true } } } }, manager: true, reports: true },
    },
  },
  { entity: Category, where: [{ name: 'clocks 7' }, { parent: { id: 8 } }], relations: { parent: true } },
];

/** The same in SQL, written without a look at the exporter. */
const closureInSql = `
  WITH RECURSIVE companies AS (
    SELECT id FROM company WHERE id IN (3, 4)
  ), customers AS (
    SELECT id FROM customer WHERE "companyId" IN (SELECT id FROM companies)
    UNION
    SELECT near.id FROM customers JOIN customer AS mine USING (id) JOIN customer AS near ON near.id = mine."managerId" OR near."managerId" = mine.id
  ), orders AS (
    SELECT id FROM "order" WHERE "customerId" IN (SELECT id FROM customers)
  ), lines AS (
    SELECT id, "productId" FROM order_line WHERE "orderId" IN (SELECT id FROM orders)
  ), products AS (
    SELECT id, "categoryId" FROM product WHERE id IN (SELECT "productId" FROM lines)
  ), categories AS (
    SELECT id FROM category WHERE name = 'clocks 7' OR "parentId" = 8 OR id IN (SELECT "categoryId" FROM products)
    UNION
    SELECT "parentId" FROM categories JOIN category USING (id) WHERE "parentId" IS NOT NULL
  )
  SELECT 'Company' AS entity, array_agg(id ORDER BY id) AS ids FROM companies
  UNION ALL SELECT 'Customer', array_agg(id ORDER BY id) FROM customers
  UNION ALL SELECT 'Order', array_agg(id ORDER BY id) FROM orders
  UNION ALL SELECT 'OrderLine', array_agg(id ORDER BY id) FROM lines
  UNION ALL SELECT 'Product', array_agg(id ORDER BY id) FROM products
  UNION ALL SELECT 'Category', array_agg(id ORDER BY id) FROM categories`;

test('holds the same records as a recursive query', async () => {
  const report = await exportSnapshot(dataSource, { directory, roots });
  const store = await openStore({ directory, entities: shopEntities });
  const rows: { entity: string; ids: number[] }[] = await dataSource.query(closureInSql);
  const expected = new Map(rows.map(({ entity, ids }) => [entity, ids]));
  for (const entity of [Company, Customer, Category, Product, Order, OrderLine]) {
    const ids = [...store.snapshot.all<{ id: number }>(entity)].map(({ id }) => id);
    expect([entity.name, ids]).toEqual([entity.name, expected.get(entity.name)]);
    const { records } = report.entities.find((exported) => exported.entity === entity.name)!;
    expect(records).toBe(ids.length);
    const all = await dataSource.getRepository(entity).count();
    expect([entity.name, ids.length > 0, ids.length < all]).toEqual([entity.name, true, true]);
  }
  // Its cycles are closed: up from a manager that was nobody's report, and around.
  const customer = store.snapshot.get(Customer, expected.get('Customer')![0]!)!;
  expect(customer.manager!.reports.map(({ id }) => id)).toContain(customer.id);
  expect(store.snapshot.get(Category, 1)!.parent!.parent!.id).toBe(1);
  expect(await store.snapshot.verify()).toEqual([]);
  store.close();
});
