/**
 * The records that comparisons of the key's first field leave: records lie in the order of keys, so they are one run of ordinals, found by
 * binary search. The search asks the comparison itself, so that it cannot think otherwise of the order than the condition does.
 */
import { isPermafrostError } from '../errors';
import type { RecordTable } from '../reader/record-table';
import { isInOwnOrder } from '../schema/database-order';
import { pathTextOf } from '../schema/embedded';
import { keyFields } from '../schema/schema';
import { compileRecordTest, type RowSource } from './expressions/compile-expression';
import type { Comparison, Expression } from './plan';

/** Ordinals from `first` to before `end`. */
export interface OrdinalRun {
  readonly first: number;
  readonly end: number;
}

type Compare = Extract<Expression, { kind: 'compare' }>;

/**
 * The run of the records of row source 0 outside of which one of the terms is not true; undefined where no term compares the key's first
 * field. Throws as {@link compileRecordTest} does for the terms, SNAPSHOT_CLOSED, and FILE_CORRUPT. Cost: 1–2 µs a term.
 */
export function keyRange(source: RowSource, terms: readonly Expression[]): OrdinalRun | undefined {
  const { table } = source;
  const field = keyFields(table.entity)[0]!;
  if (!isInOwnOrder(field)) return undefined;
  const name = pathTextOf(field);
  let run: OrdinalRun | undefined;
  for (const term of terms) {
    if (term.kind !== 'compare') continue;
    const { operand, operator, value } = term;
    if (operand.source !== 0 || operand.through !== undefined || operand.field !== name) continue;
    if (operator === 'not-equal' || value === null || value === undefined) continue;
    run = narrowed(source, term, run ?? { first: 0, end: table.recordCount });
  }
  return run;
}

function narrowed(source: RowSource, term: Compare, { first, end }: OrdinalRun): OrdinalRun {
  const bound = (operator: Comparison, isBefore: boolean, from: number) =>
    boundary(source.table, compileRecordTest(source, { ...term, operator }), isBefore, from, end);
  switch (term.operator) {
    case 'less':
    case 'less-or-equal':
      return { first, end: bound(term.operator, true, first) };
    case 'greater':
    case 'greater-or-equal':
      return { first: bound(term.operator, false, first), end };
    default:
      try {
        const low = bound('greater-or-equal', false, first);
        return { first: low, end: bound('less-or-equal', true, low) };
      } catch (error) {
        // A value that the field cannot hold equals nothing, and has no order to those it holds.
        if (!isPermafrostError(error) || error.code !== 'VALUE_RANGE') throw error;
        return { first, end: first };
      }
  }
}

/** The first ordinal from `first` on of which the test says otherwise than of those before: true before it, or true from it on. */
function boundary(
  table: RecordTable,
  test: (ordinal: number) => number,
  isTrueBefore: boolean,
  first: number,
  end: number,
): number {
  let [low, high] = [first, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    table.checkRecord(middle);
    if ((test(middle) === 1) === isTrueBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}
