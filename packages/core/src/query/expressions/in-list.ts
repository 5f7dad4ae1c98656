/** SQL's IN over the values of a field or reference: any number of them at the cost of one lookup a record. */
import { isPermafrostError } from '../../errors';
import { fieldTypeText, isCollection } from '../../schema/collections';
import { pathTextOf } from '../../schema/embedded';
import { canBeKey } from '../../schema/field-types';
import { keyProbesOf } from '../../structure/key';
import type { KeyPart } from '../../structure/key-parts';
import { compareTest } from './compare';
import { floatInTest, floatOf, integerInTest, integerOf } from './number-tests';
import { type FieldPlace, heldTest, lifted, type Operand, type SourceTest, unsupported } from './operand';
import { referenceTest } from './reference-test';
import { textIn } from './text-comparison';
import { FALSE, orOf, type Test, TRUE, UNKNOWN } from './truth';

/** Throws VALUE_TYPE and QUERY_UNSUPPORTED. Values that the field cannot hold match nothing. */
export function inTest(operand: Operand, values: readonly unknown[]): SourceTest {
  const given = values.filter((value) => value !== null && value !== undefined);
  if (values.length === 0) return { ofRecord: () => FALSE, ofMissing: () => FALSE };
  if (given.length === 0) return { ofRecord: () => UNKNOWN, ofMissing: () => UNKNOWN };
  const test = given.length === 1 ? compareTest(operand, 'equal', given[0]) : anyOf(operand, given);
  if (given.length === values.length) return test;
  const { ofRecord, ofMissing } = test;
  return { ofRecord: (ordinal) => (ofRecord(ordinal) === TRUE ? TRUE : UNKNOWN), ofMissing };
}

function anyOf(operand: Operand, values: readonly unknown[]): SourceTest {
  const byReference = referenceTest(operand, values);
  if (byReference) return byReference;
  const place = operand.place as FieldPlace;
  const { table, field } = place;
  if (isCollection(field))
    throw unsupported(
      table.entity.name,
      pathTextOf(field),
      `comparisons of ${fieldTypeText(field)} values with single values`,
    );
  if (!canBeKey(field.type)) {
    const tests = values.map((value) => compareTest(operand, 'equal', value));
    return { ofRecord: orOf(tests.map(({ ofRecord }) => ofRecord)), ofMissing: () => UNKNOWN };
  }
  return lifted(operand, inTestOf(place, values));
}

function inTestOf(place: FieldPlace, values: readonly unknown[]): Test<number> {
  switch (place.field.type) {
    case 'text':
      return textIn(place, values);
    case 'float32':
    case 'float64':
      return floatInTest(
        place,
        within(values, (value) => floatOf(place, value)),
      );
    case 'decimal':
    case 'uuid':
    case 'bytes':
      return keyInTest(place, values);
    default:
      return integerInTest(
        place,
        within(values, (value) => integerOf(place, value)),
      );
  }
}

/** By the hash that keys have. */
function keyInTest(place: FieldPlace, values: readonly unknown[]): Test<number> {
  const { table, field, slot } = place;
  const { view } = table;
  const probes = new Map<number, KeyPart[]>();
  const loaded = within(values, (value) => {
    const probe = keyProbesOf([field], table.entity.name)[0]!;
    probe.loadValue(value);
    return probe;
  });
  for (const probe of loaded) probes.set(probe.hash(0), [...(probes.get(probe.hash(0)) ?? []), probe]);
  const part = table.partsOf([field])[0]!;
  return heldTest(place, (slotAt) => {
    part.loadRecord(view, slotAt - slot.offset);
    for (const probe of probes.get(part.hash(0)) ?? []) if (part.equals(probe)) return true;
    return false;
  });
}

/** What the values are converted to, without those outside the field's range: no record can have them. */
function within<T>(values: readonly unknown[], convert: (value: unknown) => T): T[] {
  const converted: T[] = [];
  for (const value of values) {
    try {
      converted.push(convert(value));
    } catch (error) {
      if (!isPermafrostError(error) || error.code !== 'VALUE_RANGE') throw error;
    }
  }
  return converted;
}
