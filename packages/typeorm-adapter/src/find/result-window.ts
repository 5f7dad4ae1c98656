/** `order`, `skip` and `take` of TypeORM's find options in core's words. */
import { describeValue, type OrderTerm } from '@permafrost/core';
import { TypeORMError } from 'typeorm';
import { queryUnsupported } from '../errors';
import type { QueryContext } from './query-context';

/** The order asked for, else the entity's own. NULLs come last ascending and first descending, as in PostgreSQL, unless said otherwise. */
export function orderTerms(context: QueryContext, order: unknown): OrderTerm[] {
  const asked = Object.entries((order ?? {}) as object).filter(([, direction]) => direction !== undefined);
  if (asked.length > 0) return asked.map(([property, direction]) => orderTerm(context, property, direction));
  return Object.entries(context.metadata.orderBy ?? {}).map(([property, given]) => {
    const { order: direction, nulls } = typeof given === 'string' ? { order: given, nulls: undefined } : given;
    return orderTerm(context, property, { direction, nulls: nulls?.slice('NULLS '.length) });
  });
}

function orderTerm(context: QueryContext, property: string, given: unknown): OrderTerm {
  const field = context.field(property);
  if (!field) {
    if (!context.relation(property)) throw context.unknown(property);
    throw queryUnsupported(
      context.name,
      property,
      'an order by members of relations',
      'Order by a number or date of the entity, or sort the results.',
    );
  }
  const { direction, nulls } =
    typeof given === 'object' && given !== null
      ? (given as { direction?: unknown; nulls?: unknown })
      : { direction: given, nulls: undefined };
  const isDescending = direction === 'DESC' || direction === 'desc' || direction === -1;
  if (!isDescending && ![undefined, 'ASC', 'asc', 1].includes(direction as string)) {
    throw queryUnsupported(context.name, property, `the direction ${describeValue(direction)}`, "Use 'ASC' or 'DESC'.");
  }
  const place = typeof nulls === 'string' ? nulls.toLowerCase() : nulls;
  if (place !== undefined && place !== 'first' && place !== 'last')
    throw queryUnsupported(context.name, property, `nulls: ${describeValue(nulls)}`, "Use 'first' or 'last'.");
  return {
    field: property,
    direction: isDescending ? 'descending' : 'ascending',
    nulls: place ?? (isDescending ? 'first' : 'last'),
  };
}

/** A count of records for `skip` or `take`; undefined for none. A string is taken as its number, as TypeORM does. */
export function windowBound(context: QueryContext, option: 'skip' | 'take', value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const count = Number(value);
  if (Number.isNaN(count))
    throw new TypeORMError(`Provided "${option}" value is not a number. Please provide a numeric value.`);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw queryUnsupported(
      context.name,
      undefined,
      `\`${option}\` of ${describeValue(value)}`,
      'Give a whole number from 0.',
    );
  }
  return count;
}
