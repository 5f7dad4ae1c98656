/**
 * Comparisons of a to-one relation, or of the whole key of what it leads to: what is compared are ordinals, looked up once, so that no target
 * is read.
 */
import { describeValue, PermafrostError } from '../../errors';
import { ORDINAL_OFFSET } from '../../reader/polymorphic-slot';
import { targetNames } from '../../schema/schema';
import { heldTest, lifted, type Operand, type RelationPlace, type SourceTest } from './operand';

/**
 * The test, for values none of which is null; undefined when the operand is neither a relation nor the whole key of what one leads to.
 * Throws KEY_INVALID and VALUE_TYPE.
 */
export function referenceTest(operand: Operand, values: readonly unknown[]): SourceTest | undefined {
  const { place, through } = operand;
  if (!('field' in place))
    return place.relation.targets
      ? lifted(operand, polymorphicTest(place, values))
      : lifted(operand, toOneTest(place, values));
  const { key } = place.table.entity;
  if (!through || key.length > 1 || key[0] !== place.field.name || place.field.looseEquality) return undefined;
  return lifted({ place: through, through: undefined }, toOneTest(through, values));
}

function toOneTest(place: RelationPlace, values: readonly unknown[]) {
  const lookup = place.table.targetTables(place.relation)[0]!.keyLookup;
  const wanted = new Set(values.map((value) => lookup.ordinalOf(value)).filter((ordinal) => ordinal >= 0));
  const { view } = place.table;
  const [only] = wanted;
  if (wanted.size === 1) return heldTest(place, (slotAt) => view.getUint32(slotAt, true) === only);
  return heldTest(place, (slotAt) => wanted.has(view.getUint32(slotAt, true)));
}

function polymorphicTest(place: RelationPlace, values: readonly unknown[]) {
  const { table, relation } = place;
  const names = targetNames(relation);
  const wanted = table.targetTables(relation).map(() => new Set<number>());
  for (const value of values) {
    const { entity, key } = (typeof value === 'object' ? value : {}) as { entity?: unknown; key?: unknown };
    const number = names.indexOf(entity as string);
    if (number < 0) throw notNamed(place, value);
    wanted[number]!.add(table.targetTables(relation)[number]!.keyLookup.ordinalOf(key));
  }
  const { view } = table;
  return heldTest(
    place,
    (slotAt) => wanted[view.getUint32(slotAt, true)]?.has(view.getUint32(slotAt + ORDINAL_OFFSET, true)) ?? false,
  );
}

function notNamed({ table, relation }: RelationPlace, value: unknown): PermafrostError {
  const { name } = table.entity;
  const expected = `{ entity, key } with ${targetNames(relation).join(' or ')} as entity`;
  return new PermafrostError(
    'VALUE_TYPE',
    `${name}.${relation.name}: expected ${expected}, found ${describeValue(value)}.`,
    { entity: name, field: relation.name, expected, actual: value },
  );
}
