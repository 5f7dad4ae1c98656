/**
 * Comparisons of a field with one value, by PostgreSQL's order of its type: numbers by value with NaN above all, dates and timestamps with
 * their infinities, enums by declaration, intervals by their length with months of 30 days.
 */
import { isPermafrostError } from '../../errors';
import { fieldTypeText, isCollection } from '../../schema/collections';
import { pathTextOf } from '../../schema/embedded';
import type { Comparison } from '../plan';
import { accepted, type SlotOrder } from './accepted';
import { bytesOrder, uuidOrder } from './byte-order';
import { decimalOrder, intervalOrder } from './decimal-order';
import { jsonEqualityTest } from './json-contains';
import { floatTest, integerTest } from './number-tests';
import { type FieldPlace, heldTest, lifted, type Operand, type SourceTest, unsupported } from './operand';
import { referenceTest } from './reference-test';
import { textComparison } from './text-comparison';
import { notOf, type Test, UNKNOWN } from './truth';

/** `operand operator value`; unknown where one of them is null. */
export function compareTest(operand: Operand, operator: Comparison, value: unknown): SourceTest {
  if (value === null || value === undefined) return { ofRecord: () => UNKNOWN, ofMissing: () => UNKNOWN };
  if (operator === 'not-equal') {
    const { ofRecord, ofMissing } = compareTest(operand, 'equal', value);
    return { ofRecord: notOf(ofRecord), ofMissing };
  }
  const byReference = operator === 'equal' ? referenceTest(operand, [value]) : undefined;
  if (byReference) return byReference;
  const { place } = operand;
  if (!('field' in place))
    throw unsupported(place.table.entity.name, place.slot.name, 'the order of references; name a field of the target');
  try {
    return lifted(operand, comparisonOf(place, operator, value));
  } catch (error) {
    // No record holds what its field cannot; of an order nothing can be said.
    if (operator !== 'equal' || !isPermafrostError(error) || error.code !== 'VALUE_RANGE') throw error;
    return lifted(
      operand,
      heldTest(place, () => false),
    );
  }
}

function comparisonOf(place: FieldPlace, operator: Comparison, value: unknown): Test<number> {
  const { table, field } = place;
  if (isCollection(field))
    throw unsupported(
      table.entity.name,
      pathTextOf(field),
      `comparisons of ${fieldTypeText(field)} values with one value`,
    );
  switch (field.type) {
    case 'text':
      return textComparison(place, operator, value);
    case 'float32':
    case 'float64':
      return floatTest(place, operator, value);
    case 'decimal':
      return orderedTest(place, operator, decimalOrder(place, value));
    case 'uuid':
      return orderedTest(place, operator, uuidOrder(place, value));
    case 'bytes':
      return orderedTest(place, operator, bytesOrder(place, value));
    case 'interval':
      return orderedTest(place, operator, intervalOrder(place, value));
    case 'json':
      if (operator === 'equal') return jsonEqualityTest(place, value);
      throw unsupported(table.entity.name, pathTextOf(field), 'the order of json values');
    default:
      return integerTest(place, operator, value);
  }
}

/** A test by the order of the slot's value to the one compared with. */
function orderedTest(place: FieldPlace, operator: Comparison, order: SlotOrder): Test<number> {
  const { less, equal, greater } = accepted[operator];
  return heldTest(place, (slotAt) => {
    const found = order(slotAt);
    return found < 0 ? less : found > 0 ? greater : equal;
  });
}
