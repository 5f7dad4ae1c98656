/**
 * Conditions on columns from MariaDB and SQLite, which convert operands by rules of their own ('abc' = 0, affinities, collations): answered
 * are those whose operand is of the column's own kind, so that nothing is converted, or only as it is certain. All others are refused.
 */
import { type Comparison, describeValue, type Expression, type PermafrostError } from '@permafrost/core';
import { DateUtils } from 'typeorm';
import { queryUnsupported } from '../errors';
import { type FieldSource, sourceOf } from '../mapping/field-source';
import { mysqlDateText } from '../values/mysql-values';
import { clientTimeZoneOf } from '../values/row-values';
import type { StoredColumn } from './stored-members';

/** As many as every double tells from one another. */
const SURE_DIGITS = 15;
const answered: ReadonlySet<string> = new Set([
  ...['equal', 'not', 'lessThan', 'lessThanOrEqual', 'moreThan', 'moreThanOrEqual', 'between'],
  ...['in', 'isNull', 'and', 'or', 'raw'],
]);

/** Throws QUERY_UNSUPPORTED for an operator that other databases have not, or by other rules than PostgreSQL. */
export function requireRowOperator(column: StoredColumn, operator: string): void {
  const source = sourceOf(column.field);
  if (!source?.database) return;
  if (!answered.has(operator)) throw refuse(column, `the operator ${operator}`);
  // MariaDB calls the zero date null where a column is declared never to be null.
  if (operator === 'isNull' && source.neverNull) throw refuse(column, 'IS NULL of a zero date');
}

/** A comparison as the database has it. Throws QUERY_UNSUPPORTED. */
export function rowOperand(column: StoredColumn, operator: Comparison, value: unknown): Expression {
  const { field, reference } = column;
  const isEquality = operator === 'equal' || operator === 'not-equal';
  const source = sourceOf(field)!;
  if (source.equalityOnly && !isEquality) throw refuse(column, `${operator} of ${source.databaseType}`);
  const operand = value === null ? null : naturalOperand(column, source, value);
  if (operand === undefined) throw refuse(column, `${describeValue(value)} as an operand for ${typeOf(column)}`);
  return { kind: 'compare', operand: reference, operator, value: operand };
}

/** The operand as core takes it; undefined for one that the database may convert. */
function naturalOperand({ field, column }: StoredColumn, source: FieldSource, value: unknown): unknown {
  switch (field.type) {
    case 'int32':
    case 'int64':
    case 'uint64':
      return integerOperand(field.type, source, value);
    case 'float64':
      return field.looseEquality ? undefined : floatOperand(value);
    case 'decimal':
      return decimalOperand(source, value);
    case 'text':
      if (source.looseText || (field.looseEquality && !field.ranked)) return undefined;
      return source.wire ? dateOperand(source, clientTimeZoneOf(source, column), value) : textOperand(source, value);
    case 'bytes':
      return value instanceof Uint8Array && !field.looseEquality ? value : undefined;
    default:
      return undefined;
  }
}

function integerOperand(
  type: 'int32' | 'int64' | 'uint64',
  source: FieldSource,
  value: unknown,
): number | bigint | undefined {
  const isDigits = typeof value === 'string' && /^(0|-?[1-9]\d{0,14})$/.test(value) && takesNumbers(source);
  const whole = typeof value === 'boolean' || isDigits ? Number(value) : value;
  if (typeof whole !== 'bigint' && !Number.isSafeInteger(whole)) return undefined;
  const wide = BigInt(whole as number | bigint);
  if (type === 'uint64') return BigInt.asUintN(64, wide) === wide ? wide : undefined;
  if (type === 'int64') return BigInt.asIntN(64, wide) === wide ? wide : undefined;
  return BigInt.asIntN(32, wide) === wide ? Number(wide) : undefined;
}

/** TypeORM writes numbers into the SQL: such of more digits may be read as one of their neighbours. */
function floatOperand(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const digits = value.toExponential().replace(/e.*/, '').replaceAll(/\D/g, '');
  return digits.length <= SURE_DIGITS ? value : undefined;
}

/** Texts are compared as doubles. */
function decimalOperand({ digits = Number.POSITIVE_INFINITY }: FieldSource, value: unknown): string | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || digits > SURE_DIGITS)) return undefined;
  const text = String(value);
  return /^-?\d+(\.\d+)?$/.test(text) && text.replaceAll(/\D/g, '').length <= SURE_DIGITS ? text : undefined;
}

/** A date or time of the calendar, in as many digits as the column has, or more. */
function dateOperand({ databaseType, digits = 0 }: FieldSource, timeZone: string, value: unknown): string | undefined {
  const isDay = databaseType === 'date';
  const given = value instanceof Date && !isDay ? mysqlDateText(value, timeZone) : value;
  if (typeof given !== 'string') return undefined;
  const [, day, time, fraction = ''] = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?)?$/.exec(given) ?? [];
  if (day === undefined || isDay !== (time === undefined)) return undefined;
  const instant = new Date(`${day}T${time ?? '00:00:00'}Z`);
  if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(`${day}T${time ?? ''}`)) return undefined;
  if (isDay) return day;
  const sure = fraction.replace(/0+$/, '').padEnd(digits, '0');
  return sure === '' ? `${day} ${time}` : `${day} ${time}.${sure}`;
}

function textOperand(source: FieldSource, value: unknown): string | undefined {
  // TypeORM selects the text of it and compares the blob.
  if (source.typeormType === 'jsonb') return undefined;
  const isDate = value instanceof Date && source.database === 'sqlite';
  const text = isDate ? DateUtils.mixedDateToUtcDatetimeString(value) : value;
  if (typeof text !== 'string' || Buffer.from(text).toString() !== text) return undefined;
  if (source.database === 'sqlite' && looksNumeric(text) && takesNumbers(source)) return undefined;
  return text;
}

function looksNumeric(text: string): boolean {
  return /^\s*[+-]?(\d|\.\d)[\d.]*(e[+-]?\d+)?\s*$/i.test(text);
}

/** Whether the database makes numbers of texts that look like one, before it compares: SQLite by the column's affinity. */
function takesNumbers({ database, databaseType = '' }: FieldSource): boolean {
  if (database === 'mysql') return true;
  if (databaseType === '') return false;
  return /int/i.test(databaseType) || !/char|clob|text|blob/i.test(databaseType);
}

function typeOf({ field }: StoredColumn): string {
  return sourceOf(field)?.databaseType || field.type;
}

function refuse({ entity, column, field }: StoredColumn, what: string): PermafrostError {
  const name = sourceOf(field)?.database === 'sqlite' ? 'SQLite' : 'MariaDB or MySQL';
  return queryUnsupported(
    entity,
    column.propertyPath,
    `${what} as ${name} has it`,
    'Filter the results, or ask the database.',
  );
}
