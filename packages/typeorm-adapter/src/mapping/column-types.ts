/**
 * How columns are stored. The database's type decides: one that core has an exact form for becomes that; all others are kept as the
 * server's text of their values, from which everything TypeORM gives can be made. What a column is declared as only decides how it is given back.
 */
import type { FieldType } from '@permafrost/core';
import type { PgTypeName, ResolvedColumn } from '@permafrost/postgres';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { databaseKindOf } from './database-kind';

/** TypeORM's types, by the names its PostgreSQL driver normalizes them to. */
const declaredTypes: Readonly<Record<string, FieldType>> = {
  smallint: 'int16',
  integer: 'int32',
  bigint: 'int64',
  real: 'float32',
  'double precision': 'float64',
  numeric: 'decimal',
  boolean: 'boolean',
  'character varying': 'text',
  character: 'text',
  text: 'text',
  citext: 'text',
  bytea: 'bytes',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  date: 'date',
  uuid: 'uuid',
  enum: 'enum',
  json: 'json',
  jsonb: 'json',
  'time without time zone': 'time',
  interval: 'interval',
};

const databaseTypes: Readonly<Record<PgTypeName, FieldType>> = {
  int2: 'int16',
  int4: 'int32',
  int8: 'int64',
  float4: 'float32',
  float8: 'float64',
  numeric: 'decimal',
  bool: 'boolean',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  citext: 'text',
  name: 'text',
  uuid: 'uuid',
  bytea: 'bytes',
  json: 'json',
  jsonb: 'json',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  time: 'time',
  interval: 'interval',
  enum: 'enum',
};

/** A column's type as TypeORM knows it: "integer", "simple-array", or "Number" where a constructor stands for the type. */
export function typeormTypeOf(column: ColumnMetadata): string {
  if (typeof column.type === 'function') return column.type.name;
  if (column.type === 'simple-array' || column.type === 'simple-json') return column.type;
  const { driver, options } = column.entityMetadata.dataSource;
  // Drivers of other databases make of some types what the server's version lets them.
  return databaseKindOf(options) === 'postgres' ? driver.normalizeType(column) : column.type;
}

/** What a field is stored as. */
export interface StoredForm {
  readonly type: FieldType;
  readonly array: boolean;
  /** Whether the server's text of the whole value is stored. */
  readonly isServerText?: true;
}

const serverText: StoredForm = { type: 'text', array: false, isServerText: true };

/** What a column is stored as if the database has it as declared; undefined for a type that cannot be exported. */
export function declaredForm(column: ColumnMetadata): StoredForm | undefined {
  const name = typeormTypeOf(column);
  if (databaseKindOf(column.entityMetadata.dataSource.options) !== 'postgres')
    return { type: Object.hasOwn(rowTypes, name) ? rowTypes[name]! : 'text', array: false };
  if (unsupportedTypes.has(name)) return undefined;
  // These lie in the database as text; TypeORM parses it on every read.
  if (name === 'simple-array' || name === 'simple-json') return { type: 'text', array: false };
  const type = nativeType(declaredTypes, column.entityMetadata.dataSource.driver.normalizeType(column));
  if (type === undefined || (column.isArray && unparsedLists.has(name))) return serverText;
  return { type, array: column.isArray };
}

/** What a column of the database is stored as; undefined for a type that cannot be exported. */
export function storedForm({ typeName, array }: ResolvedColumn): StoredForm | undefined {
  if (unsupportedTypes.has(typeName)) return undefined;
  const type = nativeType(databaseTypes, typeName);
  return type === undefined || (array && unparsedLists.has(typeName)) ? serverText : { type, array };
}

/** Of MariaDB and SQLite, whose exports look at the columns and values themselves; all others are text. */
const rowTypes: Readonly<Record<string, FieldType>> = {
  ...Object.fromEntries(['Number', 'int', 'integer', 'bigint', 'int2', 'int8'].map((name) => [name, 'int64'])),
  ...Object.fromEntries(['tinyint', 'smallint', 'mediumint', 'unsigned big int'].map((name) => [name, 'int64'])),
  ...Object.fromEntries(['year', 'Boolean', 'bool', 'boolean'].map((name) => [name, 'int64'])),
  ...Object.fromEntries(['real', 'double', 'double precision', 'float'].map((name) => [name, 'float64'])),
  ...Object.fromEntries(['numeric', 'decimal', 'dec', 'fixed'].map((name) => [name, 'decimal'])),
  ...Object.fromEntries(['blob', 'tinyblob', 'mediumblob', 'longblob'].map((name) => [name, 'bytes'])),
  ...Object.fromEntries(['binary', 'varbinary', 'bit', 'Buffer', 'Uint8Array'].map((name) => [name, 'bytes'])),
};

function nativeType(types: Readonly<Record<string, FieldType>>, name: string): FieldType | undefined {
  return Object.hasOwn(types, name) ? types[name] : undefined;
}

/** node-postgres gives lists of the first two as the server's text; of the last, core's form does not hold all values. */
const unparsedLists: ReadonlySet<string> = new Set(['citext', 'name', 'interval']);

/** TypeORM does not read these columns but what PostGIS makes of them. */
const unsupportedTypes: ReadonlySet<string> = new Set(['geometry', 'geography']);

/** Whether values of both types mean the same to those who declare them: integers of any width, times with and without zone. */
export function isSameFamily(one: FieldType, other: FieldType): boolean {
  return familyOf(one) === familyOf(other);
}

function familyOf(type: FieldType): string {
  switch (type) {
    case 'int16':
    case 'int32':
      return 'integer';
    case 'float32':
    case 'float64':
      return 'float';
    case 'timestamp':
    case 'timestamptz':
      return 'timestamp';
    case 'enum':
      return 'text';
    default:
      return type;
  }
}
