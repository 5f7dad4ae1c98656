/** Expressions of plans as SQL, over an item s0 and the target s1 that a left join found for it. */
import type { Comparison, Expression, FieldReference } from '@permafrost/core';
import { literal, quoted } from './kinds';
import { kindNamed, listTypeOf } from './tables';

/** What SQL cannot see in a test: its operands are compared so. */
export const lessTest = (a: unknown, b: unknown): boolean | null =>
  a === null || b === null ? null : (a as number) < (b as number);

const operators: Record<Comparison, string> = {
  equal: '=',
  'not-equal': '<>',
  less: '<',
  'less-or-equal': '<=',
  greater: '>',
  'greater-or-equal': '>=',
};
const listOperators = { equal: '=', contains: '@>', 'contained-by': '<@', overlaps: '&&' };

export function sqlOf(expression: Expression, aliases: readonly string[] = ['s0', 's1']): string {
  const operand = (reference: FieldReference) => operandSql(reference, aliases);
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const terms = expression.terms.map((term) => `(${sqlOf(term, aliases)})`);
      return terms.length === 0 ? String(expression.kind === 'and') : terms.join(` ${expression.kind} `);
    }
    case 'not':
      return `NOT (${sqlOf(expression.term, aliases)})`;
    case 'constant':
      return `${expression.value === null ? 'NULL' : expression.value}::bool`;
    case 'is-null':
      return `${operand(expression.operand)} IS NULL`;
    case 'is-missing':
      return `${aliases[expression.source]}.id IS NULL`;
    case 'compare':
      return `${operand(expression.operand)} ${operators[expression.operator]} ${valueSql(expression.operand, expression.value)}`;
    case 'in': {
      const values = expression.values.map((value) => valueSql(expression.operand, value));
      return values.length === 0 ? 'false' : `${operand(expression.operand)} IN (${values.join(', ')})`;
    }
    case 'like':
      return `${operand(expression.operand)} ${expression.ignoreCase ? 'ILIKE' : 'LIKE'} ${quoted(expression.pattern)}`;
    case 'list': {
      const kind = kindNamed(expression.operand.field.replace('_list', ''));
      const listSql = (values: readonly unknown[]): string =>
        `ARRAY[${values.map((value) => (Array.isArray(value) ? listSql(value) : literal(kind, value))).join(', ')}]`;
      const list = expression.values === null ? 'NULL' : listSql(expression.values);
      return `${operand(expression.operand)} ${listOperators[expression.operator]} ${list}::${listTypeOf(kind.sqlType)}`;
    }
    case 'json-contains':
      return `${operand(expression.operand)} @> ${quoted(JSON.stringify(expression.value))}::jsonb`;
    case 'target-count': {
      const on = expression.on ? `AND (${sqlOf(expression.on, ['counted'])})` : '';
      return `(SELECT count(*) FROM item AS counted WHERE counted.target_id = ${aliases[expression.source]}.id ${on}) ${operators[expression.operator]} ${expression.value}`;
    }
    case 'test':
      return expression.operands.map(operand).join(' < ');
  }
}

function operandSql({ source, field, through }: FieldReference, aliases: readonly string[]): string {
  if (field === 'target') return `${aliases[source]}.target_id`;
  if (through === undefined) return `${aliases[source]}.${field}`;
  if (field === 'id') return `${aliases[source]}.target_id`;
  return `(SELECT reached.${field} FROM target AS reached WHERE reached.id = ${aliases[source]}.target_id)`;
}

function valueSql({ field }: FieldReference, value: unknown): string {
  if (field === 'id' || field === 'target') return `${value === null ? 'NULL' : value}::int4`;
  if (field === 'document') return `${quoted(value === null ? null : JSON.stringify(value))}::jsonb`;
  return literal(kindNamed(field), value);
}
