/** Queries of one entity's records, as the CLI and programs without an ORM ask them: thin translations onto plans. */
import { refuseUnknownOptions } from '../errors';
import type { Snapshot } from '../proxy/snapshot';
import { checkQuery } from './checked-query';
import type { Condition, Query } from './criteria';
import type { Expression } from './plan';
import { countPlan, runPlan } from './run-plan';

/**
 * The ordinals of the records that match. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN, QUERY_UNSUPPORTED, VALUE_TYPE, SNAPSHOT_CLOSED, and
 * TypeError for what has not the form of a {@link Query}.
 */
export function runQuery(snapshot: Snapshot, query: Query): Uint32Array {
  refuseUnknownOptions('runQuery', query, ['entity', 'where', 'order', 'skip', 'take']);
  checkQuery('runQuery', query);
  const { entity, where = [], order = [], skip = 0, take = Number.POSITIVE_INFINITY } = query;
  return runPlan(snapshot, {
    entity,
    order: order.map((term) => ({ ...term, source: 0 })),
    skip,
    take,
    ...conditionOf(where),
  }).ordinals;
}

/** How many records match; `skip`, `take` and `order`, which a whole {@link Query} has, do not count. Throws as {@link runQuery}. */
export function countQuery(snapshot: Snapshot, query: Pick<Query, 'entity' | 'where'>): number {
  refuseUnknownOptions('countQuery', query, ['entity', 'where', 'order', 'skip', 'take']);
  checkQuery('countQuery', query);
  return countPlan(snapshot, { entity: query.entity, ...conditionOf(query.where ?? []) });
}

/** The condition of a plan that says the same; none where there are no alternatives. */
export function conditionOf(where: readonly (readonly Condition[])[]): { readonly where?: Expression } {
  if (where.length === 0) return {};
  const alternatives = where.map((conditions): Expression => ({ kind: 'and', terms: conditions.map(termOf) }));
  return { where: alternatives.length === 1 ? alternatives[0]! : { kind: 'or', terms: alternatives } };
}

function termOf({ field, values }: Condition): Expression {
  const given = values.filter((value) => value !== null && value !== undefined);
  return { kind: 'in', operand: { source: 0, field }, values: given };
}
