/**
 * What depends on which subtype a record is of, by its staged discriminator. Relations that lead to a subtype: every record they lead to
 * must be of it, checked on resolved references, whichever side stores them. And fields that every record of a subtype must have.
 * Cost: some 0.3 µs a reference of such a relation, or a record of an entity with such fields, and nothing for all others.
 */
import { testBit, testBits } from '../bytes/bitmap';
import { describeValue, PermafrostError } from '../errors';
import type { FieldSchema, RelationSchema } from '../schema/schema';
import { requiredFieldsOf, withinSubtype } from '../schema/subtypes';
import type { SealedTable } from './staging/sealed-table';

/** Visits each pair of a relation: the record that has it and the one it leads to. */
export type ForEachPair = (visit: (owner: number, target: number) => void) => void;

/** Throws REFERENCE_SUBTYPE naming both records. */
export function requireSubtype(
  table: SealedTable,
  relation: RelationSchema,
  target: SealedTable,
  forEachPair: ForEachPair,
): void {
  const isMember = stagedMembership(target, relation.subtype!);
  const keyOf = (sealed: SealedTable, ordinal: number) => sealed.keyAt(sealed.ordinals.positionOf(ordinal));
  forEachPair((owner, ordinal) => {
    if (isMember(ordinal)) return;
    const [key, wanted] = [keyOf(table, owner), keyOf(target, ordinal)];
    throw new PermafrostError(
      'REFERENCE_SUBTYPE',
      `${table.entity.name}.${relation.name}: record ${describeValue(key)} refers to ${target.entity.name} ${describeValue(wanted)}, which is no ${relation.subtype}. Correct the reference, or relate to ${target.entity.name}.`,
      { entity: table.entity.name, field: relation.name, key, expected: relation.subtype, actual: wanted },
    );
  });
}

/** Throws VALUE_NULL for a record without a field that its subtype requires. */
export function requireFields(table: SealedTable): void {
  const { entity, records, writer } = table;
  const wanted = new Map<unknown, { name: string; fields: readonly FieldSchema[]; bits: readonly number[] }>();
  for (const subtype of entity.subtypes?.classes ?? []) {
    const fields = requiredFieldsOf(entity, subtype);
    if (fields.length > 0) wanted.set(subtype.value, { name: subtype.name, fields, bits: table.bitsOf(fields) });
  }
  if (wanted.size === 0) return;
  const discriminatorAt = stagedDiscriminator(table);
  const { stride } = writer.staging.layout;
  records.forEach(table.recordCount, (ordinal) => {
    const position = table.ordinals.positionOf(ordinal);
    const required = wanted.get(discriminatorAt(position));
    if (!required || testBits(records.bytes, position * stride, required.bits)) return;
    const missing = required.bits.findIndex((bit) => !testBit(records.bytes, position * stride, bit));
    const field = required.fields[missing]!.name;
    const key = table.keyAt(position);
    throw new PermafrostError(
      'VALUE_NULL',
      `${entity.name}.${field} (key ${describeValue(key)}): the record is a ${required.name}, of which it is not nullable, and has none. Give it a value, or declare it nullable in ${required.name}.`,
      { entity: entity.name, field, key, expected: 'a value' },
    );
  });
}

function stagedMembership(table: SealedTable, subtype: string): (ordinal: number) => boolean {
  const { entity } = table;
  const within = withinSubtype(entity, subtype);
  const values = new Set<unknown>(
    entity.subtypes!.classes.filter((_, place) => within[place]).map(({ value }) => value),
  );
  const discriminatorAt = stagedDiscriminator(table);
  return (ordinal) => values.has(discriminatorAt(table.ordinals.positionOf(ordinal)));
}

/** What the discriminator of a staged record holds, or undefined. */
function stagedDiscriminator(table: SealedTable): (position: number) => unknown {
  const { entity, records, writer } = table;
  const field = entity.fields.find(({ name }) => name === entity.subtypes!.field)!;
  const bits = table.bitsOf([field]);
  const { stride } = writer.staging.layout;
  return (position) =>
    testBits(records.bytes, position * stride, bits) ? table.valuesAt([field], position) : undefined;
}
