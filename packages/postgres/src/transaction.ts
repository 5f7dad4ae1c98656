/**
 * One instant of a database: everything read through an ExportTransaction belongs to the same snapshot of it.
 * The caller's connection is lent: afterwards it is outside of any transaction, or ended when that could not be reached.
 */
import { refuseUnknownOptions } from '@permafrost/core';
import type { Client, ClientBase } from 'pg';
import { type ColumnOrder, resolveColumnOrders } from './column-orders';
import { type ResolvedColumn, rawRows, resolveColumnTypes } from './column-types';
import { type CopyPlan, type CopySummary, copyRecords } from './copy-records';
import { serverFailed } from './errors';
import { type DatabaseFacts, factsFrom, factsOfDatabase } from './facts';
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
  /** How the database orders those columns, whose types are `types`; runs nothing of the SELECT. */
  resolveColumnOrders(sql: string, types: readonly ResolvedColumn[]): Promise<ColumnOrder[]>;
  /** Server, encodings, time zone, collation and position of the log, read once. */
  facts(): Promise<DatabaseFacts>;
  /** The rows of a SELECT as the server's own text, whole in memory: for keys and the like. Throws EXPORT_FAILED. */
  readRows(sql: string, parameters?: readonly unknown[]): Promise<(string | null)[][]>;
  /** Reads all records of a SELECT into column setters; see {@link CopyPlan}. One at a time. */
  copyRecords(plan: CopyPlan): Promise<CopySummary>;
}

class ClientTransaction implements ExportTransaction {
  readonly #client: ClientBase;
  readonly #signal: AbortSignal | undefined;
  #facts: Promise<DatabaseFacts> | undefined;
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

  async resolveColumnOrders(sql: string, types: readonly ResolvedColumn[]): Promise<ColumnOrder[]> {
    const facts = await this.facts();
    return interruptible(this.#client, resolveColumnOrders(this.#client, sql, types, facts), this.#signal);
  }

  async readRows(sql: string, parameters: readonly unknown[] = []): Promise<(string | null)[][]> {
    return this.#rows('reading rows', sql, parameters);
  }

  async copyRecords(plan: CopyPlan): Promise<CopySummary> {
    this.#checkOpen();
    return copyRecords(this.#client, plan, this.#signal);
  }

  facts(): Promise<DatabaseFacts> {
    this.#facts ??= this.#readFacts();
    return this.#facts;
  }

  async #readFacts(): Promise<DatabaseFacts> {
    const [row] = await this.#rows('asking for the facts of the database', factsOfDatabase);
    return factsFrom(row as string[], await this.#lsn());
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

const lsnOfServer = `
  SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END`;

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
