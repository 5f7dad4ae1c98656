/**
 * Conditions on columns from MariaDB and SQLite, which convert operands by rules of their own ('abc' = 0, affinities, collations): answered
 * are those whose operand is of the column's own kind, so that nothing is converted, or only as it is certain. All others are refused.
 */
import { type Comparison, describeValue, type Expression, type PermafrostError } from '@permafrost/core';
import { DateUtils } from 'typeorm';
import { queryUnsupported } from '../errors';
import { type FieldSource, sourceOf } from '../mapping/field-source';
import type { StoredColumn } from './stored-members';

const answered: ReadonlySet<string> = new Set([
  ...['equal', 'not', 'lessThan', 'lessThanOrEqual', 'moreThan', 'moreThanOrEqual', 'between'],
  ...['in', 'isNull', 'and', 'or', 'raw'],
]);

/** Throws QUERY_UNSUPPORTED for an operator that other databases have not, or by other rules than PostgreSQL. */
export function requireRowOperator(column: StoredColumn, operator: string): void {
  const source = sourceOf(column.field);
  if (source?.database && !answered.has(operator)) throw refuse(column, `the operator ${operator}`);
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
function naturalOperand({ field }: StoredColumn, source: FieldSource, value: unknown): unknown {
  switch (field.type) {
    case 'int32':
    case 'int64':
      return integerOperand(field.type, source, value);
    case 'float64':
      return field.looseEquality ? undefined : floatOperand(value);
    case 'text':
      return textOperand(field.looseEquality === true && field.ranked !== true, source, value);
    case 'bytes':
      return value instanceof Uint8Array ? value : undefined;
    default:
      return undefined;
  }
}

function integerOperand(type: 'int32' | 'int64', source: FieldSource, value: unknown): number | bigint | undefined {
  const isDigits = typeof value === 'string' && /^(0|-?[1-9]\d{0,14})$/.test(value) && takesNumbers(source);
  const whole = typeof value === 'boolean' || isDigits ? Number(value) : value;
  if (typeof whole === 'bigint') return BigInt.asIntN(64, whole) === whole && type === 'int64' ? whole : undefined;
  if (typeof whole !== 'number' || !Number.isSafeInteger(whole)) return undefined;
  if (type === 'int64') return BigInt(whole);
  return whole >= -(2 ** 31) && whole < 2 ** 31 ? whole : undefined;
}

/** TypeORM writes numbers into the SQL: such of more digits may be read as one of their neighbours. */
function floatOperand(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const digits = value.toExponential().replace(/e.*/, '').replaceAll(/\D/g, '');
  return digits.length <= 15 ? value : undefined;
}

function textOperand(isLoose: boolean, source: FieldSource, value: unknown): string | undefined {
  // TypeORM selects the text of it and compares the blob.
  if (isLoose || source.typeormType === 'jsonb') return undefined;
  const text = value instanceof Date ? DateUtils.mixedDateToUtcDatetimeString(value) : value;
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
