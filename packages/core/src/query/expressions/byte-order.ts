/** The order of UUIDs and binary values to one: that of their bytes, as PostgreSQL's memcmp. */
import { compareBytes } from '../../bytes/text';
import { writeUuid } from '../../bytes/uuid';
import { outOfRange, wrongType } from '../../schema/canonical';
import type { SlotOrder } from './accepted';
import type { FieldPlace } from './operand';

/** Throws VALUE_TYPE, and VALUE_RANGE for a text that is no UUID. */
export function uuidOrder({ table, field }: FieldPlace, value: unknown): SlotOrder {
  const { view } = table;
  const place = { entity: table.entity.name, field: field.name };
  const bytes = new Uint8Array(16);
  if (typeof value !== 'string') throw wrongType(place, 'a UUID as a string', value);
  if (!writeUuid(bytes, 0, value))
    throw outOfRange(place, 'a UUID such as "123e4567-e89b-12d3-a456-426614174000"', value);
  const wanted = new DataView(bytes.buffer);
  const first = wanted.getUint32(0);
  return (slotAt) => {
    const order = view.getUint32(slotAt) - first;
    if (order !== 0) return order;
    for (let at = 4; at < 16; at += 4) {
      const rest = view.getUint32(slotAt + at) - wanted.getUint32(at);
      if (rest !== 0) return rest;
    }
    return 0;
  };
}

/** Throws VALUE_TYPE. */
export function bytesOrder({ table, field, slot }: FieldPlace, value: unknown): SlotOrder {
  if (!(value instanceof Uint8Array))
    throw wrongType({ entity: table.entity.name, field: field.name }, 'a Uint8Array or Buffer', value);
  const { view } = table;
  const wanted = Uint8Array.from(value);
  const source = table.bytesSource(slot);
  return (slotAt) => {
    source.locate(view, slotAt);
    return compareBytes(source.bytes, source.start, source.end, wanted, 0, wanted.length);
  };
}
