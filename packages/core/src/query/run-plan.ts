/**
 * From a plan to the records it asks for: candidates by key, by a range of keys, by an index or by a scan; those whose own fields satisfy the condition; of
 * these the ones that have a row which satisfies all of it. Rows are looked at one by one, and no more of them than the answer needs.
 */
import type { Snapshot } from '../proxy/snapshot';
import type { RecordTable } from '../reader/record-table';
import { isInOwnOrder } from '../schema/database-order';
import { pathTextOf } from '../schema/embedded';
import { keyFields } from '../schema/schema';
import { type AccessPath, accessPath } from './access-path';
import { conditionsBySource } from './condition-parts';
import { compileRecordTest, type Truth } from './expressions/compile-expression';
import { JoinedRows } from './joined-rows';
import type { OrdinalRun } from './key-range';
import { OrdinalList } from './ordinal-list';
import type { Plan, PlanExplanation, PlanOrderTerm, ResultNode } from './plan';
import { type JoinedSource, neededJoins, type PlanSources, sourcesOfPlan } from './plan-sources';
import { isPlain, nodesOf } from './result-nodes';
import { RootOrder, type RowOrder, rowOrder } from './row-order';

/** What a plan found. */
export interface PlanResult {
  /** The records of the entity asked for, in order, without those skipped. Valid within this snapshot alone. */
  readonly ordinals: Uint32Array;
  /** Whether following the joined relations on proxies of the records gives what `nodes` say: nothing trims or orders what they lead to. */
  readonly isPlain: boolean;
  /** The same records with what each join led to: only targets in rows that satisfy the plan, in its order. Made as it is looked at. */
  readonly nodes: readonly ResultNode[];
  readonly explanation: PlanExplanation;
}

/**
 * Answers a plan. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN, QUERY_UNSUPPORTED, VALUE_TYPE, SNAPSHOT_CLOSED, FILE_CORRUPT, and TypeError for
 * joins or a window that cannot be. Cost: a lookup where the condition names a key or an index, else a scan of 2–20 ns a record and
 * condition; 10–50 ns a row where joins decide; an order holds 8–24 bytes a record found, or as many as are taken.
 */
export function runPlan(snapshot: Snapshot, plan: Plan): PlanResult {
  const { order = [], skip = 0, take = Number.POSITIVE_INFINITY } = plan;
  const search = new PlanSearch(sourcesOfPlan(snapshot, plan), { where: plan.where, order });
  const by = rowOrder(search.sources.sources, order);
  if (take === 0) return new Answer(search, new Uint32Array(0));
  const keyOrder = keyOrderOf(search.sources.table, order);
  return new Answer(search, keyOrder ? search.inKeyOrder(skip, take, keyOrder) : search.ordered(by, skip, take));
}

/** How many records of the entity asked for satisfy a plan; `order`, `skip` and `take` do not count. Throws as {@link runPlan}. */
export function countPlan(snapshot: Snapshot, plan: Plan): number {
  const search = new PlanSearch(sourcesOfPlan(snapshot, plan), { where: plan.where });
  if (search.decidesNothing) return search.sources.table.recordCount;
  let count = 0;
  search.forEachRecord(() => {
    count++;
    return true;
  });
  return count;
}

/** Whether there is a record that satisfies a plan; `order`, `skip` and `take` do not count. Throws as {@link runPlan}. Stops at the first. */
export function existsPlan(snapshot: Snapshot, plan: Plan): boolean {
  return !new PlanSearch(sourcesOfPlan(snapshot, plan), { where: plan.where }).forEachRecord(() => false);
}

/** The records and rows that satisfy a plan's condition. */
export class PlanSearch {
  /** Those that decide which rows there are. */
  readonly joins: readonly JoinedSource[];
  readonly rows: JoinedRows;
  readonly path: AccessPath;
  recordsExamined = 0;
  /** What a record's own fields say of it, its subtype included. */
  readonly #truthOf: ((ordinal: number) => Truth) | undefined;

  constructor(
    readonly sources: PlanSources,
    need: Parameters<typeof neededJoins>[1],
  ) {
    const conditions = conditionsBySource(need.where);
    this.joins = neededJoins(sources, need);
    this.rows = new JoinedRows(sources.sources, this.joins, conditions);
    const own = conditions.get(0);
    const truthOf = own && compileRecordTest(sources.sources[0]!, own);
    const { isMember } = sources;
    this.#truthOf = isMember && truthOf ? (ordinal) => (isMember(ordinal) ? truthOf(ordinal) : 0) : truthOf;
    if (isMember && !truthOf) this.#truthOf = (ordinal) => (isMember(ordinal) ? 1 : 0);
    this.path = accessPath(sources, need.where);
  }

  /** Where there are no candidates. */
  get #run(): OrdinalRun {
    return this.path.run ?? { first: 0, end: this.sources.table.recordCount };
  }

  /** Whether every record of the entity's table satisfies it. */
  get decidesNothing(): boolean {
    return this.#truthOf === undefined && this.joins.length === 0 && !this.path.candidates;
  }

  inKeyOrder(skip: number, take: number, direction: PlanOrderTerm['direction']): Uint32Array {
    const found = new OrdinalList();
    let toSkip = skip;
    this.forEachRecord((ordinal) => {
      if (toSkip > 0) toSkip--;
      else found.push(ordinal);
      return found.count < take;
    }, direction);
    return found.toArray();
  }

  ordered(order: RowOrder, skip: number, take: number): Uint32Array {
    const found = new RootOrder(order, skip + take);
    const usesJoins = this.sources.plan.order!.some(({ source }) => source > 0);
    const { row } = this.rows;
    const offer = () => {
      found.offer(row);
      return true;
    };
    if (usesJoins)
      this.forEachCandidate((ordinal) => {
        this.rows.forEach(ordinal, offer);
        found.endRoot();
        return true;
      });
    else
      this.forEachRecord((ordinal) => {
        row[0] = ordinal;
        found.offer(row);
        found.endRoot();
        return true;
      });
    return found.finish().slice(skip);
  }

  /** Visits the records that have a row which satisfies the condition, in the order of keys, until a visit says false; false when one did. */
  forEachRecord(visit: (ordinal: number) => boolean, direction: PlanOrderTerm['direction'] = 'ascending'): boolean {
    const stop = () => false;
    const visitIfRow =
      this.joins.length === 0 ? visit : (ordinal: number) => this.rows.forEach(ordinal, stop) || visit(ordinal);
    return direction === 'ascending' ? this.forEachCandidate(visitIfRow) : this.#forEachBackwards(visitIfRow);
  }

  /** Visits all rows that satisfy the condition; their records have been checked. */
  forEachRow(visit: (row: Int32Array) => void): void {
    const { row } = this.rows;
    const goOn = () => {
      visit(row);
      return true;
    };
    this.forEachCandidate((ordinal) => this.rows.forEach(ordinal, goOn));
  }

  /** How many rows satisfy the condition. */
  countRows(): number {
    let count = 0;
    this.forEachRow(() => count++);
    return count;
  }

  /** Visits the records whose own fields satisfy their part of the condition, in key order until a visit says false. */
  forEachCandidate(visit: (ordinal: number) => boolean): boolean {
    const { table } = this.sources;
    const truthOf = this.#truthOf;
    if (this.path.candidates) {
      for (const ordinal of this.path.candidates) {
        table.checkRecord(ordinal);
        this.recordsExamined++;
        if (truthOf && truthOf(ordinal) !== 1) continue;
        if (!visit(ordinal)) return false;
      }
      return true;
    }
    const { first: start, end: last } = this.#run;
    for (let ordinal = start; ordinal < last; ) {
      const first = ordinal;
      for (const end = Math.min(last, table.checkRun(ordinal)); ordinal < end; ordinal++) {
        if (truthOf && truthOf(ordinal) !== 1) continue;
        if (visit(ordinal)) continue;
        this.recordsExamined += ordinal - first + 1;
        return false;
      }
      this.recordsExamined += ordinal - first;
    }
    return true;
  }

  /** The same from the last to the first. */
  #forEachBackwards(visit: (ordinal: number) => boolean): boolean {
    const { table } = this.sources;
    const truthOf = this.#truthOf;
    const { candidates } = this.path;
    const { first, end } = candidates ? { first: 0, end: candidates.length } : this.#run;
    for (let place = end; place-- > first; ) {
      const ordinal = candidates ? candidates[place]! : place;
      table.checkRecord(ordinal);
      this.recordsExamined++;
      if (truthOf && truthOf(ordinal) !== 1) continue;
      if (!visit(ordinal)) return false;
    }
    return true;
  }
}

/** The direction of key order that an order comes to: that of no order, or of the key's fields one after another, which leave no ties. */
function keyOrderOf({ entity }: RecordTable, order: readonly PlanOrderTerm[]): PlanOrderTerm['direction'] | undefined {
  const [first] = order;
  if (!first) return 'ascending';
  const isKeyOrder = keyFields(entity).every((field, part) => {
    const term = order[part];
    if (term?.source !== 0 || term.through !== undefined || term.direction !== first.direction) return false;
    return term.field === pathTextOf(field) && !field.ranked && isInOwnOrder(field);
  });
  return isKeyOrder ? first.direction : undefined;
}

class Answer implements PlanResult {
  readonly isPlain: boolean;
  readonly explanation: PlanExplanation;
  readonly #sources: PlanSources;
  #nodes: readonly ResultNode[] | undefined;

  constructor(
    { sources, joins, rows, path, recordsExamined }: PlanSearch,
    readonly ordinals: Uint32Array,
  ) {
    this.#sources = sources;
    this.isPlain = isPlain(sources);
    const isUntouched = sources.plan.take === 0;
    this.explanation = {
      access: isUntouched ? 'none' : path.access,
      ...(path.index && !isUntouched ? { index: path.index } : {}),
      recordsExamined,
      rowsExamined: joins.length === 0 ? recordsExamined : rows.rowsExamined,
      recordsReturned: ordinals.length,
    };
  }

  get nodes(): readonly ResultNode[] {
    this.#nodes ??= nodesOf(this.#sources, this.ordinals);
    return this.#nodes;
  }
}
