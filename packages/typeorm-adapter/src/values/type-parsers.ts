/**
 * The parsers that node-postgres has for PostgreSQL's types in this process. An application can replace them, and TypeORM then gives what
 * the new ones make of the server's text: whoever reads a snapshot gets what its own process's parsers make of it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { DataSource } from 'typeorm';
import type { FieldSource } from '../mapping/field-source';
import { listText } from './server-text';

export type TypeParser = (text: string) => unknown;

/** As node-postgres and its clients have it. */
export interface TypeParsers {
  getTypeParser(oid: number, format: 'text'): TypeParser;
}

/**
 * Those that a DataSource's connections have, or would have; without one, those of node-postgres if this process has loaded it. Undefined
 * where nobody can have replaced any: a process that only reads snapshots does without pg.
 */
export function typeParsersOf(dataSource?: DataSource): TypeParsers | undefined {
  const options = dataSource?.options as { extra?: { types?: TypeParsers } } | undefined;
  const driver = dataSource?.driver as { postgres?: { types?: TypeParsers } } | undefined;
  return options?.extra?.types ?? driver?.postgres?.types ?? loadedPg()?.types;
}

interface NodePostgres {
  readonly types?: TypeParsers;
  readonly defaults?: { readonly parseInputDatesAsUTC?: boolean };
}

/** Where node-postgres lies, found once: asking Node costs tens of microseconds. Undefined before, null where it is not installed. */
let pathOfPg: string | null | undefined;

/** node-postgres, if this process has loaded it. */
export function loadedPg(): NodePostgres | undefined {
  if (pathOfPg === undefined) pathOfPg = resolvedPg();
  return pathOfPg === null ? undefined : (require.cache[pathOfPg]?.exports as NodePostgres | undefined);
}

function resolvedPg(): string | null {
  try {
    return require.resolve('pg');
  } catch {
    return null;
  }
}

/** The parser of a type, whose values are there as text: of those given, or node-postgres's own. */
export function typeParser(parsers: TypeParsers | undefined, oid: number): TypeParser {
  return (parsers ?? (require('pg-types') as TypeParsers)).getTypeParser(oid, 'text');
}

/** The parser of a stored field's type where it is not node-postgres's own one. */
export function replacedParser(
  parsers: TypeParsers | undefined,
  { oid, pgType }: FieldSource,
  array: boolean,
): TypeParser | undefined {
  if (!parsers || oid === undefined || pgType === undefined) return undefined;
  const parser = parsers.getTypeParser(oid, 'text');
  // Lists of enums and of types from extensions have no parser of their own: they come as text, which TypeORM takes apart.
  const isParsed = array && pgType !== 'enum';
  const [text, value] = array && pgType === 'numeric' ? numericListElement : (samples[pgType] ?? ['x', 'x']);
  const given = attempt(parser, array ? listText([text]) : text);
  return isDeepStrictEqual(given, array ? (isParsed ? [value] : listText([text])) : value) ? undefined : parser;
}

/** What this process's parser makes of int8, or of lists of them. */
export function int8Kind(parsers: TypeParsers | undefined, array = false): 'string' | 'number' | 'other' {
  if (!parsers) return 'string';
  const parser = parsers.getTypeParser(array ? INT8_LIST_OID : INT8_OID, 'text');
  const given = attempt(parser, array ? `{${WIDE_INTEGER}}` : WIDE_INTEGER);
  const value = array ? (given as unknown[])[0] : given;
  if (value === WIDE_INTEGER) return 'string';
  return value === Number(WIDE_INTEGER) ? 'number' : 'other';
}

const INT8_OID = 20;
const INT8_LIST_OID = 1016;
const WIDE_INTEGER = '9007199254740993';

/** For each type that node-postgres parses a text of the server's and what it becomes. */
const samples: Readonly<Record<string, readonly [text: string, value: unknown]>> = {
  bool: ['t', true],
  int2: ['7', 7],
  int4: ['7', 7],
  int8: [WIDE_INTEGER, WIDE_INTEGER],
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
const numericListElement = ['1.10', 1.1] as const;

function attempt(parser: TypeParser, text: string): unknown {
  try {
    return parser(text);
  } catch (error) {
    return error;
  }
}
