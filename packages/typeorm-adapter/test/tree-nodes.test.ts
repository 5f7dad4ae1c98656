/**
 * Trees whose nodes are soft-deleted or of several classes, whose class declares no children, or that contradict the parents of their nodes,
 * against TypeORM's, for each kind of tree.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import {
  AfterLoad,
  ChildEntity,
  DataSource,
  DeleteDateColumn,
  Entity,
  type ObjectLiteral,
  PrimaryColumn,
  type Relation,
  TableInheritance,
  Tree,
  TreeChildren,
  TreeParent,
  type TreeRepository,
} from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';

const kinds = ['closure-table', 'nested-set', 'materialized-path'] as const;
type Kind = (typeof kinds)[number];

/** Every kind has classes of its own, and a DataSource: TypeORM looks nested sets up by the names of their classes. */
function entitiesOf(kind: Kind) {
  const suffix = kind.replace('-', '_');

  @Entity(`folder_${suffix}`)
  @Tree(kind)
  class Folder {
    @PrimaryColumn('int') id!: number;
    @DeleteDateColumn() goneAt!: Date | null;
    @TreeParent() parent!: Relation<Folder> | null;
    @TreeChildren() children!: Relation<Folder[]>;
    seen?: string[];
    @AfterLoad() look() {
      this.seen = Object.keys(this);
    }
  }

  @Entity(`branch_${suffix}`)
  @Tree(kind)
  class Branch {
    @PrimaryColumn('int') id!: number;
    @TreeParent() parent!: Relation<Branch> | null;
  }

  @Entity(`term_${suffix}`)
  @TableInheritance({ column: { type: 'varchar', name: 'type' } })
  @Tree(kind)
  class Term {
    @PrimaryColumn('int') id!: number;
    @TreeParent() parent!: Relation<Term> | null;
  }

  @ChildEntity()
  class Sum extends Term {
    @TreeChildren() children!: Relation<Term[]>;
  }

  @ChildEntity()
  class Digit extends Term {}

  return { Folder, Branch, Term, Sum, Digit };
}

/** A node's ancestors, itself the last. */
const paths: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  2: [1, 2],
  3: [1, 2, 3],
  4: [1, 2, 4],
  5: [1, 5],
};
const bounds: Readonly<Record<number, readonly [number, number]>> = {
  1: [1, 10],
  2: [2, 7],
  3: [3, 4],
  4: [5, 6],
  5: [8, 9],
};
const ids = Object.keys(paths).map(Number);

const methods = [
  'findDescendants',
  'findDescendantsTree',
  'countDescendants',
  'findAncestors',
  'findAncestorsTree',
  'countAncestors',
];

const database = withDatabase('adapter_tree_nodes');

/** Rows as TypeORM writes them; with several classes it does not write all kinds right. */
async function fill(
  dataSource: DataSource,
  entity: new () => object,
  more: (id: number) => ObjectLiteral = () => ({}),
) {
  const { treeType, tablePath, closureJunctionTable } = dataSource.getMetadata(entity);
  const insert = (table: string, row: ObjectLiteral) =>
    dataSource.query(
      `INSERT INTO ${table} (${Object.keys(row).map((name) => `"${name}"`)}) VALUES (${Object.keys(row).map((_, place) => `$${place + 1}`)})`,
      Object.values(row),
    );
  for (const id of ids) {
    const above = paths[id]!;
    const [nsleft, nsright] = bounds[id]!;
    await insert(tablePath, {
      id,
      parentId: above.at(-2) ?? null,
      ...(treeType === 'nested-set' ? { nsleft, nsright } : {}),
      ...(treeType === 'materialized-path' ? { mpath: above.map((one) => `${one}.`).join('') } : {}),
      ...more(id),
    });
    if (treeType === 'closure-table')
      for (const ancestor of above)
        await insert(closureJunctionTable.tablePath, { id_ancestor: ancestor, id_descendant: id });
  }
}

describe.each(kinds)('%s', (kind) => {
  const entities = entitiesOf(kind);
  const { Folder, Branch, Term, Sum, Digit } = entities;
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-tree-nodes-'));
  let dataSource: DataSource;
  let store: Store;

  beforeAll(async () => {
    dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: Object.values(entities),
      synchronize: true,
    });
    await dataSource.initialize();
    await fill(dataSource, Folder, (id) => (id === 2 ? { goneAt: new Date() } : {}));
    await fill(dataSource, Branch);
    await fill(dataSource, Term, (id) => ({ type: [3, 5].includes(id) ? 'Digit' : 'Sum' }));
    await exportSnapshot(dataSource, { directory, entities: Object.values(entities) });
    store = await openStore({ directory, entities: Object.values(entities), as: 'entity' });
  }, 60_000);
  afterAll(async () => {
    store?.close();
    await dataSource?.destroy();
    rmSync(directory, { recursive: true, force: true });
  });

  const ask = async (repository: TreeRepository<any>, method: string, id?: number): Promise<unknown> => {
    try {
      return ordered(await (repository as any)[method](...(id === undefined ? [] : [{ id }])));
    } catch (error) {
      return `${(error as Error).constructor.name}: ${(error as Error).message}`;
    }
  };

  test.each([
    ['soft-deleted nodes, and what listeners see of them', [Folder]],
    ['no @TreeChildren', [Branch]],
    ['several classes', [Term, Sum, Digit]],
  ])('%s', async (_name, targets) => {
    for (const target of targets as (new () => object)[]) {
      const [live, ours] = [dataSource.getTreeRepository(target), store.getTreeRepository(target)];
      for (const method of ['findRoots', 'findTrees'])
        expect([method, await ask(ours, method)]).toStrictEqual([method, await ask(live, method)]);
      for (const method of methods)
        for (const id of ids) {
          const said = `${target.name}.${method} of ${id}`;
          expect([said, await ask(ours, method, id)]).toStrictEqual([said, await ask(live, method, id)]);
        }
    }
  });

  test('records of several classes show the same trees', async () => {
    const trees = await store.getTreeRepository(Term, { as: 'proxy' }).findTrees();
    expect(JSON.parse(JSON.stringify(ordered([...trees])))).toMatchObject([
      { id: 1, children: [{ id: 2, children: [{ id: 3 }, { id: 4 }] }, { id: 5 }] },
    ]);
  });

  test('records of a class that declares no children are listed, and not nested', async () => {
    const branches = store.getTreeRepository(Branch, { as: 'proxy' });
    expect((await branches.findDescendants({ id: 2 } as never)).map(({ id }) => id)).toEqual([2, 3, 4]);
    await expect(branches.findTrees()).rejects.toMatchObject({ code: 'QUERY_UNSUPPORTED' });
  });

  test('a tree that contradicts the parents of its nodes is read by its roots alone', async () => {
    await dataSource.query(`UPDATE ${dataSource.getMetadata(Folder).tablePath} SET "parentId" = 1 WHERE id = 4`);
    const moved = path.join(directory, 'moved');
    await exportSnapshot(dataSource, { directory: moved, entities: Object.values(entities) });
    using crooked = await openStore({ directory: moved, entities: Object.values(entities), as: 'entity' });
    const [live, ours] = [dataSource.getTreeRepository(Folder), crooked.getTreeRepository(Folder)];
    expect(await ours.findRoots()).toEqual(await live.findRoots());
    const refused = {
      code: 'QUERY_UNSUPPORTED',
      details: { entity: 'Folder', field: 'parent' },
      message: expect.stringMatching(/(closure table|nested sets|paths) did not agree with the parents/),
    };
    await expect(ours.findTrees()).rejects.toMatchObject(refused);
    await expect(crooked.getTreeRepository(Folder, { as: 'proxy' }).findTrees()).rejects.toMatchObject(refused);
    for (const method of methods) await expect((ours as any)[method]({ id: 1 })).rejects.toMatchObject(refused);
    expect(await crooked.getTreeRepository(Branch).countDescendants({ id: 1 } as never)).toBe(5);
    const options = { directory: moved, entities: Object.values(entities), dataSource, as: 'entity' } as const;
    using handing = await openStore({ ...options, beyond: 'database' });
    expect(ordered(await handing.getTreeRepository(Folder).findTrees())).toEqual(ordered(await live.findTrees()));
  });
});

/** Siblings in the order of their ids: TypeORM's come as the database reads them. */
function ordered(found: any): any {
  if (Array.isArray(found)) return found.map(ordered).sort((a, b) => a.id - b.id);
  if (found?.children && Array.isArray(found.children)) found.children = ordered(found.children);
  return found;
}
