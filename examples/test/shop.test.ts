/** A small shop: the same rows for the same seed, and a service that cannot tell a snapshot from ordinary objects. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withDatabase } from '@permafrost/test';
import { exportSnapshot } from '@permafrost/typeorm-adapter';
import { DataSource } from 'typeorm';
import { shopEntities } from '../src/shop/entities';
import { generateShop } from '../src/shop/generate';
import { answer } from '../src/web/routes';
import type { Shop } from '../src/web/shop';
import { loadShopInObjects } from '../src/web/shop-in-objects';
import { openShopInSnapshot } from '../src/web/shop-in-snapshot';
import { touchEverything } from '../src/web/touch';

const SCALE = 0.005;

describe('the shop', () => {
  const databases = [withDatabase('shop'), withDatabase('shop'), withDatabase('shop')] as const;
  const seeds = [undefined, undefined, 7];
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-shop-'));
  const inObjects: Shop[] = [];
  let inSnapshot: Shop;

  beforeAll(async () => {
    for (const [place, { url }] of databases.entries()) {
      const dataSource = new DataSource({ type: 'postgres', url, entities: [...shopEntities] });
      await dataSource.initialize();
      const seed = seeds[place];
      const rows = await generateShop(dataSource, { scale: SCALE, ...(seed ? { seed } : {}) });
      expect(rows).toMatchObject({ Customer: 1200, Company: 30, Category: 248, Product: 120, Order: 2880 });
      expect(rows.OrderLine / rows.Order).toBeCloseTo(3, 0);
      if (place === 0) await exportSnapshot(dataSource, { directory });
      await dataSource.destroy();
      inObjects.push(await loadShopInObjects(url));
    }
    inSnapshot = await openShopInSnapshot(directory);
  }, 60_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('is a function of the seed', () => {
    const [first, second, other] = inObjects.map((shop) => touchEverything(shop).checksum);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  test('is the same in a snapshot, every field and relation', () => {
    const { cpuMs: _one, ...fromObjects } = touchEverything(inObjects[0]!);
    const { cpuMs: _other, ...fromSnapshot } = touchEverything(inSnapshot);
    expect(fromSnapshot).toEqual(fromObjects);
  });

  test('gives the same JSON from both, for every record', () => {
    const { customers, orders, products } = inObjects[0]!;
    const tables = { customers, orders, products };
    let compared = 0;
    for (const [name, table] of Object.entries(tables)) {
      for (const { id } of table.values()) {
        const path = `/${name}/${id}`;
        expect(answer(inSnapshot, path)).toBe(answer(inObjects[0]!, path));
        compared += 1;
      }
    }
    expect(compared).toBe(1200 + 2880 + 120);
    for (const path of ['/customers/1201', '/orders/0', '/products/x', '/', '/nothing/1'])
      expect(answer(inSnapshot, path)).toBeUndefined();
  });

  test('has what the demo shows: managers, a category tree, orders that point back', () => {
    const customer = [...inObjects[0]!.customers.values()].find(
      (one) => one.manager?.manager && one.orders.length > 1,
    )!;
    for (const orders of [customer.orders, inSnapshot.customers.get(customer.id)!.orders]) {
      expect(orders.every((order) => order.customer.id === customer.id)).toBe(true);
    }
    const product = inSnapshot.products.get(1)!;
    expect(product.category.parent!.parent!.children.map((child) => child.id)).toContain(product.category.parentId);
    expect(inSnapshot.customers.get(customer.id)).not.toHaveProperty('passwordHash');
  });

  test('a checksum tells one changed field', () => {
    const before = touchEverything(inObjects[1]!).checksum;
    inObjects[1]!.orderLines.get(77)!.unitPrice += '0';
    expect(touchEverything(inObjects[1]!).checksum).not.toBe(before);
  });
});
