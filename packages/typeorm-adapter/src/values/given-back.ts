/**
 * How TypeORM gives values back: node-postgres parses the server's text, TypeORM's driver turns that into what the column is declared as,
 * and the column's transformers see the result, also where it is null. What core gives by itself is left as it is.
 * Conversions are made once for all snapshots, since proxy classes are shared by those that convert alike.
 */
import type { Conversion, Converter, FieldSchema, ValueOptions } from '@permafrost/core';
import { DateUtils, type EntityMetadata } from 'typeorm';
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { checkedSourceOf, type FieldSource } from '../mapping/field-source';
import { clientTimeZoneOf, isDateText, rowConversion } from './row-values';
import { listText, serverTextOf, textRepresentations } from './server-text';
import { shortestFloat32 } from './shortest-float32';
import { int8Kind, replacedParser, type TypeParser, type TypeParsers, typeParser } from './type-parsers';

/** The representations of core's options; `int64` is decided by `parseInt8`. */
export const representations = {
  timestamp: 'local-date',
  timestamptz: 'date',
  decimal: 'text',
  json: 'value',
} as const;

export interface GivingBack {
  /** By the names that entities have in snapshots. */
  readonly metadatas: ReadonlyMap<string, EntityMetadata>;
  /** The reader's; undefined where all are node-postgres's own. */
  readonly parsers: TypeParsers | undefined;
  /** How the snapshot is opened to give int8. */
  readonly int64: 'string' | 'number';
  /** Whether the option `parseInt8` says so, and not the parsers. */
  readonly isInt64Given: boolean;
}

/** Core's hook: the conversion of a field, or undefined where core's value is TypeORM's. */
export function giveBackAsTypeorm(reader: GivingBack): NonNullable<ValueOptions['convert']> {
  return (entity, field) => {
    const source = checkedSourceOf(entity.name, field);
    if (!source) return undefined;
    return conversionOf(
      field,
      source,
      columnOf(reader.metadatas.get(entity.name), field),
      parserOf(reader, field, source),
    );
  };
}

/** The column of a field; undefined where the reader's entities have none. */
function columnOf(metadata: EntityMetadata | undefined, field: FieldSchema): ColumnMetadata | undefined {
  if (!metadata) return undefined;
  for (const one of [metadata, ...metadata.childEntityMetadatas]) {
    const column = one.findColumnWithPropertyPathStrict(field.name);
    if (column) return column;
  }
  return undefined;
}

/** The reader's parser where core does not do its work. */
function parserOf(reader: GivingBack, field: FieldSchema, source: FieldSource): TypeParser | undefined {
  const { parsers, int64, isInt64Given } = reader;
  if (source.oid === undefined || source.database) return undefined;
  // Core has no such object as node-postgres makes of an interval.
  if (source.serverText || field.type === 'interval') return typeParser(parsers, source.oid);
  if (field.type !== 'int64') return replacedParser(parsers, source, Boolean(field.array));
  const kind = int8Kind(parsers, Boolean(field.array));
  const isCores = kind === int64 || (isInt64Given && kind !== 'other');
  return isCores ? undefined : typeParser(parsers, source.oid);
}

const conversions = new Map<string, Conversion>();

function conversionOf(
  field: FieldSchema,
  source: FieldSource,
  column: ColumnMetadata | undefined,
  parser: TypeParser | undefined,
): Conversion | undefined {
  const declared = column && {
    type: typeof column.type === 'function' ? `constructor ${column.type.name}` : column.type,
    isArray: column.isArray,
    enum: column.enum,
    utc: column.utc,
    client: source.wire && [clientTimeZoneOf(source, column), isDateText(source, column)],
    hstoreType: column.hstoreType,
    transformers: [column.transformer ?? []].flat().map(identityOf),
  };
  const { type, array, values } = field;
  const shape = JSON.stringify([type, array, values, source, declared, parser && identityOf(parser)]);
  const known = conversions.get(shape);
  if (known) return known;
  const made = source.database ? rowConversion(field, source, column) : makeConversion(field, source, column, parser);
  if (made) conversions.set(shape, made);
  return made;
}

function makeConversion(
  field: FieldSchema,
  source: FieldSource,
  column: ColumnMetadata | undefined,
  parser: TypeParser | undefined,
): Conversion | undefined {
  const isDateText = column?.type === 'date' && field.type === 'date' && !field.array && !parser && !column.transformer;
  if (isDateText) return { convert: dateText(column.utc) };
  const parse = parser ? replacing(field, source, parser) : parsed(field);
  const hydrate = column && isHydrated(column, field, parser) ? hydration(column) : undefined;
  const convert = parse && hydrate ? (value: unknown) => hydrate(parse(value)) : (parse ?? hydrate);
  if (!convert) return undefined;
  return {
    convert: column?.transformer ? (value) => (value === null ? hydrate!(value) : convert(value)) : convert,
    ...(column?.transformer ? { takesNull: true } : {}),
    ...(parser && !source.serverText ? { representations: textRepresentations } : {}),
  };
}

const identities = new WeakMap<object, number>();
let identityCount = 0;

function identityOf(thing: object): number {
  let identity = identities.get(thing);
  if (identity === undefined) {
    identity = ++identityCount;
    identities.set(thing, identity);
  }
  return identity;
}

/** What a parser makes of the server's text. */
function replacing(field: FieldSchema, source: FieldSource, parser: TypeParser): Converter {
  if (source.serverText) return parser as Converter;
  const textOf = serverTextOf(field, source);
  return (value) => parser(textOf(value));
}

/** What node-postgres makes of a value by itself, where that is not what core gives. */
function parsed(field: FieldSchema): Converter | undefined {
  switch (field.type) {
    case 'float32':
      return field.array ? eachElement(shortestFloat32) : (shortestFloat32 as Converter);
    case 'decimal':
      // node-postgres parses lists of numeric as numbers, but leaves a single one as text.
      return field.array ? eachElement(Number) : undefined;
    case 'date':
      return field.array ? eachElement(localMidnight) : (localMidnight as Converter);
    case 'enum':
      // It has no parser for lists of enums.
      return field.array ? (labels) => listText(labels as (string | null)[]) : undefined;
    default:
      return undefined;
  }
}

function eachElement(convert: (element: any) => unknown): Converter {
  return (value) => {
    const elements = value as unknown[];
    for (let place = 0; place < elements.length; place++) {
      if (elements[place] !== null) elements[place] = convert(elements[place]);
    }
    return elements;
  };
}

/** By itself, since conversions outlive DataSources. */
const driver = new PostgresDriver(undefined as never);

/** What TypeORM's driver makes of a parsed value, transformers included. */
function hydration({ type, isArray, enum: labels, utc, hstoreType, transformer }: ColumnMetadata): Converter {
  const column = { type, isArray, enum: labels, utc, hstoreType, transformer } as ColumnMetadata;
  return (value) => driver.prepareHydratedValue(value, column);
}

/** Whether TypeORM's driver may change a parsed value of the column. */
function isHydrated(column: ColumnMetadata, field: FieldSchema, parser: TypeParser | undefined): boolean {
  if (column.transformer) return true;
  const isStored = (...types: FieldSchema['type'][]) => !parser && !field.array && types.includes(field.type);
  switch (column.type) {
    case Boolean:
      return !isStored('boolean');
    case Number:
      return !isStored('int16', 'int32');
    case Date:
    case 'datetime':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp with time zone':
    case 'timestamp without time zone':
      return !isStored('timestamp', 'timestamptz');
    case 'time':
      return !isStored('time');
    case 'hstore':
      return column.hstoreType === 'object';
    case 'enum':
    case 'simple-enum':
      // A label that spells a declared number becomes that number.
      return column.isArray || !column.enum || column.enum.some((value) => typeof value === 'number');
    case 'date':
    case 'vector':
    case 'halfvec':
    case 'simple-array':
    case 'simple-json':
    case 'cube':
      return true;
    default:
      return false;
  }
}

/**
 * A date as TypeORM writes it: by way of a Date at midnight of the process time zone, which loses the year's fifth digit, the era, and
 * days that a time zone has skipped.
 */
function dateText(utc: boolean): Converter {
  return (value) => {
    const date = value as string | number;
    const midnight = localMidnight(date);
    if (typeof midnight === 'number') return midnight;
    const isPlain = !utc && (date as string).length === PLAIN_DATE_LENGTH;
    if (isPlain && midnight.getDate() === Number((date as string).slice(8))) return date;
    return DateUtils.mixedDateToDateString(midnight, { utc });
  };
}

/** "2024-02-29": years 1 to 9999. */
const PLAIN_DATE_LENGTH = 10;

/** As node-postgres parses a date; infinity stays a number. */
function localMidnight(date: string | number): Date | number {
  if (typeof date === 'number') return date;
  if (date.length === PLAIN_DATE_LENGTH) {
    return midnightOf(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8)));
  }
  const [, years, month, day, beforeChrist] = /^(\d+)-(\d\d)-(\d\d)( BC)?$/.exec(date)!;
  return midnightOf(beforeChrist ? 1 - Number(years) : Number(years), Number(month), Number(day));
}

function midnightOf(year: number, month: number, day: number): Date {
  const midnight = new Date(year, month - 1, day);
  // The constructor takes 0 to 99 for 1900 to 1999.
  if (year >= 0 && year < 100) midnight.setFullYear(year);
  return midnight;
}
