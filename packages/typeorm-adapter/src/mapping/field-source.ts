/**
 * What the schema section of a snapshot says about where a field's values come from: all that decides how TypeORM gives them back.
 * Plain JSON; files keep it, so members are only ever added.
 */
import {
  describeValue,
  type FieldDefinition,
  type FieldSchema,
  type JsonValue,
  PermafrostError,
} from '@permafrost/core';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { typeormTypeOf } from './column-types';

export interface FieldSource {
  readonly column: string;
  /** Of which kind of database the values are; absent for PostgreSQL's. */
  readonly database?: 'mysql' | 'sqlite';
  /** Whether the database orders and compares the values otherwise than it tells them apart. */
  readonly equalityOnly?: true;
  /** Whether text is compared by a collation, though nothing else says so: of what tells classes apart. */
  readonly looseText?: true;
  /** Of MariaDB and MySQL: what mysql2 makes of the text or the integer that is stored. */
  readonly wire?: 'json' | 'number' | 'date' | 'datetime' | 'date text';
  /** In which time zone mysql2 was told to read dates, of the DataSource that was exported. */
  readonly clientTimeZone?: string;
  /** Of a date of MariaDB: whether its column cannot be null, so that IS NULL finds the zero date. */
  readonly neverNull?: true;
  /** Of a datetime, those behind the point; of a decimal, the length of its text. */
  readonly digits?: number;
  /** As SQL writes it: "numeric(12,2)[]". Absent before a database has been asked. */
  readonly databaseType?: string;
  /** PostgreSQL's name of the type, of a list of its elements': "int4", "hstore". Absent as `databaseType` is. */
  readonly pgType?: string;
  /** By which node-postgres finds the parser. */
  readonly oid?: number;
  /** Whether the field holds the server's text of the whole value. */
  readonly serverText?: true;
  /** Of a time with zone: the zone in which the server writes it. */
  readonly timeZone?: string;
  /** As TypeORM names it: "integer", "simple-array", "Number". */
  readonly typeormType: string;
  /** Whether it is declared as a list. */
  readonly typeormArray?: true;
  /** The numbers among the declared values of an enum: TypeORM gives labels that spell one of them as this number. */
  readonly numbers?: readonly number[];
  /** Whether SQL computed the values: those of a virtual column. */
  readonly computed?: true;
  /** Whether a date is written from its UTC day (the column option `utc`). */
  readonly utc?: true;
  /** Whether `=` of the database is not that of the bytes: citext, or a collation that ignores differences. */
  readonly looseEquality?: true;
}

export function fieldSourceOf(column: ColumnMetadata): FieldSource & { readonly [member: string]: JsonValue } {
  const numbers = (column.enum ?? []).filter((value) => typeof value === 'number');
  return {
    column: column.databaseName,
    typeormType: typeormTypeOf(column),
    ...(column.isArray ? { typeormArray: true as const } : {}),
    ...(column.isVirtualProperty ? { computed: true as const } : {}),
    ...(numbers.length > 0 ? { numbers } : {}),
    ...(column.utc && column.type === 'date' ? { utc: true as const } : {}),
  };
}

/** The source of a field that this adapter has exported; undefined for fields of other makers. */
export function sourceOf(field: FieldSchema | FieldDefinition): FieldSource | undefined {
  const source = field.source as Partial<FieldSource> | undefined | null;
  return typeof source === 'object' && typeof source?.typeormType === 'string' ? (source as FieldSource) : undefined;
}

/** The same of a file, which anybody may have written. Throws FILE_CORRUPT where a member is not what this adapter writes. */
export function checkedSourceOf(entity: string, field: FieldSchema): FieldSource | undefined {
  const source = sourceOf(field);
  for (const [name, isRight] of source ? Object.entries(forms) : []) {
    const value: unknown = source![name as keyof FieldSource];
    if (value === undefined || isRight(value)) continue;
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${entity}.${field.name}: the schema says ${describeValue(value)} of its \`${name}\`, which no export writes. Publish again.`,
      { entity, field: field.name, actual: value },
    );
  }
  return source;
}

const isText = (value: unknown) => typeof value === 'string';
/** One that tables are asked for, which have nothing of their own by the names that every object knows. */
const isName = (value: unknown) => typeof value === 'string' && !(value in Object.prototype);
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTrue = (value: unknown) => value === true;

const forms: Readonly<Record<keyof FieldSource, (value: unknown) => boolean>> = {
  column: isText,
  database: (value) => value === 'mysql' || value === 'sqlite',
  equalityOnly: isTrue,
  looseText: isTrue,
  wire: (value) => ['json', 'number', 'date', 'datetime', 'date text'].includes(value as string),
  clientTimeZone: isText,
  digits: isCount,
  databaseType: isName,
  pgType: isName,
  oid: isCount,
  serverText: isTrue,
  timeZone: isText,
  typeormType: isName,
  typeormArray: isTrue,
  numbers: (value) => Array.isArray(value) && value.every((number) => typeof number === 'number'),
  computed: isTrue,
  utc: isTrue,
  looseEquality: isTrue,
  neverNull: isTrue,
};
