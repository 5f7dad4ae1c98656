/**
 * From a slot's bytes to a JavaScript value. One function a slot kind and representation, chosen when the layout is known;
 * none of them asks whether there is a value: the bitmaps do.
 */
import { DATE_INFINITY, DATE_NEGATIVE_INFINITY, dateText } from '../bytes/date';
import { int64ToBigInt, int64ToNumber } from '../bytes/int64';
import { intervalAt, intervalText } from '../bytes/interval';
import { MAX_TIME, timeText } from '../bytes/time';
import { uuidText } from '../bytes/uuid';
import { describeValue, PermafrostError } from '../errors';
import { type SlotKind, scalarSlotKind } from '../layout/layout';
import { elementField, isCollection, mapKeyField } from '../schema/collections';
import type { FieldSchema } from '../schema/schema';
import { readArrayValue } from './array-value';
import { decimalKind, heapSlotOfDecimal, IN_HEAP, inlineDecimalText, isDecimalText } from './decimal';
import type { HeapView } from './heap';
import { jsonReaderOf } from './json-value';
import { readMapValue } from './map-value';
import { type NumericKind, numericArrayReader } from './numeric-array';
import { storedText } from './stored-text';
import type { StringTableView } from './string-table';

/** What variable-length slots refer to. */
export interface ValueSource {
  readonly heap: HeapView;
  /** The string table of the member with this bit. */
  stringTable(bit: number): StringTableView;
  /** Throws SNAPSHOT_CLOSED. For values that are read after they were given back. */
  requireOpen(): void;
}

/** The value of the slot at `slotAt`; offsets into the heap count from `bias` (0 but for elements of arrays). */
export type SlotReader = (view: DataView, slotAt: number, source: ValueSource, bias: number) => unknown;

/** How values are given back where JavaScript has a choice. An ORM's adapter sets what its ORM gives. */
export interface Representations {
  /** 64-bit integers. Default 'bigint'. */
  readonly int64?: 'bigint' | 'string' | 'number';
  /** Timestamps without zone: a Date of the wall clock read as UTC ('date') or in the process time zone ('local-date'), or µs as BigInt. Default 'date'. */
  readonly timestamp?: 'date' | 'local-date' | 'microseconds';
  /** Timestamps with zone; Dates lose the microseconds (rounded down to ms). Default 'date'. */
  readonly timestamptz?: 'date' | 'microseconds';
  /** Decimals: exact text with its scale, or the nearest number. Default 'text'. */
  readonly decimal?: 'text' | 'number';
  /** Intervals: a fresh `{ months, days, microseconds }`, or ISO 8601 as PostgreSQL writes it. Default 'parts'. */
  readonly interval?: 'parts' | 'text';
  /** JSON: a fresh value a read, or its text. Default 'value', but for `packed` fields a read-only object that reads what is touched. */
  readonly json?: 'value' | 'text';
}

/** The reader of a field's slot. `bit` finds its string table. */
export function slotReaderOf(
  field: FieldSchema,
  kind: SlotKind,
  bit: number,
  representations: Representations,
): SlotReader {
  if (!isCollection(field)) return scalarReader(field, kind, bit, representations);
  const element = elementReaderOf(elementField(field), representations);
  if (field.array === 'typed' || field.array === 'view')
    return numericArrayReader(field.type as NumericKind, field.array);
  if (field.map !== undefined) {
    const key = elementReaderOf(mapKeyField(field), representations);
    return (view, slotAt, source) => readMapValue(view, slotAt, source, key, element);
  }
  const readList: SlotReader = (view, slotAt, source) =>
    readArrayValue(view, slotAt, source, element.kind, element.read);
  return field.set
    ? (view, slotAt, source, bias) => new Set(readList(view, slotAt, source, bias) as unknown[])
    : readList;
}

/** Elements have the slots of scalars; their text is never in a string table. */
function elementReaderOf(field: FieldSchema, representations: Representations): { kind: SlotKind; read: SlotReader } {
  const kind = scalarSlotKind(field.type, field.values?.length ?? 0, false);
  return { kind, read: scalarReader(field, kind, 0, representations) };
}

function scalarReader(field: FieldSchema, kind: SlotKind, bit: number, representations: Representations): SlotReader {
  switch (kind) {
    case 'int8':
      return (view, slotAt) => view.getInt8(slotAt);
    case 'int16':
      return (view, slotAt) => view.getInt16(slotAt, true);
    case 'int32':
      return (view, slotAt) => view.getInt32(slotAt, true);
    case 'uint8':
      return (view, slotAt) => view.getUint8(slotAt);
    case 'uint16':
      return (view, slotAt) => view.getUint16(slotAt, true);
    case 'uint32':
      return (view, slotAt) => view.getUint32(slotAt, true);
    case 'float32':
      return (view, slotAt) => view.getFloat32(slotAt, true);
    case 'float64':
      return (view, slotAt) => view.getFloat64(slotAt, true);
    case 'boolean':
      return (view, slotAt) => view.getUint8(slotAt) !== 0;
    case 'int64':
    case 'uint64':
      return int64Reader(kind === 'uint64', representations.int64 ?? 'bigint');
    case 'timestamp':
      return timestampReader(
        field.type === 'timestamp' ? (representations.timestamp ?? 'date') : (representations.timestamptz ?? 'date'),
      );
    case 'date':
      return (view, slotAt) => dateValue(view.getInt32(slotAt, true));
    case 'time':
      return (view, slotAt) => timeValue(field, view.getUint32(slotAt, true), view.getInt32(slotAt + 4, true));
    case 'interval':
      return intervalReader(field, representations.interval ?? 'parts');
    case 'uuid':
      return uuidText;
    case 'decimal':
      return decimalReader(representations.decimal ?? 'text');
    case 'enum8':
      return (view, slotAt) => enumLabel(field, view.getUint8(slotAt));
    case 'enum16':
      return (view, slotAt) => enumLabel(field, view.getUint16(slotAt, true));
    case 'heap-bytes':
      return (view, slotAt, source, bias) => source.heap.copy(view, slotAt, bias);
    case 'table-text':
      return (view, slotAt, source) => source.stringTable(bit).text(view.getUint32(slotAt, true));
    case 'heap-text':
      if (field.type === 'json') return jsonReaderOf(field, representations.json);
      if (field.compressed) return (view, slotAt, { heap }, bias) => storedText(heap, field, view, slotAt, bias);
      return (view, slotAt, source, bias) => source.heap.text(view, slotAt, bias);
    case 'reference':
    case 'polymorphic-reference':
    case 'array':
    case 'map':
      throw new PermafrostError('SCHEMA_INVALID', `${field.name}: a slot of kind ${kind} holds no scalar.`, {
        field: field.name,
      });
  }
}

function int64Reader(unsigned: boolean, representation: 'bigint' | 'string' | 'number'): SlotReader {
  if (unsigned) {
    if (representation === 'bigint') return (view, slotAt) => view.getBigUint64(slotAt, true);
    if (representation === 'string') return (view, slotAt) => String(view.getBigUint64(slotAt, true));
    return (view, slotAt) => view.getUint32(slotAt + 4, true) * 2 ** 32 + view.getUint32(slotAt, true);
  }
  if (representation === 'bigint') return (view, slotAt) => view.getBigInt64(slotAt, true);
  if (representation === 'string') return int64Text;
  return (view, slotAt) => int64ToNumber(view.getUint32(slotAt, true), view.getInt32(slotAt + 4, true));
}

/** The digits: of a small integer by way of V8's number cache, else of a BigInt, which is twice as fast as a double's. */
function int64Text(view: DataView, slotAt: number): string {
  const low = view.getInt32(slotAt, true);
  return view.getInt32(slotAt + 4, true) === low >> 31 ? String(low) : String(view.getBigInt64(slotAt, true));
}

function timestampReader(representation: 'date' | 'local-date' | 'microseconds'): SlotReader {
  if (representation === 'microseconds') return (view, slotAt) => view.getBigInt64(slotAt, true);
  const make = representation === 'date' ? (milliseconds: number) => new Date(milliseconds) : localDate;
  return (view, slotAt) => {
    const low = view.getUint32(slotAt, true);
    const high = view.getInt32(slotAt + 4, true);
    if (high === 0x7fffffff && low === 0xffffffff) return Number.POSITIVE_INFINITY;
    if (high === -0x80000000 && low === 0) return Number.NEGATIVE_INFINITY;
    return make(millisecondsOf(low, high));
  };
}

/** Microseconds given as halves, rounded down to milliseconds; exact over the whole range. */
export function millisecondsOf(low: number, high: number): number {
  const microseconds = int64ToNumber(low, high);
  if (Number.isSafeInteger(microseconds)) return Math.floor(microseconds / 1000);
  const exact = int64ToBigInt(low, high);
  return Number((exact - (((exact % 1000n) + 1000n) % 1000n)) / 1000n);
}

/** The Date at which the process time zone's clock shows what UTC's shows at `milliseconds`. */
function localDate(milliseconds: number): Date {
  const utc = new Date(milliseconds);
  const local = new Date(
    utc.getUTCFullYear(),
    utc.getUTCMonth(),
    utc.getUTCDate(),
    utc.getUTCHours(),
    utc.getUTCMinutes(),
    utc.getUTCSeconds(),
    utc.getUTCMilliseconds(),
  );
  if (utc.getUTCFullYear() >= 0 && utc.getUTCFullYear() < 100)
    local.setFullYear(utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate());
  return local;
}

function dateValue(days: number): string | number {
  if (days === DATE_INFINITY) return Number.POSITIVE_INFINITY;
  return days === DATE_NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : dateText(days);
}

function timeValue(field: FieldSchema, low: number, high: number): string {
  const microseconds = int64ToNumber(low, high);
  if (microseconds >= 0 && microseconds <= MAX_TIME) return timeText(microseconds);
  throw new PermafrostError(
    'FILE_CORRUPT',
    `${field.name}: a record holds ${microseconds} µs since midnight, which is no time of a day. Publish again.`,
    { field: field.name, expected: MAX_TIME, actual: microseconds },
  );
}

function intervalReader(field: FieldSchema, representation: 'parts' | 'text'): SlotReader {
  const partsAt = (view: DataView, slotAt: number) => {
    const parts = intervalAt(view, slotAt);
    if (parts) return parts;
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${field.name}: a record holds an interval whose microseconds are no safe integer. Publish again.`,
      { field: field.name },
    );
  };
  return representation === 'parts' ? partsAt : (view, slotAt) => intervalText(partsAt(view, slotAt));
}

function decimalReader(representation: 'text' | 'number'): SlotReader {
  if (representation === 'text') return decimalTextAt;
  return (view, slotAt, source, bias) => Number(decimalTextAt(view, slotAt, source, bias));
}

function decimalTextAt(view: DataView, slotAt: number, source: ValueSource, bias: number): string {
  if (decimalKind(view, slotAt) !== IN_HEAP) return inlineDecimalText(view, slotAt);
  const { offset, size } = heapSlotOfDecimal(view, slotAt);
  const text = source.heap.asciiAt(offset + bias, size);
  if (isDecimalText(text)) return text;
  throw new PermafrostError(
    'FILE_CORRUPT',
    `A record holds ${describeValue(text)} where a decimal should be. Publish again.`,
    { actual: text },
  );
}

function enumLabel(field: FieldSchema, code: number): string {
  const label = field.values![code];
  if (label === undefined) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${field.name}: a record holds the enum code ${code}, but there are ${field.values!.length} values. Publish again.`,
      { field: field.name, actual: code },
    );
  }
  return label;
}
