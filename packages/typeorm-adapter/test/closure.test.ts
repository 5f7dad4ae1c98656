/** `roots`: the records that named relations lead to, and no other, whatever kinds of relations and keys there are. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EntityClass } from '@permafrost/core';
import {
  type ExportProgress,
  type ExportRoot,
  exportSnapshot,
  openStore,
  type Store,
} from '@permafrost/typeorm-adapter';
import { DataSource, EntitySchema, In, LessThan, Like, MoreThan, Raw } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';
import { Dice } from '../../core/test/support/dice';
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

type ShopEntity = (typeof shopEntities)[number];
type Row = Record<string, unknown>;
interface Found {
  readonly entity: ShopEntity;
  readonly row: Row;
}

const database = withDatabase('adapter_closure');
let dataSource: DataSource;
let directory: string;
/** All that TypeORM gives, every relation loaded; by entity and key. */
const rows = new Map<ShopEntity, Map<string, Found>>();

beforeAll(async () => {
  dataSource = await makeShop(database.url);
  for (const entity of shopEntities) {
    const relations = Object.fromEntries(
      relationsOf(entity)
        .filter(({ propertyName }) => propertyName !== 'categories')
        .map(({ propertyName }) => [propertyName, true]),
    );
    const found = await dataSource
      .getRepository<Row>(entity)
      .find({ relations, loadEagerRelations: false, withDeleted: true });
    rows.set(entity, new Map(found.map((row) => [keyOf(entity, row), { entity, row }])));
  }
  // TypeORM cannot load it: its owner does not name this side.
  for (const { row } of rows.get(Tag)!.values()) row['categories'] = [];
  for (const { row } of rows.get(Category)!.values())
    for (const tag of row['tags'] as Row[]) (rows.get(Tag)!.get(keyOf(Tag, tag))!.row['categories'] as Row[]).push(row);
});
afterAll(() => dataSource?.destroy());
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'permafrost-closure-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const relationsOf = (entity: ShopEntity) => dataSource.getMetadata(entity).relations;
const keyOf = (entity: ShopEntity, row: Row) =>
  JSON.stringify(dataSource.getMetadata(entity).primaryColumns.map((column) => row[column.propertyName]));

/** The twin: a walk over objects. */
function closureOf(roots: readonly Found[], edges: ReadonlyMap<ShopEntity, ReadonlySet<string>>): Set<Found> {
  const closure = new Set(roots);
  for (const { entity, row } of closure) {
    for (const relation of edges.get(entity) ?? []) {
      const target = relationsOf(entity).find(({ propertyName }) => propertyName === relation)!.type as ShopEntity;
      for (const reached of [row[relation] ?? []].flat() as Row[])
        closure.add(rows.get(target)!.get(keyOf(target, reached))!);
    }
  }
  return closure;
}

async function withStore(run: (store: Store) => void): Promise<void> {
  const store = await openStore({ directory, entities: shopEntities });
  try {
    expect(await store.snapshot.verify()).toEqual([]);
    run(store);
  } finally {
    store.close();
  }
}

/** The snapshot holds these records; their relations lead to those of them they should, and else to nothing. */
function expectClosure(store: Store, closure: ReadonlySet<Found>): void {
  for (const entity of shopEntities) {
    const records = [...store.snapshot.all(entity as unknown as EntityClass<Row>)];
    const expected = [...closure].filter((found) => found.entity === entity).map(({ row }) => keyOf(entity, row));
    expect(records.map((record) => keyOf(entity, record)).sort()).toEqual(expected.sort());
    for (const record of records) {
      const { row } = rows.get(entity)!.get(keyOf(entity, record))!;
      for (const { propertyName, type } of relationsOf(entity)) {
        const target = type as ShopEntity;
        const keysOf = (value: unknown) =>
          [...([value ?? []].flat() as Iterable<Row>)].map((one) => keyOf(target, one));
        // Soft-deleted records are reached and stored, but relations pass over them.
        const led = keysOf(row[propertyName]).filter((key) => {
          const found = rows.get(target)!.get(key)!;
          return closure.has(found) && !found.row['deletedAt'];
        });
        const value = record[propertyName];
        const given = Array.isArray(row[propertyName]) ? [...(value as Iterable<Row>)] : value;
        expect([propertyName, keysOf(given).sort()]).toEqual([propertyName, led.sort()]);
      }
    }
  }
}

/** Roots that have no records, but name the relations that no record can be without. */
const required: ExportRoot[] = [
  { entity: Order, where: { year: -1 }, relations: { customer: true } },
  { entity: OrderLine, where: { line: -1 }, relations: { order: true, product: true } },
  { entity: Profile, where: { customerId: -1 }, relations: { customer: true } },
];
const requiredEdges: readonly (readonly [ShopEntity, string])[] = [
  [Order, 'customer'],
  [OrderLine, 'order'],
  [OrderLine, 'product'],
  [Profile, 'customer'],
];

const sizes: number[] = [];
test.each(Array.from({ length: 12 }, (_, seed) => seed))('any roots and relations: seed %i', async (seed) => {
  const dice = new Dice(seed);
  const edges = new Map(shopEntities.map((entity) => [entity, new Set<string>()]));
  for (const [entity, relation] of requiredEdges) edges.get(entity)!.add(relation);
  const drawTree = (entity: ShopEntity, depth: number): object => {
    const tree: Record<string, unknown> = {};
    for (const { propertyName, type } of relationsOf(entity)) {
      if (!dice.chance(3)) continue;
      edges.get(entity)!.add(propertyName);
      tree[propertyName] = depth > 0 && dice.chance(2) ? drawTree(type as ShopEntity, depth - 1) : true;
    }
    return tree;
  };
  const begun: Found[] = [];
  const roots = dice.list(1 + dice.below(2), (): ExportRoot => {
    const entity = dice.pick(shopEntities);
    const chosen = [...rows.get(entity)!.values()].filter(({ row }) => dice.chance(12) && !row['deletedAt']);
    begun.push(...chosen);
    const { primaryColumns } = dataSource.getMetadata(entity);
    const where = chosen.map(({ row }) =>
      Object.fromEntries(primaryColumns.map(({ propertyName }) => [propertyName, row[propertyName]])),
    );
    // A `where` of no alternatives would be none.
    const none = { [primaryColumns[0]!.propertyName]: In([]) };
    return { entity, where: where.length > 0 ? where : none, relations: drawTree(entity, 3) };
  });
  const report = await exportSnapshot(dataSource, { directory, roots: [...roots, ...required] });
  const closure = closureOf(begun, edges);
  sizes.push(closure.size - begun.length);
  await withStore((store) => {
    expectClosure(store, closure);
    for (const { entity, records } of report.entities) expect(records).toBe(store.snapshot.count(entity));
  });
});

test('the closures were neither nothing nor all', () => {
  const all = [...rows.values()].reduce((sum, { size }) => sum + size, 0);
  console.log(`records reached beyond the roots: ${sizes.join(', ')} of ${all}`);
  expect(sizes.filter((size) => size > 10 && size < all / 2).length).toBeGreaterThan(3);
});

test('conditions are as in find: operators, alternatives, relations; soft-deleted records are no roots', async () => {
  for (const [entity, where] of [
    [Customer, { id: LessThan(20), status: 'active' }],
    [Customer, [{ company: { name: Like('%1') } }, { orders: { year: 2021, number: LessThan('9007199254741010') } }]],
    [OrderLine, { order: { customer: { id: In([3, 4, 5]) } }, quantity: 2 }],
    [Product, { sku: 'SKU-7' }],
    [Tag, {}],
  ] as const) {
    const found = await dataSource.getRepository<Row>(entity as ShopEntity).find({ where } as never);
    expect(found.length).toBeGreaterThan(0);
    const roots = [{ entity, where }, ...required] as ExportRoot[];
    await exportSnapshot(dataSource, { directory, roots });
    const begun = found.map((row) => rows.get(entity)!.get(keyOf(entity, row))!);
    await withStore((store) => {
      const edges = new Map<ShopEntity, Set<string>>();
      for (const [owner, relation] of requiredEdges) edges.set(owner, (edges.get(owner) ?? new Set()).add(relation));
      expectClosure(store, closureOf(begun, edges));
    });
  }
  // What TypeORM refuses is refused in its words.
  await expect(
    exportSnapshot(dataSource, { directory, roots: [{ entity: Customer, where: { nope: 1 } }] }),
  ).rejects.toThrow(/nope/);
});

test('a root without conditions is all of its entity, and a relation goes on to the end', async () => {
  const roots: ExportRoot[] = [{ entity: Category }, { entity: Tag, where: { id: 8 }, relations: { broader: true } }];
  const progress: ExportProgress[] = [];
  const { entities, dangling } = await exportSnapshot(dataSource, {
    directory,
    roots,
    onProgress: (event) => progress.push(event),
  });
  expect(progress[0]).toMatchObject({ phase: 'roots', entity: 'Tag', records: 1 });
  expect(progress.filter(({ phase }) => phase === 'finish').length).toBe(shopEntities.length);
  const count = (name: string) => entities.find(({ entity }) => entity === name)!.records;
  expect([count('Category'), count('Customer')]).toEqual([12, 0]);
  // Categories have tags that are not exported: counted, not silent.
  expect(dangling).toEqual([
    { entity: 'Category', relation: 'tags', nulled: 0, skipped: 0, unlinked: expect.any(Number) },
  ]);
  await withStore((store) =>
    expectClosure(
      store,
      new Set([
        ...rows.get(Category)!.values(),
        ...closureOf([rows.get(Tag)!.get('[8]')!], new Map([[Tag as ShopEntity, new Set(['broader'])]])),
      ]),
    ),
  );
});

describe('relations that lead out of the closure', () => {
  const roots: ExportRoot[] = [{ entity: Order, where: { year: 2021 } }];

  test('are null; one that is not nullable is an error that says how to go on', async () => {
    const orders = exportSnapshot(dataSource, { directory, roots });
    await expect(orders).rejects.toMatchObject({
      code: 'REFERENCE_DANGLING',
      details: { entity: 'PurchaseOrder', field: 'customer' },
    });
    expect(readdirSync(directory)).toEqual([]);
    const { dangling } = await exportSnapshot(dataSource, {
      directory,
      roots: [{ entity: Order, where: { year: 2021 }, relations: { customer: true } }],
    });
    expect(dangling.map(({ entity, relation }) => `${entity}.${relation}`)).toEqual([
      'Customer.company',
      'Customer.manager',
      'Customer.follows',
    ]);
  });

  test("are errors with 'error', and end records with 'skip'", async () => {
    const manager: ExportRoot[] = [{ entity: Customer, where: { id: In([12, 25]) } }];
    await expect(exportSnapshot(dataSource, { directory, roots: manager, dangling: 'error' })).rejects.toMatchObject({
      code: 'REFERENCE_DANGLING',
    });
    const { entities } = await exportSnapshot(dataSource, { directory, roots, dangling: 'skip' });
    expect(entities.map(({ records }) => records)).toEqual(shopEntities.map(() => 0));
  });
});

describe('misuse', () => {
  test.each<[string, unknown, RegExp | object]>([
    ['no list', { entity: Customer }, /`roots` is a list of at least one/],
    ['an empty list', [], /`roots` is a list of at least one/],
    ['an unknown option', [{ entity: Customer, were: {} }], /unknown option "were"\. Did you mean "where"\?/],
    [
      'an unknown relation',
      [{ entity: Customer, relations: { order: true } }],
      /no exported relation "order"\. Did you mean "orders"\?/,
    ],
    ['a list of relations', [{ entity: Customer, relations: ['orders'] }], /is an object such as/],
    ['an unknown entity', [{ entity: 'Nobody' }], /"Nobody" is not an entity/],
  ])('%s', async (_, roots, message) => {
    await expect(exportSnapshot(dataSource, { directory, roots: roots as never })).rejects.toThrow(message as RegExp);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a root that is not exported', async () => {
    await expect(
      exportSnapshot(dataSource, { directory, entities: [Tag, Product, Category], roots: [{ entity: Company }] }),
    ).rejects.toMatchObject({ code: 'ENTITY_UNKNOWN', message: expect.stringContaining('Name it in `entities`') });
  });
});

test('an abort while the closure is looked for', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ phase }: ExportProgress) => {
    if (phase === 'roots') controller.abort(reason);
  };
  const roots: ExportRoot[] = [{ entity: Customer, where: { id: 1 }, relations: { reports: true } }];
  await expect(exportSnapshot(dataSource, { directory, roots, onProgress, signal: controller.signal })).rejects.toBe(
    reason,
  );
  expect(readdirSync(directory)).toEqual([]);
});

describe('keys of any type', () => {
  const zoo = withDatabase('adapter_closure_keys');
  /** Each with values that are hard to write down; the first leads to the second and so on, the last back to the first. */
  const keys: [type: string, values: string[]][] = [
    ['text', [`'it''s "quoted" \\ {a,b}'`, `E'tab\\t, line\\n'`, `''`, `'NULL'`, `'größe 💥'`, `' '`]],
    ['varchar(20)', [`'a'`, `'a '`, `'A'`]],
    ['char(5)', [`'a'`, `' a'`]],
    ['bigint', ['9223372036854775807', '-9223372036854775808', '9007199254740993']],
    ['numeric(20,4)', ['1.5000', '-0.0001', '1234567890123456.7891']],
    ['double precision', ['0.1', '1e-300', `'Infinity'`, '3.0000000000000004']],
    ['boolean', ['true', 'false']],
    ['uuid', [`'00000000-0000-4000-8000-00000000000a'`, `'ffffffff-ffff-4fff-bfff-ffffffffffff'`]],
    ['date', [`'2024-02-29'`, `'0044-03-15 BC'`]],
    ['timestamptz', [`'2024-03-10 02:30:00.123456+00'`, `'1900-01-01 00:00:00.000001+00'`]],
    ['bytea', [`'\\x00ff'`, `'\\x'`]],
    ['mood', [`'so, so'`, `'"fine"'`]],
  ];
  const entityOf = ([type]: (typeof keys)[number], number: number) =>
    new EntitySchema<{ id: unknown; next: object }>({
      name: `Zoo${number}`,
      columns: {
        id: {
          primary: true,
          ...(type === 'mood'
            ? { type: 'enum', enum: ['so, so', '"fine"'], enumName: 'mood' }
            : { type: type.replace(/\(.*/, '') as 'text' }),
        },
      },
      relations: { next: { type: 'many-to-one', target: `Zoo${number}`, joinColumn: { name: 'next' } } },
      synchronize: false,
    });
  let source: DataSource;
  const entities = keys.map(entityOf);
  const Big = new EntitySchema<{ id: number; parent: object; children: object[]; tags: object[] }>({
    name: 'Big',
    columns: { id: { type: 'int', primary: true } },
    relations: {
      parent: { type: 'many-to-one', target: 'Big', inverseSide: 'children' },
      children: { type: 'one-to-many', target: 'Big', inverseSide: 'parent' },
      tags: { type: 'many-to-many', target: 'Big', joinTable: { name: 'big_tags' } },
    },
  });

  beforeAll(async () => {
    source = await new DataSource({ type: 'postgres', url: zoo.url, entities: [...entities, Big] }).initialize();
    await source.query(`CREATE TYPE mood AS ENUM ('so, so', '"fine"')`);
    for (const [number, [type, values]] of keys.entries()) {
      await source.query(`CREATE TABLE zoo${number} (id ${type} PRIMARY KEY, next ${type})`);
      for (const [place, value] of values.entries())
        await source.query(`INSERT INTO zoo${number} VALUES (${value}, ${values[(place + 1) % values.length]})`);
    }
    await source.synchronize();
  });
  afterAll(() => source?.destroy());

  test.each(keys.map(([type, values], number) => [type, values.length, number] as const))(
    '%s',
    async (_, count, number) => {
      // A key of the table with the least of them; the others are reached.
      const entity = entities[number]!;
      const [first] = await source.getRepository(entity).find({ take: 1 });
      const { entities: exported } = await exportSnapshot(source, {
        directory,
        entities: [entity],
        roots: [
          {
            entity,
            where: { id: Raw((id) => `${id} = (SELECT id FROM zoo${number} LIMIT 1)`) },
            relations: { next: true },
          },
        ],
      });
      expect(first).toBeDefined();
      expect(exported).toMatchObject([{ records: count }]);
    },
  );

  test('more keys than one statement takes, and more than one batch', async () => {
    const count = 60_000;
    await source.query(
      `INSERT INTO big (id, "parentId") SELECT i, NULLIF(i / 1000, 0) FROM generate_series(1, ${count}) i`,
    );
    await source.query(`INSERT INTO big_tags SELECT i, ${count} + 1 - i FROM generate_series(1, ${count}) i`);
    await source.query('ANALYZE');
    const { entities: exported, dangling } = await exportSnapshot(source, {
      directory,
      entities: [Big],
      roots: [
        { entity: Big, where: { id: 1 }, relations: { children: true, parent: true } },
        { entity: Big, where: { id: MoreThan(9_999) }, relations: { parent: true } },
      ],
    });
    // 1 and its children, 1000 to 1999; from 10,000 on all, and their parents, 10 to 60.
    const records = 1 + 1000 + (count - 9_999) + 51;
    expect(exported).toMatchObject([{ entity: 'Big', records }]);
    const left = dangling.find(({ relation }) => relation === 'tags')?.unlinked ?? 0;
    const store = await openStore({ directory, entities: [Big] });
    let links = 0;
    for (const record of store.snapshot.scan('Big')) links += (record as { tags: object[] }).tags.length;
    expect([links > 0, left > 0, links + left]).toEqual([true, true, records]);
    store.close();
  });
});
