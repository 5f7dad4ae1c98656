/** From conditions to a test of a record's bytes: chosen once a query, run once a record, decoding nothing. */
import { testBit } from '../bytes/bitmap';
import { isPermafrostError, PermafrostError } from '../errors';
import type { RecordTable } from '../reader/record-table';
import { fieldTypeText, isCollection } from '../schema/collections';
import { fieldAt } from '../schema/embedded';
import { canBeKey } from '../schema/field-types';
import { unknownMember } from '../schema/unknown-member';
import { type KeyPart, keyProbesOf } from '../structure/key';
import type { Condition } from './criteria';
import { polymorphicPredicate } from './polymorphic-condition';

/** Whether the record at an ordinal, whose block has been checked, satisfies a condition. */
export type Predicate = (ordinal: number) => boolean;

/** The test of all conditions together. Throws FIELD_UNKNOWN, QUERY_UNSUPPORTED, VALUE_TYPE. */
export function predicateOf(table: RecordTable, conditions: readonly Condition[]): Predicate {
  const predicates = conditions.map((condition) => conditionPredicate(table, condition));
  const [first, second] = predicates;
  if (predicates.length === 1) return first!;
  if (predicates.length === 2) return (ordinal) => first!(ordinal) && second!(ordinal);
  return (ordinal) => {
    for (const predicate of predicates) if (!predicate(ordinal)) return false;
    return true;
  };
}

function conditionPredicate(table: RecordTable, condition: Condition): Predicate {
  const { entity } = table;
  const values = condition.values.filter((value) => value !== null && value !== undefined);
  const field = fieldAt(entity, condition.field);
  const relation = entity.relations.find((candidate) => candidate.name === condition.field);
  if (!field && !relation) throw unknownMember(entity, condition.field);
  if (relation) {
    if (relation.kind === 'to-many')
      throw unsupported(entity.name, condition.field, 'conditions on a to-many relation');
    if (relation.targets) return polymorphicPredicate(table, relation, values);
    const lookup = table.targetTables(relation)[0]!.keyLookup;
    const targets = new Set(values.map((value) => lookup.ordinalOf(value)).filter((ordinal) => ordinal >= 0));
    return slotIn(table, condition.field, targets);
  }
  if (isCollection(field!) || !canBeKey(field!.type))
    throw unsupported(entity.name, condition.field, `equality of ${fieldTypeText(field!)} values`);
  const slot = table.slotOf(field!.name);
  if (slot.kind === 'table-text') {
    for (const value of values) if (typeof value !== 'string') keyProbesOf([field!], entity.name)[0]!.loadValue(value); // throws
    const strings = table.stringTable(slot.bit);
    return slotIn(
      table,
      field!.name,
      new Set(values.map((value) => strings.find(value as string)).filter((id) => id >= 0)),
    );
  }
  const part = table.partsOf([field!])[0]!;
  const probes = probesOf(values, () => keyProbesOf([field!], entity.name)[0]!);
  const { bytes, view, stride } = table;
  const all = [...probes.values()].flat();
  if (all.length === 1) {
    const [only] = all;
    return (ordinal) => {
      const base = ordinal * stride;
      if (!testBit(bytes, base, slot.bit)) return false;
      part.loadRecord(view, base);
      return part.equals(only!);
    };
  }
  return (ordinal) => {
    const base = ordinal * stride;
    if (!testBit(bytes, base, slot.bit)) return false;
    part.loadRecord(view, base);
    const candidates = probes.get(part.hash(0));
    return candidates?.some((probe) => part.equals(probe)) ?? false;
  };
}

/** Whether the u32 of a slot (an ordinal or a string id) is in a set. */
function slotIn(table: RecordTable, name: string, wanted: ReadonlySet<number>): Predicate {
  const { bytes, view, stride } = table;
  const { offset, bit } = table.slotOf(name);
  if (wanted.size === 0) return () => false;
  if (wanted.size === 1) {
    const [only] = wanted;
    return (ordinal) =>
      view.getUint32(ordinal * stride + offset, true) === only && testBit(bytes, ordinal * stride, bit);
  }
  return (ordinal) =>
    testBit(bytes, ordinal * stride, bit) && wanted.has(view.getUint32(ordinal * stride + offset, true));
}

/** Loaded probes by hash. A value outside its field's range is left out: no record can have it. */
function probesOf(values: readonly unknown[], makeProbe: () => KeyPart): Map<number, KeyPart[]> {
  const probes = new Map<number, KeyPart[]>();
  for (const value of values) {
    const probe = makeProbe();
    try {
      probe.loadValue(value);
    } catch (error) {
      if (isPermafrostError(error) && error.code === 'VALUE_RANGE') continue;
      throw error;
    }
    const hash = probe.hash(0);
    probes.set(hash, [...(probes.get(hash) ?? []), probe]);
  }
  return probes;
}

function unsupported(entity: string, field: string, what: string): PermafrostError {
  return new PermafrostError(
    'QUERY_UNSUPPORTED',
    `${entity}.${field}: snapshots do not answer ${what} yet. Filter the results, or ask the database.`,
    { entity, field },
  );
}
