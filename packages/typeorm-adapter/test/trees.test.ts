/** Tree repositories against TypeORM's, for each kind of tree: nodes, nesting, counts, options; as entities and as records. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRecord, materialize } from '@permafrost/core';
import { exportSnapshot, openStore, Snapshot, type Store } from '@permafrost/typeorm-adapter';
import {
  Column,
  DataSource,
  Entity,
  FindRelationsNotFoundError,
  ManyToOne,
  type ObjectLiteral,
  PrimaryColumn,
  type Relation,
  Tree,
  TreeChildren,
  TreeParent,
  TreeRepository,
} from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';

@Entity()
@Snapshot()
class Owner {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
}

abstract class Node {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @ManyToOne(() => Owner, { nullable: true }) owner!: Relation<Owner> | null;
  parent!: Node | null;
  children!: Node[];
}

@Entity()
@Snapshot()
@Tree('closure-table')
class Closed extends Node {
  @TreeParent() declare parent: Relation<Closed> | null;
  @TreeChildren() declare children: Relation<Closed[]>;
}

@Entity()
@Snapshot()
@Tree('nested-set')
class Nested extends Node {
  @TreeParent() declare parent: Relation<Nested> | null;
  @TreeChildren() declare children: Relation<Nested[]>;
}

@Entity()
@Snapshot()
@Tree('materialized-path')
class Pathed extends Node {
  @TreeParent() declare parent: Relation<Pathed> | null;
  @TreeChildren() declare children: Relation<Pathed[]>;
}

@Entity()
@Snapshot()
@Tree('adjacency-list')
class Adjacent extends Node {
  @TreeParent() declare parent: Relation<Adjacent> | null;
  @TreeChildren() declare children: Relation<Adjacent[]>;
}

@Entity()
@Snapshot({ exclude: ['owner'] })
@Tree('adjacency-list')
class Ownerless extends Node {
  @TreeParent() declare parent: Relation<Ownerless> | null;
  @TreeChildren() declare children: Relation<Ownerless[]>;
}

type NodeClass = typeof Closed;
const trees = [Closed, Nested, Pathed, Adjacent] as unknown as NodeClass[];
/** Nested sets have one root. */
const parents: Readonly<Record<number, number>> = { 2: 1, 3: 1, 4: 2, 5: 2, 6: 5, 7: 6 };

const database = withDatabase('adapter_trees');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-trees-'));
let dataSource: DataSource;
let store: Store;

beforeAll(async () => {
  dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [Owner, Ownerless, ...trees],
    synchronize: true,
  });
  await dataSource.initialize();
  const owners = await dataSource.getRepository(Owner).save([1, 2].map((id) => ({ id, name: `owner ${id}` })));
  for (const tree of trees) {
    const repository = dataSource.getTreeRepository(tree);
    const saved = new Map<number, Node>();
    const ids = tree === (Nested as unknown) ? [1, 2, 3, 4, 5, 6, 7] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (const id of ids) {
      const parent = id === 9 ? saved.get(8) : saved.get(parents[id]!);
      const node = { id, name: `node ${id}`, owner: id % 3 === 0 ? null : owners[id % 2]!, parent: parent ?? null };
      const [made] = await repository.save([repository.create(node as Partial<Closed>)]);
      saved.set(id, made!);
    }
  }
  await dataSource.query(`INSERT INTO adjacent (id, name) VALUES (20, 'round'), (21, 'and round')`);
  await dataSource.query(`UPDATE adjacent SET "parentId" = 41 - id WHERE id > 19`);
  await exportSnapshot(dataSource, { directory, entities: [Owner, Ownerless, ...trees] });
  store = await openStore({ directory, entities: [Owner, Ownerless, ...trees] });
}, 60_000);
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

/** Siblings in the order of their ids, at every level: TypeORM's come as the database reads them. */
function ordered<T>(found: T): T {
  if (Array.isArray(found)) return found.map(ordered).sort((a, b) => a.id - b.id) as T;
  const node = found as ObjectLiteral;
  for (const relation of ['children', 'parent']) if (node?.[relation]) node[relation] = ordered(node[relation]);
  return found;
}

const optionSets = [
  undefined,
  { depth: 0 },
  { depth: 1 },
  { relations: ['owner'] },
  { relations: ['parent'], depth: 2 },
];

describe.each(trees.filter((tree) => tree !== (Adjacent as unknown)).map((tree) => [tree.name, tree] as const))(
  '%s',
  (_name, tree) => {
    const live = () => dataSource.getTreeRepository(tree);
    const ours = () => store.getTreeRepository(tree, { as: 'entity' });
    const ids = [1, 2, 5, 7];

    test.each(optionSets)('lists and trees with %j', async (options) => {
      expect(ours()).toBeInstanceOf(TreeRepository);
      expect(ordered(await ours().findRoots(options))).toEqual(ordered(await live().findRoots(options)));
      expect(ordered(await ours().findTrees(options))).toEqual(ordered(await live().findTrees(options)));
      expect(ordered(ours().sync.findTrees(options))).toEqual(ordered(await live().findTrees(options)));
      for (const id of ids) {
        const fresh = () => ({ id }) as Closed;
        for (const read of ['findDescendants', 'findAncestors'] as const)
          expect(ordered(await ours()[read](fresh(), options))).toEqual(ordered(await live()[read](fresh(), options)));
        for (const read of ['findDescendantsTree', 'findAncestorsTree'] as const) {
          const given = fresh();
          const nested = await ours()[read](given, options);
          expect(nested).toBe(given);
          expect(ordered(nested)).toEqual(ordered(await live()[read](fresh(), options)));
          expect(ordered(ours().sync[read](fresh(), options))).toEqual(ordered(nested));
        }
      }
    });

    test('counts, and entities that are not there', async () => {
      for (const id of [...ids, 99]) {
        const node = { id } as Closed;
        for (const read of ['countDescendants', 'countAncestors'] as const) {
          const expected = await live()[read](node);
          expect([await ours()[read](node), ours().sync[read](node)]).toEqual([expected, expected]);
        }
      }
      await expect(ours().findTrees({ relations: ['nobody'] })).rejects.toThrow(FindRelationsNotFoundError);
    });

    test('records show the same trees, and lead on', async () => {
      const records = await store.getTreeRepository(tree).findTrees({ depth: 2 });
      expect(records.every(isRecord)).toBe(true);
      const plain = (nodes: unknown) => JSON.parse(JSON.stringify(ordered(nodes)));
      expect(plain(records.map((record) => materialize(record)))).toEqual(plain(await live().findTrees({ depth: 2 })));
      const node = (await store.getTreeRepository(tree).findOneBy({ id: 5 }))!;
      const nested = await store.getTreeRepository(tree).findDescendantsTree(node);
      expect(JSON.parse(JSON.stringify(nested)).children[0].children[0].id).toBe(7);
      expect(nested.parent!.parent!.id).toBe(1);
      const above = await store.getTreeRepository(tree).findAncestorsTree(node);
      expect(JSON.parse(JSON.stringify(above)).parent.parent.id).toBe(1);
      const owned = await store.getTreeRepository(tree).findAncestorsTree(node, { relations: ['owner'] });
      expect(JSON.parse(JSON.stringify(owned))).toMatchObject({ owner: { id: 2 }, parent: { owner: { id: 1 } } });
      await expect(store.getTreeRepository(tree).findAncestorsTree(node, { relations: ['nobody'] })).rejects.toThrow(
        FindRelationsNotFoundError,
      );
    });

    test('query builders belong to the database', () => {
      for (const method of ['createDescendantsQueryBuilder', 'createAncestorsQueryBuilder'] as const)
        expect(() => ours()[method]('node', 'closure', { id: 1 } as Closed)).toThrow(
          expect.objectContaining({ code: 'QUERY_UNSUPPORTED' }),
        );
    });
  },
);

test('an adjacency list, of which TypeORM itself reads the roots alone, is read as the others are', async () => {
  const adjacent = store.getTreeRepository(Adjacent as unknown as NodeClass, { as: 'entity' });
  const closed = dataSource.getTreeRepository(Closed);
  const json = (nodes: unknown) => JSON.parse(JSON.stringify(ordered(nodes)));
  expect(json(await adjacent.findTrees())).toEqual(json(await closed.findTrees()));
  const node = { id: 6 } as Closed;
  expect(json(await adjacent.findAncestors(node))).toEqual(json(await closed.findAncestors(node)));
  expect(await adjacent.countDescendants(node)).toBe(await closed.countDescendants(node));
});

test.each(['entity', 'proxy'] as const)('nodes that go round in a circle are no tree: %s', async (as) => {
  const adjacent = store.getTreeRepository(Adjacent as unknown as NodeClass, { as });
  const node = (await adjacent.findOneBy({ id: 20 }))!;
  const refused = { code: 'QUERY_UNSUPPORTED', message: expect.stringContaining('below itself') };
  await expect(adjacent.findDescendantsTree(node)).rejects.toMatchObject(refused);
  await expect(adjacent.findAncestorsTree(node)).rejects.toMatchObject(refused);
  expect((await adjacent.findDescendants(node)).map(({ id }) => id).sort()).toEqual([20, 21]);
  expect((await adjacent.findAncestors(node)).map(({ id }) => id).sort()).toEqual([20, 21]);
});

test('relations that were not exported are refused by name', async () => {
  const ownerless = store.getTreeRepository(Ownerless);
  expect(await ownerless.findTrees()).toEqual([]);
  await expect(ownerless.findTrees({ relations: ['owner'] })).rejects.toMatchObject({
    code: 'QUERY_UNSUPPORTED',
    details: { entity: 'Ownerless', field: 'owner' },
  });
  const entities = [Owner, Ownerless, ...trees];
  using handing = await openStore({ directory, entities, dataSource, beyond: 'database' });
  await dataSource.getRepository(Ownerless).save({ id: 1, name: 'new', owner: { id: 1 } });
  const options = { relations: ['owner'] };
  expect(await handing.getTreeRepository(Ownerless).findRoots()).toEqual([]);
  expect(await handing.getTreeRepository(Ownerless).findRoots(options)).toMatchObject([
    { name: 'new', owner: { id: 1 } },
  ]);
});

test('an entity that is no tree', async () => {
  await expect(store.getTreeRepository(Owner).findTrees()).rejects.toThrow('Supported only in tree entities');
});
