/** Lazy relations give promises of what they lead to; `@RelationId` members give what TypeORM reads from foreign keys and join tables. */
import 'reflect-metadata';
import path from 'node:path';
import { isSameRecord, materialize } from '@permafrost/core';
import { openStore } from '@permafrost/typeorm-adapter';
import {
  Column,
  DeleteDateColumn,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  RelationId,
} from 'typeorm';
import { expectAnswered, expectFound, withKind } from '../support/kinds';

@Entity()
class Author {
  @PrimaryColumn('int') id!: number;
  @Column('text', { unique: true }) pen!: string;
  @DeleteDateColumn() goneAt!: Date | null;
  @OneToMany(
    () => Book,
    (book) => book.author,
  )
  books!: Promise<Book[]>;
  @OneToOne(
    () => Book,
    (book) => book.editor,
    { lazy: true },
  )
  edits!: Promise<Book | null>;
  @RelationId((author: Author) => author.books) bookIds!: object[];
  @RelationId((author: Author) => author.edits) editsId?: object;
}

@Entity()
class Book {
  @PrimaryColumn('int') shelf!: number;
  @PrimaryColumn('text') place!: string;
  @ManyToOne(
    () => Author,
    (author) => author.books,
    { nullable: true },
  )
  author!: Promise<Author | null>;
  @OneToOne(
    () => Author,
    (author) => author.edits,
    { nullable: true, lazy: true },
  )
  @JoinColumn({ name: 'editor_pen', referencedColumnName: 'pen' })
  editor!: Promise<Author | null>;
  @ManyToOne(() => Book, { nullable: true }) sequelOf!: Promise<Book | null>;
  @ManyToMany(() => Author)
  @JoinTable()
  readers!: Promise<Author[]>;
  @RelationId((book: Book) => book.author) authorId!: number | null;
  @RelationId((book: Book) => book.editor) editorPen!: string | null;
  @RelationId((book: Book) => book.sequelOf) sequelOfId!: object;
  @RelationId((book: Book) => book.readers) readerIds!: number[];
}

const kind = withKind(
  'lazy',
  [Author, Book],
  [
    "INSERT INTO author VALUES (1, 'A', NULL), (2, 'B', NULL), (3, 'C', now())",
    `INSERT INTO book (shelf, place, "authorId", editor_pen, "sequelOfShelf", "sequelOfPlace") VALUES
       (1, 'a', 1, 'B', NULL, NULL), (1, 'b', 1, NULL, 1, 'a'), (2, 'a', 3, 'C', 1, 'b'), (2, 'b', NULL, NULL, NULL, NULL)`,
    `INSERT INTO book_readers_author VALUES (1, 'a', 1), (1, 'a', 3), (2, 'a', 2)`,
  ],
);

test('without relations records are what TypeORM finds, ids included', async () => {
  await expectFound(kind, Author);
  await expectFound(kind, Book);
});

test('the promises lead to what TypeORM loads, and to the same objects', async () => {
  const { snapshot } = kind.store;
  for (const found of await kind.dataSource.getRepository(Book).find()) {
    const book = snapshot.get(Book, [found.shelf, found.place])!;
    expect(book.author).toBeInstanceOf(Promise);
    const keyOf = (value: Author | null) => (value === null ? null : value.id);
    expect([await book.author, await book.editor].map(keyOf)).toEqual(
      [await found.author, await found.editor].map(keyOf),
    );
    expect((await book.readers).map(({ id }) => id).sort()).toEqual((await found.readers).map(({ id }) => id).sort());
    expect(await book.author).toBe(await book.author);
  }
  const author = snapshot.get(Author, 1)!;
  const [first] = await author.books;
  expect(isSameRecord(await first!.author, author)).toBe(true);
  expect((await snapshot.get(Author, 2)!.edits)!.place).toBe('a');
  expect(await author.edits).toBeNull();
});

test('what is asked of them is answered as TypeORM does', async () => {
  await expectAnswered(kind, [
    [Author, { relations: { books: true } }],
    [Author, { relations: { books: { author: true, readers: true }, edits: true } }],
    [Author, { withDeleted: true, relations: { books: true } }],
    [Author, { where: { books: { place: 'b' } }, relations: { books: true } }],
    [Author, { select: { id: true } }],
    [Author, { loadRelationIds: true }],
    [Book, { relations: { author: true, editor: true, sequelOf: true, readers: true } }],
    [Book, { relations: { author: true, readers: true }, withDeleted: true }],
    [Book, { where: { author: { id: 3 } } }],
    [Book, { where: { author: { id: 3 } }, withDeleted: true }],
    [Book, { where: { editor: { pen: 'C' } } }],
    [Book, { where: { readers: { id: 3 } } }],
    [Book, { where: { sequelOf: { shelf: 1, place: 'a' } } }],
    [Book, { relations: { readers: true }, relationLoadStrategy: 'query' }],
    [Book, { loadRelationIds: { relations: ['author', 'readers'] } }],
  ]);
});

test('copies and JSON have what relations asked for lead to', () => {
  const [book] = kind.store.snapshot.byOrdinal.proxiesOf(Book, [0], { author: true }) as Book[];
  expect(JSON.parse(JSON.stringify(book)).author).toEqual({
    id: 1,
    pen: 'A',
    goneAt: null,
    bookIds: [
      { shelf: 1, place: 'a' },
      { shelf: 1, place: 'b' },
    ],
  });
  expect(materialize(book!).author).toBeInstanceOf(Author);
});

test("opening a store leaves the application's lazy relations alone", async () => {
  const found = await kind.dataSource.getRepository(Book).findOneByOrFail({ shelf: 1, place: 'b' });
  expect((await found.author)!.pen).toBe('A');
  const accessors = () =>
    [Author, Book].flatMap(({ prototype }) => Object.values(Object.getOwnPropertyDescriptors(prototype)));
  const before = accessors();
  expect(before.some(({ get }) => get)).toBe(true);
  const directory = path.dirname(kind.store.snapshot.path);
  (await openStore({ directory, entities: [Book] })).close();
  for (const [place, { get, set }] of accessors().entries())
    expect([get === before[place]!.get, set === before[place]!.set]).toEqual([true, true]);
});

test('the ids show where Jest says how two records differ', () => {
  const book = kind.store.snapshot.get(Book, [1, 'a'])!;
  expect(() => expect(book).toEqual({ shelf: 1 })).toThrow(/"readerIds"/);
});

test('ids stand beside selected fields where TypeORM finds them', async () => {
  for (const [entity, select] of [
    [Author, { id: true }],
    [Author, { pen: true }],
    [Book, { shelf: true, place: true }],
    [Book, { place: true }],
  ] as const) {
    const options = { select, order: select } as object;
    const found = await kind.dataSource.getRepository<{ sequelOfId?: object }>(entity).find(options);
    // Of several columns that were not selected TypeORM gives {}.
    for (const one of found) if (entity === Book) delete one.sequelOfId;
    const proxies = await kind.store.getRepository<object>(entity, { as: 'proxy' }).find(options);
    expect(JSON.parse(JSON.stringify(proxies))).toEqual(JSON.parse(JSON.stringify(found)));
  }
});

@Entity()
class Page {
  @PrimaryGeneratedColumn({ type: 'bigint' }) id!: number;
  @ManyToOne(
    () => Page,
    (page) => page.following,
    { nullable: true },
  )
  previous!: Relation<Page> | null;
  @OneToMany(
    () => Page,
    (page) => page.previous,
  )
  following!: Relation<Page[]>;
  @RelationId((page: Page) => page.previous) previousId!: string | null;
  @RelationId((page: Page) => page.following) followingIds!: string[];
}

describe('generated bigints', () => {
  const numbered = withKind(
    'numbered',
    [Page],
    ['INSERT INTO page ("previousId") VALUES (NULL)', 'INSERT INTO page ("previousId") VALUES (1), (1)'],
    { parseInt8: true },
  );
  test('are text as ids, also where `parseInt8` makes numbers of them', async () => {
    await expectFound(numbered, Page);
    await expectFound(numbered, Page, { previous: true, following: true });
  });
});
