/** Views, with and without a key, and trees of all kinds. */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { materialize } from '@permafrost/core';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import {
  ArrayContains,
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  Tree,
  TreeChildren,
  TreeParent,
  ViewColumn,
  ViewEntity,
} from 'typeorm';
import { expectAnswered, expectFound, withKind } from '../support/kinds';
import type { AnyRecord } from '../support/same';

@Entity()
class Sale {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') shop!: string;
  @Column('numeric', { nullable: true }) amount!: string | null;
}

@ViewEntity({ expression: 'SELECT shop, amount, amount > 10 AS "isLarge" FROM sale' })
class Amount {
  @ViewColumn() shop!: string;
  @ViewColumn({ name: 'amount' }) price!: string | null;
  @ViewColumn() isLarge!: boolean | null;
}

@ViewEntity({
  materialized: true,
  expression: 'SELECT shop, count(*) AS count, array_agg(id) AS ids FROM sale GROUP BY shop',
})
class Total {
  @PrimaryColumn('text') shop!: string;
  @ViewColumn() count!: string;
  @ViewColumn() ids!: number[];
}

@Entity()
class Report {
  @PrimaryColumn('int') id!: number;
  @ManyToOne(() => Total, { createForeignKeyConstraints: false, nullable: true })
  @JoinColumn({ name: 'shop' })
  total!: Relation<Total> | null;
}

const views = withKind(
  'views',
  [Sale, Amount, Total, Report],
  [
    "INSERT INTO sale (shop, amount) VALUES ('a', 5), ('a', 5), ('a', 20), ('b', NULL), ('b', NULL)",
    'REFRESH MATERIALIZED VIEW total',
    "INSERT INTO report VALUES (1, 'a'), (2, NULL)",
  ],
);

test('a view with a key is a table', async () => {
  await expectFound(views, Total);
  await expectFound(views, Report, { total: true });
});

test('all rows of a view without a key are stored, in no order that could be asked for', async () => {
  const { snapshot } = views.store;
  const rows = [...snapshot.all(Amount)].map((row) => JSON.stringify(materialize(row))).sort();
  const raw = (await views.dataSource.query('SELECT shop, amount AS price, "isLarge" FROM amount')) as object[];
  expect(rows).toEqual(raw.map((row) => JSON.stringify(row)).sort());
  expect(snapshot.count(Amount)).toBe(await views.dataSource.getRepository(Amount).count());
  expect(new Set(rows).size).toBe((await views.dataSource.getRepository(Amount).find()).length);
  expect([...snapshot.all(Amount)][0]).toBeInstanceOf(Amount);
});

test('find gives equal rows of a view once, count all of them, as TypeORM does', async () => {
  const shown = (rows: Amount[]) => rows.map((row) => JSON.stringify(row)).sort();
  const real = views.dataSource.getRepository(Amount);
  for (const as of ['entity', 'proxy'] as const) {
    const repository = views.store.getRepository(Amount, { as });
    expect(shown(await repository.find())).toEqual(shown(await real.find()));
    expect(shown(await repository.findBy({ shop: 'b' }))).toEqual(shown(await real.findBy({ shop: 'b' })));
    expect(await repository.count()).toBe(await real.count());
    expect((await repository.findAndCount())[1]).toBe((await real.findAndCount())[1]);
  }
});

test('what is asked of views with a key is answered as TypeORM does', async () => {
  await expectAnswered(views, [
    [Total, { where: { shop: 'a' } }],
    [Total, { order: { count: 'DESC', shop: 'ASC' }, take: 1 }],
    [Total, { where: { ids: ArrayContains([1]) } }],
    [Total, { select: { shop: true, count: true } }],
    [Report, { where: { total: { count: '3' } }, relations: { total: true } }],
    [Report, { where: { total: { shop: 'a' } } }],
    [Report, { loadRelationIds: true }],
  ]);
});

test('some rows of a view without a key, and relations to it, are refused by name', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-views-'));
  const entities = [Sale, Amount, Total, Report];
  const roots = [{ entity: Amount, where: { shop: 'a' } }];
  await expect(exportSnapshot(views.dataSource, { directory, entities, roots })).rejects.toMatchObject({
    code: 'EXPORT_UNSUPPORTED',
    message: expect.stringMatching(/^Amount: some rows of a view without a primary key/),
  });
  await exportSnapshot(views.dataSource, { directory, entities, roots: [{ entity: Amount }, { entity: Total }] });
  const store = await openStore({ directory, entities });
  expect([store.snapshot.count(Amount), store.snapshot.count(Total), store.snapshot.count(Sale)]).toEqual([5, 2, 0]);
  store.close();
  rmSync(directory, { recursive: true });
});

@Entity()
@Tree('closure-table')
class Closed {
  @PrimaryGeneratedColumn() id!: number;
  @TreeParent() parent!: Relation<Closed> | null;
  @TreeChildren() children!: Relation<Closed[]>;
}
@Entity()
@Tree('nested-set')
class Nested {
  @PrimaryGeneratedColumn() id!: number;
  @TreeParent() parent!: Relation<Nested> | null;
  @TreeChildren() children!: Relation<Nested[]>;
}
@Entity()
@Tree('materialized-path')
class Pathed {
  @PrimaryGeneratedColumn() id!: number;
  @TreeParent() parent!: Relation<Pathed> | null;
  @TreeChildren() children!: Relation<Pathed[]>;
}
@Entity()
@Tree('adjacency-list' as never)
class Plain {
  @PrimaryGeneratedColumn() id!: number;
  @TreeParent() parent!: Relation<Plain> | null;
  @TreeChildren() children!: Relation<Plain[]>;
}
const trees = withKind('trees', [Closed, Nested, Pathed, Plain], []);

test.each([[Closed], [Nested], [Pathed], [Plain]])('%p: parents and children', async (entity) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-trees-'));
  const repository = trees.dataSource.getRepository<AnyRecord>(entity);
  const root = await repository.save(repository.create({}));
  const [left] = [
    await repository.save(repository.create({ parent: root })),
    await repository.save(repository.create({ parent: root })),
  ];
  await repository.save(repository.create({ parent: left }));
  await exportSnapshot(trees.dataSource, { directory, entities: [entity] });
  const store = await openStore({ directory, entities: [entity] });
  const kind = { dataSource: trees.dataSource, store };
  await expectFound(kind, entity);
  await expectFound(kind, entity, { parent: { parent: true }, children: { children: true } });
  store.close();
  rmSync(directory, { recursive: true });
});
