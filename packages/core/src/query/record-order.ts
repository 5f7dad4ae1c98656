/** The order of records by fields of numbers, dates and the like. Text has the database's order, which needs ranks: refused until the file has them. */
import { testBit } from '../bytes/bitmap';
import { PermafrostError } from '../errors';
import type { RecordTable } from '../reader/record-table';
import { fieldTypeText, isCollection } from '../schema/collections';
import { fieldAt } from '../schema/embedded';
import { unknownMember } from '../schema/unknown-member';
import type { OrderTerm } from './criteria';

/** Compares two ordinals; ties fall back to key order. Throws FIELD_UNKNOWN and QUERY_UNSUPPORTED. */
export function recordOrder(table: RecordTable, terms: readonly OrderTerm[]): (a: number, b: number) => number {
  const comparisons = terms.map((term) => termOrder(table, term));
  return (a, b) => {
    for (const compare of comparisons) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return a - b;
  };
}

function termOrder(table: RecordTable, term: OrderTerm): (a: number, b: number) => number {
  const { entity, bytes, view, stride } = table;
  const field = fieldAt(entity, term.field);
  if (!field) {
    if (entity.relations.some((relation) => relation.name === term.field))
      throw unsupported(entity.name, term.field, 'a relation');
    throw unknownMember(entity, term.field);
  }
  if (isCollection(field) || ['json', 'interval', 'text', 'bytes'].includes(field.type))
    throw unsupported(
      entity.name,
      term.field,
      `${fieldTypeText(field)} values, whose order is the database's if there is one,`,
    );
  const slot = table.slotOf(field.name);
  const [first, second] = [table.partsOf([field])[0]!, table.partsOf([field])[0]!];
  const sign = term.direction === 'ascending' ? 1 : -1;
  const nullOrder = term.nulls === 'first' ? -1 : 1;
  return (a, b) => {
    const holdsA = testBit(bytes, a * stride, slot.bit);
    const holdsB = testBit(bytes, b * stride, slot.bit);
    if (!holdsA || !holdsB) return holdsA === holdsB ? 0 : holdsA ? -nullOrder : nullOrder;
    first.loadRecord(view, a * stride);
    second.loadRecord(view, b * stride);
    return sign * first.compare(second);
  };
}

function unsupported(entity: string, field: string, what: string): PermafrostError {
  return new PermafrostError(
    'QUERY_UNSUPPORTED',
    `${entity}.${field}: snapshots do not order by ${what} yet. Order by a number or date, or sort the results.`,
    { entity, field },
  );
}
