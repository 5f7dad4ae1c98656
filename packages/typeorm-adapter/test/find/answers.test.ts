/** Plans of find options, run over a snapshot, against TypeORM on the same database: the same records, in order where one is given, with the same targets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { aggregatePlan, countPlan, existsPlan, runPlan } from '@permafrost/core';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import {
  And,
  Any,
  ArrayContainedBy,
  ArrayContains,
  ArrayOverlap,
  Between,
  type DataSource,
  Equal,
  ILike,
  In,
  IsNull,
  JsonContains,
  LessThan,
  LessThanOrEqual,
  Like,
  MoreThan,
  MoreThanOrEqual,
  Not,
  Or,
} from 'typeorm';
import { withDatabase } from '../../../../test/src/postgres/suite';
import { FindPlanner } from '../../src/find/find-plan';
import type { StoreContext } from '../../src/store-context';
import { expectSameAnswer } from '../support/same-answer';
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
} from '../support/shop';

type AnyEntity = (typeof shopEntities)[number];

const database = withDatabase('find_answers');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-answers-'));
let dataSource: DataSource;
let store: Store;
let context: StoreContext;
let planner: FindPlanner;

beforeAll(async () => {
  dataSource = await makeShop(database.url);
  await exportSnapshot(dataSource, { directory });
  store = await openStore({ directory, entities: shopEntities });
  const metadatas = dataSource.entityMetadatas;
  context = { snapshot: store.snapshot, dataSource, metadatas, bugCompatible: false, strictRelations: false };
  planner = new FindPlanner(context);
});
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

const firm = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const wheres: [AnyEntity, unknown][] = [
  [Customer, undefined],
  [Customer, []],
  [Customer, [{}, { id: 1 }]],
  [Customer, [{ id: 1 }, { id: In([5, '7']) }]],
  [Customer, { id: '7', email: Like('%@2%') }],
  [Customer, { id: Not(Between(3, 50)) }],
  [Customer, { id: Between(null, 3) }],
  [Customer, { id: In([]) }],
  [Customer, { id: Not(In([])) }],
  [Customer, { id: Not(In([1, null])) }],
  [Customer, { id: In([1, null]) }],
  [Customer, { id: Not(null) }],
  [Customer, { id: Equal(null) }],
  [Customer, { id: Any([1, null, 4]) }],
  [Customer, { id: Not(Any([1, 2])) }],
  [Customer, { id: Not(Any([])) }],
  [Customer, { id: And(MoreThan(3), Not(Or(Equal(5), LessThan(5)))) }],
  [Customer, { id: Not(Not(Equal(5))) }],
  [Customer, { score: IsNull() }],
  [Customer, { score: Not(IsNull()) }],
  [Customer, { score: Not(0.1) }],
  [Customer, { score: LessThan(1) }],
  [Customer, { balance: MoreThanOrEqual('9.50') }],
  [Customer, { balance: LessThanOrEqual(-1) }],
  [Customer, { born: Not(LessThan('1985-01-01')) }],
  [Customer, { createdAt: MoreThan(new Date('2024-01-10')) }],
  [Customer, { status: MoreThan('new') }],
  [Customer, { status: Not(In(['gone'])) }],
  [Customer, { email: ILike('USER1%') }],
  [Customer, { email: Not(ILike('%1\\_%')) }],
  [Customer, { companyId: firm(3) }],
  [Customer, { 'referrer.code': 'Bx', 'manager.id': Not(6) }],
  [Customer, { company: {} }],
  [Customer, { company: { id: firm(3) } }],
  [Customer, { company: { id: Not(firm(3)) } }],
  [Customer, { company: { name: Like('%2'), code: Not(IsNull()) } }],
  [Customer, { company: { name: Not('Firm 2') }, referrer: { code: In(['Bx', 'Cx']) } }],
  [Customer, [{ company: { name: 'Firm 2' } }, { manager: { id: 3 } }]],
  [Customer, { company: IsNull() }],
  [Customer, { company: Not(IsNull()) }],
  [Customer, { company: In([firm(1), firm(2)]) }],
  [Customer, { company: Not(In([firm(1), firm(2)])) }],
  [Customer, { referrer: Equal('Bx') }],
  [Customer, { referrer: Not('Bx') }],
  [Customer, { manager: { manager: { id: LessThan(3) } } }],
  [Customer, { manager: { company: { name: 'Firm 3' }, referrer: IsNull() } }],
  [Customer, { reports: { id: MoreThan(50) } }],
  [Customer, { reports: { reports: { score: MoreThan(5) } } }],
  [Customer, { reports: [{ id: 4 }, { id: 9 }] }],
  [Customer, { reports: MoreThan(1) }],
  [Customer, { reports: LessThan('1') }],
  [Customer, [{ id: 3 }, { follows: MoreThanOrEqual(3) }]],
  [Customer, { followers: LessThanOrEqual(2) }],
  [Customer, { manager: { reports: LessThan(2) } }],
  [Customer, { reports: { follows: LessThan(3) } }],
  [Customer, { profile: { motto: Like('%1%') } }],
  [Customer, { profile: { favourite: { sku: Not(IsNull()) } } }],
  [Customer, { orders: { year: 2021, lines: { quantity: 4 } } }],
  [Customer, { follows: { id: In([2, 3]) }, followers: { id: 5 } }],
  [Customer, [{ follows: { id: 2 } }, { followers: { id: 5 } }]],
  [Customer, { orders: true }],
  [Customer, { company: 1 }],
  [Customer, { manager: new Date() }],
  [Order, { customer: { company: { name: 'Firm 1' } } }],
  [Order, { number: MoreThan('9007199254740999') }],
  [Order, { year: 2021, number: '9007199254740998' }],
  [Order, { lines: { product: { category: { title: Like('%1%') } } } }],
  [Order, { placedAt: Between(new Date('2024-03-11'), new Date('2024-03-20')) }],
  [OrderLine, { replaces: { line: 1 } }],
  [OrderLine, { replaces: Not(IsNull()) }],
  [OrderLine, { replaces: In([1, 2020, 2021]) }],
  [OrderLine, { replaces: Not(Equal(1)) }],
  [OrderLine, { order: { year: 2021 }, product: { sku: In(['SKU-1', 'SKU-2']) } }],
  [OrderLine, { product: Equal('SKU-1') }],
  [Product, { tags: { word: 'tag1' } }],
  [Product, { tags: { id: Not(IsNull()) } }],
  [Product, { tags: { id: IsNull() } }],
  [Product, { tags: MoreThan(1) }],
  [Product, { labels: ArrayContains(['l1']) }],
  [Product, { labels: ArrayContainedBy(['l1', 'x']) }],
  [Product, { labels: ArrayOverlap(['l0', 'x']) }],
  [Product, { labels: Not(ArrayOverlap(['l0', 'x'])) }],
  [Product, { labels: Equal(['l1', null]) }],
  [Product, { labels: ['l1', null] }],
  [Product, { labels: In([['l1', null], ['l2']]) }],
  [Product, { details: JsonContains({ parts: [4] }) }],
  [Product, { details: Not(JsonContains({ parts: [4] })) }],
  [Product, { details: { size: 4, parts: [4, null] } }],
  [Product, { details: Not(Equal({ size: 4, parts: [4, null] })) }],
  [Product, { category: { parent: { id: 1 } } }],
  [Product, { related: { category: { tags: { word: 'tag2' } } } }],
  [Category, { children: { children: { id: Not(IsNull()) } } }],
  [Category, { tags: LessThan(2) }],
  [Tag, { word: Not('tag1') }],
  [Tag, { broader: { id: 1 } }],
  [Tag, { broader: { id: 3 } }],
  [Tag, { broader: Equal(3) }],
  [Tag, { broader: { broader: { id: Not(IsNull()) } } }],
  [Tag, { products: MoreThan(6) }],
  [Profile, { customer: { id: 4 } }],
  [Profile, { customer: Equal(4) }],
  [Profile, { favourite: IsNull() }],
];

describe.each([false, true])('withDeleted: %p', (withDeleted) => {
  test.each(wheres)('%# %p where %p', async (entity, where) => {
    await expectSameAnswer({ dataSource, store }, planner, entity, () => ({ where: where as never, withDeleted }));
    const repository = dataSource.getRepository<any>(entity);
    const options = { where, withDeleted } as never;
    expect(countOf(entity, options)).toBe(await repository.count(options));
    const exists = planner.plan(dataSource.getMetadata(entity), options, 'exists');
    expect(existsPlan(store.snapshot, exists.plan)).toBe(await repository.exists(options));
  });
});

const others: [AnyEntity, object][] = [
  [Customer, { relations: { company: true, manager: { company: true } } }],
  [Customer, { relations: { reports: true, orders: { lines: true } }, where: { id: LessThan(9) } }],
  [Customer, { relations: { reports: true }, where: { reports: { id: In([4, 8, 9]) } } }],
  [Customer, { relations: { reports: { follows: true } }, where: { reports: { follows: { id: LessThan(9) } } } }],
  [Customer, { relations: { company: true }, loadEagerRelations: false, where: { company: { customers: { id: 3 } } } }],
  [Customer, { order: { score: 'ASC', id: 'DESC' } }],
  [Customer, { order: { score: 'desc', id: -1 } }],
  [Customer, { order: { score: { direction: 'desc', nulls: 'last' }, id: 1 } }],
  [Customer, { order: { score: { direction: 'asc', nulls: 'FIRST' }, id: 'asc' } }],
  [Customer, { order: { status: 'DESC', balance: 'ASC' } }],
  [Customer, { order: { company: { code: 'DESC' }, id: 'ASC' } }],
  [Customer, { order: { manager: { score: 'DESC' }, id: 'ASC' } }],
  [Customer, { order: { 'manager.id': 'DESC', id: 'ASC' } }],
  [Customer, { order: { id: 'upwards' } }],
  [Customer, { order: { reports: { id: 'DESC' }, id: 'ASC' }, relations: { reports: true } }],
  [Customer, { order: { orders: { placedAt: 'DESC' }, id: 'ASC' } }],
  [Customer, { order: { id: 'ASC' }, skip: 3, take: 4 }],
  [Customer, { order: { id: 'ASC' }, skip: '58', take: '4' }],
  [Customer, { order: { id: 'ASC' }, skip: 100 }],
  [Customer, { order: { id: 'ASC' }, take: 0 }],
  [Customer, { order: { id: 'ASC' }, take: null, skip: null }],
  [Customer, { order: { id: 'ASC' }, take: 2.5 }],
  [Customer, { order: { id: 'DESC' }, skip: 3, take: 4, relations: { orders: true, follows: true } }],
  [Customer, { order: { company: { name: 'ASC' }, id: 'DESC' }, take: 7, relations: { company: true, reports: true } }],
  [Order, { order: { customer: { id: 'ASC' }, number: 'DESC' } }],
  [Order, { order: { lines: { quantity: 'DESC' }, number: 'ASC' }, relations: { lines: true } }],
  [OrderLine, {}],
  [OrderLine, { loadEagerRelations: false }],
  [OrderLine, { where: { order: { customer: { id: 3 } } }, relations: { order: { customer: true } } }],
  [Product, { relations: { tags: true, related: true, category: { tags: true } } }],
  [Product, { relations: { tags: { broader: true } }, where: { tags: { word: Not('tag1') } } }],
  [Product, { relations: { tags: { broader: true } }, withDeleted: true }],
  [Category, { relations: { parent: { parent: true }, children: { children: true } } }],
  [Tag, { relations: { broader: { broader: true } }, order: { broader: { id: 'DESC' }, id: 'ASC' } }],
  [
    Tag,
    { relations: { products: { category: { parent: true } } }, where: { products: { category: { id: In([2, 3]) } } } },
  ],
  [Profile, { relations: { customer: { company: true }, favourite: { tags: true } } }],
  [Company, { relations: { customers: { orders: true } }, where: { customers: { orders: { year: 2022 } } } }],
  [
    Company,
    { relations: { customers: { orders: true } }, where: { customers: [{ orders: { year: 2022 } }, { id: 4 }] } },
  ],
];

test.each(others)('%# %p %p', (entity, options) =>
  expectSameAnswer({ dataSource, store }, planner, entity, () => options),
);

/** Pages over joins: TypeORM's own, which are short, or fail, where the order is by more than one target or by what is not selected. */
const pages: [AnyEntity, object][] = [
  [Customer, { order: { reports: { id: 'ASC' } }, relations: { reports: true }, take: 5 }],
  [Customer, { order: { reports: { id: 'DESC' } }, relations: { reports: true }, skip: 30, take: 20 }],
  [Customer, { order: { orders: { placedAt: 'DESC' }, id: 'ASC' }, relations: { orders: true }, skip: 3, take: 7 }],
  [Customer, { order: { orders: { year: 'DESC' } }, relations: { orders: { lines: true } }, skip: 3, take: 7 }],
  [Customer, { order: { follows: { company: { name: 'ASC' } } }, relations: { follows: { company: true } }, take: 9 }],
  [Customer, { order: { reports: { id: 'ASC' } }, relations: { reports: true }, skip: 1000 }],
  [
    Customer,
    {
      order: { manager: { id: 'ASC' } },
      relations: { manager: true },
      where: { reports: { id: MoreThan(9) } },
      take: 5,
    },
  ],
  [Customer, { order: { reports: { id: 'ASC' } }, take: 5 }],
  [Customer, { order: { company: { name: 'ASC' } }, take: 5 }],
  [Customer, { order: { company: { id: 'ASC' } }, take: 5 }],
  [
    Customer,
    {
      order: { company: { id: 'ASC' }, id: 'ASC' },
      select: { id: true, company: { name: true } },
      relations: { company: true },
      take: 5,
    },
  ],
  [
    Customer,
    {
      order: { company: { code: 'ASC' } },
      select: { id: true, company: { name: true } },
      relations: { company: true },
      take: 5,
    },
  ],
  [Customer, { select: { email: true }, relations: { company: true }, take: 5 }],
  [Customer, { order: { score: 'ASC' }, select: { id: true }, relations: { company: true }, take: 5 }],
  [Customer, { order: { id: 'ASC' }, select: { email: true, id: true }, relations: { company: true }, take: 5 }],
  [Customer, { order: { id: 'ASC' }, relations: { company: true }, take: 0 }],
  [Customer, { order: { id: 'ASC' }, relations: { company: true }, take: 0, skip: 0 }],
  [Customer, { order: { id: 'ASC' }, relations: { company: true }, take: 0, skip: 1 }],
  [Product, { relations: { tags: true }, order: { tags: { word: 'DESC' } }, take: 4 }],
  [
    Product,
    {
      relations: { tags: true, related: true },
      order: { tags: { id: { direction: 'ASC', nulls: 'first' } } },
      skip: 2,
      take: 4,
    },
  ],
];

test.each(pages)('bugCompatible: %# %p %p', async (entity, options) => {
  const bugCompatible = new FindPlanner({ ...context, bugCompatible: true });
  const refusal = await dataSource
    .getRepository<any>(entity)
    .find(options)
    .then(
      () => undefined,
      (error: Error) => error.message,
    );
  // Several records may have the same place in these orders.
  if (refusal === undefined)
    return expectSameAnswer({ dataSource, store }, bugCompatible, entity, () => options, false);
  expect(() => bugCompatible.plan(dataSource.getMetadata(entity), options, 'find')).toThrow(refusal);
  expect(
    runPlan(store.snapshot, planner.plan(dataSource.getMetadata(entity), options, 'find').plan).ordinals,
  ).toHaveLength(5);
});

test.each([
  [Customer, { select: { score: true } }],
  [Customer, { select: { score: true, born: true } }],
  [Customer, { select: { company: { name: true } }, relations: { company: true } }],
  [
    Customer,
    {
      select: { id: true, company: { name: true }, orders: { year: true } },
      relations: { company: true, orders: true },
    },
  ],
  [Customer, { relations: { orders: true }, skip: 5, take: -5 }],
  [Product, { select: { tags: { word: true } }, relations: { tags: true } }],
] as [AnyEntity, object][])('%p: what %p counts', async (entity, options) => {
  const { plan, distinct } = planner.countOf(planner.plan(dataSource.getMetadata(entity), options, 'count'));
  const count = distinct
    ? aggregatePlan(store.snapshot, plan, 'count-distinct', ...distinct)
    : countPlan(store.snapshot, plan);
  expect(count).toBe(await dataSource.getRepository<any>(entity).count(options));
});

test.each([
  [Customer, 'id', undefined],
  [Customer, 'id', { orders: { year: 2021 } }],
  [Customer, 'id', [{ follows: { id: LessThan(9) } }, { orders: true }]],
  [Customer, 'balance', { reports: { follows: { id: Not(4) } } }],
  [Product, 'category.id', { tags: { word: Like('%') } }],
  [Product, 'category.id', { tags: { id: IsNull() } }],
  [Category, 'id', { tags: true }],
] as [AnyEntity, string, any][])('%p: the sum of %s where %p', async (entity, property, where) => {
  const { plan, operand } = planner.planAggregate(dataSource.getMetadata(entity), property, where);
  const sum = aggregatePlan(store.snapshot, plan, 'sum', operand.reference);
  const expected = await dataSource.getRepository<any>(entity).sum(property as never, where);
  expect(sum === null ? null : Number(sum)).toBe(expected);
});

function countOf(entity: AnyEntity, options: object): number {
  const { plan, distinct } = planner.countOf(planner.plan(dataSource.getMetadata(entity), options, 'count'));
  expect(distinct).toBeUndefined();
  return countPlan(store.snapshot, plan);
}
