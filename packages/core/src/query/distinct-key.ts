/** What tells a field's values apart as the database does: equal keys for equal values. */
import { testBit } from '../bytes/bitmap';
import { normalizedDecimalText, parseDecimal } from '../structure/decimal';
import { type Representations, slotReaderOf } from '../structure/slot-value';
import type { FieldInRow } from './order-key';

/** A primitive for the value in a row, null for none. */
export function distinctKeyOf(
  { table, field, ordinalIn }: FieldInRow,
  canonical: Representations,
): (row: Int32Array) => unknown {
  const rankOf = table.rankReader(field.name);
  if (rankOf)
    return (row) => {
      const ordinal = ordinalIn(row);
      return ordinal < 0 ? null : rankOf(ordinal) || null;
    };
  const { bytes, view, stride } = table;
  const { kind, bit, offset } = table.slotOf(field.name);
  const read = slotReaderOf(field, kind, bit, canonical);
  const keyOf =
    field.type === 'decimal'
      ? (value: unknown) => normalizedDecimalText(parseDecimal(value as string)!)
      : field.type === 'bytes'
        ? (value: unknown) => (value as Buffer).toString('latin1')
        : (value: unknown) => value;
  return (row) => {
    const ordinal = ordinalIn(row);
    const base = ordinal * stride;
    return ordinal < 0 || !testBit(bytes, base, bit) ? null : keyOf(read(view, base + offset, table, 0));
  };
}
