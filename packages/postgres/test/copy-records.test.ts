/** One copy over a real connection: what it gives, how its bytes may arrive, and what it refuses. */
import { Socket } from 'node:net';
import { PermafrostError } from '@permafrost/core';
import { type CopyPlan, type PgTypeName, withConsistentTransaction } from '@permafrost/postgres';
import type { Client } from 'pg';
import { withDatabase } from '../../../test/src/postgres/suite';
import { connect, copyAlone, RecordingSetter, textRows } from './support';

const database = withDatabase('postgres_copy');
let client: Client;
beforeAll(async () => {
  client = await connect(database.url);
});
afterAll(() => client.end());

/** The error of a copy; afterwards the client must answer as before. */
async function refusal(copy: Promise<unknown>): Promise<PermafrostError> {
  const error = await copy.then(
    () => new Error('it was not refused'),
    (reason) => reason,
  );
  expect(await textRows(client, 'SELECT 1, current_setting($1)', ['transaction_read_only'])).toEqual([['1', 'off']]);
  if (!(error instanceof PermafrostError)) throw error;
  return error;
}

const copyWith = (plan: Partial<CopyPlan> & Pick<CopyPlan, 'sql' | 'columns'>) =>
  withConsistentTransaction(client, (transaction) =>
    transaction.copyRecords({ beginRecord: () => {}, endRecord: () => {}, ...plan }),
  );

test('every setter of a column gets its values', async () => {
  const [field, reference] = [new RecordingSetter(), new RecordingSetter()];
  const calls: string[] = [];
  const summary = await copyWith({
    sql: 'SELECT n, NULLIF(n, 2) FROM generate_series(1, 3) AS n ORDER BY n -- a comment at the end',
    columns: [
      { name: 'unused', pgType: 'int4', setters: [] },
      { name: 'parentId', pgType: 'int4', setters: [field.asSetter, reference.asSetter] },
    ],
    beginRecord: () => void calls.push('begin'),
    endRecord: () => void calls.push('end'),
  });
  const expected = [{ method: 'setInt32', value: 1 }, { method: 'setNull' }, { method: 'setInt32', value: 3 }];
  expect(field.given).toEqual(expected);
  expect(reference.given).toEqual(expected);
  expect(calls).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
  expect(summary).toEqual({ records: 3, bytes: 19 + 3 * (2 + 8 + 8) - 4 + 2 });
});

test('progress is told at the end, and not more often than ten times a second', async () => {
  const told: number[][] = [];
  const started = performance.now();
  const { records, bytes } = await copyWith({
    sql: `SELECT n, repeat('x', 500) FROM generate_series(1, 50000) AS n`,
    columns: [
      { name: 'n', pgType: 'int4', setters: [] },
      { name: 'text', pgType: 'text', setters: [] },
    ],
    onProgress: (...numbers) => void told.push(numbers),
  });
  expect(told.at(-1)).toEqual([records, bytes]);
  expect(told.length).toBeLessThanOrEqual(1 + (performance.now() - started) / 100);
  expect(told).toEqual([...told].sort((a, b) => a[0]! - b[0]!));
});

test('messages may arrive in pieces of any size, with notices among them', async () => {
  class CuttingSocket extends Socket {
    #size = 0;
    override push(chunk: Buffer | null): boolean {
      if (chunk === null) return super.push(null);
      let wantsMore = true;
      for (let at = 0; at < chunk.length; at += this.#size) {
        this.#size = (this.#size % 23) + 1;
        wantsMore = super.push(chunk.subarray(at, at + this.#size));
      }
      return wantsMore;
    }
  }
  const cutting = await connect({ connectionString: database.url, stream: () => new CuttingSocket() } as object);
  const notices: (string | undefined)[] = [];
  cutting.on('notice', (notice) => void notices.push(notice.message));
  try {
    await cutting.query(`
      CREATE FUNCTION loud(n int) RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN IF n % 7 = 0 THEN RAISE NOTICE 'seen %', n; END IF; RETURN n; END $$`);
    const { columns, records } = await copyAlone(
      cutting,
      `SELECT loud(n), repeat('ä', n % 50), set_config('application_name', 'copy ' || n, false) FROM generate_series(1, 700) AS n`,
      ['int4', 'text', 'text'],
    );
    expect(records).toBe(700);
    expect(columns[0]).toEqual(Array.from({ length: 700 }, (_, n) => ({ method: 'setInt32', value: n + 1 })));
    expect(columns[1]![699]).toEqual({ method: 'setUtf8', bytes: Buffer.alloc(0) });
    expect(columns[1]![48]).toEqual({ method: 'setUtf8', bytes: Buffer.from('ä'.repeat(49)) });
    expect(notices).toEqual(Array.from({ length: 100 }, (_, n) => `seen ${(n + 1) * 7}`));
    expect(await textRows(cutting, 'SHOW application_name')).toEqual([['copy 700']]);
  } finally {
    await cutting.end();
  }
});

test('text is UTF-8 whatever encoding the session has set', async () => {
  await client.query(`SET client_encoding TO 'LATIN1'`);
  try {
    const { columns } = await copyAlone(client, `SELECT U&'\\20AC \\00E4 \\4E2D'`, ['text']);
    expect(columns[0]).toEqual([{ method: 'setUtf8', bytes: Buffer.from('€ ä 中') }]);
    expect(await textRows(client, 'SHOW client_encoding')).toEqual([['LATIN1']]);
  } finally {
    await client.query(`SET client_encoding TO 'UTF8'`);
  }
});

test('a database that takes any bytes for text gives valid UTF-8 or an error', async () => {
  await client.query(`CREATE DATABASE any_bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
  const url = new URL(database.url);
  url.pathname = '/any_bytes';
  const anyBytes = await connect(url.href);
  try {
    const { columns } = await copyAlone(anyBytes, `SELECT text 'ä', json '"ä"', '{ä}'::text[]`, [
      'text',
      'json',
      'text[]',
    ]);
    const bytes = Buffer.from('ä');
    expect(columns[0]).toEqual([{ method: 'setUtf8', bytes }]);
    expect(columns[2]).toEqual([{ method: 'array', elements: [{ method: 'setUtf8', bytes }] }]);
    for (const [sql, type] of [
      [`text E'\\xe4'`, 'text'],
      [`json E'"\\xe4"'`, 'json'],
      [`jsonb E'"\\xe4"'`, 'jsonb'],
      [`name E'\\xe4'`, 'name'],
      [`ARRAY[varchar E'\\xe4']`, 'varchar[]'],
    ]) {
      const copy = copyAlone(anyBytes, `SELECT ${sql}`, [type!]);
      await expect(copy).rejects.toMatchObject({ code: 'EXPORT_FAILED', cause: { code: '22021' } });
    }
    expect(await textRows(anyBytes, 'SELECT 1')).toEqual([['1']]);
  } finally {
    await anyBytes.end();
    await client.query('DROP DATABASE any_bytes');
  }
});

test.each(['294247-01-10 04:00:54.775807', '294276-12-31 23:59:59.999999'])(
  'the timestamp %s is refused',
  async (text) => {
    const error = await refusal(copyAlone(client, `SELECT timestamp '${text}'`, ['timestamp']));
    expect(error).toMatchObject({ code: 'VALUE_RANGE', details: { field: 'column0' } });
  },
);

test('an array of two dimensions is refused by the name of its column', async () => {
  const error = await refusal(copyAlone(client, `SELECT '{{1,2},{3,4}}'::int4[]`, ['int4[]']));
  expect(error).toMatchObject({ code: 'EXPORT_UNSUPPORTED', details: { field: 'column0', actual: 2 } });
  expect(error.message).toContain('"column0" holds an array of 2 dimensions');
});

test('a type without decoder is refused by its name', async () => {
  const error = await refusal(copyAlone(client, `SELECT '(1,2)'::point`, ['point']));
  expect(error.code).toBe('EXPORT_UNSUPPORTED');
  expect(error.message).toContain('Column "column0" has the PostgreSQL type point');
});

test.each([
  ['SELECT 1::int8', 'int4', 'bigint'],
  ['SELECT 1::int8', 'float8', 'bigint'],
  ['SELECT now()', 'timestamp', 'timestamp with time zone'],
  ['SELECT 1::numeric(12,2)', 'text', 'numeric(12,2)'],
  [`SELECT '{}'::jsonb`, 'json', 'jsonb'],
  [`SELECT '{1}'::int4[]`, 'int4', 'integer[]'],
  ['SELECT 1', 'int4[]', 'integer'],
])('%s is not copied as %s', async (sql, type, sqlType) => {
  const error = await refusal(copyAlone(client, sql, [type]));
  expect(error).toMatchObject({
    code: 'EXPORT_UNSUPPORTED',
    details: { field: 'column0', expected: type, actual: sqlType },
  });
});

test.each(['text', 'varchar', 'bpchar', 'name', 'json', 'enum'] as PgTypeName[])(
  'text may be planned as %s',
  async (type) => {
    const { columns } = await copyAlone(client, `SELECT 'ä'::text`, [type]);
    expect(columns[0]).toEqual([{ method: 'setUtf8', bytes: Buffer.from('ä') }]);
  },
);

test('a plan with another number of columns is refused', async () => {
  const error = await refusal(copyAlone(client, 'SELECT 1 AS a, 2 AS b', ['int4']));
  expect(error).toMatchObject({ code: 'EXPORT_UNSUPPORTED', details: { expected: 1, actual: 2 } });
});

test.each([
  ['SELECT * FROM nowhere', '42P01'],
  ['SELECT 1 / (3 - n) FROM generate_series(1, 1000) AS n', '22012'],
  ['SELECT 1;', '42601'],
])('%s: the error of the server is the cause', async (sql, code) => {
  const error = await refusal(copyAlone(client, sql, ['int4']));
  expect(error).toMatchObject({ code: 'EXPORT_FAILED', cause: { code }, details: { sql, actual: code } });
});

describe('what the caller throws arrives unchanged', () => {
  // In the list of the SELECT it gives its values one by one; in FROM it would first make them all.
  const unlimited = 'SELECT generate_series(1, 1000000000)';
  const reason = new Error('no more');
  const throwAfter = (count: number) => {
    let calls = 0;
    return () => {
      if (++calls === count) throw reason;
    };
  };
  const setter = new RecordingSetter();

  test.each([1, 2, 5000])('by beginRecord, at record %d', async (count) => {
    const columns = [{ name: 'n', pgType: 'int4' as const, setters: [] }];
    const copy = copyWith({ sql: unlimited, columns, beginRecord: throwAfter(count) });
    await expect(copy).rejects.toBe(reason);
    expect(await textRows(client, 'SELECT 1')).toEqual([['1']]);
  });

  test('by a setter, in the first and in the last record', async () => {
    for (const [limit, count] of [
      [1_000_000_000, 1],
      [3, 3],
      [1, 1],
    ]) {
      const setInt32 = throwAfter(count!);
      const columns = [
        { name: 'n', pgType: 'int4' as const, setters: [Object.assign(Object.create(setter), { setInt32 })] },
      ];
      const copy = copyWith({ sql: `SELECT generate_series(1, ${limit})`, columns });
      await expect(copy).rejects.toBe(reason);
      expect(await textRows(client, 'SELECT 1')).toEqual([['1']]);
    }
  });

  test('by onProgress', async () => {
    const columns = [{ name: 'n', pgType: 'int4' as const, setters: [] }];
    await expect(copyWith({ sql: unlimited, columns, onProgress: throwAfter(2) })).rejects.toBe(reason);
    await expect(copyWith({ sql: 'SELECT 1', columns, onProgress: throwAfter(1) })).rejects.toBe(reason);
    expect(await textRows(client, 'SELECT 1')).toEqual([['1']]);
  });
});

test('query_timeout, which is for answers one waits for, does not end a copy, and does not outlive it', async () => {
  const impatient = await connect({ connectionString: database.url, query_timeout: 300 });
  try {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const timersBefore = timers();
    const slow = `SELECT n, pg_sleep(0.06)::text FROM generate_series(1, 10) AS n`;
    const { records } = await copyAlone(impatient, slow, ['int4', 'text']);
    expect(records).toBe(10);
    // The pool and Jest have timers of their own, which come and go.
    for (let waitedMs = 0; timers() > timersBefore && waitedMs < 200; waitedMs += 20)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(timers()).toBeLessThanOrEqual(timersBefore);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await textRows(impatient, 'SELECT 1')).toEqual([['1']]);
  } finally {
    await impatient.end();
  }
});
