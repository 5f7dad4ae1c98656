/**
 * The field types of format 1. A name here is what the schema section says; it never changes meaning.
 * What a JavaScript caller gives and gets is in structure/slot-value.ts and writer/column-setter.ts.
 */

export const fieldTypes = [
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float32',
  'float64',
  'boolean',
  'text',
  'bytes',
  'timestamp',
  'timestamptz',
  'date',
  'time',
  'interval',
  'decimal',
  'uuid',
  'enum',
  'json',
] as const;
/** What values a field holds; see the table of packages/core/README.md for what each takes and gives. */
export type FieldType = (typeof fieldTypes)[number];

/** Names that later versions of format 1 give a meaning; a schema that uses one today is refused. */
export const reservedFieldTypes = ['polymorphic', 'vector'] as const;

/** The inclusive range of each integer type. */
export const integerRanges: Partial<Record<FieldType, { readonly minimum: bigint; readonly maximum: bigint }>> = {
  int8: { minimum: -128n, maximum: 127n },
  int16: { minimum: -32768n, maximum: 32767n },
  int32: { minimum: -(2n ** 31n), maximum: 2n ** 31n - 1n },
  int64: { minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n },
  uint8: { minimum: 0n, maximum: 255n },
  uint16: { minimum: 0n, maximum: 65535n },
  uint32: { minimum: 0n, maximum: 2n ** 32n - 1n },
  uint64: { minimum: 0n, maximum: 2n ** 64n - 1n },
};

export function isFieldType(name: unknown): name is FieldType {
  return (fieldTypes as readonly unknown[]).includes(name);
}

/** Types whose equality is not that of their bytes, or that have none: they cannot be a key. */
export function canBeKey(type: FieldType): boolean {
  return type !== 'json' && type !== 'interval';
}
