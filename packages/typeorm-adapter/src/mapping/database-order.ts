/**
 * What a snapshot stores of the order that the database has for a column: nothing where the stored values have it by themselves, a
 * collation and ranks elsewhere. What is not stored is refused by the query engine, never guessed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FieldDefinition } from '@permafrost/core';
import type { ColumnCollation, ColumnOrder, ResolvedColumn } from '@permafrost/postgres';
import type { StoredForm } from './column-types';

/** What a field's definition says of its order. */
export type StoredOrder = Pick<FieldDefinition, 'collation' | 'ranked' | 'looseEquality' | 'lowerCase'>;

/** A column, what it is stored as, how the database orders it. */
export interface OrderedColumn {
  readonly found: ResolvedColumn;
  readonly form: StoredForm;
  readonly order: ColumnOrder;
  /** What is lower case under its collation, and under the database's own; for text alone. */
  readonly lowerCase?: FieldDefinition['lowerCase'];
  readonly ownLowerCase?: FieldDefinition['lowerCase'];
}

/** Everything but whether it is ranked. */
export function orderFactsOf({ found, form, order, lowerCase, ownLowerCase }: OrderedColumn): StoredOrder {
  if (form.type !== 'text') return isLooselyEqual(found, form, order.collation) ? { looseEquality: true } : {};
  // Equality of citext is that of the database's own lower case, whatever the column's collation.
  const isByLowerCase =
    isCaseless(found, form) && lowerCase !== undefined && isDeepStrictEqual(lowerCase, ownLowerCase);
  return {
    collation: collationOf(found, form, order.collation),
    ...(isByLowerCase
      ? { looseEquality: 'lower-case' }
      : isLooselyEqual(found, form, order.collation)
        ? { looseEquality: true }
        : {}),
    ...(lowerCase && hasLowerCase(found, form) ? { lowerCase } : {}),
  };
}

/** Whether conditions may ask for a column's lower case. */
export function hasLowerCase({ array }: ResolvedColumn, { type, isServerText }: StoredForm): boolean {
  return type === 'text' && !isServerText && !array;
}

function isCaseless({ typeName, array }: ResolvedColumn, { isServerText }: StoredForm): boolean {
  return typeName === 'citext' && !array && !isServerText;
}

/** Whether only ranks tell the order that the database has for the values as they are stored. */
export function needsRank({ found, form, order }: OrderedColumn): boolean {
  if (!order.isOrdered || (form.isServerText && lossyTexts.has(found.typeName))) return false;
  if (form.array || form.isServerText || form.type === 'json' || form.type === 'interval') return true;
  return form.type === 'text' && collationOf(found, form, order.collation) !== BYTE_ORDER;
}

/** Whether a column that needs ranks gets them without being named: those of values that people sort by. */
export function isRankedByDefault({ found, form }: OrderedColumn, typeormType: string): boolean {
  return (
    !form.array &&
    !found.array &&
    form.type !== 'json' &&
    !rarelyOrdered.has(found.typeName) &&
    !rarelyOrdered.has(typeormType)
  );
}

/** The collation of core for the order of UTF-8 bytes. */
const BYTE_ORDER = 'C';

/** Any name but that of byte order stands for an order of the database's own: of text by its collation, of other types by their name. */
function collationOf(
  { typeName, sqlType }: ResolvedColumn,
  { isServerText }: StoredForm,
  collation: ColumnCollation | undefined,
): string {
  if (isServerText) return sqlType;
  // It takes no notice of blanks at the end, and compares what is before them.
  if (typeName === 'bpchar') return 'character';
  if (typeName === 'citext' || !collation) return typeName;
  if (collation.isByteOrder) return BYTE_ORDER;
  const name = collation.name === 'default' ? collation.locale : collation.name;
  return name === BYTE_ORDER ? "C of the server's encoding" : name;
}

function isLooselyEqual(
  { typeName, array, sqlType }: ResolvedColumn,
  { isServerText, type }: StoredForm,
  collation: ColumnCollation | undefined,
): boolean {
  if (typeName === 'citext' || typeName === 'jsonb' || type === 'interval') return true;
  if (typeName === 'bpchar') return !sqlType.startsWith('character');
  if (collation) return !collation.isDeterministic;
  return isServerText === true && !(array ? exactElements : exactTexts).has(typeName);
}

/** Types whose values are equal exactly when the server writes them alike. */
const exactTexts: ReadonlySet<string> = new Set([
  ...[
    'timetz',
    'time',
    'date',
    'timestamp',
    'timestamptz',
    'money',
    'inet',
    'cidr',
    'macaddr',
    'macaddr8',
    'bit',
    'varbit',
    'pg_lsn',
  ],
  ...[
    'int4range',
    'int8range',
    'daterange',
    'tsrange',
    'tstzrange',
    'int4multirange',
    'int8multirange',
    'datemultirange',
  ],
  ...['tsmultirange', 'tstzmultirange', 'oid', 'xid', 'xid8', 'char', 'ltree'],
]);
const exactElements: ReadonlySet<string> = new Set([
  ...exactTexts,
  ...['int2', 'int4', 'int8', 'bool', 'uuid', 'bytea', 'enum', 'name'],
]);

/** Values that differ may be written alike. */
const lossyTexts: ReadonlySet<string> = new Set(['float4', 'float8']);

const rarelyOrdered: ReadonlySet<string> = new Set(['simple-array', 'simple-json', 'tsvector', 'tsquery', 'hstore']);
