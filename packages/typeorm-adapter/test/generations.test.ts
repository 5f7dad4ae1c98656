/** Stores of one generation after another, and several at once: what they share, and what they must not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import { Column, DataSource, Entity, type EntityTarget, In, Not, PrimaryColumn, Raw } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';
import { ArticleSubscriber, Person, pressEntities, pressRows } from './support/press';

const marked = {
  to: (text: string) => `<${text}>`,
  from: (text: string) => text.slice(1, -1),
};

@Entity()
class Mark {
  @PrimaryColumn('int') id!: number;
  @Column('text', { transformer: marked }) text!: string;
  @Column('bigint', { default: 7 }) count!: string | number;
  @Column('bigint', { array: true, default: [8] }) counts!: (string | number)[];
}

const database = withDatabase('adapter_generations');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-generations-'));
const entities = [...pressEntities, Mark];
let dataSource: DataSource;

beforeAll(async () => {
  dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    entities,
    subscribers: [ArticleSubscriber],
    synchronize: true,
  });
  await dataSource.initialize();
  for (const sql of pressRows) await dataSource.query(sql);
  await dataSource.getRepository(Mark).save([1, 2, 3].map((id) => ({ id, text: `text ${id}` })));
  await exportSnapshot(dataSource, { directory, entities });
});
afterAll(async () => {
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

test('proxies of all generations are of one class, with transformers, lazy relations, embeddeds and ids of relations', async () => {
  const classes = new Map<EntityTarget<any>, Set<object>>(entities.map((entity) => [entity, new Set()]));
  for (let turn = 0; turn < 4; turn++) {
    using store = await openStore({ directory, entities, ...(turn % 2 ? { dataSource } : {}) });
    for (const [entity, prototypes] of classes)
      for (const record of store.getRepository(entity).sync.find()) prototypes.add(Object.getPrototypeOf(record));
  }
  // Of a class by itself and of each that extends it.
  const sizes = [...classes].map(([entity, { size }]) => [(entity as { name?: string }).name, size]);
  expect(Object.fromEntries(sizes)).toEqual({
    ...{ Town: 1, Person: 4, Writer: 1, Editor: 2, Chief: 1, Seal: 1, Article: 1, Topic: 1, Weight: 1, Mark: 1 },
    undefined: 1,
  });
});

test('a store that nobody holds takes no memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const open = async () => {
    const store = await openStore({ directory, entities });
    for (const entity of entities) {
      JSON.stringify(store.getRepository(entity).sync.find());
      await store.getRepository(entity, { as: 'entity' }).find();
    }
    return new WeakRef<object>(store.snapshot);
  };
  const opened = [await open(), await open()];
  // What the latest call left behind is no leak.
  await open();
  for (let turn = 0; turn < 5; turn++) {
    await new Promise(setImmediate);
    collect();
  }
  expect(opened.map((reference) => reference.deref() === undefined)).toEqual([true, true]);
});

test('operators that were transformed are handed on to the database as they were given', async () => {
  using store = await openStore({ directory, entities, dataSource, beyond: 'database' });
  const beyond = () => Raw((alias) => `${alias} > 0`);
  const conditions = () => [
    { id: beyond(), text: In(['text 1', 'text 2']) },
    [{ text: Not(In(['text 1'])) }, { id: beyond(), text: 'text 1' }],
  ];
  const ids = async (source: Pick<DataSource, 'getRepository'> | Store, where: object) =>
    (await (source as DataSource).getRepository(Mark).find({ where, order: { id: 'ASC' } })).map(({ id }) => id);
  for (const [place, where] of conditions().entries()) {
    const found = await ids(store, where);
    expect(found).toEqual(await ids(dataSource, conditions()[place]!));
    expect(found.length).toBeGreaterThan(1);
  }
});

test("opening a store leaves the accessors of lazy relations to the application's DataSource, whichever is described first", async () => {
  const accessor = () => Object.getOwnPropertyDescriptor(Person.prototype, 'mentor')?.get;
  for (let ticks = 0; ticks < 12; ticks++) {
    const before = accessor();
    const application = new DataSource({ type: 'postgres', url: database.url, entities });
    const described = (application as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
    for (let tick = 0; tick < ticks; tick++) await null;
    const store = await openStore({ directory, entities });
    await described;
    store.close();
    expect({ ticks, isNew: accessor() !== before && accessor() !== undefined }).toEqual({ ticks, isNew: true });
  }
});

test('stores with other options give values each in its own way at once', async () => {
  const parsing = new DataSource({ type: 'postgres', url: database.url, entities, parseInt8: true });
  using texts = await openStore({ directory, entities });
  using numbers = await openStore({ directory, entities, dataSource: parsing });
  const values = (store: Store, as: 'proxy' | 'entity') => {
    const { count, counts } = store.getRepository(Mark).sync.findOneByOrFail({ id: 1 }, { as });
    return [count, counts];
  };
  for (const as of ['proxy', 'entity', 'proxy'] as const) {
    expect(values(texts, as)).toEqual(['7', ['8']]);
    expect(values(numbers, as)[0]).toBe(7);
    expect(await numbers.getRepository(Mark).countBy({ count: 7 })).toBe(3);
    expect(await texts.getRepository(Mark).countBy({ count: '7' })).toBe(3);
  }
});
