/** Operands of conditions as core takes them: cast as PostgreSQL casts the parameter for a column of the field's type, or refused. */
import {
  type Comparison,
  describeValue,
  type Expression,
  type FieldReference,
  type FieldSchema,
  type PermafrostError,
} from '@permafrost/core';
import { queryFailed, queryUnsupported } from '../errors';
import { sourceOf } from '../mapping/field-source';
import { flatElements, mustOccur, operandText, operandValue, requireOperator, typeNameOf } from '../values/operand';
import { rowOperand } from './row-operands';
import type { StoredColumn } from './stored-members';

/** A comparison of a column with a value. Null makes it unknown. */
export function operandOf(column: StoredColumn, operator: Comparison, value: unknown): Expression {
  const { field, reference } = column;
  if (sourceOf(field)?.database) return rowOperand(column, operator, value);
  requireOperator(field, operator);
  if (isList(field)) return listComparison(column, operator, value);
  if (field.type === 'json') return jsonEquality(column, operator, value);
  if (mustOccur(field, value)) return byRank(reference, operator, value);
  return { kind: 'compare', operand: reference, operator, value: operandValue(column.entity, field, value) };
}

/** A comparison by ranks alone, so that core refuses a text that no record holds. */
function byRank(operand: FieldReference, operator: Comparison, value: string): Expression {
  const compare = (comparison: Comparison): Expression => ({
    kind: 'compare',
    operand,
    operator: comparison,
    value,
  });
  if (operator === 'not-equal') return { kind: 'not', term: byRank(operand, 'equal', value) };
  if (operator !== 'equal') return compare(operator);
  return { kind: 'and', terms: [compare('less-or-equal'), compare('greater-or-equal')] };
}

/** The elements of a list operand; null for null, which makes the condition unknown. */
export function elementsOf(column: StoredColumn, operator: string, value: unknown): readonly unknown[] | null {
  const { field } = column;
  if (!isList(field)) throw refuseOperator(column, operator, value);
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) {
    const text = operandText(value);
    if (typeof text !== 'string' || /^[ \t\n\v\f\r]*[[{]/.test(text)) throw refuseOperator(column, operator, value);
    throw queryFailed(`malformed array literal: "${text}"`, '22P02');
  }
  const element: FieldSchema = { ...field, array: false };
  const items = operator === 'equality' && value.some(Array.isArray) ? undefined : flatElements(value);
  if (!items) throw refuseOperator(column, operator, value);
  return items.map((item) => operandValue(column.entity, element, item));
}

/** LIKE is for text. Another pattern than a string is the text that node-postgres sends for it. */
export function patternOf(column: StoredColumn, operator: string, value: unknown): string | null {
  const { field } = column;
  requireOperator(field, operator === 'Like' ? 'like' : 'ilike');
  const pattern = operandText(value);
  if (field.type !== 'text' || isList(field) || sourceOf(field)?.serverText || pattern instanceof Uint8Array)
    throw refuseOperator(column, operator, value);
  return pattern;
}

/** `::jsonb @>`: TypeORM sends objects as JSON and a string as it is, so that it has to be JSON itself. */
export function jsonOperand(column: StoredColumn, value: unknown): Expression {
  const { field } = column;
  if (field.type !== 'json' || isList(field)) throw castRefusal(column, value);
  if (value === null || value === undefined) return { kind: 'constant', value: null };
  return { kind: 'json-contains', operand: column.reference, value: parsedJson(column, 'JsonContains', value) };
}

/** What PostgreSQL says of `::jsonb @>` on another type than JSON. Whether texts are JSON hangs on which of them it looks at. */
function castRefusal(column: StoredColumn, value: unknown): Error {
  const pgType = sourceOf(column.field)?.pgType;
  if (pgType === undefined || pgType === 'hstore') return refuseOperator(column, 'JsonContains', value);
  if (isList(column.field) || !textTypes.has(pgType))
    return queryFailed(`cannot cast type ${typeNameOf(column.field)} to jsonb`, '42846');
  parsedJson(column, 'JsonContains', value);
  return refuseOperator(column, 'JsonContains', value);
}

const textTypes: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'citext', 'name']);

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
  const expected = parsedJson(column, 'equality', value);
  // A null operand means SQL's null to core.
  if (expected === null) throw refuseOperator(column, 'equality', value);
  return { kind: 'compare', operand: column.reference, operator, value: expected };
}

/** What PostgreSQL parses from the text that node-postgres sends. */
function parsedJson(column: StoredColumn, operator: string, value: unknown): unknown {
  // TypeORM makes objects JSON for `@>` only.
  const isJson = typeof value === 'object' && operator !== 'equality';
  const text = operandText(isJson ? JSON.stringify(value) : value);
  if (typeof text !== 'string') throw refuseOperator(column, operator, value);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw queryFailed('invalid input syntax for type json', '22P02');
  }
  if (!holdsExactNumbers(text)) throw refuseOperator(column, operator, value);
  return parsed;
}

/** Whether all numbers of a JSON text are told apart from others by JavaScript's: not 1e400, nor more than 15 digits. */
function holdsExactNumbers(json: string): boolean {
  const withoutTexts = json.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  for (const [number, digits] of withoutTexts.matchAll(/-?([\d.]+)(?:[eE][+-]?\d+)?/g)) {
    const significant = digits!.replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
    if (significant.length > 15 || !Number.isFinite(Number(number))) return false;
    if (significant !== '' && Number(number) === 0) return false;
  }
  return true;
}
