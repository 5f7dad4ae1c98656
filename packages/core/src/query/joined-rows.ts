/**
 * The rows that joins make of a record, one at a time in one array: nothing is held but the row itself, however many there are.
 * One closure a join, each calling the next, chosen when the plan is bound.
 */
import { compileExpression, type RowSource } from './expressions/compile-expression';
import type { Expression } from './plan';
import type { JoinedSource } from './plan-sources';

type RowTest = (row: Int32Array) => boolean;
/** False stops. */
export type VisitRow = (row: Int32Array) => boolean;

export class JoinedRows {
  /** How many rows were looked at, those that were dropped included. */
  rowsExamined = 0;
  /** The row that is being filled; only the row sources of `joins` have their ordinals in it. */
  readonly row: Int32Array;
  readonly #first: () => boolean;
  #visit: VisitRow = () => true;

  constructor(
    sources: readonly RowSource[],
    /** Parents first. */
    joins: readonly JoinedSource[],
    /** By the last row source that they use. */
    conditions: ReadonlyMap<number, Expression>,
  ) {
    this.row = new Int32Array(sources.length).fill(-1);
    let next = () => {
      this.rowsExamined++;
      return this.#visit(this.row);
    };
    const dropped = () => {
      this.rowsExamined++;
      return true;
    };
    for (const joined of joins.toReversed()) {
      const condition = conditions.get(joined.number);
      const truth = condition && compileExpression(sources, condition);
      const test = truth && ((row: Int32Array) => truth(row) === 1);
      next = joined.link.isToMany
        ? listStep(this.row, joined, test, next, dropped)
        : referenceStep(this.row, joined, test, next, dropped);
    }
    this.#first = next;
  }

  /** Visits the rows of a record whose block has been checked, in the order of the relations' lists; false when a visit stopped it. */
  forEach(root: number, visit: VisitRow): boolean {
    this.row[0] = root;
    this.#visit = visit;
    return this.#first();
  }
}

function referenceStep(
  row: Int32Array,
  { number, parent, table, link, on, join }: JoinedSource,
  test: RowTest | undefined,
  next: () => boolean,
  dropped: () => boolean,
): () => boolean {
  const { targetOf } = link;
  const isInner = join.kind === 'inner';
  return () => {
    const owner = row[parent]!;
    let target = owner < 0 ? -1 : targetOf(owner);
    if (target >= 0) {
      table.checkRecord(target);
      row[number] = target;
      if (on && !on(row)) target = -1;
    }
    if (target < 0 && isInner) return dropped();
    row[number] = target;
    return test && !test(row) ? dropped() : next();
  };
}

function listStep(
  row: Int32Array,
  { number, parent, table, link, on, join }: JoinedSource,
  test: RowTest | undefined,
  next: () => boolean,
  dropped: () => boolean,
): () => boolean {
  const { runOf } = link;
  const isInner = join.kind === 'inner';
  const leavesGaps = join.leavesGaps === true && !isInner;
  return () => {
    const owner = row[parent]!;
    let isEmpty = true;
    if (owner >= 0) {
      const { source, start, count } = runOf(owner);
      for (let place = start; place < start + count; place++) {
        const target = source.target(place);
        table.checkRecord(target);
        row[number] = target;
        if (on && !on(row)) {
          if (!leavesGaps) continue;
          row[number] = -1;
        }
        isEmpty = false;
        if (!(test && !test(row) ? dropped() : next())) return false;
      }
    }
    if (!isEmpty) return true;
    if (isInner) return dropped();
    row[number] = -1;
    return test && !test(row) ? dropped() : next();
  };
}
