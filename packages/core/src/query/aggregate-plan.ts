/**
 * Sums, averages and the like over the rows of all joins, as SQL computes them: to-many joins multiply rows, nulls do not count. Integers and
 * decimals are exact; floats are added in the order of the rows, which in a database nobody knows.
 */
import { testBit } from '../bytes/bitmap';
import { PermafrostError } from '../errors';
import type { Snapshot } from '../proxy/snapshot';
import { fieldTypeText, isCollection } from '../schema/collections';
import { isInOwnOrder } from '../schema/database-order';
import { pathTextOf } from '../schema/embedded';
import { type Representations, slotReaderOf } from '../structure/slot-value';
import { DecimalSum, FloatSum, IntegerSum, type RunningSum } from './aggregate-sums';
import { distinctKeyOf } from './distinct-key';
import { type FieldInRow, fieldInRow } from './order-key';
import type { FieldReference, Plan } from './plan';
import { sourcesOfPlan } from './plan-sources';
import { FirstRow } from './row-order';
import { PlanSearch } from './run-plan';

/** What {@link aggregatePlan} computes; 'count' is of rows, 'count-distinct' of different values. */
export type AggregateFunction = 'count' | 'count-distinct' | 'sum' | 'average' | 'minimum' | 'maximum';

/** Values as expressions take them. */
const canonical: Representations = {
  int64: 'bigint',
  timestamp: 'microseconds',
  timestamptz: 'microseconds',
  decimal: 'text',
  interval: 'text',
  json: 'text',
};

/**
 * One number or value of all rows that satisfy a plan; its `order`, `skip` and `take` do not count.
 * - 'count': a number. 'count-distinct': a number; null is no value of one operand, but several operands count as rows, nulls and all.
 * - 'sum', 'average': the exact digits as PostgreSQL writes them for integers and decimals, a number for floats; null without values.
 * - 'minimum', 'maximum': the value as expressions take it (BigInt for 64-bit integers and microseconds, text for decimals), or null.
 * Throws as {@link runPlan}; QUERY_UNSUPPORTED for a field that has no such thing; VALUE_RANGE where floats add up to more than there is.
 * Cost: every row is looked at.
 */
export function aggregatePlan(
  snapshot: Snapshot,
  plan: Plan,
  aggregate: AggregateFunction,
  ...operands: readonly FieldReference[]
): string | number | bigint | null {
  const needed = operands.map((operand) => ({ ...operand, direction: 'ascending', nulls: 'last' }) as const);
  const search = new PlanSearch(sourcesOfPlan(snapshot, plan), { where: plan.where, order: needed, rows: true });
  const { sources } = search.sources;
  if (aggregate === 'count') return search.countRows();
  if (operands.length === 0 || (operands.length > 1 && aggregate !== 'count-distinct'))
    throw new TypeError(
      `aggregatePlan: '${aggregate}' takes ${aggregate === 'count-distinct' ? 'fields' : 'one field'}, found ${operands.length}.`,
    );
  switch (aggregate) {
    case 'count-distinct':
      return countDistinct(
        search,
        operands.map((operand) => fieldInRow(sources, operand)),
      );
    case 'sum':
    case 'average': {
      const place = fieldInRow(sources, operands[0]!);
      const sum = sumOf(place, aggregate);
      search.forEachRow((row) => sum.add(place.ordinalIn(row)));
      return aggregate === 'sum' ? sum.sum() : sum.average();
    }
    default: {
      const direction = aggregate === 'minimum' ? 'ascending' : 'descending';
      return outermost(
        search,
        fieldInRow(sources, operands[0]!),
        { ...operands[0]!, direction, nulls: 'last' },
        aggregate,
      );
    }
  }
}

function countDistinct(search: PlanSearch, places: readonly FieldInRow[]): number {
  const keys = places.map((place) => {
    if (isCollection(place.field) || (place.field.type === 'json' && !place.field.ranked) || !isTold(place))
      throw unsupported(place, 'count distinct');
    return distinctKeyOf(place, canonical);
  });
  const seen = new Set<unknown>();
  const [only] = keys;
  if (keys.length === 1)
    search.forEachRow((row) => {
      const key = only!(row);
      if (key !== null) seen.add(key);
    });
  else
    search.forEachRow((row) => {
      seen.add(JSON.stringify(keys.map((key) => partText(key(row)))));
    });
  return seen.size;
}

function partText(part: unknown): string | null {
  return part === null ? null : `${typeof part} ${String(part)}`;
}

/** Whether the snapshot knows which values the database calls equal. */
function isTold({ field }: FieldInRow): boolean {
  return field.ranked === true || isInOwnOrder(field) || (field.type === 'text' && !field.looseEquality);
}

function sumOf(place: FieldInRow, aggregate: 'sum' | 'average'): RunningSum {
  const { table, field } = place;
  if (isCollection(field)) throw unsupported(place, aggregate);
  const { bit, offset, kind } = table.slotOf(field.name);
  const { bytes, view, stride } = table;
  const read = slotReaderOf(field, kind, bit, canonical);
  const valueAt = (ordinal: number): unknown =>
    ordinal >= 0 && testBit(bytes, ordinal * stride, bit) ? read(view, ordinal * stride + offset, table, 0) : null;
  switch (field.type) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return new IntegerSum(valueAt as (ordinal: number) => number | bigint | null);
    case 'float32':
    case 'float64':
      return new FloatSum(valueAt as (ordinal: number) => number | null, field.type === 'float32', placeText(place));
    case 'decimal':
      return new DecimalSum(valueAt as (ordinal: number) => string | null);
    default:
      throw unsupported(place, aggregate);
  }
}

function outermost(
  search: PlanSearch,
  place: FieldInRow,
  term: NonNullable<Plan['order']>[number],
  aggregate: 'minimum' | 'maximum',
): string | number | bigint | null {
  const { table, field } = place;
  if (['boolean', 'uuid', 'bytes', 'json'].includes(field.type)) throw unsupported(place, aggregate);
  const first = new FirstRow(search.sources.sources, term);
  search.forEachRow((row) => first.offer(row));
  const { ordinal } = first;
  const { kind, bit, offset } = table.slotOf(field.name);
  if (ordinal < 0 || !testBit(table.bytes, ordinal * table.stride, bit)) return null;
  return slotReaderOf(field, kind, bit, canonical)(table.view, ordinal * table.stride + offset, table, 0) as string;
}

function placeText({ table, field }: FieldInRow): string {
  return `${table.entity.name}.${pathTextOf(field)}`;
}

function unsupported(place: FieldInRow, aggregate: string): PermafrostError {
  return new PermafrostError(
    'QUERY_UNSUPPORTED',
    `${placeText(place)}: snapshots do not ${aggregate === 'count distinct' ? aggregate : `compute the ${aggregate} of`} ${fieldTypeText(place.field)} values. Compute it from the records, or ask the database.`,
    { entity: place.table.entity.name, field: pathTextOf(place.field) },
  );
}
