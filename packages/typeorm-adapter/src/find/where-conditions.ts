/**
 * TypeORM's `where` as conditions of core: equality and `In` on fields, and the key of a to-one relation's target. Everything else is
 * refused by name; so is what TypeORM takes without a word and ignores.
 */
import { type Condition, describeValue, isRecord } from '@permafrost/core';
import { type FindOperator, InstanceChecker, TypeORMError } from 'typeorm';
import { queryUnsupported } from '../errors';
import { whereValue } from '../values/where-values';
import type { QueryContext } from './query-context';

/** The DataSource option of this name: what null and undefined in a `where` do. TypeORM's default is to throw. */
export interface InvalidWhereValues {
  readonly null?: 'ignore' | 'sql-null' | 'throw';
  readonly undefined?: 'ignore' | 'throw';
}

/** The alternatives of a `where`, or none when every record matches. Throws QUERY_UNSUPPORTED, VALUE_TYPE, VALUE_RANGE and TypeORM's own errors. */
export function whereConditions(context: QueryContext, where: unknown, invalid: InvalidWhereValues): Condition[][] {
  if (where === undefined || where === null) return [];
  if (typeof where !== 'object') {
    throw queryUnsupported(
      context.name,
      undefined,
      `\`where\` as ${describeValue(where)}`,
      'Use an object: { where: { id: 1 } }.',
    );
  }
  const items: unknown[] = Array.isArray(where) ? where : [where];
  // TypeORM drops alternatives without a condition; where all are, every record matches.
  return items.map((item) => conjunction(context, item, invalid)).filter((conditions) => conditions.length > 0);
}

function conjunction(context: QueryContext, item: unknown, invalid: InvalidWhereValues): Condition[] {
  if (isRecord(item)) {
    throw queryUnsupported(
      context.name,
      undefined,
      'a record as `where`',
      'Give its key: { where: { id: record.id } }.',
    );
  }
  const conditions: Condition[] = [];
  for (const [property, value] of Object.entries((item ?? {}) as object)) {
    const field = context.field(property);
    const relation = context.relation(property);
    if (!field && !relation) throw context.unknown(property);
    if (isIgnored(context, property, value, invalid)) continue;
    if (field) conditions.push(fieldCondition(context, property, value));
    else {
      const condition = relationCondition(context, property, value, invalid);
      if (condition) conditions.push(condition);
    }
  }
  return conditions;
}

function fieldCondition(context: QueryContext, property: string, value: unknown): Condition {
  const field = context.field(property)!;
  const { operator, values } = operandsOf(context, property, value);
  return { field: property, operator, values: values.map((operand) => whereValue(context.name, field, operand)) };
}

/** A plain value, Equal(value) or In([...]). */
function operandsOf(context: QueryContext, property: string, value: unknown): Pick<Condition, 'operator' | 'values'> {
  if (!InstanceChecker.isFindOperator(value)) return { operator: 'equal', values: [value] };
  const operator: FindOperator<unknown> = value;
  if (operator.type === 'equal') return { operator: 'equal', values: [operator.value] };
  if (operator.type === 'in' && Array.isArray(operator.value)) return { operator: 'in', values: operator.value };
  const name = operator.type === 'ilike' ? 'ILike' : `${operator.type[0]!.toUpperCase()}${operator.type.slice(1)}`;
  throw queryUnsupported(
    context.name,
    property,
    `the operator ${name}`,
    'Use a value, Equal or In, filter the results, or ask the database.',
  );
}

/** A to-one relation by its target's key: `{ company: { id: 3 } }`, `{ company: { id: In([3, 4]) } }`, or a record. */
function relationCondition(
  context: QueryContext,
  property: string,
  value: unknown,
  invalid: InvalidWhereValues,
): Condition | undefined {
  const target = context.target(property);
  const wayOut = `Use the key of ${target.name}: { ${property}: { ${target.schema.key.map((name) => `${name}: …`).join(', ')} } }.`;
  if (context.relation(property)!.kind === 'to-many') {
    throw queryUnsupported(
      context.name,
      property,
      'conditions on to-many relations',
      'Ask for the other side, filter the results, or ask the database.',
    );
  }
  if (
    typeof value !== 'object' ||
    InstanceChecker.isFindOperator(value) ||
    Array.isArray(value) ||
    value instanceof Date
  ) {
    throw queryUnsupported(context.name, property, `a relation compared with ${describeValue(value)}`, wayOut);
  }
  const members = value as Record<string, unknown>;
  if (isRecord(value))
    return { field: property, operator: 'equal', values: [target.schema.key.map((name) => members[name])] };
  const properties = Object.keys(members);
  if (properties.length === 0) return undefined;
  const given = properties.filter((name) => {
    if (!target.field(name) && !target.relation(name)) throw target.unknown(name);
    return !isIgnored(target, name, members[name], invalid);
  });
  if (given.length === 0) return undefined;
  const { key } = target.schema;
  const other = given.find((name) => !key.includes(name));
  if (other !== undefined)
    throw queryUnsupported(
      context.name,
      `${property}.${other}`,
      'conditions on other fields of a relation than its key',
      wayOut,
    );
  if (given.length < key.length)
    throw queryUnsupported(context.name, property, 'conditions on a part of a key', wayOut);
  const parts = key.map((name) => fieldCondition(target, name, members[name]));
  if (parts.length === 1) return { field: property, operator: parts[0]!.operator, values: parts[0]!.values };
  if (parts.some((part) => part.operator === 'in'))
    throw queryUnsupported(
      context.name,
      property,
      'In on a key of several fields',
      'Give each key as an alternative: { where: [{ … }, { … }] }.',
    );
  const values = parts.map((part) => part.values[0]);
  return { field: property, operator: 'equal', values: values.includes(null) ? [] : [values] };
}

/** Whether a null or undefined is to be passed over; otherwise throws what TypeORM throws. */
function isIgnored(context: QueryContext, property: string, value: unknown, invalid: InvalidWhereValues): boolean {
  if (value !== null && value !== undefined) return false;
  const kind = value === null ? 'null' : 'undefined';
  const behavior = invalid[kind] ?? 'throw';
  if (behavior === 'ignore') return true;
  if (behavior === 'sql-null')
    throw queryUnsupported(context.name, property, 'IS NULL', 'Filter the results, or ask the database.');
  const what = value === null ? 'Null' : 'Undefined';
  const advice =
    value === null
      ? "To match with SQL NULL, the IsNull() operator must be used. Set 'invalidWhereValuesBehavior.null' to 'ignore' or 'sql-null' in connection options to skip or handle null values."
      : "Set 'invalidWhereValuesBehavior.undefined' to 'ignore' in connection options to skip properties with undefined values.";
  throw new TypeORMError(
    `${what} value encountered in property '${context.metadata.name}.${property}' of a where condition. ${advice}`,
  );
}
