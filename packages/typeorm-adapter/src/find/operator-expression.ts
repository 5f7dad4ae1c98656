/** A value or FindOperator on a column as core's expression: the condition that TypeORM would write in SQL, operand for operand. */
import type { Comparison, Expression } from '@permafrost/core';
import { type FindOperator, InstanceChecker, TypeORMError } from 'typeorm';
import { queryFailed, queryUnsupported } from '../errors';
import { flatElements, typeNameOf } from '../values/operand';
import { elementsOf, jsonOperand, operandOf, patternOf, refuseOperator } from './operands';
import { requireRowOperator } from './row-operands';
import type { StoredColumn } from './stored-members';

const comparisons: Readonly<Record<string, Comparison>> = {
  equal: 'equal',
  lessThan: 'less',
  lessThanOrEqual: 'less-or-equal',
  moreThan: 'greater',
  moreThanOrEqual: 'greater-or-equal',
};

const listOperators = {
  arrayContains: 'contains',
  arrayContainedBy: 'contained-by',
  arrayOverlap: 'overlaps',
} as const;

/**
 * Transformers have been applied by now. Throws QUERY_UNSUPPORTED (Raw, and operators that the column's type does not have here), what
 * the casts of operands throw, and TypeORM's own errors.
 */
export function operatorExpression(column: StoredColumn, given: unknown): Expression {
  if (!InstanceChecker.isFindOperator(given)) return compare(column, 'equal', given);
  // So named for the message of what is not iterable, which quotes it.
  const parameterValue: FindOperator<unknown> = given;
  const { type } = parameterValue;
  requireRowOperator(column, type);
  if (type in comparisons) return compare(column, comparisons[type]!, parameterValue.value);
  switch (type) {
    case 'not':
      if (parameterValue.child) return { kind: 'not', term: operatorExpression(column, parameterValue.child) };
      return compare(column, 'not-equal', parameterValue.value);
    case 'between': {
      const [from, to] = [...(parameterValue.value as Iterable<unknown>)];
      return {
        kind: 'and',
        terms: [compare(column, 'greater-or-equal', from), compare(column, 'less-or-equal', to)],
      };
    }
    case 'in':
      return oneOf(column, [...(parameterValue.value as Iterable<unknown>)]);
    case 'any':
      return anyOf(column, parameterValue.value);
    case 'isNull':
      return { kind: 'is-null', operand: column.reference };
    case 'like':
    case 'ilike':
      return {
        kind: 'like',
        operand: column.reference,
        pattern: patternOf(column, type === 'like' ? 'Like' : 'ILike', parameter(parameterValue.value)),
        ignoreCase: type === 'ilike',
      };
    case 'arrayContains':
    case 'arrayContainedBy':
    case 'arrayOverlap': {
      const values = elementsOf(column, type, parameter(parameterValue.value));
      return { kind: 'list', operand: column.reference, operator: listOperators[type], values };
    }
    case 'jsonContains':
      return jsonOperand(column, parameter(parameterValue.value));
    case 'and':
    case 'or':
      return combined(column, type, parameterValue.value as Iterable<unknown>);
    case 'raw':
      throw queryUnsupported(
        column.entity,
        column.column.propertyPath,
        'Raw, which is SQL',
        'Say it with other operators, filter the results, or ask the database.',
      );
    default:
      throw new TypeError('Unsupported FindOperator Function');
  }
}

function compare(column: StoredColumn, operator: Comparison, given: unknown): Expression {
  return operandOf(column, operator, parameter(given));
}

/** SQL's IN; TypeORM writes `0=1` for an empty one. */
function oneOf(column: StoredColumn, given: readonly unknown[]): Expression {
  if (given.length === 0) return { kind: 'constant', value: false };
  const terms = given.map((value) => compare(column, 'equal', value));
  const values: unknown[] = [];
  for (const term of terms) {
    if (term.kind !== 'compare' || term.operator !== 'equal') return { kind: 'or', terms };
    values.push(term.value);
  }
  return { kind: 'in', operand: column.reference, values };
}

function anyOf(column: StoredColumn, given: unknown): Expression {
  const type = typeNameOf(column.field);
  if (type.endsWith('[]')) throw queryFailed(`could not find array type for data type ${type}`, '42704');
  if (given === null || given === undefined) return { kind: 'constant', value: null };
  if (!Array.isArray(given)) throw refuseOperator(column, 'Any', given);
  const items = flatElements(given);
  if (!items) throw refuseOperator(column, 'Any', given);
  if (items.length > 0) return oneOf(column, items);
  return { kind: 'in', operand: column.reference, values: [] };
}

function combined(column: StoredColumn, kind: 'and' | 'or', given: Iterable<unknown>): Expression {
  const terms = [...given].map((operator) => operatorExpression(column, operator));
  // TypeORM writes empty parentheses.
  if (terms.length === 0) requireRowOperator(column, `an empty ${kind}`);
  if (terms.length === 0) throw queryFailed('syntax error at or near ")"', '42601');
  return { kind, terms };
}

/** TypeORM takes anything as a parameter but functions. */
function parameter(value: unknown): unknown {
  if (typeof value === 'function')
    throw new TypeORMError(
      `Function parameter isn't supported in the parameters. Please check "orm_param_0" parameter.`,
    );
  return value;
}
