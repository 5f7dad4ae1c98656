/** What entities declare against what the database has: taken where TypeORM gives values back alike, refused by name elsewhere. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { materialize } from '@permafrost/core';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import { DataSource, EntitySchema, type EntitySchemaColumnOptions, type EntitySchemaRelationOptions } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';
import { expectSame } from './support/same';

const database = withDatabase('adapter_database_types');
let admin: DataSource;
let directory: string;

beforeAll(async () => {
  admin = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  await admin.query(`CREATE EXTENSION citext; CREATE DOMAIN rating AS smallint CHECK (VALUE > 0); CREATE TYPE mood AS ENUM ('sad', 'ok', '7');
    CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`);
});
afterAll(() => admin?.destroy());
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'permafrost-database-types-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const id = { type: 'int', primary: true } as const;

class Thing {}
function thing(
  columns: Record<string, EntitySchemaColumnOptions>,
  relations: Record<string, EntitySchemaRelationOptions> = {},
): EntitySchema<any> {
  return new EntitySchema<any>({
    name: 'Thing',
    target: Thing,
    tableName: 'thing',
    columns: { id, ...columns },
    relations,
  });
}

/** A DataSource over tables that SQL makes, not TypeORM. */
async function withTables<T>(
  sql: string,
  entities: EntitySchema<any>[],
  run: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  await admin.query(`DROP TABLE IF EXISTS thing, other, thing_others CASCADE; ${sql}`);
  const dataSource = await new DataSource({ type: 'postgres', url: database.url, entities }).initialize();
  try {
    return await run(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

test.each<[declared: EntitySchemaColumnOptions, actual: string, literal: string, stored: string]>([
  [{ type: 'int' }, 'smallint', '7', 'int16'],
  [{ type: 'smallint' }, 'int', '70000', 'int32'],
  [{ type: 'int' }, 'rating', '7', 'int16'],
  [{ type: 'float' }, 'real', '0.1', 'float32'],
  [{ type: 'real' }, 'float8', '0.1', 'float64'],
  [{ type: 'timestamp' }, 'timestamptz', "'2024-02-03 04:05:06.789012+05'", 'timestamptz'],
  [{ type: 'timestamptz' }, 'timestamp', "'2024-02-03 04:05:06.789012'", 'timestamp'],
  [{ type: 'varchar', length: 10 }, 'text', "'ä'", 'text'],
  [{ type: 'text' }, 'char(4)', "'ä'", 'text'],
  [{ type: 'text' }, 'citext', "'Ab'", 'text'],
  [{ type: 'citext' }, 'citext', "'Ab'", 'text'],
  [{ type: 'text' }, 'mood', "'ok'", 'enum'],
  [{ type: 'enum', enum: ['sad', 'ok', 7] }, 'mood', "'7'", 'enum'],
  [{ type: 'enum', enum: ['sad', 'ok', 7] }, 'text', "'7'", 'text'],
  [{ type: 'enum', enum: ['sad', 'ok', 7] }, 'text', "'unheard of'", 'text'],
  [{ type: 'enum', enumName: 'mood' }, 'mood', "'sad'", 'enum'],
  [{ type: 'json' }, 'jsonb', `'{"b": 1, "a": 2}'`, 'json'],
  [{ type: 'numeric', precision: 30, scale: 4 }, 'numeric', "'1.5'", 'decimal'],
  [{ type: 'int' }, 'bigint', '7', 'int64'],
  [{ type: 'bigint' }, 'int', '7', 'int32'],
  [{ type: Number }, 'numeric(5,2)', '7.5', 'decimal'],
  [{ type: Boolean }, 'int', '7', 'int32'],
  [{ type: Boolean }, 'text', "''", 'text'],
  [{ type: Boolean, array: true }, 'bool[]', "'{f}'", 'boolean'],
  [{ type: Number, array: true }, 'int[]', "'{7}'", 'int32'],
  [{ type: Date }, 'text', "'2024-02-03T04:05:06Z'", 'text'],
  [{ type: 'text' }, 'int', '7', 'int32'],
  [{ type: 'text' }, 'json', `'{"b": 1}'`, 'json'],
  [{ type: 'json' }, 'text', "'{}'", 'text'],
  [{ type: 'uuid' }, 'text', "'x'", 'text'],
  [{ type: 'date' }, 'timestamp', "'2024-02-03 04:05:06'", 'timestamp'],
  [{ type: 'timestamp' }, 'date', "'2024-02-03'", 'date'],
  [{ type: 'time' }, 'text', "'4:5'", 'text'],
  [{ type: 'text' }, 'text[]', "'{a,b}'", 'text'],
  [{ type: 'text', array: true }, 'text', "'a'", 'text'],
  [{ type: 'text', array: true }, 'citext[]', "'{a,b}'", 'text'],
  [{ type: 'enum', enum: ['a', 7], array: true }, 'mood[]', "'{sad,7}'", 'enum'],
  [{ type: 'text' }, 'mood[]', "'[5:6]={sad,7}'", 'text'],
  [{ type: 'int', array: true }, 'int[]', "'{{1,2},{3,NULL}}'", 'text'],
  [{ type: 'text' }, 'tsvector', "'a b'", 'text'],
  [{ type: 'boolean' }, 'interval', "'1 day'", 'interval'],
  [{ type: 'vector' }, 'text', "'[1,2.5]'", 'text'],
  [{ type: 'halfvec' }, 'text', "'[]'", 'text'],
])('%j in a column of type %s', async (declared, actual, literal, stored) => {
  const schema = thing({ value: { ...declared, nullable: true } });
  await withTables(
    `CREATE TABLE thing (id int PRIMARY KEY, value ${actual}); INSERT INTO thing VALUES (1, ${literal}), (2, NULL)`,
    [schema],
    async (dataSource) => {
      await exportSnapshot(dataSource, { directory, entities: [schema] });
      const store = await openStore({ directory, entities: [schema] });
      expectSame(
        Array.from(store.snapshot.all(Thing), (record) => materialize(record)),
        await dataSource.getRepository(Thing).find({ order: { id: 'ASC' } as never }),
      );
      expect(store.snapshot.entitySchema(Thing).fields[1]).toMatchObject({
        type: stored,
        ...(stored === 'enum' ? { values: ['sad', 'ok', '7'] } : {}),
      });
      store.close();
    },
  );
});

const Other = new EntitySchema<any>({
  name: 'Other',
  tableName: 'other',
  columns: { id },
  relations: {
    thing: {
      type: 'one-to-one',
      target: 'Thing',
      joinColumn: true,
      inverseSide: 'other',
      createForeignKeyConstraints: false,
    },
  },
});
const otherOf = { other: { type: 'one-to-one', target: 'Other', inverseSide: 'thing' } } as const;
const things = 'CREATE TABLE thing (id int, value int)';

test.each<[what: string, sql: string, entities: EntitySchema<any>[], code: string, message: RegExp]>([
  [
    'NULL in a key',
    `${things}; INSERT INTO thing VALUES (NULL, 1)`,
    [thing({ value: { type: 'int' } })],
    'VALUE_NULL',
    /^Thing\.id: it is not nullable, found null/,
  ],
  [
    'a key twice',
    `${things}; INSERT INTO thing VALUES (1, 1), (1, 2)`,
    [thing({ value: { type: 'int' } })],
    'KEY_DUPLICATE',
    /Thing/,
  ],
  [
    'a reference to nothing',
    `${things}; CREATE TABLE other (id int, "thingId" int); INSERT INTO other VALUES (5, 9)`,
    [thing({}, otherOf), Other],
    'REFERENCE_DANGLING',
    /^Other\.thing: record 5 refers to Thing 9/,
  ],
  [
    'two references through one-to-one',
    `${things}; INSERT INTO thing VALUES (1, 1); CREATE TABLE other (id int, "thingId" int); INSERT INTO other VALUES (5, 1), (6, 1)`,
    [thing({}, otherOf), Other],
    'REFERENCE_NOT_UNIQUE',
    /Thing\.other/,
  ],
  [
    'a foreign key of another type',
    `${things}; CREATE TABLE other (id int, "thingId" text)`,
    [thing({}, otherOf), Other],
    'EXPORT_UNSUPPORTED',
    /^Other\.thing: its column permafrost_own\."thingId" is text, but the key field "id" it refers to is int32/,
  ],
  ['no table', 'SELECT 1', [thing({ value: { type: 'int' } })], 'EXPORT_FAILED', /relation "thing" does not exist/],
  [
    'no column',
    'CREATE TABLE thing (id int)',
    [thing({ value: { type: 'int' } })],
    'EXPORT_FAILED',
    /column permafrost_own\.value does not exist/,
  ],
])('%s', async (_, sql, entities, code, message) => {
  await withTables(sql, entities, async (dataSource) => {
    await expect(exportSnapshot(dataSource, { directory, entities })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(readdirSync(directory)).toEqual([]);
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

test('text that a collation compares by other rules than bytes is compared with what occurs alone, citext with everything', async () => {
  const schema = thing({ name: { type: 'text' }, word: { type: 'citext' } });
  await withTables(
    `CREATE TABLE thing (id int PRIMARY KEY, name text COLLATE ignoring_case, word citext); INSERT INTO thing VALUES (1, 'Ab', 'Cd')`,
    [schema],
    async (dataSource) => {
      await exportSnapshot(dataSource, { directory, entities: [schema] });
      const store = await openStore({ directory, entities: [schema] });
      const count = (where: object) => store.getRepository(schema).countBy(where);
      for (const where of [{ name: 'ab' }, { word: 'cd' }])
        expect(await dataSource.getRepository(schema).countBy(where)).toBe(1);
      await expect(count({ name: 'ab' })).rejects.toMatchObject({ code: 'TEXT_ORDER_UNKNOWN' });
      expect(await count({ name: 'Ab' })).toBe(1);
      expect(await count({ word: 'cd' })).toBe(1);
      expect(await count({ word: 'ce' })).toBe(0);
      expect(store.snapshot.get(Thing, 1)).toMatchObject({ name: 'Ab', word: 'Cd' });
      store.close();
    },
  );
});

test.each([
  ['without a unique index', 'CREATE TABLE thing_others ("thingId" int, "otherId" int)'],
  [
    'with an index of more columns',
    'CREATE TABLE thing_others ("thingId" int, "otherId" int, extra int, UNIQUE ("thingId", "otherId", extra))',
  ],
])('a join table %s that holds a pair twice', async (_, joinTable) => {
  const others = new EntitySchema<any>({ name: 'Other', tableName: 'other', columns: { id } });
  const schema = thing(
    {},
    {
      others: {
        type: 'many-to-many',
        target: 'Other',
        joinTable: { name: 'thing_others', joinColumn: { name: 'thingId' }, inverseJoinColumn: { name: 'otherId' } },
      },
    },
  );
  const sql = `CREATE TABLE thing (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY); INSERT INTO thing VALUES (1), (2); INSERT INTO other VALUES (1), (2);
    ${joinTable}; INSERT INTO thing_others VALUES (1, 2), (1, 2), (1, 1), (2, 2)`;
  await withTables(sql, [schema, others], async (dataSource) => {
    await exportSnapshot(dataSource, { directory, entities: [schema, others] });
    const store = await openStore({ directory, entities: [schema, others] });
    const found = await dataSource
      .getRepository(schema)
      .find({ relations: { others: true }, order: { id: 'ASC', others: { id: 'ASC' } } });
    const records = await store.getRepository(schema).find({ relations: { others: true } });
    expect(JSON.stringify(records)).toBe(JSON.stringify(found));
    store.close();
  });
});
