/**
 * How TypeORM gives back the values of MariaDB and SQLite: what the driver gave at export is made again of what is stored, and TypeORM's own
 * driver class, which needs no library for this, makes of it what the column is declared as.
 */
import type { Conversion, Converter, FieldSchema } from '@permafrost/core';
import { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { AbstractSqliteDriver } from 'typeorm/driver/sqlite-abstract/AbstractSqliteDriver.js';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { FieldSource } from '../mapping/field-source';
import { parseJson, parseMysqlDate } from './mysql-values';
import { textRepresentations } from './server-text';

type Hydrate = (value: unknown, column: ColumnMetadata) => unknown;

// Their constructors look for the library.
const hydrate: Readonly<Record<NonNullable<FieldSource['database']>, Hydrate>> = {
  mysql: (value, column) => MysqlDriver.prototype.prepareHydratedValue(value, column),
  sqlite: (value, column) => AbstractSqliteDriver.prototype.prepareHydratedValue(value, column),
};

/** Undefined where core gives what TypeORM gives. */
export function rowConversion(
  field: FieldSchema,
  source: FieldSource,
  column: ColumnMetadata | undefined,
): Conversion | undefined {
  const driverValue = driverValueOf(field, source, column);
  const isHydrated =
    column && (column.transformer || typeof column.type === 'function' || hydratedTypes.has(column.type));
  if (!isHydrated) return driverValue && { convert: driverValue, representations: textRepresentations };
  const { type, isArray, enum: labels, utc, transformer } = column;
  const declared = { type, isArray, enum: labels, utc, transformer } as ColumnMetadata;
  const toEntity = hydrate[source.database!];
  return {
    convert: driverValue
      ? (value) => toEntity(value === null ? null : driverValue(value), declared)
      : (value) => toEntity(value, declared),
    ...(transformer ? { takesNull: true } : {}),
    representations: textRepresentations,
  };
}

/** What TypeORM's drivers look at. */
const hydratedTypes: ReadonlySet<unknown> = new Set([
  ...['bool', 'boolean', 'datetime', 'date', 'time', 'json', 'jsonb', 'simple-array', 'simple-json'],
  ...['enum', 'simple-enum', 'set'],
]);

/** From a stored value to what the driver gave; undefined where that is the same. */
function driverValueOf(
  { type }: FieldSchema,
  source: FieldSource,
  column: ColumnMetadata | undefined,
): Converter | undefined {
  // All integers are numbers to better-sqlite3.
  if (source.database === 'sqlite') return type === 'int64' ? Number : undefined;
  switch (source.wire) {
    case 'number':
      return Number;
    case 'json':
      return parseJson as Converter;
    case 'date':
    case 'datetime':
    case 'date text': {
      const isText = isDateText(source, column);
      const timeZone = clientTimeZoneOf(source, column);
      return isText ? undefined : (text) => parseMysqlDate(text as string, timeZone);
    }
    default:
      // A uint64 is a bigint to core.
      return type === 'uint64' ? String : undefined;
  }
}

/** The time zone in which the reader's mysql2 reads dates: that of its DataSource, else that of the one that was exported. */
export function clientTimeZoneOf(
  { clientTimeZone = 'local' }: FieldSource,
  column: ColumnMetadata | undefined,
): string {
  const { timezone } = (column?.entityMetadata.dataSource.options ?? {}) as { timezone?: string };
  return timezone ?? clientTimeZone;
}

/** Whether the reader's mysql2 leaves dates of a column as they are. */
export function isDateText({ wire, databaseType }: FieldSource, column: ColumnMetadata | undefined): boolean {
  const { dateStrings } = (column?.entityMetadata.dataSource.options ?? {}) as { dateStrings?: boolean | string[] };
  if (dateStrings === undefined) return wire === 'date text';
  return Array.isArray(dateStrings) ? dateStrings.includes(databaseType!.toUpperCase()) : dateStrings;
}
