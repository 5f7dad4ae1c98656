/**
 * Whether a query has the form that {@link Query} says, for callers without types: what is misspelt would otherwise be ignored, which gives
 * other records than were asked for. Names and values are checked where they meet the schema. Cost: by the size of the query.
 */
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import type { Condition, OrderTerm, Query } from './criteria';

const operators: readonly unknown[] = ['equal', 'in'] satisfies Condition['operator'][];
const directions: readonly unknown[] = ['ascending', 'descending'] satisfies OrderTerm['direction'][];
const nullPlaces: readonly unknown[] = ['first', 'last'] satisfies OrderTerm['nulls'][];

/** Throws TypeError for another form, and QUERY_UNSUPPORTED for an operator that there is not; `caller` begins the messages. */
export function checkQuery(caller: string, query: Partial<Query>): void {
  const { where, order, skip, take } = query;
  checkWhere(caller, where);
  if (order !== undefined) checkOrder(caller, order);
  for (const [name, count] of [
    ['skip', skip],
    ['take', take === Number.POSITIVE_INFINITY ? undefined : take],
  ] as const) {
    if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0))
      throw new TypeError(
        `${caller}: \`${name}\` is a number of records, 0 or more; found ${describeValue(count)}. Leave it out for ${name === 'skip' ? 'none' : 'all'}.`,
      );
  }
}

/** The same for conditions alone. */
export function checkWhere(caller: string, where: unknown): void {
  if (where === undefined) return;
  if (!Array.isArray(where)) throw wrongWhere(caller, where);
  for (const alternative of where) {
    if (!Array.isArray(alternative)) throw wrongWhere(caller, alternative, 'among its alternatives ');
    for (const condition of alternative) checkCondition(caller, condition);
  }
}

function checkCondition(caller: string, condition: unknown): void {
  if (typeof condition !== 'object' || condition === null) throw wrongWhere(caller, condition, 'among its conditions ');
  const { field, operator, values } = condition as { [name in keyof Condition]: unknown };
  if (typeof field !== 'string')
    throw new TypeError(
      `${caller}: \`field\` of a condition is the name of a field or relation; found ${describeValue(field)}.`,
    );
  const place = `${caller}: the condition on "${field}"`;
  refuseUnknownOptions(place, condition, ['field', 'operator', 'values']);
  if (!operators.includes(operator))
    throw new PermafrostError(
      'QUERY_UNSUPPORTED',
      `${place}: snapshots have no operator ${describeValue(operator)}. There are: ${operators.join(', ')}. Filter the results by anything else.`,
      { field, expected: operators, actual: operator },
    );
  if (!Array.isArray(values))
    throw new TypeError(`${place}: \`values\` is a list, of one value for 'equal'; found ${describeValue(values)}.`);
  if (operator === 'equal' && values.length > 1)
    throw new TypeError(
      `${place}: 'equal' takes one value, found ${values.length}. Use 'in' for any number: values: ${describeValue(values)}.`,
    );
}

function checkOrder(caller: string, order: unknown): void {
  if (!Array.isArray(order))
    throw new TypeError(
      `${caller}: \`order\` is a list of { field, direction, nulls }; found ${describeValue(order)}.`,
    );
  for (const term of order) {
    if (typeof term !== 'object' || term === null)
      throw new TypeError(
        `${caller}: \`order\` consists of { field, direction, nulls }; found ${describeValue(term)}.`,
      );
    refuseUnknownOptions(`${caller}: \`order\``, term, ['field', 'direction', 'nulls']);
    for (const [name, known] of [
      ['direction', directions],
      ['nulls', nullPlaces],
    ] as const) {
      if (!known.includes(term[name]))
        throw new TypeError(
          `${caller}: \`order\`: \`${name}\` of ${describeValue(term.field)} is ${known.map(describeValue).join(' or ')}; found ${describeValue(term[name])}.`,
        );
    }
  }
}

function wrongWhere(caller: string, found: unknown, place = ''): TypeError {
  return new TypeError(
    `${caller}: \`where\` is a list of alternatives, each a list of conditions: [[{ field: 'id', operator: 'equal', values: [1] }]]; found ${place}${describeValue(found)}.`,
  );
}
