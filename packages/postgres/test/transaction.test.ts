/** One instant, and what becomes of the caller's connection: after success, failure, abort and loss. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExportTransaction, withConsistentTransaction } from '@permafrost/postgres';
import { type Client, Pool } from 'pg';
import { withDatabase } from '../../../test/src/postgres/suite';
import { connect, copyAlone, copyWithin, textRows } from './support';

const database = withDatabase('postgres_transaction');
let client: Client;
/** Another connection, which watches and interferes. */
let other: Client;
let pid: number;
beforeAll(async () => {
  other = await connect(database.url);
  await other.query('CREATE TABLE item AS SELECT n AS id FROM generate_series(1, 1000) AS n');
});
beforeEach(async () => {
  client = await connect(database.url);
  pid = Number((await textRows(client, 'SELECT pg_backend_pid()'))[0]![0]);
});
afterEach(() => client.end());
afterAll(() => other.end());

/** What the server says this client's backend is doing; undefined when it has gone. */
async function backendState(): Promise<string | undefined> {
  const [row] = await textRows(other, 'SELECT state FROM pg_stat_activity WHERE pid = $1', [pid]);
  return row?.[0] ?? undefined;
}

async function expectUsable(): Promise<void> {
  expect(client.getTransactionStatus()).toBe('I');
  expect(await textRows(client, 'SELECT 42, current_setting($1)', ['transaction_isolation'])).toEqual([
    ['42', 'read committed'],
  ]);
}

async function expectEnded(): Promise<void> {
  await expect(client.query('SELECT 1')).rejects.toThrow();
  for (let attempt = 0; attempt < 100 && (await backendState()) !== undefined; attempt++) await sleep(50);
  expect(await backendState()).toBeUndefined();
}

const unlimited = `SELECT generate_series(1, 1000000000), repeat('x', 200)`;
const unlimitedTypes = ['int4', 'text'];

describe('one instant', () => {
  test('records that others insert, change and delete meanwhile are not seen', async () => {
    const [before, after] = await withConsistentTransaction(client, async (transaction) => {
      await other.query('INSERT INTO item VALUES (5000)');
      const first = await copyWithin(transaction, 'SELECT id FROM item ORDER BY id', ['int4']);
      await other.query(
        'DELETE FROM item WHERE id <= 500; UPDATE item SET id = -id; CREATE TABLE later AS SELECT 1 AS id',
      );
      const second = await copyWithin(transaction, 'SELECT id FROM item ORDER BY id', ['int4']);
      return [first, second];
    });
    const expected = Array.from({ length: 1000 }, (_, n) => ({ method: 'setInt32', value: n + 1 }));
    expect(before!.columns[0]).toEqual(expected);
    expect(after!.columns[0]).toEqual(expected);
    expect((await copyAlone(client, 'SELECT id FROM item', ['int4'])).records).toBe(501);
    await other.query('TRUNCATE item; INSERT INTO item SELECT generate_series(1, 1000)');
  });

  test('others may insert in the middle of a copy', async () => {
    let inserted: Promise<unknown> | undefined;
    let records = 0;
    await withConsistentTransaction(client, (transaction) =>
      transaction.copyRecords({
        sql: `SELECT id, repeat('x', 20000) FROM item`,
        columns: [
          { name: 'id', pgType: 'int4', setters: [] },
          { name: 'text', pgType: 'text', setters: [] },
        ],
        beginRecord() {
          inserted ??= other.query('INSERT INTO item SELECT generate_series(1001, 1500)');
        },
        endRecord: () => void records++,
      }),
    );
    await inserted;
    expect(records).toBe(1000);
    await other.query('DELETE FROM item WHERE id > 1000');
  });

  test('it cannot write', async () => {
    await other.query('CREATE SEQUENCE counter');
    const writing = copyAlone(client, `SELECT nextval('counter')`, ['int8']);
    await expect(writing).rejects.toMatchObject({ code: 'EXPORT_FAILED', cause: { code: '25006' } });
    await expectUsable();
  });
});

describe('what it tells', () => {
  test('facts', async () => {
    await client.query(`SET TimeZone TO 'Asia/Kathmandu'`);
    const facts = await withConsistentTransaction(client, (transaction) => transaction.facts());
    const [row] = await textRows(
      other,
      `SELECT current_setting('server_version'), current_database(), datcollate, datlocprovider FROM pg_database WHERE datname = current_database()`,
    );
    const [serverVersion, databaseName, datcollate, provider] = row!;
    expect(facts).toMatchObject({
      serverVersion,
      database: databaseName,
      serverEncoding: 'UTF8',
      timeZone: 'Asia/Kathmandu',
    });
    expect(facts.collation.provider).toBe({ c: 'libc', i: 'icu', b: 'builtin' }[provider as 'c']);
    if (provider === 'c') expect(facts.collation.locale).toBe(datcollate);
    else expect(facts.collation.locale).toMatch(/^[\w.-]+$/);
    expect(facts.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    await expectUsable();
  });

  test('facts without the right to read the log', async () => {
    await other.query('REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM public; CREATE ROLE permafrost_reader');
    try {
      await client.query('SET ROLE permafrost_reader');
      const facts = await withConsistentTransaction(client, async (transaction) => {
        const told = await transaction.facts();
        expect(await copyWithin(transaction, 'SELECT 1', ['int4'])).toMatchObject({ records: 1 });
        return told;
      });
      expect(facts).not.toHaveProperty('lsn');
      expect(facts.timeZone).toBeTruthy();
    } finally {
      await other.query('GRANT EXECUTE ON FUNCTION pg_current_wal_lsn() TO public; DROP ROLE permafrost_reader');
    }
  });

  test('an estimate, without running anything', async () => {
    await other.query('CREATE TABLE analyzed AS SELECT generate_series(1, 3000) AS id; ANALYZE analyzed');
    await withConsistentTransaction(client, async (transaction) => {
      expect(await transaction.estimateRowCount('SELECT * FROM analyzed')).toBe(3000);
      expect(await transaction.estimateRowCount('SELECT pg_sleep(60) FROM analyzed LIMIT 7')).toBe(7);
    });
  });

  test('what `run` gives, and what it throws', async () => {
    const result = { any: 'thing' };
    expect(await withConsistentTransaction(client, async () => result)).toBe(result);
    const reason = new Error('of the caller');
    await expect(withConsistentTransaction(client, () => Promise.reject(reason))).rejects.toBe(reason);
    await expectUsable();
  });
});

describe('misuse', () => {
  test('a client in a transaction is left alone', async () => {
    await client.query('BEGIN; SELECT 1');
    await expect(copyAlone(client, 'SELECT 1', ['int4'])).rejects.toThrow(TypeError);
    expect(client.getTransactionStatus()).toBe('T');
    await client.query('ROLLBACK');
  });

  test('a pool is no client', async () => {
    const pool = new Pool({ connectionString: database.url });
    await expect(withConsistentTransaction(pool as never, async () => 1)).rejects.toThrow(
      /expected a connected client/,
    );
    await pool.end();
  });

  test('an unknown option', async () => {
    const options = { sginal: new AbortController().signal } as object;
    await expect(withConsistentTransaction(client, async () => 1, options)).rejects.toThrow(/Did you mean "signal"/);
  });

  test('a transaction that has ended', async () => {
    const ended = await withConsistentTransaction(client, async (transaction) => transaction);
    await expect(copyWithin(ended, 'SELECT 1', ['int4'])).rejects.toThrow(/has ended/);
    await expect(ended.facts()).rejects.toThrow(/has ended/);
    await expectUsable();
  });
});

describe('abort', () => {
  const reason = new Error('stop it');

  /** Aborts as soon as `when` resolves, and gives how long the rejection took from then, in ms. */
  async function abortOnce(
    when: () => Promise<unknown>,
    run: (transaction: ExportTransaction) => Promise<unknown>,
  ): Promise<number> {
    const controller = new AbortController();
    const running = withConsistentTransaction(client, run, { signal: controller.signal });
    let abortedAt = 0;
    void when().then(() => {
      abortedAt = performance.now();
      controller.abort(reason);
    });
    await expect(running).rejects.toBe(reason);
    return performance.now() - abortedAt;
  }

  const copying = async () => {
    while ((await backendState()) !== 'active') await sleep(1);
    await sleep(100);
  };

  test('before it begins nothing is sent', async () => {
    const run = jest.fn();
    await expect(withConsistentTransaction(client, run, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(run).not.toHaveBeenCalled();
    await expectUsable();
  });

  test('in the middle of a copy', async () => {
    const took = await abortOnce(copying, (transaction) => copyWithin(transaction, unlimited, unlimitedTypes));
    expect(took).toBeLessThan(1500);
    await expectUsable();
    expect(await backendState()).toBe('idle');
  });

  test('at any moment', async () => {
    for (let moment = 0; moment < 60; moment++) {
      const controller = new AbortController();
      const running = withConsistentTransaction(
        client,
        async (transaction) => {
          await transaction.facts();
          await transaction.estimateRowCount('SELECT * FROM item');
          for (;;) await copyWithin(transaction, 'SELECT id FROM item', ['int4']);
        },
        { signal: controller.signal },
      );
      setTimeout(() => controller.abort(reason), moment / 2);
      await expect(running).rejects.toBe(reason);
      await expectUsable();
    }
  });

  test('by the signal of the plan, which also ends the transaction', async () => {
    const controller = new AbortController();
    let records = 0;
    const plan = {
      sql: unlimited,
      columns: [
        { name: 'n', pgType: 'int4' as const, setters: [] },
        { name: 'x', pgType: 'text' as const, setters: [] },
      ],
      beginRecord: () => {},
      endRecord: () => {
        records++;
        controller.abort(reason);
      },
      signal: controller.signal,
    };
    await withConsistentTransaction(client, async (transaction) => {
      await expect(transaction.copyRecords(plan)).rejects.toBe(reason);
      await expect(copyWithin(transaction, 'SELECT 1', ['int4'])).rejects.toMatchObject({ cause: { code: '25P02' } });
    });
    expect(records).toBe(1);
    await expectUsable();
  });

  test('while the server is silent', async () => {
    const took = await abortOnce(copying, (transaction) =>
      copyWithin(transaction, 'SELECT 1, pg_sleep(60)::text', unlimitedTypes),
    );
    expect(took).toBeLessThan(1500);
    await expectUsable();
  });

  test('while the copy waits for a lock', async () => {
    await other.query('BEGIN; LOCK TABLE item');
    try {
      const waiting = () => sleep(200);
      expect(
        await abortOnce(waiting, (transaction) => transaction.estimateRowCount('SELECT * FROM item')),
      ).toBeLessThan(1500);
      expect(
        await abortOnce(waiting, (transaction) => transaction.resolveColumnTypes('SELECT * FROM item')),
      ).toBeLessThan(1500);
      expect(
        await abortOnce(waiting, (transaction) => copyWithin(transaction, 'SELECT id FROM item', ['int4'])),
      ).toBeLessThan(1500);
    } finally {
      await other.query('ROLLBACK');
    }
    await expectUsable();
  });

  test('when the server does not take the cancellation, the connection is ended', async () => {
    Object.assign(client, { secretKey: ((client as unknown as { secretKey: number }).secretKey + 1) | 0 });
    const took = await abortOnce(copying, (transaction) => copyWithin(transaction, unlimited, unlimitedTypes));
    expect(took).toBeLessThan(3500);
    await expectEnded();
  });

  test('a pool replaces a client that had to be ended', async () => {
    const pool = new Pool({ connectionString: database.url, max: 1 });
    const lent = await pool.connect();
    Object.assign(lent, { secretKey: 0 });
    const signal = AbortSignal.timeout(100);
    const running = withConsistentTransaction(
      lent,
      (transaction) => copyWithin(transaction, unlimited, unlimitedTypes),
      { signal },
    );
    await expect(running).rejects.toMatchObject({ name: 'TimeoutError' });
    lent.release();
    expect((await pool.query('SELECT 7 AS n')).rows).toEqual([{ n: 7 }]);
    await pool.end();
  });
});

describe('loss of the connection', () => {
  const kill = () => other.query('SELECT pg_terminate_backend($1)', [pid]);

  test('in the middle of a copy', async () => {
    client.on('error', () => {});
    let killed: Promise<unknown> | undefined;
    const running = withConsistentTransaction(client, (transaction) =>
      transaction.copyRecords({
        sql: unlimited,
        columns: unlimitedTypes.map((pgType) => ({ name: pgType, pgType: pgType as 'text', setters: [] })),
        beginRecord() {
          killed ??= kill();
        },
        endRecord: () => {},
      }),
    );
    await expect(running).rejects.toMatchObject({ code: 'EXPORT_FAILED', cause: expect.any(Error) });
    await killed;
    await expectEnded();
  });

  test('between two statements, without an event that would end the process', async () => {
    const running = withConsistentTransaction(client, async (transaction) => {
      await kill();
      await sleep(200);
      return copyWithin(transaction, 'SELECT 1', ['int4']);
    });
    await expect(running).rejects.toMatchObject({ code: 'EXPORT_FAILED', cause: expect.any(Error) });
    await expectEnded();
  });

  test('after the last statement what was read stays right', async () => {
    const running = withConsistentTransaction(client, async (transaction) => {
      const { records } = await copyWithin(transaction, 'SELECT id FROM item', ['int4']);
      await kill();
      await sleep(200);
      return records;
    });
    expect(await running).toBe(1000);
    await expectEnded();
  });
});
