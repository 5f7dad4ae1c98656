/** Conditions on a relation to one of several entities: the values name entity and key. */
import { testBit } from '../bytes/bitmap';
import { describeValue, PermafrostError } from '../errors';
import { ORDINAL_OFFSET } from '../reader/polymorphic-slot';
import type { RecordTable } from '../reader/record-table';
import { type RelationSchema, targetNames } from '../schema/schema';

/**
 * Whether the record at an ordinal refers to one of `values`, each `{ entity, key }` with the entity's name. Throws VALUE_TYPE for what
 * is not, and KEY_INVALID.
 */
export function polymorphicPredicate(
  table: RecordTable,
  relation: RelationSchema,
  values: readonly unknown[],
): (ordinal: number) => boolean {
  const names = targetNames(relation);
  const wanted = table.targetTables(relation).map(() => new Set<number>());
  for (const value of values) {
    const { entity, key } = (typeof value === 'object' ? value : {}) as { entity?: unknown; key?: unknown };
    const number = names.indexOf(entity as string);
    if (number < 0) throw notNamed(table, relation, value);
    wanted[number]!.add(table.targetTables(relation)[number]!.keyLookup.ordinalOf(key));
  }
  const { bytes, view, stride } = table;
  const { offset, bit } = table.slotOf(relation.name);
  return (ordinal) => {
    const base = ordinal * stride;
    if (!testBit(bytes, base, bit)) return false;
    return (
      wanted[view.getUint32(base + offset, true)]?.has(view.getUint32(base + offset + ORDINAL_OFFSET, true)) ?? false
    );
  };
}

function notNamed(table: RecordTable, relation: RelationSchema, value: unknown): PermafrostError {
  const { name } = table.entity;
  const expected = `{ entity, key } with ${targetNames(relation).join(' or ')} as entity`;
  return new PermafrostError(
    'VALUE_TYPE',
    `${name}.${relation.name}: expected ${expected}, found ${describeValue(value)}.`,
    { entity: name, field: relation.name, expected, actual: value },
  );
}
