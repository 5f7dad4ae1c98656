/**
 * Keys of records: hash, equality and order, part by part, over what the parts have loaded. So a key found in one layout compares with
 * one in another.
 *
 * The hash of a key is murmur3 over each part's canonical bytes in turn, the hash of the parts before as seed (0 at first).
 */
import type { Slot } from '../layout/layout';
import type { ValuePlace } from '../schema/canonical';
import type { FieldSchema } from '../schema/schema';
import {
  BytesKeyPart,
  type BytesSource,
  DecimalKeyPart,
  FloatKeyPart,
  IntegerKeyPart,
  type KeyPart,
  UuidKeyPart,
} from './key-parts';
import type { ValueSource } from './slot-value';

/** Parts for the key fields of records in one layout. `sourceOf` finds the bytes of text; `values` those of decimals in the heap. */
export function keyPartsOf(
  fields: readonly FieldSchema[],
  slots: readonly Slot[],
  entity: string,
  sourceOf: (slot: Slot) => BytesSource,
  values: ValueSource | undefined,
): KeyPart[] {
  return fields.map((field, part) => keyPartOf(field, slots[part]!, entity, sourceOf, values));
}

/** Parts that only load JavaScript values. */
export function keyProbesOf(fields: readonly FieldSchema[], entity: string): KeyPart[] {
  return fields.map((field) => keyPartOf(field, undefined, entity, undefined, undefined));
}

export function hashOfRecord(parts: readonly KeyPart[], view: DataView, base: number): number {
  let hash = 0;
  for (const part of parts) {
    part.loadRecord(view, base);
    hash = part.hash(hash);
  }
  return hash;
}

/** Loads the record into `parts` and compares with what `others` have loaded. */
export function compareRecord(
  parts: readonly KeyPart[],
  view: DataView,
  base: number,
  others: readonly KeyPart[],
): number {
  for (let part = 0; part < parts.length; part++) {
    parts[part]!.loadRecord(view, base);
    const order = parts[part]!.compare(others[part]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** Loads the record into `parts` and says whether it has the key that `others` have loaded. */
export function equalsRecord(
  parts: readonly KeyPart[],
  view: DataView,
  base: number,
  others: readonly KeyPart[],
): boolean {
  for (let part = 0; part < parts.length; part++) {
    parts[part]!.loadRecord(view, base);
    if (!parts[part]!.equals(others[part]!)) return false;
  }
  return true;
}

function keyPartOf(
  field: FieldSchema,
  slot: Slot | undefined,
  entity: string,
  sourceOf: ((slot: Slot) => BytesSource) | undefined,
  values: ValueSource | undefined,
): KeyPart {
  const place: ValuePlace = { entity, field: field.name };
  const offset = slot?.offset ?? 0;
  switch (field.type) {
    case 'float32':
    case 'float64':
      return new FloatKeyPart(field, offset, place);
    case 'text':
    case 'bytes':
      return new BytesKeyPart(field, offset, place, slot && sourceOf!(slot));
    case 'uuid':
      return new UuidKeyPart(field, offset, place, undefined);
    case 'decimal':
      return new DecimalKeyPart(field, offset, place, slot?.kind, values);
    default:
      return new IntegerKeyPart(field, offset, place, slot?.kind ?? 'int64');
  }
}
