/** The repository against TypeORM's on the same data: the same records in the same order, the same counts, the same errors; or a refusal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { materialize } from '@permafrost/core';
import { exportSnapshot, openStore, type SnapshotRepository, type Store } from '@permafrost/typeorm-adapter';
import {
  type DataSource,
  EntityNotFoundError,
  EntityPropertyNotFoundError,
  Equal,
  type FindManyOptions,
  In,
  type Repository,
  TypeORMError,
} from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';
import { type AnyRecord, expectSame, inKeyOrder } from './support/same';
import { Category, Company, Customer, makeShop, Order, OrderLine, Product, shopEntities, Tag } from './support/shop';

type AnyEntity = (typeof shopEntities)[number];

const database = withDatabase('adapter_queries');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-queries-'));
let dataSource: DataSource;
let store: Store;

beforeAll(async () => {
  dataSource = await makeShop(database.url);
  await dataSource.query(`UPDATE customer SET "createdAt" = 'infinity' WHERE id = 3`);
  await exportSnapshot(dataSource, { directory });
  store = await openStore({ directory, entities: shopEntities });
});
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

const inDatabase = (entity: AnyEntity): Repository<AnyRecord> => dataSource.getRepository<AnyRecord>(entity);
const inSnapshot = (entity: AnyEntity): SnapshotRepository<AnyRecord> =>
  store.getRepository<AnyRecord>(entity as never);
const firmId = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const conditions: [AnyEntity, unknown][] = [
  [Customer, undefined],
  [Customer, {}],
  [Customer, []],
  [Customer, [{}]],
  [Customer, [{}, { id: 1 }]],
  [Customer, { id: 7 }],
  [Customer, { id: '7' }],
  [Customer, { id: ' +7 ' }],
  [Customer, { id: 999 }],
  [Customer, { id: In([3, 1, 999, 2, 3, null]) }],
  [Customer, { id: In([]) }],
  [Customer, { id: Equal(5) }],
  [Customer, { id: Equal(null) }],
  [Customer, { email: 'user12@2.example' }],
  [Customer, { email: 'USER12@2.example' }],
  [Customer, { email: In(['user1@1.example', 'nobody', 'user2@2.example']) }],
  [Customer, { status: 'gone' }],
  [Customer, { status: In(['new', 'gone']), companyId: firmId(3) }],
  [Customer, { balance: '5' }],
  [Customer, { balance: '5.00' }],
  [Customer, { balance: 6.25 }],
  [Customer, { balance: In(['7.50', 10, 'NaN']) }],
  [Customer, { born: '1981-05-15' }],
  [Customer, { born: new Date(1981, 4, 15) }],
  [Customer, { score: 0.3 }],
  [Customer, { score: In([0.1, 0.7000000000000001, '1.5']) }],
  [Customer, { createdAt: Number.POSITIVE_INFINITY }],
  [Customer, { createdAt: new Date('2024-01-01T07:00:00.123Z') }],
  [Customer, { company: { id: firmId(2) } }],
  [Customer, { company: { id: In([firmId(2), firmId(3)]) }, status: 'new' }],
  [Customer, { company: {} }],
  [Customer, { company: { id: firmId(2).toUpperCase() } }],
  [Customer, { manager: { id: 4 } }],
  [Customer, { profile: { customerId: 4 } }],
  [Customer, { referrer: { id: firmId(5) } }],
  [Customer, [{ id: 1 }, { email: 'user2@2.example' }, { id: 1, status: 'new' }]],
  [Company, { id: firmId(2) }],
  [Company, { code: 'Ax' }],
  [Company, { code: 'Ax   ' }],
  [Company, { name: 'Firm 4' }],
  [Order, { number: '9007199254741000' }],
  [Order, { number: 9007199254741000n }],
  [Order, { year: 2021, number: '9007199254740994' }],
  [Order, { year: 2021, number: '9007199254740995' }],
  [Order, { number: In(['9007199254740994', '9007199254740995']) }],
  // Half past two in the night of the change to summer time, where there is one.
  [Order, { placedAt: new Date(2024, 2, 10, 15, 30, 0, 500) }],
  [OrderLine, { order: { year: 2021, number: '9007199254740994' } }],
  [OrderLine, { order: { year: 2021, number: '9007199254740995' } }],
  [OrderLine, { product: { sku: 'SKU-7' }, line: 2 }],
  [OrderLine, { replaces: { orderYear: 2021, orderNumber: '9007199254740994', line: 1 } }],
  [Product, { sku: 'SKU-4' }],
  [Product, { category: { id: 3 } }],
  [Tag, { word: In(['tag1', 'tag3', 'tag4']) }],
  [Tag, { broader: { id: 3 } }],
  [Tag, { broader: { id: 4 } }],
  [Category, { parent: { id: 2 } }],
];

describe('where', () => {
  test.each(conditions.map(([entity, where], place) => [place, entity.name, show(where), entity, where] as const))(
    '%i %s %s',
    async (_place, _name, _where, entity, where) => {
      const options = { where, loadEagerRelations: false } as FindManyOptions;
      await expectAlike(entity, options);
      const [database, snapshot] = [inDatabase(entity), inSnapshot(entity)];
      expect(await snapshot.count(options)).toBe(await database.count(options));
      expect(await snapshot.exists(options)).toBe(await database.exists(options));
      if (where === undefined) return;
      const criteria = where as object;
      expect(await snapshot.countBy(criteria)).toBe(await database.countBy(criteria));
      expect(await snapshot.existsBy(criteria)).toBe(await database.existsBy(criteria));
      expect(await snapshot.findBy(criteria)).toHaveLength((await database.findBy(criteria)).length);
      const [one, firstOfAll] = [await snapshot.findOneBy(criteria), (await snapshot.findBy(criteria))[0]];
      expect(one === null ? undefined : materialize(one)).toEqual(firstOfAll && materialize(firstOfAll));
      expect(one === null).toBe((await database.findOneBy(criteria)) === null);
      expect((await snapshot.findOne({ where: criteria })) === null).toBe(one === null);
    },
  );
});

describe('order, skip and take', () => {
  test.each<[AnyEntity, FindManyOptions]>([
    [Customer, { order: { id: 'DESC' } }],
    [Customer, { order: { id: -1 } }],
    [Customer, { order: { balance: 'DESC' }, take: 7 }],
    [Customer, { order: { score: 'ASC', id: 'desc' } }],
    [Customer, { order: { score: 'DESC', id: 'asc' }, take: 3 }],
    [Customer, { order: { score: { direction: 'DESC', nulls: 'LAST' }, id: 1 } }],
    [Customer, { order: { born: { nulls: 'first' } }, take: 2 }],
    [Customer, { order: { status: 'ASC', id: 'ASC' } }],
    [Customer, { order: { companyId: 'ASC', id: 'ASC' } }],
    [Customer, { order: { createdAt: 'DESC' }, skip: 5, take: 10 }],
    [Customer, { order: { id: undefined, balance: 'ASC' } }],
    [Customer, { order: { id: 'ASC' }, skip: 58 }],
    [Customer, { order: { id: 'ASC' }, skip: 1000, take: 10 }],
    [Customer, { order: { id: 'ASC' }, take: 0 }],
    [Customer, { order: { id: 'ASC' }, skip: '4' as never, take: '2' as never }],
    [
      Customer,
      {
        where: { status: 'active' },
        order: { id: 'ASC' },
        skip: 2,
        take: 5,
        relations: { company: true, orders: true },
      },
    ],
    [Customer, { where: { id: 3 }, order: { id: 'ASC' }, skip: 1 }],
    [Order, { order: { placedAt: 'DESC' }, take: 4 }],
    [Order, { order: { number: 'ASC' }, take: 4 }],
    [OrderLine, { order: { quantity: 'DESC', orderNumber: 'ASC' }, take: 9, skip: 3 }],
  ])('%p %j', async (entity, options) => {
    await expectAlike(entity, options, true);
    const [records, count] = await inSnapshot(entity).findAndCount(options);
    expect([records.length, count]).toEqual(
      (await inDatabase(entity).findAndCount(options)).map((part, place) =>
        place === 0 ? (part as unknown[]).length : part,
      ),
    );
  });

  test('a take of NaN is refused as TypeORM refuses it', async () => {
    const options = { take: 'ten' as never };
    const expected = await failureOf(inDatabase(Customer).find(options));
    const actual = await failureOf(inSnapshot(Customer).find(options));
    expect([actual.constructor, actual.message]).toEqual([expected.constructor, expected.message]);
  });
});

describe('what TypeORM refuses is refused alike', () => {
  test.each<[unknown]>([[{ id: undefined }], [{ email: null }], [{ company: null }], [{ company: { id: undefined } }]])(
    '%j',
    async (where) => {
      const expected = await failureOf(inDatabase(Customer).findBy(where as never));
      const actual = await failureOf(inSnapshot(Customer).findBy(where as never));
      expect(expected).toBeInstanceOf(TypeORMError);
      expect(actual).toBeInstanceOf(TypeORMError);
      expect(actual.message.split(' ').slice(0, 3)).toEqual(expected.message.split(' ').slice(0, 3));
    },
  );

  test('unknown properties', async () => {
    for (const find of [{ where: { emial: 'x' } }, { relations: { compani: true } }, { order: { emial: 'ASC' } }]) {
      expect(await failureOf(inDatabase(Customer).find(find as never))).toBeInstanceOf(EntityPropertyNotFoundError);
      expect(await failureOf(inSnapshot(Customer).find(find as never))).toBeInstanceOf(EntityPropertyNotFoundError);
    }
  });

  test('findOne without where, and what is not found', async () => {
    const message = (await failureOf(inDatabase(Customer).findOne({}))).message;
    expect((await failureOf(inSnapshot(Customer).findOne({}))).message).toBe(message);
    const expected = (await failureOf(inDatabase(Customer).findOneByOrFail({ id: 99 }))) as EntityNotFoundError;
    const actual = (await failureOf(inSnapshot(Customer).findOneByOrFail({ id: 99 }))) as EntityNotFoundError;
    expect(actual).toBeInstanceOf(EntityNotFoundError);
    expect([actual.message, actual.entityClass, actual.criteria]).toEqual([
      expected.message,
      expected.entityClass,
      expected.criteria,
    ]);
    expect(await failureOf(inSnapshot(Customer).findOneOrFail({ where: { id: 99 } }))).toBeInstanceOf(
      EntityNotFoundError,
    );
    expect((await inSnapshot(Customer).findOneOrFail({ where: { id: 9 } })).id).toBe(9);
  });
});

describe('answered or refused as by the database', () => {
  test.each<[string, FindManyOptions]>([
    ['In on a relation', { where: { company: In([firmId(1), firmId(3)]) } }],
    ['a relation by a number, which TypeORM ignores', { where: { manager: 4 as never } }],
    ['a relation by true, which TypeORM ignores', { where: { manager: true as never } }],
    ['a field of a relation', { where: { company: { name: 'Firm 2' } } }],
    ['a to-many relation', { where: { orders: { year: 2021 } } }],
    ['select', { select: { id: true, email: true } }],
    ['cache', { cache: true }],
    ['withDeleted', { withDeleted: true }],
    ['loadRelationIds', { loadRelationIds: true }],
    ['relations as a list', { relations: ['company'] as never }],
    ['order by text', { order: { email: 'ASC' } }],
    ['order by a relation', { relations: { manager: true }, order: { manager: { email: 'ASC' }, id: 'ASC' } }],
    ['an unknown direction', { order: { id: 'DOWN' as never } }],
    ['unknown nulls', { order: { id: { nulls: 'middle' as never } } }],
    ['a negative take', { take: -1 }],
    ['lock', { lock: { mode: 'pessimistic_read' } }],
    ['text for an integer', { where: { id: 'abc' } }],
    ['a fraction for an integer', { where: { id: 1.5 } }],
    ['an integer out of range', { where: { id: 3e9 } }],
    ['a list for a field', { where: { id: [1, 2] } }],
    ['an unknown enum value', { where: { status: 'old' } }],
    ['text for a number', { where: { balance: 'much' } }],
    ['text for a float', { where: { score: 'much' } }],
    ['no UUID', { where: { companyId: '7' } }],
    ['an unknown option', { tkae: 1 } as never],
  ])('%s', async (_what, options) => {
    const ordered = { loadEagerRelations: false, ...(options.order ? {} : { order: { id: 'ASC' } }), ...options };
    const answer = (repository: Repository<AnyRecord>, find: FindManyOptions) =>
      repository.find(find).catch(({ name, message }: Error) => ({ name, message }));
    expect(await answer(store.getRepository<AnyRecord>(Customer as never, { as: 'entity' }), ordered)).toEqual(
      await answer(inDatabase(Customer), ordered),
    );
  });

  test('JSON with numbers that JavaScript cannot tell from others', async () => {
    for (const details of ['1e400', '{"a":[12345678901234567]}', '[1e-400]'])
      await expect(inSnapshot(Product).findBy({ details: Equal(details) })).rejects.toMatchObject({
        code: 'QUERY_UNSUPPORTED',
      });
    for (const details of ['1e3', '{"size":1}', '"12345678901234567890"', '0.10', '1230000000000000000000'])
      expect(await inSnapshot(Product).countBy({ details: Equal(details) })).toBe(
        await inDatabase(Product).countBy({ details: Equal(details) }),
      );
  });

  test('members that were not exported', async () => {
    for (const options of [{ where: { passwordHash: 'x' } }, { order: { passwordHash: 'ASC' } }]) {
      await expect(inSnapshot(Customer).find(options as never)).rejects.toMatchObject({
        code: 'QUERY_UNSUPPORTED',
        message: expect.stringMatching(/not exported.*@Snapshot\(\{ include: \['passwordHash'\] \}\)/),
      });
    }
  });
});

test('a record stands for its key', async () => {
  const company = store.snapshot.get(Company, firmId(3))!;
  const records = await store.getRepository(Customer).findBy({ company });
  expect(records.map(({ id }) => id)).toEqual(
    (await dataSource.getRepository(Customer).findBy({ company: { id: firmId(3) } }))
      .map(({ id }) => id)
      .sort((a, b) => a - b),
  );
  expect((await store.getRepository(Company).findBy(company as never)).map(({ id }) => id)).toEqual([firmId(3)]);
});

test('a query after close', async () => {
  const closed = await openStore({ directory, entities: shopEntities });
  const customers = closed.getRepository(Customer);
  const [record] = await customers.findBy({ id: 1 });
  closed.close();
  closed.close();
  await expect(customers.find()).rejects.toMatchObject({ code: 'SNAPSHOT_CLOSED' });
  await expect(customers.findOneBy({ id: 1 })).rejects.toMatchObject({ code: 'SNAPSHOT_CLOSED' });
  await expect(customers.count()).rejects.toMatchObject({ code: 'SNAPSHOT_CLOSED' });
  expect(() => record!.id).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
});

/** Both find the same; in the same order, where one is given. */
async function expectAlike(entity: AnyEntity, options: FindManyOptions, isOrdered = false): Promise<void> {
  const metadata = dataSource.getMetadata(entity);
  const found = await inDatabase(entity).find(options);
  const copies = (await inSnapshot(entity).find(options)).map((record) => materialize(record, { shared: false }));
  for (const record of [...found, ...copies])
    for (const firm of [record, record['company']])
      if (firm instanceof Company) delete (firm as AnyRecord)['internalNote'];
  if (isOrdered) for (const record of [...found, ...copies]) inKeyOrder(metadata, [record]);
  else for (const records of [found, copies]) inKeyOrder(metadata, records);
  expectSame(copies, found);
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not fail.');
}

/** For titles: JSON with bigints and operators. */
function show(where: unknown): string {
  return JSON.stringify(where, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)) ?? 'undefined';
}
