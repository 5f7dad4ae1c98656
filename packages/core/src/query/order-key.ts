/** What rows are ordered by: a field's values as numbers that compare as the database compares the values. Chosen once a term. */
import { testBit } from '../bytes/bitmap';
import { PermafrostError } from '../errors';
import type { Slot } from '../layout/layout';
import type { RecordTable } from '../reader/record-table';
import { fieldTypeText } from '../schema/collections';
import { isInOwnOrder } from '../schema/database-order';
import { fieldAt, pathTextOf } from '../schema/embedded';
import type { FieldSchema } from '../schema/schema';
import { unknownMember } from '../schema/unknown-member';
import type { KeyPart } from '../structure/key-parts';
import { slotReaderOf } from '../structure/slot-value';
import type { RowSource } from './expressions/compile-expression';
import type { FieldReference, PlanOrderTerm } from './plan';
import { referenceReader } from './record-link';

export interface OrderKey {
  /** How many numbers a value becomes. */
  readonly width: number;
  /** The ordinal of the record that has the value, -1 for none. Its block has then been checked. */
  ordinalIn(row: Int32Array): number;
  /** Writes the numbers of a record's value. */
  load(ordinal: number, limbs: Float64Array, at: number): void;
  /** The order of two records' values whose numbers are the same; undefined where these are then equal. */
  readonly compareExactly: ((a: number, b: number) => number) | undefined;
}

/** A field that a row leads to. */
export interface FieldInRow {
  readonly table: RecordTable;
  readonly field: FieldSchema;
  /** The ordinal of the record that has it, -1 for none. Its block has then been checked. */
  readonly ordinalIn: (row: Int32Array) => number;
}

/** Throws FIELD_UNKNOWN, and QUERY_UNSUPPORTED for fields whose order the snapshot does not know. */
export function orderKeyOf(sources: readonly RowSource[], term: PlanOrderTerm): OrderKey {
  const { table, field, ordinalIn } = fieldInRow(sources, term);
  const sign = term.direction === 'ascending' ? 1 : -1;
  const { width, write, compareExactly } = numbersOf(table, field);
  const { bytes, stride } = table;
  const { bit } = table.slotOf(field.name);
  const none = term.nulls === 'first' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return {
    width,
    ordinalIn,
    load(ordinal, limbs, at) {
      if (ordinal < 0 || !testBit(bytes, ordinal * stride, bit)) {
        limbs[at] = none;
        for (let more = 1; more < width; more++) limbs[at + more] = 0;
        return;
      }
      write(ordinal, limbs, at);
      if (sign < 0) for (let number = at; number < at + width; number++) limbs[number] = -limbs[number]!;
    },
    compareExactly: compareExactly && ((a, b) => sign * compareExactly(a, b)),
  };
}

/** Where a reference to a field leads. Throws FIELD_UNKNOWN, and QUERY_UNSUPPORTED for what is no field. */
export function fieldInRow(sources: readonly RowSource[], { source, field, through }: FieldReference): FieldInRow {
  const { table } = sources[source]!;
  if (through === undefined) return { table, field: fieldOf(table, field), ordinalIn: (row) => row[source]! };
  const relation = table.entity.relations.find((one) => pathTextOf(one) === through && one.kind === 'to-one');
  if (!relation) throw unknownMember(table.entity, through, 'relation', []);
  if (relation.targets) throw unsupported(table.entity.name, through, 'what one of several entities holds;');
  const target = table.targetTables(relation)[0]!;
  const targetOf = referenceReader(table, relation.name);
  return {
    table: target,
    field: fieldOf(target, field),
    ordinalIn(row) {
      const owner = row[source]!;
      const ordinal = owner < 0 ? -1 : targetOf(owner);
      if (ordinal >= 0) target.checkRecord(ordinal);
      return ordinal;
    },
  };
}

function fieldOf({ entity }: RecordTable, name: string): FieldSchema {
  const field = fieldAt(entity, name);
  if (field) return field;
  if (entity.relations.some((relation) => pathTextOf(relation) === name))
    throw unsupported(entity.name, name, 'a relation;');
  throw unknownMember(entity, name);
}

interface Numbers {
  readonly width: number;
  /** Writes the numbers of a value that is there: finite ones. */
  readonly write: (ordinal: number, limbs: Float64Array, at: number) => void;
  readonly compareExactly?: (a: number, b: number) => number;
}

function numbersOf(table: RecordTable, field: FieldSchema): Numbers {
  const { entity, view, stride } = table;
  const slot = table.slotOf(field.name);
  const { offset } = slot;
  const rankOf = table.rankReader(field.name);
  if (rankOf) return single(rankOf);
  if (!isInOwnOrder(field))
    throw unsupported(
      entity.name,
      field.name,
      `${fieldTypeText(field)} values, whose order only the database knows: export the field with ranks,`,
    );
  switch (field.type) {
    case 'int64':
    case 'timestamp':
    case 'timestamptz':
    case 'time':
      return halves((ordinal) => view.getInt32(ordinal * stride + offset + 4, true));
    case 'uint64':
      return halves((ordinal) => view.getUint32(ordinal * stride + offset + 4, true));
    case 'float32':
    case 'float64':
      return floats(table, field, slot);
    case 'decimal':
      return decimals(table, field, slot);
    case 'text':
    case 'uuid':
    case 'bytes':
      return { width: 1, write: (_, limbs, at) => (limbs[at] = 0), compareExactly: exactly(table, field) };
    case 'enum':
      return slot.kind === 'enum8'
        ? single((ordinal) => view.getUint8(ordinal * stride + offset))
        : single((ordinal) => view.getUint16(ordinal * stride + offset, true));
    case 'boolean':
      return single((ordinal) => view.getUint8(ordinal * stride + offset));
    case 'date':
      return single((ordinal) => view.getInt32(ordinal * stride + offset, true));
    default: {
      const read = slotReaderOf(field, slot.kind, slot.bit, {});
      return single((ordinal) => read(view, ordinal * stride + offset, table, 0) as number);
    }
  }

  function halves(high: (ordinal: number) => number): Numbers {
    return {
      width: 2,
      write(ordinal, limbs, at) {
        limbs[at] = high(ordinal);
        limbs[at + 1] = view.getUint32(ordinal * stride + offset, true);
      },
    };
  }
}

function single(read: (ordinal: number) => number): Numbers {
  return {
    width: 1,
    write(ordinal, limbs, at) {
      limbs[at] = read(ordinal);
    },
  };
}

/** The second number tells the infinities, and NaN above them, from the largest finite ones. */
function floats({ view, stride }: RecordTable, field: FieldSchema, { offset }: Slot): Numbers {
  const read =
    field.type === 'float32'
      ? (ordinal: number) => view.getFloat32(ordinal * stride + offset, true)
      : (ordinal: number) => view.getFloat64(ordinal * stride + offset, true);
  return {
    width: 2,
    write(ordinal, limbs, at) {
      const value = read(ordinal);
      limbs[at] = clamped(value);
      limbs[at + 1] = Number.isFinite(value) ? 0 : Number.isNaN(value) ? 2 : Math.sign(value);
    },
  };
}

/** The nearest double tells most apart. */
function decimals(table: RecordTable, field: FieldSchema, { offset, kind, bit }: Slot): Numbers {
  const { view, stride } = table;
  const read = slotReaderOf(field, kind, bit, { decimal: 'number' });
  return {
    width: 1,
    write(ordinal, limbs, at) {
      limbs[at] = clamped(read(view, ordinal * stride + offset, table, 0) as number);
    },
    compareExactly: exactly(table, field),
  };
}

function clamped(value: number): number {
  if (Number.isNaN(value)) return Number.MAX_VALUE;
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}

function exactly(table: RecordTable, field: FieldSchema): (a: number, b: number) => number {
  const [first, second] = [table.partsOf([field])[0]!, table.partsOf([field])[0]!] as [KeyPart, KeyPart];
  const { view, stride } = table;
  return (a, b) => {
    if (a === b) return 0;
    first.loadRecord(view, a * stride);
    second.loadRecord(view, b * stride);
    return first.compare(second);
  };
}

function unsupported(entity: string, field: string, what: string): PermafrostError {
  return new PermafrostError(
    'QUERY_UNSUPPORTED',
    `${entity}.${field}: snapshots do not order by ${what} order by another field, or sort the results.`,
    { entity, field },
  );
}
