/**
 * Copies fields of records into objects: for those who make ordinary instances of many records. One loop over steps that say what to read
 * where; a record is checked once, and numbers, booleans and strings of tables are read in the loop itself, since a call of a function
 * that is not known beforehand takes as long as they do.
 */
import type { RecordTable } from '../reader/record-table';
import type { SlotReader } from '../structure/slot-value';
import type { StringTableView } from '../structure/string-table';
import type { Converter, FieldReading } from './field-reading';
import type { ProxyTable } from './proxy-table';
import { absentValue, readingAt } from './value-reader';

/** One member of what is copied. */
export interface CopiedMember {
  readonly name: string;
  /** The field by its path, or what else gives the value. */
  readonly value: string | ((ordinal: number) => unknown);
  /** Finds the object that has the member, from what is copied into; that itself where there is none. */
  readonly ownerIn?: ((target: Copy) => Copy) | undefined;
}

export type Copy = Record<string, unknown>;

/** What a step reads. Everything that is not named here is read by a function. */
const BY_ORDINAL = 0;
const BY_SLOT = 1;
const CONVERTED = 2;
const INT32 = 3;
const INT16 = 4;
const FLOAT64 = 5;
const BOOLEAN = 6;
const TABLE_TEXT = 7;

const readInLoop = { int32: INT32, int16: INT16, float64: FLOAT64, boolean: BOOLEAN, 'table-text': TABLE_TEXT };

/** One class with all members set, so that the loop meets one hidden class. */
class Step {
  readonly offset: number;
  readonly byte: number;
  readonly mask: number;
  readonly bit: number;
  readonly takesNull: boolean;
  readonly read: SlotReader | undefined;
  readonly convert: Converter | undefined;
  strings: StringTableView | undefined = undefined;

  constructor(
    readonly operation: number,
    readonly name: string,
    readonly ownerIn: ((target: Copy) => Copy) | undefined,
    reading: FieldReading | undefined,
    readonly readOrdinal: ((ordinal: number) => unknown) | undefined,
  ) {
    this.offset = reading?.slot.offset ?? 0;
    this.bit = reading?.slot.bit ?? 0;
    this.byte = this.bit >>> 3;
    this.mask = 1 << (this.bit & 7);
    this.takesNull = reading?.takesNull ?? false;
    this.read = reading?.read;
    this.convert = reading?.convert;
  }
}

/** Copies members in their order. Throws FIELD_UNKNOWN; what it gives back throws SNAPSHOT_CLOSED and FILE_CORRUPT as proxies do. */
export function recordCopierOf(
  table: ProxyTable,
  members: readonly CopiedMember[],
): (ordinal: number, target: Copy) => void {
  const steps = members.map(({ name, value, ownerIn }) => {
    if (typeof value !== 'string') return new Step(BY_ORDINAL, name, ownerIn, undefined, value);
    const reading = readingAt(table, value);
    return new Step(operationOf(reading), name, ownerIn, reading, undefined);
  });
  const { records } = table;
  return (ordinal, target) => copyRecord(records, steps, ordinal, target);
}

function copyRecord(records: RecordTable, steps: readonly Step[], ordinal: number, target: Copy): void {
  records.checkRecord(ordinal);
  const { view } = records;
  const base = ordinal * records.stride;
  for (let place = 0; place < steps.length; place++) {
    const step = steps[place]!;
    const { operation, name, ownerIn } = step;
    const slotAt = base + step.offset;
    let value: unknown;
    if (operation === BY_ORDINAL) value = step.readOrdinal!(ordinal);
    else if ((view.getUint8(base + step.byte) & step.mask) === 0) {
      value = absentValue(records, ordinal, step.bit);
      if (step.takesNull) value = step.convert!(value);
    } else if (operation === INT32) value = view.getInt32(slotAt, true);
    else if (operation === BY_SLOT) value = step.read!(view, slotAt, records, 0);
    else if (operation === TABLE_TEXT) value = stringsOf(step, records).text(view.getUint32(slotAt, true));
    else if (operation === INT16) value = view.getInt16(slotAt, true);
    else if (operation === BOOLEAN) value = view.getUint8(slotAt) !== 0;
    else if (operation === FLOAT64) value = view.getFloat64(slotAt, true);
    else value = step.convert!(step.read!(view, slotAt, records, 0));
    if (ownerIn === undefined) target[name] = value;
    else ownerIn(target)[name] = value;
  }
}

function stringsOf(step: Step, records: RecordTable): StringTableView {
  step.strings ??= records.stringTable(step.bit);
  return step.strings;
}

function operationOf({ slot, convert }: FieldReading): number {
  if (convert) return CONVERTED;
  return (readInLoop as Readonly<Record<string, number>>)[slot.kind] ?? BY_SLOT;
}
