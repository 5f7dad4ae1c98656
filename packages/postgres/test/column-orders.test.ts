/** What the database says of the order of columns, and the ranks it gives, held against its own comparisons. */
import {
  type ColumnOrder,
  type ExportTransaction,
  rankedSelect,
  withConsistentTransaction,
} from '@permafrost/postgres';
import fc from 'fast-check';
import type { Client } from 'pg';
import { hasLocale, localeAbsent } from '../../../test/src/postgres/locales';
import { withDatabase } from '../../../test/src/postgres/suite';
import { describeOrSkip } from '../../../test/src/support/skips';
import { holds } from '../../core/test/support/property';
import { connect, copyWithin, textRows } from './support';

const database = withDatabase('postgres_orders');
let client: Client;
beforeAll(async () => {
  client = await connect(database.url);
  await client.query(`
    CREATE EXTENSION citext;
    CREATE DOMAIN word AS text COLLATE "de-x-icu";
    CREATE DOMAIN words AS word[];
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE SCHEMA other;
    CREATE COLLATION other.mine (provider = icu, locale = 'sv');`);
});
afterAll(() => client.end());

async function ordersOf(sql: string): Promise<ColumnOrder[]> {
  return within(async (transaction) => transaction.resolveColumnOrders(sql, await transaction.resolveColumnTypes(sql)));
}
const within = <T>(run: (transaction: ExportTransaction) => Promise<T>): Promise<T> =>
  withConsistentTransaction(client, run);

describe('the order of a column', () => {
  test.each([
    ...[
      'int4',
      'text',
      'varchar(3)',
      'char(3)',
      'citext',
      'word',
      'interval',
      'timetz',
      'money',
      'inet',
      'cidr',
      'bit(3)',
      'jsonb',
    ],
    ...[
      'numrange',
      'int4multirange',
      'mood',
      'mood[]',
      'text[]',
      'words',
      'uuid',
      'tsvector',
      '"char"',
      'name',
      'pg_lsn',
      'oid',
    ],
  ])('%s has one', async (type) => {
    expect(await ordersOf(`SELECT NULL::${type} AS value`)).toMatchObject([{ isOrdered: true }]);
    // Which is what the database says too.
    await client.query(`SELECT value FROM (SELECT NULL::${type} AS value) AS one ORDER BY value`);
  });

  test.each(['json', 'point', 'xml', 'box', 'json[]', 'polygon'])('%s has none', async (type) => {
    expect(await ordersOf(`SELECT NULL::${type} AS value`)).toEqual([{ isOrdered: false }]);
    await expect(
      client.query(`SELECT value FROM (SELECT NULL::${type} AS value) AS one ORDER BY value`),
    ).rejects.toThrow(/ordering operator/);
  });

  test('has a collation where it is of text', async () => {
    const columns = [
      ['NULL::text', { name: 'default', isByteOrder: true, isDeterministic: true }],
      ['NULL::text COLLATE "C"', { name: 'C', isByteOrder: true, isDeterministic: true }],
      ['NULL::text COLLATE "POSIX"', { name: 'POSIX', isByteOrder: true }],
      ['NULL::text COLLATE "ucs_basic"', { name: 'ucs_basic', isByteOrder: true }],
      ['NULL::name', { name: 'C', isByteOrder: true }],
      [
        'NULL::varchar(7) COLLATE "en-x-icu"',
        { name: 'en-x-icu', provider: 'icu', locale: 'en', isByteOrder: false, isDeterministic: true },
      ],
      ['NULL::word', { name: 'de-x-icu', provider: 'icu', isByteOrder: false }],
      ['NULL::words', { name: 'de-x-icu', isByteOrder: false }],
      ['NULL::text COLLATE loose', { name: 'loose', isByteOrder: false, isDeterministic: false }],
      ['NULL::text COLLATE other.mine', { name: 'other.mine', provider: 'icu', locale: 'sv' }],
      ['NULL::int4', undefined],
      ['NULL::mood', undefined],
    ] as const;
    const orders = await ordersOf(`SELECT ${columns.map(([sql]) => sql).join(', ')}`);
    expect(orders.map(({ collation }) => collation)).toEqual(
      columns.map(([, expected]) => (expected ? expect.objectContaining(expected) : undefined)),
    );
    expect(orders[5]!.collation!.version).toMatch(/^[\d.]+$/);
  });

  test('is asked of a SELECT that is not run', async () => {
    const orders = await ordersOf(`SELECT n::text AS value FROM generate_series(1, 10) AS n WHERE 1 / (n - 5) > 0`);
    expect(orders).toMatchObject([{ isOrdered: true, collation: { name: 'default' } }]);
    expect((await ordersOf('SELECT 1 AS a, 2 AS a')).length).toBe(2);
  });
});

describe('ranks', () => {
  async function ranksOf(sql: string, type: string, once = false): Promise<(number | null)[]> {
    const { columns } = await within((transaction) =>
      copyWithin(transaction, rankedSelect(sql, 2, [1], { once }), ['int4', type, 'int4']),
    );
    const byId = columns[0]!.map((id, place) => [id, columns[2]![place]] as never) as {
      value: number;
    }[][];
    return byId.sort(([a], [b]) => a!.value - b!.value).map(([, rank]) => rank!.value ?? null);
  }

  test('are dense from 1 on, the same for what the database calls equal, and null for null', async () => {
    const values = (list: string) => `SELECT row_number() OVER ()::int4, value FROM (VALUES ${list}) AS given (value)`;
    expect(await ranksOf(values(`('b'::citext), ('A'), (NULL), ('a'), ('B'), ('c')`), 'citext')).toEqual([
      2,
      1,
      null,
      1,
      2,
      3,
    ]);
    expect(await ranksOf(values(`('24:00'::interval), ('1 month'), ('1 day'), ('30 days')`), 'interval')).toEqual([
      1, 2, 1, 2,
    ]);
    expect(await ranksOf(values(`('b' COLLATE loose), ('A'), ('a')`), 'text', true)).toEqual([2, 1, 1]);
    expect(await ranksOf(values(`('x'::text)`).replace(/$/, ' WHERE false'), 'text')).toEqual([]);
  });

  test('of several columns stand behind the columns, in their order', async () => {
    const sql = `SELECT a, b, c FROM (VALUES ('b'::text, 1, 'x'::text), ('a', 1, 'y'), ('c', 1, NULL)) AS t (a, b, c)`;
    for (const once of [false, true]) {
      const { rows } = await client.query({ text: rankedSelect(sql, 3, [0, 2], { once }), rowMode: 'array' });
      expect(rows.sort()).toEqual([
        ['a', 1, 'y', 1, 2],
        ['b', 1, 'x', 2, 1],
        ['c', 1, null, 3, null],
      ]);
    }
    expect(rankedSelect(sql, 3, [], { once: true })).toBe(sql);
    // Among the values of another SELECT they are not dense.
    const among = { of: `${sql} UNION ALL SELECT 'bb', 1, 'xx'` };
    const { rows } = await client.query({ text: rankedSelect(sql, 3, [0, 2], among), rowMode: 'array' });
    expect(rows.sort().map((row) => row.slice(3))).toEqual([
      [1, 3],
      [2, 1],
      [4, null],
    ]);
  });

  const whatever = fc.array(
    fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.string({ unit: 'grapheme-composite', maxLength: 4 }),
      fc
        .array(fc.constantFrom('a', 'A', 'á', 'ä', 'ß', 's', 'S', ' ', '-', "'", 'e\u0301', 'é', 'Z', '1', '10', '_'), {
          maxLength: 5,
        })
        .map((parts) => parts.join('')),
    ),
    { minLength: 1, maxLength: 120 },
  );
  /** Whether ranks compare as the values do, for each pair: the database says it itself. */
  const comparesAlike = (collation: string) =>
    holds(
      fc.asyncProperty(whatever, async (strings) => {
        // PostgreSQL has no zero byte in text, and no half of a surrogate pair.
        const given = strings.map((text) => text.replaceAll('\0', '').toWellFormed());
        await client.query('DROP TABLE IF EXISTS given; CREATE TABLE given (id int4, value text)');
        await client.query(
          'INSERT INTO given SELECT place, value FROM unnest($1::text[]) WITH ORDINALITY AS t (value, place)',
          [given],
        );
        const ranked = rankedSelect(`SELECT id, value COLLATE ${collation} FROM given`, 2, [1], { once: false });
        const [[wrong]] = (await textRows(
          client,
          `WITH ranked (id, value, rank) AS MATERIALIZED (${ranked})
           SELECT count(*) FROM ranked AS a, ranked AS b
            WHERE (a.value < b.value) <> (a.rank < b.rank) OR (a.value = b.value) <> (a.rank = b.rank)`,
        )) as [[string]];
        expect(wrong).toBe('0');
      }),
      25,
    );

  test.each(['"C"', '"en-x-icu"', 'loose', 'other.mine'])('compare as values do under %s', comparesAlike);
  describeOrSkip(hasLocale('en_US'), localeAbsent('en_US'), 'under a locale of the C library', () => {
    test('compare as values do', async () => {
      await client.query(`CREATE COLLATION IF NOT EXISTS american (provider = libc, locale = 'en_US.utf8')`);
      expect(await ordersOf(`SELECT NULL::text COLLATE american AS value`)).toMatchObject([
        { collation: { provider: 'libc', locale: 'en_US.utf8', isByteOrder: false, isDeterministic: true } },
      ]);
      await comparesAlike('american');
    });
  });
});
