/** What the suites of this package share: connections, setters that note down what they are given, and one-call copies. */
import type { ColumnSetter } from '@permafrost/core';
import {
  type CopyColumn,
  type ExportTransaction,
  type PgTypeName,
  withConsistentTransaction,
} from '@permafrost/postgres';
import { Client, type ClientConfig } from 'pg';

/** A value as a setter was given it; bytes are copied, as setters must. Arrays are lists of such values. */
export type Given =
  | { method: 'setNull' }
  | { method: 'setBoolean'; value: boolean }
  | { method: 'setInt32' | 'setFloat64'; value: number }
  | { method: 'setInt64'; value: bigint }
  | { method: 'setInterval'; months: number; days: number; microseconds: bigint }
  | { method: 'setDecimal'; coefficient: number; scale: number }
  | { method: 'setText'; value: string }
  | { method: 'setUtf8' | 'setBytes'; bytes: Buffer }
  | { method: 'array'; elements: Given[] };

type SetterMethods = Pick<
  ColumnSetter,
  | 'setNull'
  | 'setBoolean'
  | 'setInt32'
  | 'setInt64'
  | 'setFloat64'
  | 'setDecimal'
  | 'setInterval'
  | 'setText'
  | 'setUtf8'
  | 'setBytes'
  | 'beginArray'
  | 'nextElement'
  | 'endArray'
>;

/** Notes down every value, and refuses what no setter of core takes: NaN halves, fractions, ranges out of the buffer. */
export class RecordingSetter implements SetterMethods {
  readonly given: Given[] = [];
  #elementCount = 0;
  #element: RecordingSetter | undefined;

  get asSetter(): ColumnSetter {
    return this as unknown as ColumnSetter;
  }
  setNull(): void {
    this.given.push({ method: 'setNull' });
  }
  setBoolean(value: boolean): void {
    this.given.push({ method: 'setBoolean', value });
  }
  setInt32(value: number): void {
    if ((value | 0) !== value) throw new Error(`${value} is not an int32`);
    this.given.push({ method: 'setInt32', value });
  }
  setInt64(low: number, high: number): void {
    this.given.push({ method: 'setInt64', value: wholeOf(low, high) });
  }
  setFloat64(value: number): void {
    this.given.push({ method: 'setFloat64', value });
  }
  setInterval(months: number, days: number, low: number, high: number): void {
    this.given.push({ method: 'setInterval', months, days, microseconds: wholeOf(low, high) });
  }
  setDecimal(coefficient: number, scale: number): void {
    if (!Number.isSafeInteger(coefficient) || Object.is(coefficient, -0))
      throw new Error(`the coefficient ${coefficient}`);
    this.given.push({ method: 'setDecimal', coefficient, scale });
  }
  setText(value: string): void {
    this.given.push({ method: 'setText', value });
  }
  setUtf8(bytes: Uint8Array, start: number, end: number): void {
    this.given.push({ method: 'setUtf8', bytes: copyOf(bytes, start, end) });
  }
  setBytes(bytes: Uint8Array, start: number, end: number): void {
    this.given.push({ method: 'setBytes', bytes: copyOf(bytes, start, end) });
  }
  beginArray(elementCount: number): void {
    this.#elementCount = elementCount;
    this.#element = new RecordingSetter();
  }
  nextElement(): ColumnSetter {
    return this.#element!.asSetter;
  }
  endArray(): void {
    const elements = this.#element!.given;
    if (elements.length !== this.#elementCount) throw new Error(`${elements.length} of ${this.#elementCount} elements`);
    this.given.push({ method: 'array', elements });
  }
}

function wholeOf(low: number, high: number): bigint {
  if (!Number.isInteger(low) || !Number.isInteger(high)) throw new Error(`${low}, ${high} are no halves`);
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}

function copyOf(bytes: Uint8Array, start: number, end: number): Buffer {
  if (start < 0 || end < start || end > bytes.length) throw new Error(`[${start}, ${end}) of ${bytes.length} bytes`);
  return Buffer.from(bytes.subarray(start, end));
}

/** Connects; the caller ends the client. */
export async function connect(config: string | ClientConfig): Promise<Client> {
  const client = new Client(config);
  await client.connect();
  return client;
}

/** The rows of a query as the server's own text. */
export async function textRows(client: Client, text: string, values: unknown[] = []): Promise<(string | null)[][]> {
  const types = { getTypeParser: () => (value: string) => value };
  return (await client.query({ text, values, rowMode: 'array', types })).rows;
}

export interface RecordedCopy {
  records: number;
  bytes: number;
  /** Per column, what its setter was given. */
  columns: Given[][];
}

/** Copies a SELECT within a transaction; columns as "int4" or "int4[]". */
export async function copyWithin(transaction: ExportTransaction, sql: string, types: string[]): Promise<RecordedCopy> {
  const setters = types.map(() => new RecordingSetter());
  let begun = 0;
  let ended = 0;
  const columns: CopyColumn[] = types.map((type, position) => ({
    name: `column${position}`,
    pgType: type.replace('[]', '') as PgTypeName,
    array: type.endsWith('[]'),
    setters: [setters[position]!.asSetter],
  }));
  const summary = await transaction.copyRecords({
    sql,
    columns,
    beginRecord() {
      if (begun++ !== ended) throw new Error('a record was begun inside a record');
    },
    endRecord() {
      ended++;
      for (const setter of setters) {
        if (setter.given.length !== ended) throw new Error(`${setter.given.length} values in ${ended} records`);
      }
    },
  });
  if (summary.records !== ended) throw new Error(`${summary.records} records told, ${ended} given`);
  return { ...summary, columns: setters.map((setter) => setter.given) };
}

/** The same in a transaction of its own. */
export function copyAlone(client: Client, sql: string, types: string[]): Promise<RecordedCopy> {
  return withConsistentTransaction(client, (transaction) => copyWithin(transaction, sql, types));
}
