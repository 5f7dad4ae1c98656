/**
 * What a field reference means in the schema and where its value lies: in the record of the row source, or in the one that a reference of it
 * leads to. Tests of the field are made over ordinals of the table that has it, and lifted to those of the row source here.
 */
import { testBit } from '../../bytes/bitmap';
import { PermafrostError } from '../../errors';
import type { Slot } from '../../layout/layout';
import type { RecordTable } from '../../reader/record-table';
import { fieldAt, mayBeEmpty, pathTextOf } from '../../schema/embedded';
import type { FieldSchema, RelationSchema } from '../../schema/schema';
import { unknownMember } from '../../schema/unknown-member';
import { slotReaderOf } from '../../structure/slot-value';
import type { FieldReference } from '../plan';
import { type Test, TRUE, type Truth, UNKNOWN } from './truth';

/** Where rows take their records from. */
export interface RowSource {
  readonly table: RecordTable;
  /** Reads a field's values, by its path, as the snapshot was opened to give them. Default: as snapshots opened without options do. */
  readonly valueReader?: (entity: string, path: string) => (ordinal: number) => unknown;
}

/** A test of a row source's records, and what it says where a left join found none. */
export interface SourceTest {
  /** Of a record that has been checked. */
  readonly ofRecord: Test<number>;
  readonly ofMissing: () => Truth;
}

/** A field of one table. */
export interface FieldPlace {
  readonly table: RecordTable;
  readonly field: FieldSchema;
  readonly slot: Slot;
}

/** A to-one relation of one table. */
export interface RelationPlace {
  readonly table: RecordTable;
  readonly relation: RelationSchema;
  readonly slot: Slot;
}

export interface Operand {
  /** The field; or a relation itself, whose values are keys of its target. */
  readonly place: FieldPlace | RelationPlace;
  /** The reference by which the place is reached, if it is not of the row source itself. */
  readonly through: RelationPlace | undefined;
}

/** Throws FIELD_UNKNOWN, and QUERY_UNSUPPORTED for what is no value of a record: a to-many relation, a field of one of several targets. */
export function operandOf({ table }: RowSource, { field, through }: Omit<FieldReference, 'source'>): Operand {
  if (through === undefined) return { place: placeOf(table, field), through: undefined };
  const reference = placeOf(table, through);
  if ('field' in reference) throw unknownMember(table.entity, through);
  if (reference.relation.targets)
    throw unsupported(table.entity.name, `${through}.${field}`, 'fields of a relation to one of several entities');
  return { place: placeOf(table.targetTables(reference.relation)[0]!, field), through: reference };
}

/** A test over the place's table as one over the row source's; where there is no record to test it says `whenNull`. */
export function lifted({ through, place }: Operand, test: Test<number>, whenNull: Truth = UNKNOWN): SourceTest {
  const ofMissing = () => whenNull;
  if (!through) return { ofRecord: test, ofMissing };
  const { bytes, view, stride } = through.table;
  const { offset, bit } = through.slot;
  const target = place.table;
  return {
    ofMissing,
    ofRecord: (ordinal) => {
      const base = ordinal * stride;
      if (!testBit(bytes, base, bit)) return whenNull;
      const found = view.getUint32(base + offset, true);
      target.checkRecord(found);
      return test(found);
    },
  };
}

/** Whether a place holds no value. A reference to a record without the field's value is null too; a target that is marked deleted is not. */
export function nullTest(operand: Operand): SourceTest {
  const { place, through } = operand;
  if (through && 'field' in place && !mayBeEmpty(place.table.entity, place.field))
    return nullTest({ place: through, through: undefined });
  const { bytes, stride } = place.table;
  const byteOffset = place.slot.bit >>> 3;
  const mask = 1 << (place.slot.bit & 7);
  return lifted(operand, (ordinal) => ((bytes[ordinal * stride + byteOffset]! & mask) === 0 ? 1 : 0), TRUE);
}

/**
 * A test of a slot's value, given where the slot lies, as one of records: unknown where there is no value.
 */
export function heldTest({ table, slot }: FieldPlace | RelationPlace, test: (slotAt: number) => boolean): Test<number> {
  const { bytes, stride } = table;
  const { offset, bit } = slot;
  const byteOffset = bit >>> 3;
  const mask = 1 << (bit & 7);
  return (ordinal) => {
    const base = ordinal * stride;
    if ((bytes[base + byteOffset]! & mask) === 0) return UNKNOWN;
    return test(base + offset) ? 1 : 0;
  };
}

/** Reads the operand's value of a record of the row source, null for none. */
export function valueReaderOf(source: RowSource, operand: Operand): (ordinal: number) => unknown {
  const { place, through } = operand;
  if (!('field' in place)) throw unsupported(place.table.entity.name, place.slot.name, 'tests of references');
  const read = source.valueReader?.(place.table.entity.name, pathTextOf(place.field)) ?? plainReader(place);
  if (!through) return (ordinal) => read(ordinal) ?? null;
  const { bytes, view, stride } = through.table;
  const { offset, bit } = through.slot;
  return (ordinal) => {
    const base = ordinal * stride;
    if (!testBit(bytes, base, bit)) return null;
    const found = view.getUint32(base + offset, true);
    place.table.checkRecord(found);
    return read(found) ?? null;
  };
}

function plainReader({ table, field, slot }: FieldPlace): (ordinal: number) => unknown {
  const { bytes, view, stride } = table;
  const read = slotReaderOf(field, slot.kind, slot.bit, {});
  return (ordinal) => {
    const base = ordinal * stride;
    return testBit(bytes, base, slot.bit) ? read(view, base + slot.offset, table, 0) : null;
  };
}

function placeOf(table: RecordTable, name: string): FieldPlace | RelationPlace {
  const { entity } = table;
  const field = fieldAt(entity, name);
  if (field) return { table, field, slot: table.slotOf(field.name) };
  const relation = entity.relations.find((candidate) => pathTextOf(candidate) === name);
  if (!relation) throw unknownMember(entity, name);
  if (relation.kind === 'to-many') throw unsupported(entity.name, name, 'conditions on a to-many relation');
  return { table, relation, slot: table.slotOf(relation.name) };
}

export function unsupported(entity: string, field: string, what: string): PermafrostError {
  return new PermafrostError(
    'QUERY_UNSUPPORTED',
    `${entity}.${field}: snapshots do not answer ${what}. Filter the results, or ask the database.`,
    { entity, field },
  );
}
