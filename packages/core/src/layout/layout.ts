/**
 * From a schema to bytes: which slot of which record holds which member. Pure functions, no I/O.
 *
 * A record is: value bitmap (1 bit a member), null bitmap (1 bit a member), slots. Slots lie at multiples of their size
 * by descending size; smaller ones first fill the gap behind the bitmaps. A field that is ranked has a second slot, for its rank.
 * The stride is a multiple of 8.
 */
import { bitmapSize } from '../bytes/bitmap';
import { PermafrostError } from '../errors';
import { MAX_STRIDE } from '../limits';
import type { FieldType } from '../schema/field-types';
import type { EntitySchema, FieldSchema, RelationSchema } from '../schema/schema';

/** How a slot holds its value. The names stand in the file; docs/FORMAT.md has the bytes of each. */
export const slotSizes = {
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  float32: 4,
  float64: 8,
  boolean: 1,
  enum8: 1,
  enum16: 2,
  date: 4,
  timestamp: 8,
  time: 8,
  interval: 16,
  uuid: 16,
  decimal: 8,
  'heap-text': 8,
  'table-text': 4,
  'heap-bytes': 8,
  array: 8,
  map: 8,
  reference: 4,
  'polymorphic-reference': 8,
} as const;
export type SlotKind = keyof typeof slotSizes;

/** Where one field or to-one reference lies in a record. */
export interface Slot {
  readonly name: string;
  readonly kind: SlotKind;
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Position in the value bitmap and in the null bitmap. */
  readonly bit: number;
  /** Of a ranked field: bytes from the start of the record to its rank, a u32 that counts while the field holds a value. */
  readonly rankOffset?: number;
}

/** Bytes of a rank. */
export const rankSize = 4;

/** A member to place. */
export interface LayoutMember {
  readonly name: string;
  readonly kind: SlotKind;
  readonly ranked?: boolean | undefined;
}

export interface RecordLayout {
  readonly entity: string;
  /** Bytes from one record to the next; a multiple of 8. */
  readonly stride: number;
  /** Bytes from the start of the record to the null bitmap; the value bitmap starts at 0. */
  readonly nullBitmapOffset: number;
  /** Fields in schema order, then to-one relations in schema order. */
  readonly slots: readonly Slot[];
}

/** What is decided from the data, not from the schema. Kept from one generation to the next where possible. */
export interface LayoutChoices {
  /** Names of text fields stored in the string table. */
  readonly tableText: ReadonlySet<string>;
}

/** The layout of an entity's records. Throws LIMIT_EXCEEDED when a record would be wider than {@link MAX_STRIDE}. */
export function layoutRecord(entity: EntitySchema, choices: LayoutChoices): RecordLayout {
  const members = [
    ...entity.fields.map((field) => ({
      name: field.name,
      kind: slotKindOf(field, choices.tableText.has(field.name)),
      ranked: field.ranked,
    })),
    ...toOneRelations(entity).map((relation) => ({ name: relation.name, kind: referenceKindOf(relation) })),
  ];
  return layoutMembers(entity.name, members);
}

/** Places members of given slot kinds. The writer's staging records use it with kinds of their own. */
export function layoutMembers(entity: string, members: readonly LayoutMember[]): RecordLayout {
  const nullBitmapOffset = bitmapSize(members.length);
  const bitmapsSize = 2 * nullBitmapOffset;
  /** A size and an offset for each slot: those of the members, then the ranks. */
  const ranked = members.flatMap((member, bit) => (member.ranked ? [bit] : []));
  const sizes = [...members.map(({ kind }): number => slotSizes[kind]), ...ranked.map(() => rankSize)];
  const offsets = new Array<number>(sizes.length);
  const waiting = sizes.map((_, place) => place).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  let gap = bitmapsSize;
  const widest = waiting.length === 0 ? 1 : Math.min(8, sizes[waiting[0]!]!);
  const slotsStart = roundUp(bitmapsSize, widest);
  for (let turn = 0; turn < waiting.length; ) {
    const place = waiting[turn]!;
    const size = sizes[place]!;
    const offset = roundUp(gap, Math.min(size, 8));
    if (size < widest && offset + size <= slotsStart) {
      offsets[place] = offset;
      gap = offset + size;
      waiting.splice(turn, 1);
    } else turn++;
  }
  let end = slotsStart;
  for (const place of waiting) {
    const size = sizes[place]!;
    const offset = roundUp(end, Math.min(size, 8));
    offsets[place] = offset;
    end = offset + size;
  }
  const stride = roundUp(Math.max(end, gap), 8);
  if (stride > MAX_STRIDE) {
    throw new PermafrostError(
      'LIMIT_EXCEEDED',
      `${entity}: a record would take ${stride} bytes; the limit is ${MAX_STRIDE}. Split the entity.`,
      {
        entity,
        expected: MAX_STRIDE,
        actual: stride,
      },
    );
  }
  const slots = members.map((member, bit) => ({
    name: member.name,
    kind: member.kind,
    offset: offsets[bit]!,
    bit,
    ...(member.ranked ? { rankOffset: offsets[members.length + ranked.indexOf(bit)]! } : {}),
  }));
  return { entity, stride, nullBitmapOffset, slots };
}

/** The slot kind of a field. Lists, sets and maps of every type lie in the heap; a set is a list of distinct values. */
export function slotKindOf(
  field: Pick<FieldSchema, 'type' | 'array' | 'set' | 'map' | 'values'>,
  inStringTable: boolean,
): SlotKind {
  if (field.map !== undefined) return 'map';
  return field.array || field.set ? 'array' : scalarSlotKind(field.type, field.values?.length ?? 0, inStringTable);
}

/** The slot kind of one value of a type, in a record or as an element of an array. */
export function scalarSlotKind(type: FieldType, enumValueCount: number, inStringTable: boolean): SlotKind {
  switch (type) {
    case 'text':
      return inStringTable ? 'table-text' : 'heap-text';
    case 'json':
      return 'heap-text';
    case 'bytes':
      return 'heap-bytes';
    case 'timestamp':
    case 'timestamptz':
      return 'timestamp';
    case 'enum':
      return enumValueCount <= 256 ? 'enum8' : 'enum16';
    default:
      return type;
  }
}

/** The slot kind of a to-one relation. */
export function referenceKindOf(relation: RelationSchema): SlotKind {
  return relation.targets === undefined ? 'reference' : 'polymorphic-reference';
}

/** The to-one relations of an entity, stored here or derived: each has a reference slot. */
export function toOneRelations(entity: EntitySchema): readonly RelationSchema[] {
  return entity.relations.filter((relation) => relation.kind === 'to-one');
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
