/**
 * MariaDB and MySQL through mysql2: one transaction WITH CONSISTENT SNAPSHOT, READ ONLY on a connection of the DataSource's pool, rows by the
 * driver's stream. What is stored is what the driver gives, but for dates and JSON, of which the server's text is: the reader's process makes
 * of it what the driver would. Which texts are equal, and their order, is the server's by its collations: ranks tell.
 */
import { PermafrostError } from '@permafrost/core';
import type { DataSource } from 'typeorm';
import { exportUnsupported, leaveOut } from '../../errors';
import { mysqlDialect } from '../../mapping/dialect';
import type { MappedEntity } from '../../mapping/mapped-entity';
import type { TableSelect } from '../table-select';
import { formOfColumn, isSentAsText, type MysqlColumn } from './mysql-forms';
import type { RowForm, RowReading, RunReading } from './row-source';

/** As far as it is used of mysql2. */
interface MysqlConnection {
  readonly config: MysqlConfig;
  query(options: MysqlQuery, done: (error: Error | null, rows: unknown[][], columns: MysqlColumn[]) => void): void;
  query(options: MysqlQuery): { stream(): AsyncIterable<unknown[]> };
}
interface MysqlConfig {
  readonly supportBigNumbers?: unknown;
  readonly bigNumberStrings?: unknown;
  readonly decimalNumbers?: unknown;
  readonly jsonStrings?: unknown;
  readonly typeCast?: unknown;
  readonly dateStrings?: unknown;
  readonly timezone?: string;
}
interface MysqlQuery {
  readonly sql: string;
  readonly rowsAsArray: true;
  readonly typeCast: (column: MysqlColumn & { string(): string | null }, next: () => unknown) => unknown;
}

/** Sorting looks at so many bytes of a text: all of them. */
const SORT_BYTES = 8_388_608;

/** Throws EXPORT_UNSUPPORTED for options of the driver that change values, and EXPORT_FAILED. */
export function mysqlReading(dataSource: DataSource): RunReading {
  return async (run) => {
    // Where there are replicas, TypeORM reads from them too.
    const queryRunner = dataSource.createQueryRunner('slave');
    try {
      const connection: MysqlConnection = await queryRunner.connect();
      requireDriversDefaults(connection.config);
      const ask = (sql: string) => rowsOf(connection, sql).then(([rows]) => rows);
      const [[version, timeZone, sortBytes]] = (await ask(
        'SELECT version(), @@session.time_zone, @@session.max_sort_length',
      )) as [[string, string, number | string]];
      await ask('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await ask('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
      try {
        await ask(`SET SESSION max_sort_length = ${SORT_BYTES}`);
        return await run(new MysqlReading(connection, { serverVersion: version, timeZone }));
      } finally {
        await ask(`SET SESSION max_sort_length = ${Number(sortBytes)}`);
        await ask('ROLLBACK');
      }
    } finally {
      await queryRunner.release();
    }
  };
}

class MysqlReading implements RowReading {
  readonly dialect = mysqlDialect;

  constructor(
    private readonly connection: MysqlConnection,
    readonly facts: { readonly serverVersion: string; readonly timeZone: string },
  ) {}

  async readRows(sql: string): Promise<unknown[][]> {
    return (await rowsOf(this.connection, sql))[0];
  }

  async formsOf(entity: MappedEntity, { columns, sql, selecting }: TableSelect): Promise<RowForm[]> {
    await this.#requireTransactions(entity, sql);
    const [, found] = await rowsOf(this.connection, `${sql}\nLIMIT 0`);
    const { timezone = 'local', dateStrings } = this.connection.config;
    const client = { timezone, dateStrings, serverTimeZone: this.facts.timeZone };
    const forms = columns.map(({ property }, position): RowForm => {
      const form = formOfColumn(found[position]!, client);
      if (form) return form;
      throw exportUnsupported(entity.name, property, `columns of this type`, leaveOut(property));
    });
    const doubles = forms.flatMap(({ type, order }, position) => (type === 'float64' && !order ? [position] : []));
    if (doubles.length === 0) return forms;
    const [row] = await this.readRows(
      selecting(
        doubles.map((at) => isMisread(columns[at]!.expression)),
        'alone',
      ),
    );
    for (const [place, at] of doubles.entries())
      if (Number(row![place]) > 0) forms[at] = { ...forms[at]!, order: { looseEquality: true } };
    return forms;
  }

  /** Throws EXPORT_UNSUPPORTED where a SELECT reads tables whose rows are no part of a transaction. */
  async #requireTransactions({ name, metadata }: MappedEntity, sql: string): Promise<void> {
    const tables = new Set(
      [...sql.matchAll(/^(?:FROM|JOIN|LEFT JOIN) ((?:`(?:[^`]|``)*`\.?)+) AS /gm)].map(([, table]) => table!),
    );
    const paths = [...tables].map((table) =>
      table.split('`.`').map((part) => part.replaceAll(/^`|`$/g, '').replaceAll('``', '`')),
    );
    for (const path of paths) {
      const [schema, table] = path.length > 1 ? [this.dialect.literal(path[0]!), path[1]!] : ['DATABASE()', path[0]!];
      const rows = await this.readRows(
        `SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${schema} AND TABLE_NAME = ${this.dialect.literal(table)}
            AND ENGINE <> 'InnoDB'`,
      );
      if (rows.length > 0)
        throw exportUnsupported(
          name,
          undefined,
          `the table ${table}, which ${String(rows[0]![0])} holds without transactions,`,
          `Make it one of InnoDB: ALTER TABLE ${this.dialect.tableOf(metadata)} ENGINE = InnoDB.`,
        );
    }
  }

  ranked({ columns, selecting }: TableSelect, ranked: readonly number[]): string {
    return selecting(
      ranked.map((position) => {
        const { expression } = columns[position]!;
        return `IF(${expression} IS NULL, NULL, DENSE_RANK() OVER (PARTITION BY ${expression} IS NULL ORDER BY ${expression}))`;
      }),
    );
  }

  async copyRows(sql: string, forms: readonly RowForm[], take: (row: readonly unknown[]) => void): Promise<void> {
    let refusal: { readonly error: unknown } | undefined;
    try {
      // Leaving the loop ends the stream, so that the connection takes the next command.
      for await (const row of this.connection.query(queryOf(sql)).stream()) {
        // Ranks are behind the columns; the driver gives them as text.
        for (let position = forms.length; position < row.length; position++)
          row[position] = row[position] === null ? null : Number(row[position]);
        refusal = refusalOf(() => take(row));
        if (refusal) break;
      }
    } catch (cause) {
      throw failed(sql, cause as Error);
    }
    if (refusal) throw refusal.error;
  }
}

function refusalOf(run: () => void): { readonly error: unknown } | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/**
 * Whether the driver reads another number in the digits of a double than they say: it does with 16 and 17 of them. Then what it gives is
 * stored, but is not what the server compares.
 */
function isMisread(expression: string): string {
  const text = `CAST(${expression} AS CHAR)`;
  const digits = `CHAR_LENGTH(${text}) - (${text} LIKE '-%') - (${text} LIKE '%.%')`;
  return `count(CASE WHEN CHAR_LENGTH(${text}) <= 17 AND ${text} NOT LIKE '%e%' AND ${digits} >= 16 THEN 1 END)`;
}

function requireDriversDefaults(config: MysqlConfig): void {
  const changed = [
    ...(config.supportBigNumbers && config.bigNumberStrings ? [] : ['supportBigNumbers, bigNumberStrings']),
    ...(config.decimalNumbers ? ['decimalNumbers'] : []),
    ...(config.jsonStrings ? ['jsonStrings'] : []),
    ...(config.typeCast === undefined || config.typeCast === true ? [] : ['typeCast']),
  ];
  if (changed.length > 0)
    throw new PermafrostError(
      'EXPORT_UNSUPPORTED',
      `exportSnapshot: a DataSource whose options change the values that mysql2 gives cannot be exported: ${changed.join(', ')}. Leave them as TypeORM has them.`,
      { actual: changed },
    );
}

function queryOf(sql: string): MysqlQuery {
  return {
    sql,
    rowsAsArray: true,
    typeCast: (column, next) => (isSentAsText(column) ? column.string() : next()),
  };
}

function rowsOf(connection: MysqlConnection, sql: string): Promise<[unknown[][], MysqlColumn[]]> {
  return new Promise((resolve, reject) => {
    connection.query(queryOf(sql), (error, rows, columns) =>
      error ? reject(failed(sql, error)) : resolve([rows, columns]),
    );
  });
}

function failed(sql: string, cause: Error): PermafrostError {
  return new PermafrostError('EXPORT_FAILED', `Asking the database failed: ${cause.message}`, { sql }, { cause });
}
