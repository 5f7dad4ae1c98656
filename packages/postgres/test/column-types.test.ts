/** What the catalog says of a SELECT's columns. */
import { isSupportedType, resolveColumnTypes, supportedTypes } from '@permafrost/postgres';
import * as pg from 'pg';
import { withDatabase } from '../../../test/src/postgres/suite';
import { connect } from './support';

const database = withDatabase('postgres_types');
let client: pg.Client;
beforeAll(async () => {
  client = await connect(database.url);
  await client.query(`
    CREATE EXTENSION citext;
    CREATE SCHEMA other;
    CREATE TYPE other.text AS (a int);
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    ALTER TYPE mood ADD VALUE 'ok' BEFORE 'happy';
    CREATE DOMAIN age AS int4 CHECK (VALUE >= 0);
    CREATE DOMAIN adult AS age CHECK (VALUE >= 18);
    CREATE DOMAIN ages AS age[];
    CREATE DOMAIN list_of_ages AS ages[];
    CREATE DOMAIN feeling AS mood`);
});
afterAll(() => client.end());

const resolved = async (expression: string) => (await resolveColumnTypes(client, `SELECT ${expression} AS value`))[0]!;

test.each([
  ['1::int2', 'int2', 'smallint'],
  ['1::numeric(12,2)', 'numeric', 'numeric(12,2)'],
  [`'a'::varchar(20)`, 'varchar', 'character varying(20)'],
  [`'a'::char(3)`, 'bpchar', 'character(3)'],
  [`'a'::citext`, 'citext', 'citext'],
  ['now()', 'timestamptz', 'timestamp with time zone'],
  [`'1 day'::interval`, 'interval', 'interval'],
  ['ROW(1)::other.text', 'other.text', 'other.text'],
  ['1::adult', 'int4', 'integer'],
])('%s is %s', async (expression, typeName, sqlType) => {
  expect(await resolved(expression)).toMatchObject({ name: 'value', typeName, array: false, sqlType });
});

test.each([
  [`'{1}'::int8[]`, 'int8', 'bigint[]'],
  [`'{18}'::adult[]`, 'int4', 'adult[]'],
  [`'{1}'::ages`, 'int4', 'age[]'],
  [`'{a}'::varchar(5)[]`, 'varchar', 'character varying(5)[]'],
  [`'{a}'::citext[]`, 'citext', 'citext[]'],
  // An array of arrays, which a domain makes possible, is nothing that can be exported.
  [`ARRAY['{1}'::ages]::list_of_ages`, 'public._age', 'ages[]'],
])('%s is an array of %s', async (expression, typeName, sqlType) => {
  const column = await resolved(expression);
  expect(column).toMatchObject({ array: true, typeName, sqlType });
});

test('an enum tells its labels in their order, through domains and arrays too', async () => {
  for (const type of ['mood', 'feeling', 'mood[]', 'feeling[]']) {
    const column = await resolved(`NULL::${type}`);
    expect(column).toMatchObject({ typeName: 'enum', array: type.endsWith('[]'), enumLabels: ['sad', 'ok', 'happy'] });
  }
  expect(await resolved('1')).not.toHaveProperty('enumLabels');
});

test('columns come in their order, also under one name, and the SELECT is not run', async () => {
  const columns = await resolveColumnTypes(
    client,
    `SELECT 1 / (random() * 0)::int AS a, pg_sleep(60) IS NULL AS a, 'x'::text ORDER BY 1 -- end`,
  );
  expect(columns.map(({ name, typeName }) => `${name} ${typeName}`)).toEqual(['a int4', 'a bool', 'text text']);
  expect(columns.map(({ oid }) => oid)).toEqual([
    pg.types.builtins.INT4,
    pg.types.builtins.BOOL,
    pg.types.builtins.TEXT,
  ]);
});

test('type parsers of the application change nothing', async () => {
  client.setTypeParser(pg.types.builtins.BOOL, () => 'nonsense');
  client.setTypeParser(pg.types.builtins.TEXT, () => 'nonsense');
  expect(await resolved(`'{}'::int4[]`)).toMatchObject({ typeName: 'int4', array: true });
});

test('the error of the server is the cause', async () => {
  await expect(resolved('nowhere.a')).rejects.toMatchObject({ code: 'EXPORT_FAILED', cause: { code: '42P01' } });
});

test('names of supported types', () => {
  expect(supportedTypes.every(isSupportedType)).toBe(true);
  expect(['money', 'toString', '__proto__', ''].some(isSupportedType)).toBe(false);
});
