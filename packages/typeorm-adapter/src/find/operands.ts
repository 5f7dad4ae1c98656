/** Operands of conditions as core takes them: cast as PostgreSQL casts the parameter for a column of the field's type, or refused. */
import {
  type Comparison,
  describeValue,
  type Expression,
  type FieldSchema,
  type PermafrostError,
} from '@permafrost/core';
import { queryUnsupported } from '../errors';
import { sourceOf } from '../mapping/field-source';
import { whereValue } from '../values/where-values';
import type { StoredColumn } from './stored-members';

/** A comparison of a column with a value. Null makes it unknown. */
export function operandOf(column: StoredColumn, operator: Comparison, value: unknown): Expression {
  const { field, reference } = column;
  if (isList(field)) return listComparison(column, operator, value);
  if (field.type === 'json') return jsonEquality(column, operator, value);
  return { kind: 'compare', operand: reference, operator, value: whereValue(column.entity, field, value) };
}

/** The elements of a list operand; null for null, which makes the condition unknown. */
export function elementsOf(column: StoredColumn, operator: string, value: unknown): readonly unknown[] | null {
  const { field } = column;
  if (!isList(field)) throw refuseOperator(column, operator, value);
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) throw refuseOperator(column, operator, value);
  const element: FieldSchema = { ...field, array: false };
  return value.map((item) => whereValue(column.entity, element, item));
}

/** LIKE is for text. Another pattern than a string is the text that node-postgres sends for it. */
export function patternOf(column: StoredColumn, operator: string, value: unknown): string | null {
  const { field } = column;
  if (field.type !== 'text' || isList(field)) throw refuseOperator(column, operator, value);
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') throw refuseOperator(column, operator, value);
  return String(value).toWellFormed();
}

/** `::jsonb @>`: TypeORM sends objects as JSON and a string as it is, so that it has to be JSON itself. */
export function jsonOperand(column: StoredColumn, value: unknown): Expression {
  if (column.field.type !== 'json' || isList(column.field)) throw refuseOperator(column, 'JsonContains', value);
  if (value === null || value === undefined) return { kind: 'constant', value: null };
  return { kind: 'json-contains', operand: column.reference, value: parsedJson(column, 'JsonContains', value) };
}

/** QUERY_UNSUPPORTED for an operator that a column of this type does not have, or not with such an operand. */
export function refuseOperator(column: StoredColumn, operator: string, value: unknown): PermafrostError {
  const type = sourceOf(column.field)?.databaseType ?? column.field.type;
  return queryUnsupported(
    column.entity,
    column.column.propertyPath,
    `${operator} of ${describeValue(value)} on ${type}`,
    'Filter the results, or ask the database.',
  );
}

function isList(field: FieldSchema): boolean {
  return field.array !== false || field.set === true || field.map !== undefined;
}

function listComparison(column: StoredColumn, operator: Comparison, value: unknown): Expression {
  if (operator !== 'equal' && operator !== 'not-equal') throw refuseOperator(column, 'an order', value);
  const values = elementsOf(column, 'equality', value);
  const equal: Expression = { kind: 'list', operand: column.reference, operator: 'equal', values };
  return operator === 'equal' ? equal : { kind: 'not', term: equal };
}

/** Of jsonb; PostgreSQL cannot compare json. */
function jsonEquality(column: StoredColumn, operator: Comparison, value: unknown): Expression {
  if (operator !== 'equal' && operator !== 'not-equal') throw refuseOperator(column, 'an order', value);
  if (value === null || value === undefined) return { kind: 'constant', value: null };
  if (sourceOf(column.field)?.databaseType !== 'jsonb') throw refuseOperator(column, 'equality', value);
  const expected = parsedJson(column, 'equality', value);
  // A null operand means SQL's null to core.
  if (expected === null) throw refuseOperator(column, 'equality', value);
  return { kind: 'compare', operand: column.reference, operator, value: expected };
}

/** What PostgreSQL parses from the text that node-postgres sends. */
function parsedJson(column: StoredColumn, operator: string, value: unknown): unknown {
  // A list goes out as an array of PostgreSQL for `=`, but as JSON for `@>`.
  if (value instanceof Date || value instanceof Uint8Array || (Array.isArray(value) && operator === 'equality'))
    throw refuseOperator(column, operator, value);
  try {
    return JSON.parse(typeof value === 'object' ? JSON.stringify(value) : String(value));
  } catch {
    throw refuseOperator(column, operator, value);
  }
}
