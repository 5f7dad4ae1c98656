/**
 * How TypeORM gives back the values of MariaDB and SQLite: what the driver gave at export is made again of what is stored, and TypeORM's own
 * driver class, which needs no library for this, makes of it what the column is declared as.
 */
import type { Conversion, Converter, FieldSchema } from '@permafrost/core';
import { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { AbstractSqliteDriver } from 'typeorm/driver/sqlite-abstract/AbstractSqliteDriver.js';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { FieldSource } from '../mapping/field-source';
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
  const driverValue = driverValueOf(field, source);
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
function driverValueOf({ type }: FieldSchema, { database }: FieldSource): Converter | undefined {
  // All integers are numbers to better-sqlite3.
  if (database === 'sqlite' && type === 'int64') return Number;
  return undefined;
}
