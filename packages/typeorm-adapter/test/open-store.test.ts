/** Opening: without a database, with the entities of the export or a refusal that says what differs. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { materialize } from '@permafrost/core';
import { exportSnapshot, openStore, Snapshot, SnapshotRepository } from '@permafrost/typeorm-adapter';
import pg from 'pg';
import {
  BaseEntity,
  Column,
  DataSource,
  Entity,
  EntitySchema,
  type EntitySchemaColumnOptions,
  ManyToOne,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';

@Entity()
@Snapshot()
class Author extends BaseEntity {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @Column('enum', { enum: [1, 2] }) rank!: number;
  @Column('bigint') words!: string;
  @ManyToOne(() => Author, { nullable: true }) mentor!: Relation<Author> | null;
}

@Entity({ orderBy: { year: 'DESC', id: 'ASC' } })
@Snapshot()
class Book {
  @PrimaryColumn('int') id!: number;
  @Column('int') year!: number;
  @ManyToOne(() => Author, { nullable: false }) author!: Relation<Author>;
}

@Entity()
@Snapshot()
class Later {
  @PrimaryColumn() id!: number;
}

const entities = [Author, Book];
const database = withDatabase('adapter_open');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-open-'));
let dataSource: DataSource;

beforeAll(async () => {
  dataSource = await new DataSource({ type: 'postgres', url: database.url, entities, synchronize: true }).initialize();
  await dataSource.query(`INSERT INTO author (id, name, rank, words, "mentorId") VALUES (1, 'A', '1', 10, NULL), (2, 'B', '2', 9007199254740993, 1);
    INSERT INTO book (id, year, "authorId") VALUES (1, 2001, 2), (2, 1999, 1), (3, 2001, 1)`);
  await exportSnapshot(dataSource, { directory });
});
afterAll(async () => {
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

test('a store closes by hand, by `using` and by `await using`', async () => {
  const store = await openStore({ directory, entities });
  store.close();
  store[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
  expect(store.snapshot.closed).toBe(true);
});

test('repositories by class, name and table; the same one each time', async () => {
  const store = await openStore({ directory, entities });
  const authors = store.getRepository(Author);
  expect(authors).toBeInstanceOf(SnapshotRepository);
  for (const name of ['Author', 'author', Author]) expect(store.getRepository(name) === authors).toBe(true);
  expect([authors.target, authors.metadata.name]).toEqual([Author, 'Author']);
  expect(() => store.getRepository('Authors')).toThrow(expect.objectContaining({ code: 'ENTITY_UNKNOWN' }));
  expect(() => store.getRepository(class Stranger {})).toThrow(
    expect.objectContaining({ code: 'ENTITY_UNKNOWN', message: expect.stringContaining('"Stranger"') }),
  );
  store.close();
});

test('classes that relations lead to need not be named', async () => {
  const store = await openStore({ directory, entities: [Book] });
  const book = store.snapshot.get(Book, 1)!;
  expect(book.author).toBeInstanceOf(Author);
  expect(book.author.mentor).toMatchObject({ name: 'A', rank: 1 });
  expect(await store.getRepository(Author).count()).toBe(2);
  store.close();
});

test('the order of an entity holds where none is asked for', async () => {
  const store = await openStore({ directory, entities });
  const ids = async (repository: { find(options?: object): Promise<{ id: number }[]> }, options?: object) =>
    (await repository.find(options)).map(({ id }) => id);
  for (const options of [undefined, { order: {} }, { order: { id: 'DESC' } }, { take: 2 }]) {
    expect(await ids(store.getRepository(Book), options)).toEqual(await ids(dataSource.getRepository(Book), options));
  }
  store.close();
});

test('opening leaves classes that extend BaseEntity with their DataSource', async () => {
  const store = await openStore({ directory, entities });
  expect(await Author.count()).toBe(2);
  expect(Author.getRepository().manager.dataSource).toBe(dataSource);
  store.close();
});

test.each([
  ['an initialized', true],
  ['a resting', false],
])('with the entities and options of %s DataSource', async (_, isInitialized) => {
  const other = new DataSource({
    type: 'postgres',
    url: database.url,
    entities,
    parseInt8: true,
    invalidWhereValuesBehavior: { null: 'ignore', undefined: 'ignore' },
  });
  if (isInitialized) await other.initialize();
  const store = await openStore({ directory, dataSource: other });
  expect(store.snapshot.get(Author, 1)!.words).toBe(10);
  expect(
    await store.getRepository(Author).countBy({ name: undefined, id: null as never, mentor: { id: undefined } }),
  ).toBe(2);
  store.close();
  if (isInitialized) await other.destroy();
  // TypeORM sets it for the whole process.
  pg.defaults.parseInt8 = false;
  expect(other.isInitialized).toBe(false);
});

test("`invalidWhereValuesBehavior: { null: 'sql-null' }` asks for what has none", async () => {
  const other = new DataSource({
    type: 'postgres',
    url: database.url,
    entities,
    invalidWhereValuesBehavior: { null: 'sql-null' },
  });
  const store = await openStore({ directory, dataSource: other });
  await other.initialize();
  const withoutMentor = { mentor: null as never };
  const expected = await other.getRepository(Author).findBy(withoutMentor);
  expect(expected.length).toBeGreaterThan(0);
  expect((await store.getRepository(Author).findBy(withoutMentor)).map(({ id }) => id)).toEqual(
    expected.map(({ id }) => id).sort((a, b) => a - b),
  );
  await other.destroy();
  store.close();
});

test('a worker needs neither node-postgres nor generated code', async () => {
  const program = `
    const { openStore } = require('@permafrost/typeorm-adapter');
    const { EntitySchema } = require('typeorm');
    const author = new EntitySchema({ name: 'Author', columns: { id: { type: 'int', primary: true }, name: { type: 'text' }, rank: { type: 'enum', enum: [1, 2] }, words: { type: 'bigint' } },
      relations: { mentor: { type: 'many-to-one', target: 'Author' } } });
    openStore({ directory: process.argv[1], entities: [author] }).then(async (store) => {
      const record = await store.getRepository('Author').findOne({ where: { id: 2 }, relations: { mentor: true } });
      console.log(JSON.stringify({ record, drivers: Object.keys(require.cache).filter((file) => /node_modules.pg./.test(file)) }));
      store.close();
    });`;
  const run = promisify(execFile);
  const { stdout } = await run(
    process.execPath,
    ['--disallow-code-generation-from-strings', '-e', program, directory],
    { cwd: path.join(__dirname, '..') },
  );
  expect(JSON.parse(stdout)).toEqual({
    record: {
      id: 2,
      name: 'B',
      rank: 2,
      words: '9007199254740993',
      mentor: { id: 1, name: 'A', rank: 1, words: '10' },
    },
    drivers: [],
  });
});

describe('entities of an EntitySchema without a class', () => {
  const schema = (name: string, columns: Record<string, EntitySchemaColumnOptions> = {}) =>
    new EntitySchema<any>({
      name,
      columns: {
        id: { type: 'int', primary: true },
        name: { type: 'text' },
        rank: { type: 'enum', enum: [1, 2] },
        words: { type: 'bigint' },
        ...columns,
      },
      relations: { mentor: { type: 'many-to-one', target: name } },
    });

  test('are plain objects, as TypeORM makes them', async () => {
    const author = schema('Author');
    const store = await openStore({ directory, entities: [author] });
    const [record] = await store.getRepository(author).findBy({ id: 1 });
    expect(materialize(record)).toStrictEqual({ id: 1, name: 'A', rank: 1, words: '10' });
    store.close();
  });

  test.each<[string, EntitySchema<any>, string]>([
    ['a column more', schema('Author', { age: { type: 'int' } }), 'the file has no "age"'],
    ['another type', schema('Author', { words: { type: 'text' } }), '"words" is text here and int64 in the file'],
    ['a list', schema('Author', { name: { type: 'text', array: true } }), '"name" is text[] here and text in the file'],
    [
      'another key',
      schema('Author', { words: { type: 'bigint', primary: true } }),
      'its key is id, words here and id in the file',
    ],
    [
      'other numbers',
      schema('Author', { rank: { type: 'enum', enum: [1, '2'] } }),
      '"rank" is given back by its type, 1 as numbers here and by its type, 1, 2 as numbers in the file',
    ],
    [
      'a conversion',
      schema('Author', { name: { type: 'simple-array' } }),
      '"name" is given back by simple-array here and by its type in the file',
    ],
    [
      'a hidden column',
      schema('Author', { name: { type: 'text', select: false } }),
      'the file has "name", which is not declared or is left out here',
    ],
    [
      'another relation',
      new EntitySchema<any>({
        name: 'Author',
        columns: schema('Author').options.columns,
        relations: { mentor: { type: 'many-to-many', target: 'Author', joinTable: true } },
      }),
      '"mentor" is to-many Author here and to-one Author in the file',
    ],
    [
      'no relation',
      new EntitySchema<any>({ name: 'Author', columns: schema('Author').options.columns }),
      'the file has "mentor", which is not declared or is left out here',
    ],
  ])('%s: SCHEMA_MISMATCH', async (_, author, difference) => {
    await expect(openStore({ directory, entities: [author] })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining(`Author is declared otherwise than it was exported: ${difference}.`),
      details: { entity: 'Author' },
    });
  });

  test('what TypeORM gives back alike may differ', async () => {
    const author = schema('Author', {
      id: { type: 'smallint', primary: true },
      name: { type: 'varchar', nullable: true },
    });
    const store = await openStore({ directory, entities: [author] });
    expect(store.snapshot.count('Author')).toBe(2);
    store.close();
  });

  test('a DataSource with more entities than were exported', async () => {
    const more = new DataSource({ type: 'postgres', entities: [Author, Book, Later] });
    await expect(openStore({ directory, dataSource: more })).rejects.toMatchObject({
      code: 'ENTITY_UNKNOWN',
      message: expect.stringContaining(
        '"Later" (Later). Export it too, or name those to read: openStore({ entities: […] })',
      ),
    });
    (await openStore({ directory, dataSource: more, entities })).close();
  });

  test('an entity that was not exported', async () => {
    await expect(openStore({ directory, entities: [schema('Editor')] })).rejects.toMatchObject({
      code: 'ENTITY_UNKNOWN',
      message: expect.stringMatching(/holds no entity "Editor" .*Author, Book/),
    });
  });
});

test('misuse and absent files', async () => {
  await expect(openStore({ directory } as never)).rejects.toThrow(
    new TypeError('openStore: the option `entities` is missing: the classes to read, as in exportSnapshot.'),
  );
  await expect(openStore({ entities } as never)).rejects.toThrow(TypeError);
  await expect(openStore(undefined as never)).rejects.toThrow(TypeError);
  await expect(openStore({ directory, entities, path: 'x' } as never)).rejects.toThrow(/unknown option "path"/);
  await expect(openStore({ directory: path.join(directory, 'nowhere'), entities })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
  const [generation] = readdirSync(directory).filter((name) => name.endsWith('.permafrost'));
  await expect(openStore({ directory: path.join(directory, generation!), entities })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining('A part of this path is a file. Give the directory'),
  });
  await expect(openStore({ directory, entities: [class Plain {}] })).rejects.toMatchObject({
    code: 'ENTITY_UNKNOWN',
    message: expect.stringMatching(/^"Plain" is not an entity of this store\. Decorate its class with @Entity\(\)/),
  });
  await expect(openStore({ directory, entities: [] })).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
});
