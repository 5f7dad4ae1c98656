/**
 * Which columns can be stored: TypeORM's type names and PostgreSQL's, each as a field type of core. A type that is in neither table is
 * refused by name. Types of one family hold values that TypeORM gives back alike, so a column may be declared as one and be the other.
 */
import type { FieldType } from '@permafrost/core';
import type { PgTypeName } from '@permafrost/postgres';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

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
  return column.entityMetadata.dataSource.driver.normalizeType(column);
}

/** The field type a column is declared to have, or undefined for a type outside of what can be stored exactly. */
export function declaredFieldType(column: ColumnMetadata): FieldType | undefined {
  // TypeORM turns a whole array into one value where its type is given as the constructor Boolean or Number.
  if (column.isArray && (column.type === Boolean || column.type === Number)) return undefined;
  const name = column.entityMetadata.dataSource.driver.normalizeType(column);
  // Both lie in the database as text; TypeORM parses it on every read.
  if (column.type === 'simple-array' || column.type === 'simple-json') return column.isArray ? undefined : 'text';
  return Object.hasOwn(declaredTypes, name) ? declaredTypes[name] : undefined;
}

/** The field type of a PostgreSQL type, or undefined when it is none of those that packages/postgres decodes. */
export function databaseFieldType(typeName: string): FieldType | undefined {
  return Object.hasOwn(databaseTypes, typeName) ? databaseTypes[typeName as PgTypeName] : undefined;
}

/** Whether TypeORM gives values of both types back alike, apart from what the conversions of given-back.ts do for the actual type. */
export function isSameFamily(declared: FieldType, actual: FieldType, array: boolean): boolean {
  if (familyOf(declared) === familyOf(actual)) return true;
  // node-postgres gives an enum as text, but it does not parse lists of enums.
  return !array && isTextual(declared) && isTextual(actual);
}

/** The declared types that can be stored, for messages. */
export const storableTypes: readonly string[] = [...Object.keys(declaredTypes), 'simple-array', 'simple-json'];

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
    default:
      return type;
  }
}

function isTextual(type: FieldType): boolean {
  return type === 'text' || type === 'enum';
}
