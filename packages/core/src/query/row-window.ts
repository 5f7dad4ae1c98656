/** A window over rows instead of records, for faces that have to count as `SELECT DISTINCT key, order … LIMIT … OFFSET …` does. */
import type { Snapshot } from '../proxy/snapshot';
import type { Plan } from './plan';
import { sourcesOfPlan } from './plan-sources';
import { recordsOfDistinctRows, rowOrder } from './row-order';
import { PlanSearch } from './run-plan';

/**
 * The records of a plan's rows from `skip` on, `take` of them, where rows of one record with the same values to order by count as one. A
 * record that orders by several targets takes several places, so that there may be fewer records than `take`; each is given once.
 * Throws as runPlan. Cost: all rows of the plan are held.
 */
export function recordsInRowWindow(snapshot: Snapshot, plan: Plan): Uint32Array {
  const { order = [], skip = 0, take = Number.POSITIVE_INFINITY } = plan;
  const search = new PlanSearch(sourcesOfPlan(snapshot, plan), { where: plan.where, order });
  const by = rowOrder(search.sources.sources, order);
  const found: Int32Array[] = [];
  search.forEachCandidate((ordinal) =>
    search.rows.forEach(ordinal, (row) => {
      found.push(row.slice());
      return true;
    }),
  );
  const records = recordsOfDistinctRows(found, by);
  return Uint32Array.from(new Set(records.slice(skip, skip + take)));
}
