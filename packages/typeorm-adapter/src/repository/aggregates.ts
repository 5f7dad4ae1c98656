/** `sum`, `average`, `minimum` and `maximum` as TypeORM gives them: the number that PostgreSQL's answer begins with, or NaN. */
import { aggregatePlan, type FieldSchema, isPermafrostError, type OpenedSnapshot } from '@permafrost/core';
import { queryFailed, queryUnsupported } from '../errors';
import type { AggregatePlan } from '../find/find-plan';
import { requireAggregate } from '../find/row-options';
import { sourceOf } from '../mapping/field-source';
import { shortestFloat32 } from '../values/shortest-float32';

export type Aggregate = 'sum' | 'average' | 'minimum' | 'maximum';

const sqlNames: Readonly<Record<Aggregate, string>> = { sum: 'sum', average: 'avg', minimum: 'min', maximum: 'max' };

/**
 * Over all rows of the plan, as SQL: to-many joins multiply them. Null where there are no values. Integers and decimals are added exactly;
 * floats in key order, while a database adds them in whatever order it reads them, so that the last digits may differ.
 * Throws TypeORM's QueryFailedError where they add up to too much. The operand has been through {@link requireFunction}.
 */
export function aggregateOf(
  snapshot: OpenedSnapshot,
  { plan, operand }: AggregatePlan,
  aggregate: Aggregate,
): number | null {
  const { field, reference } = operand;
  const value = inRange(() => aggregatePlan(snapshot, plan, aggregate, reference));
  if (value === null) return null;
  // node-postgres makes Dates of them, which parseFloat does not read; infinity it gives as a number.
  if (field.type === 'date' || field.type === 'timestamp' || field.type === 'timestamptz')
    return infinityOf(value) ?? Number.NaN;
  // PostgreSQL writes the fewest digits that tell a real from its neighbours; an average is a double.
  if (field.type === 'float32' && aggregate !== 'average' && typeof value === 'number') return shortestFloat32(value);
  return Number.parseFloat(String(value));
}

/** Throws TypeORM's QueryFailedError where PostgreSQL has no such function, QUERY_UNSUPPORTED for what is not answered. */
export function requireFunction(operand: AggregatePlan['operand'], aggregate: Aggregate): void {
  const { field, entity } = operand;
  requireAggregate(operand, aggregate);
  const isOrder = aggregate === 'minimum' || aggregate === 'maximum';
  const source = sourceOf(field);
  const kind = field.array ? 'list' : isNumber(field) ? 'number' : kindOf(source?.pgType ?? field.type);
  if (kind === 'none' || (!isOrder && kind === 'ordered')) {
    const type = (source?.databaseType ?? field.type).replace(/\(\d+(,\d+)?\)/, '');
    throw queryFailed(`function ${sqlNames[aggregate]}(${type}) does not exist`, '42883');
  }
  if (kind !== 'number' && !(isOrder && kind === 'ordered'))
    throw queryUnsupported(
      entity,
      field.name,
      `${aggregate}() of ${source?.databaseType ?? field.type}`,
      'Ask the database.',
    );
}

/** Floats that add up to more than there is are the database's error. */
function inRange<T>(aggregated: () => T): T {
  try {
    return aggregated();
  } catch (error) {
    if (!isPermafrostError(error) || error.code !== 'VALUE_RANGE') throw error;
    throw queryFailed('value out of range: overflow', '22003');
  }
}

/** The infinity that a date or a timestamp in microseconds is, if it is one. */
function infinityOf(value: string | number | bigint): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : value;
  if (value === 2n ** 63n - 1n) return Number.POSITIVE_INFINITY;
  return value === -(2n ** 63n) ? Number.NEGATIVE_INFINITY : undefined;
}

function isNumber({ type }: FieldSchema): boolean {
  return ['int16', 'int32', 'int64', 'float32', 'float64', 'decimal'].includes(type);
}

/** What PostgreSQL can do with values of a type that is no number's. */
function kindOf(type: string): 'ordered' | 'none' | 'other' {
  if (['text', 'varchar', 'bpchar', 'citext', 'name', 'date', 'timestamp', 'timestamptz', 'enum'].includes(type))
    return 'ordered';
  // PostgreSQL has minimum and maximum of bytea from 18 on.
  return ['bool', 'boolean', 'uuid', 'json', 'jsonb', 'xml', 'point'].includes(type) ? 'none' : 'other';
}
