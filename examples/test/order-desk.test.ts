/** A service written against TypeORM's repositories passes its tests with a snapshot's in their place, as records and as entities. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withDatabase } from '@permafrost/test';
import { exportSnapshot, openStore, type ResultKind, type Store } from '@permafrost/typeorm-adapter';
import { DataSource, EntityNotFoundError, type EntityTarget, type ObjectLiteral, type Repository } from 'typeorm';
import { OrderDesk, type Repositories } from '../src/service/order-desk';
import { Category, Company, Customer, Order, Product, shopEntities } from '../src/shop/entities';
import { generateShop } from '../src/shop/generate';

const database = withDatabase('order_desk');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-desk-'));
let dataSource: DataSource;
let store: Store;

beforeAll(async () => {
  dataSource = new DataSource({ type: 'postgres', url: database.url, entities: [...shopEntities] });
  await dataSource.initialize();
  await generateShop(dataSource, { scale: 0.002 });
  await exportSnapshot(dataSource, { directory });
  store = await openStore({ directory, entities: shopEntities });
}, 60_000);
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

type GetRepository = <T extends ObjectLiteral>(entity: EntityTarget<T>) => Repository<T>;

const deskOn = (get: GetRepository): OrderDesk =>
  new OrderDesk({
    customers: get(Customer),
    companies: get(Company),
    orders: get(Order),
    products: get(Product),
    categories: get(Category),
  } satisfies Repositories);
const onDatabase = () => deskOn((entity) => dataSource.getRepository(entity));

describe.each<ResultKind>(['proxy', 'entity'])('the order desk on a snapshot, as: %s', (as) => {
  const onSnapshot = () => deskOn((entity) => store.getRepository(entity, { as }));
  const both = async <T>(ask: (desk: OrderDesk) => Promise<T>): Promise<T> => {
    const answer = await ask(onSnapshot());
    expect(answer).toEqual(await ask(onDatabase()));
    return answer;
  };

  test('shows a customer with everything around it', async () => {
    const cards = await Promise.all(
      Array.from({ length: 40 }, (_, place) => both((desk) => desk.customerCard(place + 1))),
    );
    expect(cards.some((card) => card.orders.some((order) => order.lines.length > 1))).toBe(true);
    expect(cards.some((card) => card.manager !== null)).toBe(true);
    await expect(onSnapshot().customerCard(0)).rejects.toThrow(EntityNotFoundError);
  });

  test('finds a customer by e-mail', async () => {
    const { email } = await dataSource.getRepository(Customer).findOneByOrFail({ id: 5 });
    expect(await both((desk) => desk.customerByEmail(email))).toMatchObject({ id: 5 });
    expect(await both((desk) => desk.customerByEmail('nobody@example'))).toBeNull();
  });

  test('lists customers by alternatives, page by page', async () => {
    const { country } = await dataSource.getRepository(Customer).findOneByOrFail({ id: 1 });
    const since = new Date('2024-01-01');
    const first = await both((desk) => desk.shortlist(country, ['business'], since, 0));
    const second = await both((desk) => desk.shortlist(country, ['business'], since, 1));
    expect(first.rows).toHaveLength(20);
    expect(second.total).toBe(first.total);
    expect(second.rows).not.toContain(first.rows[0]);
  });

  test('shows only the customers and orders that a condition names', async () => {
    const { country } = (await dataSource.getRepository(Company).findOneBy({ id: 1 }))!;
    const companies = await both((desk) => desk.openCarts(country));
    expect(companies.flatMap(({ carts }) => carts).length).toBeGreaterThan(0);
  });

  test('finds products by text, price and category', async () => {
    const { name } = await dataSource.getRepository(Product).findOneByOrFail({ id: 1 });
    expect((await both((desk) => desk.productsLike(name.slice(0, 3), '0', '5000'))).length).toBeGreaterThan(0);
  });

  test('shows the tree of categories', async () => {
    expect(await both((desk) => desk.menu())).toHaveLength(8);
  });

  test('adds up figures', async () => {
    for (const id of [1, 2, 3, 9_999]) await both((desk) => desk.figures(id));
    expect(await onSnapshot().figures(9_999)).toMatchObject({ orders: 0, spent: null, hasReturned: false });
  });
});
