/**
 * The records of one SELECT, read as a binary COPY straight into column setters.
 * Whatever goes wrong, the connection is free for the next statement or ended when the error arrives at the caller.
 */
import type { ColumnSetter } from '@permafrost/core';
import type { ClientBase } from 'pg';
import { type PgTypeName, type ResolvedColumn, resolveColumnTypes } from './column-types';
import { CopyOutQuery } from './copy-out-query';
import { exportUnsupported, garbledStream, serverFailed } from './errors';
import { interruptible } from './interrupt';
import { TupleDecoder } from './tuple-decoder';

/** One output column of the SELECT, and where its values go. */
export interface CopyColumn {
  /** For messages. */
  readonly name: string;
  /** Of an array, the type of its elements. */
  readonly pgType: PgTypeName;
  readonly array?: boolean;
  /** Each gets every value: usually one; two for a foreign key that is a field as well. */
  readonly setters: readonly ColumnSetter[];
}

/** What `copyRecords` reads, and into what. */
export interface CopyPlan {
  /** A SELECT without parameters whose output columns are `columns`, in their order. */
  readonly sql: string;
  readonly columns: readonly CopyColumn[];
  /** Called before the setters of each record, and after them. What they or setters throw ends the copy and is thrown unchanged. */
  beginRecord(): void;
  /** Called after the setters of each record. */
  endRecord(): void;
  /** Called at most ten times a second, and once at the end. */
  onProgress?(records: number, bytes: number): void;
  /** Ends the copy, and with it the transaction, as every failed copy does. */
  readonly signal?: AbortSignal;
}

/** What `copyRecords` has read. */
export interface CopySummary {
  readonly records: number;
  /** Of the binary COPY. */
  readonly bytes: number;
}

const PROGRESS_EVERY_MS = 100;
/** The clock is looked at once in so many bytes, not once a record. */
const PROGRESS_EVERY_BYTES = 2 ** 16;

/**
 * Runs the plan. Setters are called in the middle of reading the socket: they are synchronous, and their time is its backpressure.
 * Throws EXPORT_UNSUPPORTED (a type without decoder, a column that is of another type than the plan says, an array of two dimensions),
 * VALUE_RANGE (a timestamp of PostgreSQL's last 30 years), EXPORT_FAILED (the server, the connection, the stream), or the reason of a signal.
 */
export async function copyRecords(client: ClientBase, plan: CopyPlan, signal?: AbortSignal): Promise<CopySummary> {
  const { sql, columns } = plan;
  const decoder = new TupleDecoder(plan);
  const failure = new AbortController();
  const signals = [signal, plan.signal, failure.signal].filter((one) => one !== undefined);
  const stopped = AbortSignal.any(signals);
  stopped.throwIfAborted();
  checkColumns(columns, await interruptible(client, resolveColumnTypes(client, sql), stopped));

  let nextLook = PROGRESS_EVERY_BYTES;
  let lastProgress = performance.now();
  const query = new CopyOutQuery(`COPY (\n${sql}\n) TO STDOUT (FORMAT binary)`, {
    push(bytes, start, end) {
      decoder.push(bytes, start, end);
      if (decoder.byteCount < nextLook || !plan.onProgress) return;
      nextLook = decoder.byteCount + PROGRESS_EVERY_BYTES;
      const now = performance.now();
      if (now - lastProgress < PROGRESS_EVERY_MS) return;
      lastProgress = now;
      plan.onProgress(decoder.recordCount, decoder.byteCount);
    },
    failed: (error) => failure.abort(error),
  });
  stopped.addEventListener('abort', () => query.discard());
  client.query(query);
  const finished = query.finished.catch((cause) => {
    throw serverFailed('copying records', cause, { sql });
  });
  await interruptible(client, finished, stopped);
  stopped.throwIfAborted();

  const { recordCount: records, byteCount: bytes } = decoder;
  decoder.finish();
  if (query.copiedRecords !== records) {
    throw garbledStream(`${records} records`, `the ${query.copiedRecords} that the server copied`, { sql });
  }
  plan.onProgress?.(records, bytes);
  return { records, bytes };
}

/** A plan that names another type would decode other values, or nonsense, without notice. */
function checkColumns(planned: readonly CopyColumn[], found: readonly ResolvedColumn[]): void {
  if (planned.length !== found.length) {
    throw exportUnsupported(
      `The plan of a copy has ${planned.length} columns (${planned.map((column) => column.name).join(', ')}), but its SELECT gives ${found.length} (${found.map((column) => column.name).join(', ')}).`,
      { expected: planned.length, actual: found.length },
    );
  }
  for (const [position, column] of planned.entries()) {
    const { typeName, array, sqlType } = found[position]!;
    if (wireForm(typeName) === wireForm(column.pgType) && array === (column.array ?? false)) continue;
    const plannedType = `${column.pgType}${column.array ? '[]' : ''}`;
    throw exportUnsupported(
      `Column "${column.name}" is to be exported as ${plannedType}, but in the database it is ${sqlType}. Declare it as what it is, or cast it in the SELECT.`,
      { field: column.name, expected: plannedType, actual: sqlType },
    );
  }
}

/** Types whose values are sent as the same bytes, which mean the same. */
function wireForm(typeName: string): string {
  return plainText.has(typeName) ? 'text' : typeName;
}

const plainText = new Set(['text', 'varchar', 'bpchar', 'citext', 'name', 'enum', 'json']);
