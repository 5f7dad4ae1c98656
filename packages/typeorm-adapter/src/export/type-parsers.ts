/**
 * Whether node-postgres parses values as it does by itself. An application can replace its parsers, and TypeORM then gives what the new
 * ones make of a value; a snapshot would not. So each column's parser is tried on one text.
 */
import { isDeepStrictEqual } from 'node:util';
import { PermafrostError } from '@permafrost/core';
import type { PgTypeName, ResolvedColumn } from '@permafrost/postgres';

/** Gives the parser of a type's text: node-postgres's `client.getTypeParser`. */
export type FindParser = (oid: number) => (text: string) => unknown;

/** For each type a text of the server's and what it becomes. */
const samples: Readonly<Partial<Record<PgTypeName, readonly [text: string, value: unknown]>>> = {
  bool: ['t', true],
  int2: ['7', 7],
  int4: ['7', 7],
  float4: ['0.5', 0.5],
  float8: ['0.5', 0.5],
  numeric: ['1.10', '1.10'],
  bytea: ['\\x01ff', Buffer.from([1, 255])],
  json: ['{"a":1}', { a: 1 }],
  jsonb: ['{"a":1}', { a: 1 }],
  date: ['2024-02-03', new Date(2024, 1, 3)],
  timestamp: ['2024-02-03 04:05:06.789', new Date(2024, 1, 3, 4, 5, 6, 789)],
  timestamptz: ['2024-02-03 04:05:06.789+00', new Date(Date.UTC(2024, 1, 3, 4, 5, 6, 789))],
};
const WIDE_INTEGER = '9007199254740993';
const numericListElement = ['1.10', 1.1] as const;

/** Throws EXPORT_UNSUPPORTED for a column whose parser has been replaced. int8 may be parsed as text or as numbers (`parseInt8`). */
export function checkTypeParser(
  column: ResolvedColumn,
  entity: string,
  property: string,
  findParser: FindParser,
): void {
  const { typeName, array, oid } = column;
  if (typeName === 'int8') return void int8Representation(column, entity, property, findParser);
  // Lists of enums and of types from extensions have no parser of their own: they come as text, which TypeORM takes apart.
  const isParsed = !array || (typeName !== 'enum' && typeName !== 'citext');
  const [text, value] =
    array && typeName === 'numeric' ? numericListElement : (samples[typeName as PgTypeName] ?? ['x', 'x']);
  const given = parse(findParser, oid, array ? listText(text) : text);
  const expected = array ? (isParsed ? [value] : listText(text)) : value;
  if (!isDeepStrictEqual(given, expected)) throw parserReplaced(column, entity, property, given);
}

/** How this application reads int8: node-postgres gives text, or numbers when `parseInt8` is set. Throws EXPORT_UNSUPPORTED. */
export function int8Representation(
  column: ResolvedColumn,
  entity: string,
  property: string,
  findParser: FindParser,
): 'string' | 'number' {
  const parsed = parse(findParser, column.oid, column.array ? `{${WIDE_INTEGER}}` : WIDE_INTEGER);
  const value = column.array ? (parsed as unknown[])[0] : parsed;
  if (value === WIDE_INTEGER) return 'string';
  if (value === Number(WIDE_INTEGER)) return 'number';
  throw parserReplaced(column, entity, property, parsed);
}

function parse(findParser: FindParser, oid: number, text: string): unknown {
  try {
    return findParser(oid)(text);
  } catch (error) {
    return error;
  }
}

function listText(element: string): string {
  return `{"${element.replaceAll(/["\\]/g, '\\$&')}"}`;
}

export function parserReplaced(
  column: ResolvedColumn,
  entity: string,
  property: string,
  given: unknown,
): PermafrostError {
  const type = `${column.typeName}${column.array ? '[]' : ''}`;
  return new PermafrostError(
    'EXPORT_UNSUPPORTED',
    `${entity}.${property}: this application has replaced node-postgres's parser of ${type}, so TypeORM gives other values than a snapshot would. Export from a process without pg.types.setTypeParser, or leave the property out: @Snapshot({ exclude: ['${property}'] }).`,
    { entity, field: property, expected: "node-postgres's own parser", actual: String(given) },
  );
}
