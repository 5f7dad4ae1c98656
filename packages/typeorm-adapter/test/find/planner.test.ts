/** What TypeORM's options become: plans in core's words, and TypeORM's own errors for what TypeORM refuses. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import {
  And,
  Any,
  Between,
  type DataSource,
  Equal,
  In,
  IsNull,
  JsonContains,
  LessThan,
  MoreThan,
  Not,
  Or,
  Raw,
  SelectQueryBuilder,
} from 'typeorm';
import { withDatabase } from '../../../../test/src/postgres/suite';
import { FindPlanner } from '../../src/find/find-plan';
import { builderFields, builderMethods, PlanningQueryBuilder } from '../../src/find/planning-query-builder';
import { StoredMembers } from '../../src/find/stored-members';
import { Company, Customer, makeShop, OrderLine, Product, shopEntities, Tag } from '../support/shop';

type AnyEntity = (typeof shopEntities)[number];

const database = withDatabase('find_plans');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-plans-'));
let dataSource: DataSource;
let store: Store;
let planner: FindPlanner;

beforeAll(async () => {
  dataSource = await makeShop(database.url);
  await exportSnapshot(dataSource, { directory });
  store = await openStore({ directory, entities: shopEntities });
  const metadatas = dataSource.entityMetadatas;
  planner = new FindPlanner({
    snapshot: store.snapshot,
    dataSource,
    metadatas,
    bugCompatible: false,
    strictRelations: false,
  });
});
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

const planOf = (entity: AnyEntity, options: unknown, method = 'find') =>
  planner.plan(dataSource.getMetadata(entity), options as never, method);

test('the members of SelectQueryBuilder that planning rests on are there', () => {
  const builder = new PlanningQueryBuilder(
    new StoredMembers(store.snapshot.schema),
    dataSource,
    dataSource.getMetadata(Customer),
  );
  const prototype = SelectQueryBuilder.prototype as unknown as Record<string, unknown>;
  expect(builderMethods.filter((name) => typeof prototype[name] !== 'function')).toEqual([]);
  expect(builderFields.filter((name) => !(name in builder))).toEqual([]);
  // Every level of the options goes through the members that are overridden.
  const names = Object.getOwnPropertyNames(PlanningQueryBuilder.prototype).filter((name) => name.startsWith('build'));
  expect(names.filter((name) => !builderMethods.includes(name as never))).toEqual([]);
});

test('joins, condition, order and window', () => {
  const { plan, sources } = planOf(Customer, {
    where: { company: { name: 'Firm 1' }, id: MoreThan(3) },
    relations: { company: true, orders: { lines: true } },
    order: { company: { name: 'desc' }, manager: { id: 'ASC' } },
    skip: '2',
    take: 5,
  });
  expect([...sources.keys()]).toEqual([
    'Customer',
    'Customer__Customer_company',
    'Customer__Customer_orders',
    'Customer__Customer_orders__Customer__Customer_orders_lines',
    // The product of a line is eager; TypeORM shortens long names. Its category is not: one level is below a relation asked for.
    expect.stringMatching(/^[\da-f]{40}$/),
    'Customer__Customer_manager',
  ]);
  expect(plan).toMatchObject({
    entity: 'Customer',
    where: {
      kind: 'and',
      terms: [
        { kind: 'compare', operand: { source: 1, field: 'name' }, operator: 'equal', value: 'Firm 1' },
        { kind: 'compare', operand: { source: 0, field: 'id' }, operator: 'greater', value: 3 },
      ],
    },
    order: [
      { source: 1, field: 'name', direction: 'descending', nulls: 'first' },
      { source: 5, field: 'id', direction: 'ascending', nulls: 'last' },
    ],
    skip: 2,
    take: 5,
  });
});

test('eager relations, soft deletion, and the key that a foreign key holds', () => {
  expect(planOf(OrderLine, { where: { product: Equal('SKU-1'), replaces: Not(IsNull()) } }).plan).toEqual({
    entity: 'OrderLine',
    joins: [
      { parent: 0, relation: 'product', kind: 'inner' },
      { parent: 1, relation: 'category', kind: 'left' },
    ],
    where: {
      kind: 'and',
      terms: [
        {
          kind: 'compare',
          operand: { source: 0, field: 'sku', through: 'product' },
          operator: 'equal',
          value: 'SKU-1',
        },
        {
          kind: 'not',
          term: { kind: 'is-null', operand: { source: 0, field: 'line', through: 'replaces' } },
        },
      ],
    },
  });
  const isThere = (source: number) => ({ kind: 'is-null', operand: { source, field: 'deletedAt' } });
  expect(planOf(Tag, { relations: { broader: true } }).plan).toEqual({
    entity: 'Tag',
    joins: [{ parent: 0, relation: 'broader', kind: 'left', on: isThere(1) }],
    where: isThere(0),
  });
  expect(planOf(Tag, { relations: { broader: true }, withDeleted: true }).plan).toEqual({
    entity: 'Tag',
    joins: [{ parent: 0, relation: 'broader', kind: 'left' }],
  });
});

test('a condition on the number of targets holds for the whole query', () => {
  expect(planOf(Customer, { where: [{ id: 1 }, { id: 2, orders: MoreThan('3') }] }).plan.where).toMatchObject({
    kind: 'and',
    terms: [{ kind: 'target-count', source: 0, relation: 'orders', operator: 'greater', value: 3 }, { kind: 'or' }],
  });
});

const nobody = { where: { id: 1, name: 'x' } };
const refusedByTypeorm: [AnyEntity, unknown][] = [
  [Customer, nobody],
  [Customer, { where: 'abc' }],
  [Customer, { where: { id: null } }],
  [Customer, { where: { id: undefined } }],
  [Customer, { where: { company: null } }],
  [Customer, { where: { company: undefined } }],
  [Customer, { where: { company: { id: undefined } } }],
  [Customer, { where: { company: { name: 'x', code: null } } }],
  [Customer, { where: { company: { nme: 'x' } } }],
  [Customer, { where: { company: 'x' } }],
  [Customer, { where: [{ company: { customers: [{ idd: 1 }] } }] }],
  [Customer, { where: { company: MoreThan(1) } }],
  [Customer, { where: { profile: IsNull() } }],
  [Customer, { where: { orders: In([1]) } }],
  [Customer, { where: { orders: MoreThan('x') } }],
  [Customer, { where: { id: And() } }],
  [Customer, { where: { id: Not(Or()) } }],
  [Customer, { where: { id: () => 1 } }],
  [Customer, { where: { id: In([() => 1]) } }],
  [Customer, { where: { id: In(1 as never) } }],
  [Customer, { where: { id: Between<unknown>(() => 1, 2) } }],
  [Customer, { where: { id: { '@instanceof': Symbol.for('FindOperator'), type: 'odd', value: 1 } } }],
  [Customer, { where: { email: JsonContains('x' as never) } }],
  [Customer, { where: { id: JsonContains({ a: 1 }) } }],
  [Customer, { where: { status: JsonContains('1' as never) } }],
  [Product, { where: { labels: JsonContains('1' as never) } }],
  [Product, { where: { details: JsonContains('x' as never) } }],
  // TypeORM looks at all of the options before the database does, and the database at the query before it looks at operands.
  [Customer, { where: { id: 'x', email: null } }],
  [Customer, { where: { id: 'x', company: { nme: 1 } }, relations: { company: true } }],
  [Customer, { where: { id: 'x' }, order: { idd: 'ASC' } }],
  [Customer, { where: { id: 'x' }, lock: { mode: 'pessimistic_read' } }],
  [Customer, { where: { id: 'x', email: And() } }],
  [Customer, { where: [{ score: 'x' }, { id: 'y' }] }],
  [Customer, { relations: ['company'] }],
  [Customer, { relations: { firm: true } }],
  [Customer, { relations: { company: { owner: true } } }],
  [Customer, { select: ['id'] }],
  [Customer, { select: { idd: true } }],
  [Customer, { select: { company: { idd: true } }, relations: { company: true } }],
  [Customer, { join: { alias: 'c' } }],
  [Customer, { order: { idd: 'ASC' } }],
  [Customer, { order: { id: null } }],
  [Customer, { order: { company: 'ASC' } }],
  [Customer, { order: { company: { idd: 'ASC' } } }],
  [Customer, { take: 'x' }],
  [Customer, { skip: Number.NaN }],
  [Customer, { take: -1 }],
  [Customer, { skip: -1 }],
  [Customer, { skip: -1, take: -1 }],
  [Customer, { skip: -1, relations: { company: true } }],
  [Customer, { take: -1, relations: { company: true } }],
  [Customer, { take: Number.POSITIVE_INFINITY }],
  [Customer, { take: 1e30 }],
  [Customer, { lock: { mode: 'pessimistic_read', tables: ['nothing'] } }],
];

test.each(refusedByTypeorm)(
  'TypeORM refuses %p %p, and so does planning, in the same words',
  async (entity, options) => {
    const expected: Error = await dataSource
      .getRepository(entity as typeof Customer)
      .find(options as never)
      .then(
        () => new Error('TypeORM answers this'),
        (error) => error,
      );
    let actual: Error | undefined;
    try {
      planOf(entity, options);
    } catch (error) {
      actual = error as Error;
    }
    expect([actual?.constructor.name, actual?.message]).toEqual([expected.constructor.name, expected.message]);
  },
);

test.each([
  [Customer, { where: { id: Raw('1') } }, /Raw/],
  [Customer, { where: { passwordHash: 'x' } }, /include: \['passwordHash'\]/],
  [Customer, { select: { id: true, passwordHash: true } }, /include: \['passwordHash'\]/],
  [Company, { where: { internalNote: 'x' } }, /exclude/],
  [Company, { order: { internalNote: 'ASC' } }, /exclude/],
  [Customer, { where: { company: { internalNote: 'x' } } }, /exclude/],
  [Product, { where: { details: LessThan(1) } }, /an order/],
  [Customer, { where: { id: Any('{1}' as never) } }, /Any/],
] as [AnyEntity, unknown, RegExp][])('%p %p is refused by name', (entity, options, message) => {
  expect(() => planOf(entity, options)).toThrow(
    expect.objectContaining({ code: 'QUERY_UNSUPPORTED', message: expect.stringMatching(message) }),
  );
});
