/**
 * SQLite through better-sqlite3: one deferred transaction on the DataSource's connection, the only one it has. Rows are read without giving
 * way to other code of the process, since what that wrote meanwhile would be in the same transaction.
 * SQLite's columns hold values of any type: what is stored is decided by the values that are there, in a pass over each table.
 */
import { PermafrostError } from '@permafrost/core';
import type { DataSource } from 'typeorm';
import { exportUnsupported, leaveOut } from '../../errors';
import { declaredForm } from '../../mapping/column-types';
import { sqliteDialect } from '../../mapping/dialect';
import type { MappedEntity } from '../../mapping/mapped-entity';
import type { TableSelect } from '../table-select';
import type { RowForm, RowReading, RunReading } from './row-source';

/** As far as it is used of better-sqlite3. */
interface SqliteDatabase {
  readonly inTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
}
interface SqliteStatement {
  raw(): SqliteStatement;
  all(): unknown[][];
  iterate(): Iterable<unknown[]>;
  columns(): readonly {
    readonly type: string | null;
    readonly database: string | null;
    readonly table: string | null;
  }[];
}

/** Throws EXPORT_FAILED where the connection is in a transaction already, or writes while it is read. */
export function sqliteReading(dataSource: DataSource): RunReading {
  return async (run) => {
    const database: SqliteDatabase = await dataSource.createQueryRunner().connect();
    if (database.inTransaction)
      throw new PermafrostError(
        'EXPORT_FAILED',
        'exportSnapshot: the connection of this DataSource is in a transaction. Export when it has ended, or by a DataSource of its own.',
      );
    const reading = new SqliteReading(database);
    reading.run('BEGIN DEFERRED');
    try {
      const before = reading.changes();
      const result = await run(reading);
      if (reading.changes() === before) return result;
      throw new PermafrostError(
        'EXPORT_FAILED',
        'exportSnapshot: the connection of this DataSource has written while it was read. Export by a DataSource of its own.',
      );
    } finally {
      // Never rolled back: it would take back what others have written by this connection.
      if (database.inTransaction) reading.run('COMMIT');
    }
  };
}

class SqliteReading implements RowReading {
  readonly dialect = sqliteDialect;
  readonly facts: RowReading['facts'];

  constructor(private readonly database: SqliteDatabase) {
    const [version] = this.#all('SELECT sqlite_version(), 1')[0]!;
    const [encoding] = this.#all('PRAGMA encoding')[0]!;
    this.facts = { serverVersion: version as string, serverEncoding: encoding as string };
    const [[one]] = this.#all('SELECT 1') as [[unknown]];
    if (typeof one !== 'number')
      throw new PermafrostError(
        'EXPORT_UNSUPPORTED',
        'exportSnapshot: a connection that gives all integers as BigInt (`defaultSafeIntegers`) cannot be exported.',
      );
  }

  run(sql: string): void {
    asking(sql, () => this.database.exec(sql));
  }

  /** How many rows this connection has written since it was opened. */
  changes(): unknown {
    return this.#all('SELECT total_changes()')[0]![0];
  }

  async readRows(sql: string): Promise<unknown[][]> {
    return this.#all(sql);
  }

  async formsOf(entity: MappedEntity, { columns, sql }: TableSelect): Promise<RowForm[]> {
    const declared = asking(sql, () => this.database.prepare(sql).raw().columns());
    const names = columns.map((_, position) => `c${position}`);
    const asked = names.flatMap((name) => [
      ...storageClasses.map((storage) => `max(typeof(${name}) = '${storage}')`),
      `min(iif(typeof(${name}) = 'integer', ${name}, NULL))`,
      `max(iif(typeof(${name}) = 'integer', ${name}, NULL))`,
    ]);
    const [row] = this.#all(`WITH asked (${names.join(', ')}) AS (\n${sql}\n) SELECT ${asked.join(', ')} FROM asked`);
    return columns.map((column, position): RowForm => {
      const { type, database, table } = declared[position]!;
      const databaseType = type ?? '';
      const answers = row!.slice(position * ANSWER_COUNT, (position + 1) * ANSWER_COUNT);
      const found = storageClasses.filter((_, place) => answers[place] === 1);
      const [least, greatest] = answers.slice(storageClasses.length) as [number, number];
      const isExactText = table !== null && this.#isByteOrder(database ?? 'main', table);
      switch (found.join()) {
        case 'integer':
          if (isWithin(least, greatest, 2 ** 31)) return { type: 'int32', databaseType };
          if (isWithin(least, greatest, 2 ** 53)) return { type: 'int64', databaseType };
          // As the driver gives it; not what the database compares.
          return { type: 'float64', databaseType, order: { looseEquality: true } };
        case 'real':
        case 'integer,real': {
          const isSafe = least === null || isWithin(least, greatest, 2 ** 53);
          return { type: 'float64', databaseType, ...(isSafe ? {} : { order: { looseEquality: true } }) };
        }
        case 'text':
          return {
            type: 'text',
            databaseType,
            order: isExactText ? { collation: 'C' } : { collation: 'unknown', looseEquality: true },
          };
        case 'blob':
          return { type: 'bytes', databaseType };
        case '':
          return { type: emptyTypeOf(column), databaseType };
        default:
          throw exportUnsupported(
            entity.name,
            column.property,
            `a column that holds values of several types (${found.join(' and ')})`,
            leaveOut(column.property),
          );
      }
    });
  }

  /** None has ranks. */
  ranked({ sql }: TableSelect): string {
    return sql;
  }

  async copyRows(sql: string, _: readonly RowForm[], take: (row: readonly unknown[]) => void): Promise<void> {
    const rows = asking(sql, () => this.database.prepare(sql).raw().iterate());
    for (const row of rows) take(row);
  }

  #all(sql: string): unknown[][] {
    return asking(sql, () => this.database.prepare(sql).raw().all());
  }

  /** Whether text of a table is surely compared by its bytes: no collation is named in its definition. Those of views are not known. */
  #isByteOrder(database: string, table: string): boolean {
    const { quote, literal } = this.dialect;
    if (this.facts.serverEncoding !== 'UTF-8') return false;
    const definitions = this.#all(
      `SELECT type, sql FROM ${quote(database)}.sqlite_master WHERE name = ${literal(table)}`,
    );
    return definitions.length === 1 && definitions[0]![0] === 'table' && !/collate/i.test(String(definitions[0]![1]));
  }
}

const storageClasses = ['integer', 'real', 'text', 'blob'];
const ANSWER_COUNT = storageClasses.length + 2;

function isWithin(least: number, greatest: number, limit: number): boolean {
  return least >= -limit && greatest < limit && Number.isSafeInteger(least);
}

/** What a column without values is stored as: what is declared. */
function emptyTypeOf({ uses }: TableSelect['columns'][number]): RowForm['type'] {
  const [use] = uses;
  const column = use!.kind === 'field' ? use!.field.column : use!.key.column;
  return (column && declaredForm(column)?.type) ?? 'int64';
}

function asking<T>(sql: string, ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    throw new PermafrostError(
      'EXPORT_FAILED',
      `Asking the database failed: ${(cause as Error).message}`,
      { sql },
      { cause },
    );
  }
}
