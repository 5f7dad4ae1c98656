/**
 * The schema section: schema, layouts and notes as one JSON text (RFC 8259, UTF-8). Data only: nothing in it is ever executed.
 * The layouts are written out, so that a reader need not know how the writer placed its slots.
 */

import { bitmapSize } from '../bytes/bitmap';
import { PermafrostError } from '../errors';
import {
  type RecordLayout,
  rankSize,
  referenceKindOf,
  type Slot,
  type SlotKind,
  slotKindOf,
  slotSizes,
  toOneRelations,
} from '../layout/layout';
import { MAX_STRIDE } from '../limits';
import {
  defineSchema,
  type EntityDefinition,
  type EntitySchema,
  type FieldSchema,
  type JsonValue,
  type RelationSchema,
  type Schema,
} from '../schema/schema';

export interface SchemaSection {
  readonly schema: Schema;
  /** In schema order. */
  readonly layouts: readonly RecordLayout[];
  /** Who made the file and from what, e.g. time zone and server version. */
  readonly notes: JsonValue;
}

export function encodeSchemaSection({ schema, layouts, notes }: SchemaSection): Buffer {
  return Buffer.from(
    JSON.stringify({ fingerprint: schema.fingerprint, entities: schema.entities, layouts, notes }),
    'utf8',
  );
}

/** Checks the schema's rules, its fingerprint and every slot's bounds. Throws FILE_CORRUPT. */
export function decodeSchemaSection(bytes: Buffer, path: string): SchemaSection {
  const corrupt = (why: string, cause?: unknown): PermafrostError =>
    new PermafrostError(
      'FILE_CORRUPT',
      `${path}: the schema section is damaged: ${why}. Publish again.`,
      { path },
      { cause },
    );
  let parsed: { fingerprint?: unknown; entities?: unknown; layouts?: unknown; notes?: JsonValue };
  let schema: Schema;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
    schema = defineSchema(parsed.entities as EntityDefinition[]);
  } catch (cause) {
    throw corrupt((cause as Error).message, cause);
  }
  if (schema.fingerprint !== parsed.fingerprint) throw corrupt('its fingerprint does not match its entities');
  const layouts = parsed.layouts as RecordLayout[];
  if (!Array.isArray(layouts) || layouts.length !== schema.entities.length)
    throw corrupt('it does not have one layout an entity');
  for (const [entityId, entity] of schema.entities.entries()) {
    const why = layoutDefect(entity, layouts[entityId]!);
    if (why) throw corrupt(`the layout of ${entity.name}: ${why}`);
  }
  return { schema, layouts, notes: parsed.notes ?? null };
}

/** What is wrong with a layout found in a file, or undefined. */
function layoutDefect(entity: EntitySchema, layout: RecordLayout): string | undefined {
  const relations = toOneRelations(entity);
  const memberCount = entity.fields.length + relations.length;
  const { stride, nullBitmapOffset, slots } = layout ?? {};
  if (!Number.isInteger(stride) || stride <= 0 || stride > MAX_STRIDE || stride % 8 !== 0)
    return `a stride of ${stride}`;
  if (!Array.isArray(slots) || slots.length !== memberCount) return `${slots?.length} slots for ${memberCount} members`;
  if (
    !Number.isInteger(nullBitmapOffset) ||
    nullBitmapOffset < bitmapSize(memberCount) ||
    nullBitmapOffset + bitmapSize(memberCount) > stride
  ) {
    return `a null bitmap at ${nullBitmapOffset}`;
  }
  const used = new Uint8Array(stride);
  used.fill(1, 0, bitmapSize(memberCount));
  used.fill(1, nullBitmapOffset, nullBitmapOffset + bitmapSize(memberCount));
  for (const [bit, slot] of slots.entries()) {
    const field = entity.fields[bit];
    const why = slotDefect(field, relations[bit - entity.fields.length], bit, slot, used);
    if (why) return why;
  }
  return undefined;
}

/** `field` is that of the slot, or else `relation` its to-one relation; `used` has a 1 for every byte that is taken. */
function slotDefect(
  field: FieldSchema | undefined,
  relation: RelationSchema | undefined,
  bit: number,
  slot: Slot,
  used: Uint8Array,
): string | undefined {
  const { name } = (field ?? relation)!;
  const kinds: SlotKind[] = field ? [slotKindOf(field, false), slotKindOf(field, true)] : [referenceKindOf(relation!)];
  if (slot?.name !== name || slot.bit !== bit || !kinds.includes(slot.kind))
    return `${name} has the slot ${JSON.stringify(slot)}`;
  const isRanked = field?.ranked ?? false;
  if (isRanked !== (slot.rankOffset !== undefined)) return `${name} has ${isRanked ? 'no' : 'a'} place for a rank`;
  return (
    placeDefect(name, slot.offset, slotSizes[slot.kind], used) ??
    (isRanked ? placeDefect(`the rank of ${name}`, slot.rankOffset!, rankSize, used) : undefined)
  );
}

function placeDefect(what: string, offset: number, size: number, used: Uint8Array): string | undefined {
  const end = offset + size;
  if (!Number.isInteger(offset) || offset < 0 || end > used.length) return `${what} lies at bytes ${offset} to ${end}`;
  for (let at = offset; at < end; at++) if (used[at]!++ !== 0) return `${what} overlaps another slot at byte ${at}`;
  return undefined;
}
