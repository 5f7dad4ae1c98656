/** Elements of lists as keys that are equal, as numbers, BigInts and strings are, exactly where PostgreSQL finds the elements equal. */
import { DATE_INFINITY, DATE_NEGATIVE_INFINITY, dateText } from '../../bytes/date';
import type { IntervalParts } from '../../bytes/interval';
import { timeText } from '../../bytes/time';
import { canonicalFloat, canonicalInteger, canonicalInterval, enumCode, wrongType } from '../../schema/canonical';
import type { FieldSchema } from '../../schema/schema';
import { normalizedDecimalText, parseDecimal } from '../../structure/decimal';
import { type Representations, slotReaderOf } from '../../structure/slot-value';
import { decimalOf, microsecondsOf } from './decimal-order';
import type { FieldPlace } from './operand';

export type ElementKey = string | number | bigint | boolean | null;

const exact: Representations = {
  int64: 'bigint',
  timestamp: 'microseconds',
  timestamptz: 'microseconds',
  decimal: 'text',
  interval: 'parts',
};

/** Reads the list in a slot, as keys. Cost: as decoding it. */
export function storedElementsReader({ table, field, slot }: FieldPlace): (slotAt: number) => ElementKey[] {
  const { set: _, ...element } = field;
  const read = slotReaderOf({ ...element, array: true }, slot.kind, slot.bit, exact);
  const keyOf = storedKeyOf(field);
  const { view } = table;
  return (slotAt) =>
    (read(view, slotAt, table, 0) as unknown[]).map((element) => (element === null ? null : keyOf(element)));
}

/** The key of an element given by a caller, null for none. Throws VALUE_TYPE and VALUE_RANGE. */
export function givenElementKey({ table, field }: FieldPlace, value: unknown): ElementKey {
  const place = { entity: table.entity.name, field: field.name };
  if (value === null || value === undefined) return null;
  switch (field.type) {
    case 'text':
      if (typeof value !== 'string') throw wrongType(place, 'a string', value);
      return value;
    case 'uuid': {
      if (typeof value !== 'string') throw wrongType(place, 'a UUID as a string', value);
      return value.toLowerCase();
    }
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw wrongType(place, 'a Uint8Array or Buffer', value);
      return latin1Of(value);
    case 'float32':
    case 'float64':
      return canonicalFloat(field.type, value, place) + 0; // -0 + 0 is 0
    case 'decimal': {
      const parts = decimalOf(value);
      if (!parts) throw wrongType(place, 'a decimal as a string, number or BigInt', value);
      return normalizedDecimalText(parts);
    }
    case 'interval':
      return microsecondsOf(canonicalInterval(value, place));
    case 'enum':
      return field.values![enumCode(field, value, place)]!;
    case 'boolean':
      return canonicalInteger(field, value, place) === 1;
    case 'date': {
      const days = Number(canonicalInteger(field, value, place));
      if (days === DATE_INFINITY) return Number.POSITIVE_INFINITY;
      return days === DATE_NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : dateText(days);
    }
    case 'time':
      return timeText(Number(canonicalInteger(field, value, place)));
    case 'uint64':
      return BigInt.asUintN(64, BigInt(canonicalInteger(field, value, place)));
    case 'int64':
    case 'timestamp':
    case 'timestamptz':
      return BigInt(canonicalInteger(field, value, place));
    default:
      return Number(canonicalInteger(field, value, place));
  }
}

/** The key of an element as slots give it in {@link exact}. */
function storedKeyOf({ type }: FieldSchema): (element: unknown) => ElementKey {
  switch (type) {
    case 'bytes':
      return (element) => latin1Of(element as Uint8Array);
    case 'float32':
    case 'float64':
      return (element) => (element as number) + 0;
    case 'decimal':
      return (element) => normalizedDecimalText(parseDecimal(element as string)!);
    case 'interval':
      return (element) => microsecondsOf(element as IntervalParts);
    default:
      return (element) => element as ElementKey;
  }
}

function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
