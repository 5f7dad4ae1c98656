/** What columns of MariaDB and MySQL are stored as, by what the server says of a SELECT's columns. */
import type { StoredOrder } from '../../mapping/database-order';
import type { RowForm } from './row-source';

/** A column of a result as mysql2 describes it: by the number of its type, or by its name where values are cast. */
export interface MysqlColumn {
  readonly columnType?: number;
  readonly type?: string | number;
  readonly flags?: number;
  readonly characterSet?: number;
  readonly columnLength?: number;
  readonly decimals?: number;
  /** MariaDB's: "uuid", "inet6". */
  readonly extendedTypeName?: string;
  /** MariaDB's: "json". */
  readonly extendedFormat?: string;
}

/** How the driver and the session write values. */
export interface MysqlClient {
  readonly timezone: string;
  readonly dateStrings: unknown;
  readonly serverTimeZone: string;
}

/** Of types and flags of the protocol. */
const types = {
  0: 'decimal',
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  4: 'float',
  5: 'double',
  7: 'timestamp',
  8: 'bigint',
  9: 'mediumint',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
  14: 'date',
  15: 'varchar',
  16: 'bit',
  245: 'json',
  246: 'decimal',
  247: 'enum',
  248: 'set',
  249: 'tinyblob',
  250: 'mediumblob',
  251: 'longblob',
  252: 'blob',
  253: 'varchar',
  254: 'char',
} as const;
const NOT_NULL = 1;
const UNSIGNED = 32;
const ZEROFILL = 64;
const ENUM = 256;
const SET = 2048;
const BINARY_CHARSET = 63;
/** Of varchar(255): longer ones are not sorted, which the server does by as much memory a row. */
const RANKED_BYTES = 1020;

const unordered: StoredOrder = { looseEquality: true };
const unorderedText: StoredOrder = { collation: 'unknown', looseEquality: true };

/** Whether the text of a value is taken in place of what the driver makes of it. */
export function isSentAsText({ type, extendedFormat }: MysqlColumn): boolean {
  return extendedFormat === 'json' || ['DATE', 'NEWDATE', 'DATETIME', 'TIMESTAMP', 'JSON'].includes(String(type));
}

/** Undefined for what no field holds exactly. */
export function formOfColumn(column: MysqlColumn, client: MysqlClient): RowForm | undefined {
  const { columnType = -1, flags = 0, extendedTypeName, extendedFormat } = column;
  const name = (types as Readonly<Record<number, string>>)[columnType];
  if (name === undefined || extendedTypeName === 'vector') return undefined;
  const isUnsigned = (flags & UNSIGNED) !== 0;
  const isPadded = (flags & ZEROFILL) !== 0;
  if (extendedFormat === 'json' || name === 'json')
    return { type: 'text', databaseType: 'json', notes: { wire: 'json' }, order: unorderedText };
  switch (name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'year':
      return { type: 'int32', databaseType: name };
    case 'int':
      return isUnsigned
        ? { type: 'int64', databaseType: name, notes: { wire: 'number' } }
        : { type: 'int32', databaseType: name };
    case 'bigint':
      if (isPadded) return { type: 'text', databaseType: name, order: unorderedText };
      return { type: isUnsigned ? 'uint64' : 'int64', databaseType: name };
    case 'decimal':
      if (isPadded) return { type: 'text', databaseType: name, order: unorderedText };
      return { type: 'decimal', databaseType: name, notes: { digits: column.columnLength ?? 0 } };
    case 'float':
      return { type: 'float64', databaseType: name, order: unordered };
    case 'double':
      return { type: 'float64', databaseType: name };
    case 'date':
    case 'datetime':
    case 'timestamp':
      return dateForm(name, column, client);
    case 'time':
      return { type: 'text', databaseType: name, order: unorderedText };
    default:
      return textForm(name, column);
  }
}

/** All texts of a column are of one length, and so in the order of their bytes; a timestamp's, only where the clock is never set back. */
function dateForm(name: string, { decimals = 0, flags = 0 }: MysqlColumn, client: MysqlClient): RowForm {
  const { timezone, dateStrings, serverTimeZone } = client;
  const isText = Array.isArray(dateStrings) ? dateStrings.includes(name.toUpperCase()) : Boolean(dateStrings);
  const isSteady = name !== 'timestamp' || /^([+-]\d\d:\d\d|UTC)$/.test(serverTimeZone);
  return {
    type: 'text',
    databaseType: name,
    notes: {
      wire: isText ? 'date text' : name === 'date' ? 'date' : 'datetime',
      clientTimeZone: timezone,
      digits: decimals,
      ...(flags & NOT_NULL ? { neverNull: true } : {}),
    },
    order: isSteady ? { collation: 'C' } : unorderedText,
  };
}

function textForm(name: string, { flags = 0, characterSet, columnLength = 0, extendedTypeName }: MysqlColumn): RowForm {
  const isBytes = characterSet === BINARY_CHARSET && extendedTypeName === undefined;
  if (isBytes) return { type: 'bytes', databaseType: name, ...(name === 'bit' ? { order: unordered } : {}) };
  const ranked: StoredOrder = { ...unorderedText, ranked: true };
  if (name === 'enum' || flags & ENUM)
    return { type: 'text', databaseType: 'enum', notes: { equalityOnly: true }, order: ranked };
  const isRanked = (name === 'varchar' || name === 'char') && !(flags & SET) && columnLength <= RANKED_BYTES;
  return { type: 'text', databaseType: extendedTypeName ?? name, order: isRanked ? ranked : unorderedText };
}
