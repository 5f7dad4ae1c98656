/**
 * PostgreSQL's `=`, `@>`, `<@` and `&&` of arrays. Elements are compared by value; null elements are equal in `=` and match nothing in the
 * others.
 */
import { fieldTypeText } from '../../schema/collections';
import { pathTextOf } from '../../schema/embedded';
import type { Expression } from '../plan';
import { type ElementKey, givenElementKey, storedElementsReader } from './list-elements';
import { type FieldPlace, heldTest, lifted, type Operand, type SourceTest, unsupported } from './operand';
import { UNKNOWN } from './truth';

type ListOperator = Extract<Expression, { kind: 'list' }>['operator'];

/** Throws QUERY_UNSUPPORTED for fields that are no lists, VALUE_TYPE and VALUE_RANGE. */
export function listTest(operand: Operand, operator: ListOperator, values: readonly unknown[] | null): SourceTest {
  const place = listPlaceOf(operand);
  if (values === null || values === undefined) return { ofRecord: () => UNKNOWN, ofMissing: () => UNKNOWN };
  const isNested = values.some(Array.isArray);
  const wanted = values.flat(Number.POSITIVE_INFINITY).map((value) => givenElementKey(place, value));
  // Lists of lists equal none of one dimension, unless both are empty; the other operators see elements alone.
  if (operator === 'equal' && isNested && wanted.length > 0)
    return lifted(
      operand,
      heldTest(place, () => false),
    );
  const read = storedElementsReader(place);
  const holds = listComparison(operator, wanted);
  return lifted(
    operand,
    heldTest(place, (slotAt) => holds(read(slotAt))),
  );
}

function listComparison(
  operator: ListOperator,
  wanted: readonly ElementKey[],
): (found: readonly ElementKey[]) => boolean {
  const set = new Set(wanted);
  switch (operator) {
    case 'equal':
      return (found) => found.length === wanted.length && found.every((key, place) => Object.is(key, wanted[place]));
    case 'contains':
      if (set.has(null)) return () => false;
      return (found) => [...set].every((key) => found.includes(key));
    case 'contained-by':
      return (found) => found.every((key) => key !== null && set.has(key));
    case 'overlaps':
      return (found) => found.some((key) => key !== null && set.has(key));
  }
}

function listPlaceOf({ place }: Operand): FieldPlace {
  const { entity } = place.table;
  if (!('field' in place)) throw unsupported(entity.name, place.slot.name, 'lists of references');
  const { field } = place;
  const isList = (field.array || field.set) && field.type !== 'json';
  if (isList) return place;
  throw unsupported(entity.name, pathTextOf(field), `operators of lists on ${fieldTypeText(field)} values`);
}
