/** What a snapshot's repositories, managers and active records are besides answering `find`: each against TypeORM's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRecord } from '@permafrost/core';
import { exportSnapshot, openStore, Snapshot, type Store, useStore } from '@permafrost/typeorm-adapter';
import {
  BaseEntity,
  Column,
  DataSource,
  Entity,
  EntityManager,
  EntityNotFoundError,
  JoinTable,
  LessThan,
  Like,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  Raw,
  type Relation,
  Repository,
} from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';

@Entity()
@Snapshot()
class Author extends BaseEntity {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @Column('int', { nullable: true }) born!: number | null;
  @OneToMany(
    () => Book,
    (book) => book.author,
  )
  books!: Relation<Book[]>;
}

@Entity()
@Snapshot()
class Book extends BaseEntity {
  @PrimaryColumn('int') id!: number;
  @Column('text') title!: string;
  @Column('numeric', { precision: 8, scale: 2 }) price!: string;
  @ManyToOne(
    () => Author,
    (author) => author.books,
    { nullable: true },
  )
  author!: Relation<Author> | null;
  @ManyToMany(() => Label)
  @JoinTable()
  labels!: Relation<Label[]>;
}

@Entity()
@Snapshot()
class Label {
  @PrimaryColumn('text') slug!: string;
  @Column('text', { nullable: true }) text!: string | null;
}

@Entity()
class Draft {
  @PrimaryColumn('int') id!: number;
}

const database = withDatabase('adapter_faces');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-faces-'));
const entities = [Author, Book, Label];
let dataSource: DataSource;
let store: Store;

beforeAll(async () => {
  dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [...entities, Draft],
    synchronize: true,
  });
  await dataSource.initialize();
  await dataSource
    .getRepository(Author)
    .save([1, 2, 3].map((id) => ({ id, name: `author ${id}`, born: id === 3 ? null : 1900 + id })));
  await dataSource.getRepository(Label).save(['fine', 'rare'].map((slug) => ({ slug, text: slug })));
  await dataSource.getRepository(Book).save(
    [1, 2, 3, 4, 5].map((id) => ({
      id,
      title: `book ${id}`,
      price: `${id}.50`,
      author: id > 4 ? null : { id: 1 + (id % 2) },
      labels: [{ slug: 'rare' }],
    })),
  );
  await exportSnapshot(dataSource, { directory, entities });
  store = await openStore({ directory, entities });
});
afterAll(async () => {
  store?.close();
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

test('a repository is a Repository, its manager an EntityManager, and neither has a database', async () => {
  const books: Repository<Book> = store.getRepository(Book);
  expect(books).toBeInstanceOf(Repository);
  expect(books.manager).toBeInstanceOf(EntityManager);
  expect([books.target, books.metadata.name, books.metadata.tableName]).toEqual([Book, 'Book', 'book']);
  expect(books.manager === store.manager && store.dataSource.getRepository(Book) === books).toBe(true);
  await expect(store.manager.findOneBy(Book, { id: 2 })).resolves.toMatchObject({ title: 'book 2' });
});

test('a store’s DataSource refuses what asks a database by its own name', async () => {
  const { dataSource: described } = store;
  const refused = (method: string) =>
    expect.objectContaining({ code: 'QUERY_UNSUPPORTED', message: expect.stringContaining(`${method}()`) });
  expect(() => described.createQueryRunner()).toThrow(refused('createQueryRunner'));
  expect(() => described.createQueryBuilder()).toThrow(refused('createQueryBuilder'));
  await expect(described.query('SELECT 1')).rejects.toEqual(refused('query'));
  await expect(described.sql`SELECT 1`).rejects.toEqual(refused('sql'));
  for (const method of ['synchronize', 'dropDatabase', 'runMigrations', 'undoLastMigration', 'showMigrations'] as const)
    await expect(described[method]()).rejects.toEqual(refused(method));
  using handing = await openStore({ directory, entities, dataSource, beyond: 'database' });
  await expect(handing.dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  await expect(handing.dataSource.sql`SELECT ${2}::int AS two`).resolves.toEqual([{ two: 2 }]);
  const titles = handing.dataSource.createQueryBuilder(Book, 'book').where({ id: 2 }).getOne();
  await expect(titles).resolves.toMatchObject({ title: 'book 2' });
});

test('records or entities, as the store, the repository or the call asks', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const where = { id: 1 };
  const kinds = async (repository: Repository<Book>) =>
    [await repository.findOneBy(where), (await repository.find({ where }))[0]].map(isRecord);
  expect(await kinds(store.getRepository(Book))).toEqual([true, true]);
  expect(await kinds(store.getRepository(Book, { as: 'entity' }))).toEqual([false, false]);
  expect(await kinds(store.getRepository(Book, { as: 'proxy' }))).toEqual([true, true]);
  const books = store.getRepository(Book);
  expect(isRecord(await books.findOneBy(where, { as: 'entity' }))).toBe(false);
  expect(isRecord((await books.find({ where, as: 'entity' }))[0])).toBe(false);
  expect(isRecord(books.sync.findOneBy(where, { as: 'entity' }))).toBe(false);
  await new Promise(setImmediate);
  process.off('warning', note);
  expect(warnings).toEqual([]);
  using other = await openStore({ directory, entities, as: 'entity' });
  expect(await kinds(other.getRepository(Book))).toEqual([false, false]);
  await expect(books.find({ where, as: 'row' as never })).rejects.toThrow('`as` is "proxy" or "entity"; found "row".');
  expect(() => useStore(dataSource as never)).toThrow('useStore: expected a store');
  expect(() => store.getRepository('Bok')).toThrow('Did you mean "Book"?');
  expect(() => store.getRepository(Book, { as: 'row' as never })).toThrow(
    'getRepository: `as` is "proxy" or "entity"; found "row".',
  );
});

test('every read has a synchronous twin with the same answer', async () => {
  const books = store.getRepository(Book, { as: 'entity' });
  const some = { title: 'book 2' };
  const options = { where: some, relations: { author: true } } as const;
  const { sync } = books;
  expect(sync.find(options)).toEqual(await books.find(options));
  expect(sync.findBy(some)).toEqual(await books.findBy(some));
  expect(sync.findAndCount({ take: 2 })).toEqual(await books.findAndCount({ take: 2 }));
  expect(sync.findAndCountBy(some)).toEqual(await books.findAndCountBy(some));
  expect(sync.findOne(options)).toEqual(await books.findOne(options));
  expect(sync.findOneBy(some)).toEqual(await books.findOneBy(some));
  expect(sync.findOneOrFail(options)).toEqual(await books.findOneOrFail(options));
  expect(sync.findOneByOrFail(some)).toEqual(await books.findOneByOrFail(some));
  expect(() => sync.findOneByOrFail({ id: 99 })).toThrow(EntityNotFoundError);
  expect([sync.count(), sync.countBy(some), sync.exists(), sync.existsBy(some)]).toEqual([5, 1, true, true]);
  for (const aggregate of ['sum', 'average', 'minimum', 'maximum'] as const)
    expect(sync[aggregate]('id')).toBe(await books[aggregate]('id'));
});

test('what needs no database is TypeORM’s own', async () => {
  const repositories: Repository<Book>[] = [store.getRepository(Book), dataSource.getRepository(Book)];
  for (const books of repositories) {
    const made = books.create({ id: 9, title: 'new', unknown: 1 } as Partial<Book>);
    expect(made).toBeInstanceOf(Book);
    expect({ ...made }).toEqual({ id: 9, title: 'new' });
    expect({ ...books.merge(made, { price: '1.00' }) }).toEqual({ id: 9, title: 'new', price: '1.00' });
    expect([books.hasId(made), books.getId(made)]).toEqual([true, 9]);
    const found = (await books.findOneBy({ id: 3 }))!;
    expect([books.hasId(found), books.getId(found)]).toEqual([true, 3]);
    const custom = books.extend({ titled: (title: string) => books.findBy({ title }) });
    expect(custom).toBeInstanceOf(Repository);
    expect(await custom.titled('book 4')).toMatchObject([{ id: 4 }]);
    expect(await custom.countBy({ title: 'book 4' })).toBe(1);
  }
});

test('records count as the entities they show where entities are made of them', async () => {
  const books = store.getRepository(Book);
  const record = (await books.findOne({ where: { id: 3 }, relations: { labels: true, author: true } }))!;
  const made = books.create({ id: 9, labels: record.labels, author: record.author });
  expect(made).toMatchObject({ id: 9, labels: [{ slug: 'rare' }], author: { id: 2 } });
  expect([Array.isArray(made.labels), made.labels[0] instanceof Label, isRecord(made.author)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(books.create(record)).toMatchObject({ id: 3, title: 'book 3', labels: [{ slug: 'rare' }] });
  expect(books.merge(new Book(), { labels: record.labels }).labels).toHaveLength(1);
  expect((await books.preload({ id: 1, labels: record.labels }))!.labels).toHaveLength(1);
});

test('a custom repository of the usual kind', async () => {
  class Books extends Repository<Book> {
    constructor(source: DataSource) {
      super(Book, source.createEntityManager());
    }
    cheap() {
      return this.findBy({ price: LessThan('2') });
    }
  }
  expect(await new Books(store.dataSource).cheap()).toMatchObject([{ id: 1 }]);
});

test('preload gives an entity with the given values over those found', async () => {
  for (const given of [
    { id: 2, title: 'changed' },
    { id: 2, author: { id: 1, name: 'renamed' } },
    { id: 2, labels: [{ slug: 'fine', text: 'renamed' }, { slug: 'unknown' }] },
    { id: 77, title: 'unknown' },
  ]) {
    const ours = await store.getRepository(Book).preload(given);
    expect(ours).toEqual(await dataSource.getRepository(Book).preload(given));
    if (ours) expect(Object.getPrototypeOf(ours)).toBe(Book.prototype);
  }
});

test('sums and the like are TypeORM’s, rows that joins multiply and functions that there are not included', async () => {
  const answer = (repository: Repository<any>, aggregate: string, column: string, where: unknown) =>
    (repository as any)[aggregate](column, where).catch(({ name, message }: Error) => ({ name, message }));
  let answers = 0;
  for (const aggregate of ['sum', 'average', 'minimum', 'maximum'])
    for (const [entity, column, where] of [
      [Book, 'id', undefined],
      [Book, 'price', { author: { name: 'author 2' } }],
      [Book, 'title', undefined],
      [Book, 'nothing', undefined],
      [Author, 'born', [{ books: { title: Like('book%') } }]],
      [Author, 'born', { id: 3 }],
      [Author, 'id', { id: 99 }],
      [Author, 'name', undefined],
      [Author, 'name', { id: 'no number' }],
    ] as const) {
      const expected = await answer(dataSource.getRepository(entity), aggregate, column, where);
      expect(await answer(store.getRepository(entity as typeof Book), aggregate, column, where)).toEqual(expected);
      if (typeof expected === 'number') answers++;
    }
  expect(answers).toBeGreaterThan(12);
});

test('counts what `select` names, as TypeORM does', async () => {
  for (const select of [{ born: true }, { id: true }, { born: true, name: true }])
    expect(await store.getRepository(Author).count({ select })).toBe(
      await dataSource.getRepository(Author).count({ select }),
    );
});

const writes: [method: string, args: unknown[]][] = [
  ['save', [{ id: 1 }]],
  ['insert', [{ id: 1 }]],
  ['update', [1, { title: 'x' }]],
  ['updateAll', [{ title: 'x' }]],
  ['upsert', [{ id: 1 }, ['id']]],
  ['delete', [1]],
  ['deleteAll', []],
  ['remove', [{ id: 1 }]],
  ['softDelete', [1]],
  ['softRemove', [{ id: 1 }]],
  ['restore', [1]],
  ['recover', [{ id: 1 }]],
  ['clear', []],
  ['increment', [{ id: 1 }, 'id', 1]],
  ['decrement', [{ id: 1 }, 'id', 1]],
];

describe('writes and SQL', () => {
  test.each(writes)('%s is refused', async (method, args) => {
    const refused = {
      code: 'READ_ONLY',
      message: expect.stringMatching(new RegExp(`^Book: ${method}\\(\\) would write.*beyond`)),
    };
    await expect((store.getRepository(Book) as any)[method](...args)).rejects.toMatchObject(refused);
  });

  test('SQL is refused', async () => {
    const books = store.getRepository(Book);
    await expect(books.query('SELECT 1')).rejects.toMatchObject({ code: 'QUERY_UNSUPPORTED' });
    await expect(books.sql`SELECT 1`).rejects.toMatchObject({ code: 'QUERY_UNSUPPORTED' });
    expect(() => books.createQueryBuilder('book')).toThrow(
      expect.objectContaining({ code: 'QUERY_UNSUPPORTED', message: expect.stringContaining('Book: ') }),
    );
  });

  test('or handed to the database', async () => {
    using handing = await openStore({ directory, entities, dataSource, beyond: 'database' });
    const books = handing.getRepository(Book);
    await books.save({ id: 50, title: 'written', price: '1.00' });
    expect(await books.findOneBy({ id: 50 })).toBeNull();
    expect(await dataSource.getRepository(Book).findOneBy({ id: 50 })).toMatchObject({ title: 'written' });
    expect(await books.createQueryBuilder('book').where({ id: 50 }).getCount()).toBe(1);
    expect(await books.query('SELECT title FROM book WHERE id = $1', [50])).toEqual([{ title: 'written' }]);
    expect(await books.sql`SELECT title FROM book WHERE id = ${50}`).toEqual([{ title: 'written' }]);
    expect(await books.findBy({ id: Raw((alias) => `${alias} = 50`) })).toMatchObject([{ title: 'written' }]);
    const record = (await books.findOneBy({ id: 1 }))!;
    await expect(books.save(record)).rejects.toMatchObject({
      code: 'READ_ONLY',
      message: expect.stringContaining('materialize'),
    });
    await expect(books.remove([record])).rejects.toMatchObject({ code: 'READ_ONLY' });
    const author = (await handing.getRepository(Author).findOneBy({ id: 1 }))!;
    await expect(books.findBy({ author, id: Raw((alias) => `${alias} > 0`) })).rejects.toMatchObject({
      code: 'READ_ONLY',
    });
    await handing.manager.transaction((manager) => manager.delete(Book, 50));
    expect(await dataSource.getRepository(Book).existsBy({ id: 50 })).toBe(false);
    const idle = new DataSource({ type: 'postgres', url: database.url, entities });
    using waiting = await openStore({ directory, entities, dataSource: idle, beyond: 'database' });
    await expect(waiting.getRepository(Book).save({ id: 51 })).rejects.toThrow(
      /which is not initialized.*initialize\(\)/,
    );
    await expect(openStore({ directory, entities, beyond: 'database' })).rejects.toThrow(
      /`dataSource`, which is missing/,
    );
  });
});

test('explain says which index found how much', () => {
  const books = store.getRepository(Book);
  expect(books.explain({ where: { id: 3 } })).toMatchObject({ access: 'key', recordsExamined: 1, recordsReturned: 1 });
  expect(books.explain({ where: { title: 'book 3' } })).toMatchObject({ access: 'scan', recordsExamined: 5 });
});

test('entities are named as TypeORM takes names', async () => {
  const named = (name: string) => ({ name, type: Book as unknown as Book });
  for (const name of [Book, 'Book', 'book', named('Book'), named('book')]) {
    expect(store.holds(name)).toBe(true);
    expect(await store.manager.count(name)).toBe(await dataSource.manager.count(name));
    expect(store.getRepository(name)).toBe(store.getRepository(Book));
  }
  for (const name of ['BOOK', 'press.book', named('Books'), 'Draft', Draft]) {
    expect(store.holds(name)).toBe(false);
    await expect(store.manager.count(name)).rejects.toMatchObject({ code: 'ENTITY_UNKNOWN' });
  }
});

test('a transaction reads this snapshot', async () => {
  const counts = await store.manager.transaction(async (manager) => [
    await manager.count(Book),
    await manager.count(Author),
  ]);
  expect(counts).toEqual([5, 3]);
  const again = store.manager.withRepository(store.getRepository(Book));
  expect(await again.count()).toBe(5);
});

test('active records read from the store they are told to use', async () => {
  useStore(store);
  try {
    expect(isRecord(await Author.findOneBy({ id: 1 }))).toBe(true);
    expect(await Book.count()).toBe(5);
    expect(
      (await Book.find({ where: { author: { name: 'author 2' } }, order: { id: 'ASC' } })).map(({ id }) => id),
    ).toEqual([1, 3]);
    const book = (await Book.findOneBy({ id: 1 }))!;
    expect(book.hasId()).toBe(true);
    await expect(book.save()).rejects.toMatchObject({ code: 'READ_ONLY' });
    await expect(Book.delete(1)).rejects.toMatchObject({ code: 'READ_ONLY' });
  } finally {
    for (const entity of [Author, Book]) entity.useDataSource(dataSource);
  }
  expect(isRecord(await Author.findOneBy({ id: 1 }))).toBe(false);
});

test('entities that the store does not hold are unknown', async () => {
  expect(store.holds(Book)).toBe(true);
  expect(store.holds(Draft)).toBe(false);
  expect(() => store.getRepository(Draft)).toThrow(expect.objectContaining({ code: 'ENTITY_UNKNOWN' }));
  await expect(store.manager.find(Draft)).rejects.toMatchObject({ code: 'ENTITY_UNKNOWN' });
});
