/**
 * One instant of a database: everything read through an ExportTransaction belongs to the same snapshot of it.
 * The caller's connection is lent: afterwards it is outside of any transaction, or ended when that could not be reached.
 */
import { refuseUnknownOptions } from '@permafrost/core';
import type { Client, ClientBase } from 'pg';
import { type ResolvedColumn, rawRows, resolveColumnTypes } from './column-types';
import { type CopyPlan, type CopySummary, copyRecords } from './copy-records';
import { serverFailed } from './errors';
import { endClient, interruptible, settlesInTime } from './interrupt';

/**
 * Runs `run` in a REPEATABLE READ READ ONLY transaction of `client`, a connected client of node-postgres (not its native binding) that is
 * in no transaction. The instant is that of this call. Gives what `run` gives; rethrows what it throws after a ROLLBACK.
 * Once the signal fires, every method of the transaction rejects with its reason, in the middle of a copy too.
 */
export async function withConsistentTransaction<T>(
  client: ClientBase,
  run: (transaction: ExportTransaction) => Promise<T>,
  options: ConsistentTransactionOptions = {},
): Promise<T> {
  refuseUnknownOptions('withConsistentTransaction', options, ['signal']);
  const { signal } = options;
  checkClient(client);
  signal?.throwIfAborted();
  const transaction = new ClientTransaction(client, signal);
  try {
    await transaction.begin();
    const result = await run(transaction);
    await transaction.end('COMMIT');
    return result;
  } catch (error) {
    await transaction.end('ROLLBACK');
    throw error;
  }
}

/** What {@link withConsistentTransaction} takes. */
export interface ConsistentTransactionOptions {
  readonly signal?: AbortSignal;
}

/** What can be asked within {@link withConsistentTransaction}; all of it sees the database at one instant. */
export interface ExportTransaction {
  /** What the planner expects of a SELECT; exact only by chance. For progress bars; runs nothing. */
  estimateRowCount(sql: string): Promise<number>;
  /** The types of a SELECT's output columns; runs nothing of it. */
  resolveColumnTypes(sql: string): Promise<ResolvedColumn[]>;
  /** Server, encodings, time zone, collation and position of the log, read once. */
  facts(): Promise<DatabaseFacts>;
  /** The rows of a SELECT as the server's own text, whole in memory: for keys and the like. Throws EXPORT_FAILED. */
  readRows(sql: string, parameters?: readonly unknown[]): Promise<(string | null)[][]>;
  /** Reads all records of a SELECT into column setters; see {@link CopyPlan}. One at a time. */
  copyRecords(plan: CopyPlan): Promise<CopySummary>;
}

/** What a snapshot should say about where its values come from. */
export interface DatabaseFacts {
  /** "15.4" or "18.0 (Debian 18.0-1)", as the server says it. */
  readonly serverVersion: string;
  readonly database: string;
  readonly serverEncoding: string;
  /** Of the session: what `timestamp` values of this connection mean when they become instants. */
  readonly timeZone: string;
  /** The database's own; columns can have others. */
  readonly collation: DatabaseCollation;
  /** The write-ahead log's position at about this instant; absent where the server or the user's rights do not tell it. */
  readonly lsn?: string;
}

/** How the database orders text. */
export interface DatabaseCollation {
  readonly provider: 'libc' | 'icu' | 'builtin';
  /** The locale: "en_US.UTF-8", "de-AT", "C.UTF-8". */
  readonly locale: string;
  /** Of the library's rules; text order may change with it. */
  readonly version?: string;
}

class ClientTransaction implements ExportTransaction {
  readonly #client: ClientBase;
  readonly #signal: AbortSignal | undefined;
  #ended = false;
  /** Why the connection is gone, if it is. */
  #lost: unknown;

  constructor(client: ClientBase, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#signal = signal;
  }

  /** The SELECT is what fixes the instant. Text comes in the client's encoding, whatever the session has set before. */
  async begin(): Promise<void> {
    this.#client.on('error', this.#onError);
    await this.#rows('beginning a transaction', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await this.#rows('setting the encoding', "SELECT set_config('client_encoding', 'UTF8', true)");
  }

  /** Never fails: what has been read stays right, and a connection that does not answer is ended. */
  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    this.#ended = true;
    const answered = await settlesInTime(this.#client.query(how));
    if (!answered || this.#lost !== undefined) await endClient(this.#client);
    this.#client.off('error', this.#onError);
  }

  async estimateRowCount(sql: string): Promise<number> {
    const rows = await this.#rows('estimating the records of a SELECT', `EXPLAIN (FORMAT JSON)\n${sql}`);
    return JSON.parse(rows[0]![0]!)[0].Plan['Plan Rows'];
  }

  async resolveColumnTypes(sql: string): Promise<ResolvedColumn[]> {
    this.#checkOpen();
    return interruptible(this.#client, resolveColumnTypes(this.#client, sql), this.#signal);
  }

  async readRows(sql: string, parameters: readonly unknown[] = []): Promise<(string | null)[][]> {
    return this.#rows('reading rows', sql, parameters);
  }

  async copyRecords(plan: CopyPlan): Promise<CopySummary> {
    this.#checkOpen();
    return copyRecords(this.#client, plan, this.#signal);
  }

  async facts(): Promise<DatabaseFacts> {
    const [row] = await this.#rows('asking for the facts of the database', factsOfDatabase);
    const [serverVersion, database, serverEncoding, timeZone, catalogEntry] = row as string[];
    const lsn = await this.#lsn();
    return {
      serverVersion: serverVersion!,
      database: database!,
      serverEncoding: serverEncoding!,
      timeZone: timeZone!,
      collation: collationOf(JSON.parse(catalogEntry!)),
      ...(lsn === undefined ? {} : { lsn }),
    };
  }

  /** Users without the right, and servers that speak the protocol without being PostgreSQL, are not told. */
  async #lsn(): Promise<string | undefined> {
    const doing = 'asking for the position of the write-ahead log';
    await this.#rows(doing, 'SAVEPOINT permafrost');
    let lsn: string | undefined;
    try {
      const [row] = await this.#rows(doing, lsnOfServer);
      lsn = row![0]!;
    } catch {
      this.#signal?.throwIfAborted();
      await this.#rows(doing, 'ROLLBACK TO SAVEPOINT permafrost');
    }
    await this.#rows(doing, 'RELEASE SAVEPOINT permafrost');
    return lsn;
  }

  async #rows(doing: string, text: string, values: readonly unknown[] = []): Promise<(string | null)[][]> {
    this.#checkOpen();
    const answer = this.#client.query<(string | null)[]>({ ...rawRows, text, values: [...values] }).catch((cause) => {
      throw serverFailed(doing, this.#lost ?? cause);
    });
    return (await interruptible(this.#client, answer, this.#signal)).rows;
  }

  #checkOpen(): void {
    if (this.#ended) throw new TypeError('This ExportTransaction has ended: use it inside withConsistentTransaction.');
    this.#signal?.throwIfAborted();
  }

  /** A connection that is lost between two statements says so by an event, which nobody listening to would end the process. */
  readonly #onError = (error: unknown): void => {
    this.#lost ??= error;
  };
}

const factsOfDatabase = `
  SELECT current_setting('server_version'), current_database(), current_setting('server_encoding'), current_setting('TimeZone'),
         (SELECT to_json(entry) FROM pg_catalog.pg_database AS entry WHERE entry.datname = current_database())`;

const lsnOfServer = `
  SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END`;

const providers: Record<string, DatabaseCollation['provider']> = { c: 'libc', i: 'icu', b: 'builtin' };

/** The columns' names changed in PostgreSQL 15 and 17. */
function collationOf(entry: Record<string, string | null | undefined>): DatabaseCollation {
  const provider = providers[entry['datlocprovider'] ?? 'c']!;
  const locale = entry['datlocale'] ?? entry['daticulocale'] ?? entry['datcollate']!;
  const version = entry['datcollversion'];
  return { provider, locale, ...(version ? { version } : {}) };
}

function checkClient(client: ClientBase): void {
  if (typeof client?.query !== 'function' || !(client as Client).connection?.stream) {
    throw new TypeError(
      'withConsistentTransaction: expected a connected client of node-postgres ("pg"), and not of its native binding.',
    );
  }
  const status = client.getTransactionStatus?.() ?? 'I';
  if (status !== 'I') {
    throw new TypeError(
      'withConsistentTransaction: the client is in a transaction. Commit it first, or take another client.',
    );
  }
}
