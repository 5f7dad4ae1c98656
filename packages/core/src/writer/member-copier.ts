/**
 * From the slots of a record in one file to a record being written to another, by bytes: no value becomes a JavaScript object or string.
 * The way of each slot kind is chosen once a member. What is copied is bounded as by a reader, and not looked into any further: a slot
 * that holds nonsense in the source holds the same nonsense in the copy.
 */
import { testBit } from '../bytes/bitmap';
import { ASCII, type TextEncodingCode, WTF8 } from '../bytes/text';
import { PermafrostBugError, PermafrostError } from '../errors';
import { type RecordLayout, type Slot, type SlotKind, slotSizes } from '../layout/layout';
import type { EntitySchema } from '../schema/schema';
import { readArrayValue } from '../structure/array-value';
import { decimalKind, heapSlotOfDecimal, IN_HEAP, packHeapDecimal } from '../structure/decimal';
import type { HeapBuilder } from '../structure/heap';
import type { ValueSource } from '../structure/slot-value';
import { StoredText } from '../structure/stored-text';
import type { ColumnSetter } from './setters/column-setter';
import { TextSetter } from './setters/heap-setters';
import type { StagingTable } from './staging/staging-table';

/** The records of one entity in a file there is. A reader's record table is one. */
export interface CopySource extends ValueSource {
  readonly entity: EntitySchema;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly layout: RecordLayout;
}

/** Where a member of the record being written lies. */
export interface MemberPlace {
  readonly staging: StagingTable;
  readonly bit: number;
  readonly setter: ColumnSetter;
  readonly heap: HeapBuilder;
}

/** Copies a member of the source's record at `base` (bytes), which has been checked. */
export type MemberCopier = (base: number) => void;

/** Copies a slot that holds a value; `slotAt` is where it lies in the source's view. */
type SlotCopier = (slotAt: number) => void;

/** Copies value with its rank, null or absence. `slot` is the source's; its field is of the same type as the place's. */
export function memberCopier(place: MemberPlace, slot: Slot, source: CopySource): MemberCopier {
  const { bytes, layout } = source;
  const { staging, bit } = place;
  const copySlot = slotCopier(place, slot, source);
  const copyRank = rankCopier(place, slot, source);
  return (base) => {
    if (testBit(bytes, base, slot.bit)) {
      copySlot(base + slot.offset);
      copyRank?.(base);
      staging.markValue(bit);
    } else if (testBit(bytes, base + layout.nullBitmapOffset, slot.bit)) staging.markNull(bit);
  };
}

/** Of a field that is ranked in both files; undefined for others. */
function rankCopier({ staging, bit }: MemberPlace, slot: Slot, { view }: CopySource): MemberCopier | undefined {
  const from = slot.rankOffset;
  const to = staging.layout.slots[bit]!.rankOffset;
  if (from === undefined || to === undefined) return undefined;
  return (base) => staging.view.setUint32(staging.base + to, view.getUint32(base + from, true), true);
}

function slotCopier(place: MemberPlace, slot: Slot, source: CopySource): SlotCopier {
  switch (slot.kind) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'float32':
    case 'float64':
    case 'boolean':
    case 'enum8':
    case 'enum16':
    case 'date':
    case 'timestamp':
    case 'time':
    case 'interval':
    case 'uuid':
      return bytesCopier(place, slot.kind, source);
    case 'decimal':
      return decimalCopier(place, source);
    case 'array':
      return isStoredAlike(place, slot, source) ? heapCopier(place, source) : textListCopier(place, slot, source);
    case 'heap-bytes':
    case 'map':
      return heapCopier(place, source);
    case 'heap-text':
    case 'table-text':
      return textCopier(place, slot, source);
    case 'reference':
    case 'polymorphic-reference':
      throw new PermafrostBugError(`${slot.name}: an ordinal means nothing in another file.`);
  }
}

/** Slots that hold their value themselves. */
function bytesCopier({ staging, bit }: MemberPlace, kind: SlotKind, { view }: CopySource): SlotCopier {
  const { offset } = staging.layout.slots[bit]!;
  switch (slotSizes[kind]) {
    case 8:
      return (slotAt) => {
        const to = staging.base + offset;
        staging.view.setUint32(to, view.getUint32(slotAt, true), true);
        staging.view.setUint32(to + 4, view.getUint32(slotAt + 4, true), true);
      };
    case 4:
      return (slotAt) => staging.view.setUint32(staging.base + offset, view.getUint32(slotAt, true), true);
    case 2:
      return (slotAt) => staging.view.setUint16(staging.base + offset, view.getUint16(slotAt, true), true);
    case 1:
      return (slotAt) => staging.view.setUint8(staging.base + offset, view.getUint8(slotAt));
    default: {
      const size = slotSizes[kind];
      return (slotAt) => {
        const to = staging.base + offset;
        for (let at = 0; at < size; at += 4) staging.view.setUint32(to + at, view.getUint32(slotAt + at, true), true);
      };
    }
  }
}

/** A decimal in its slot is copied with it, a longer one as the ASCII text that it is in the heap. */
function decimalCopier(place: MemberPlace, source: CopySource): SlotCopier {
  const { staging, bit, heap } = place;
  const { offset } = staging.layout.slots[bit]!;
  const copyInline = bytesCopier(place, 'decimal', source);
  return (slotAt) => {
    if (decimalKind(source.view, slotAt) !== IN_HEAP) return copyInline(slotAt);
    const text = heapSlotOfDecimal(source.view, slotAt);
    source.heap.locateAt(text.offset, text.size);
    const copyOffset = heap.size;
    const to = staging.base + offset;
    heap.append(staging.view, to, source.heap.bytes, text.offset, text.offset + text.size, ASCII);
    packHeapDecimal(staging.view, to, copyOffset, text.size);
  };
}

/** Binary values, arrays and maps: offsets within an array count from its own start, so its bytes mean the same anywhere. */
function heapCopier({ staging, bit, heap }: MemberPlace, source: CopySource): SlotCopier {
  const { offset } = staging.layout.slots[bit]!;
  return (slotAt) => {
    const from = source.heap;
    from.locate(source.view, slotAt);
    heap.append(staging.view, staging.base + offset, from.bytes, from.start, from.end, 0);
  };
}

/** Text and JSON, through the setter: it may keep them in a string table. */
function textCopier({ setter }: MemberPlace, slot: Slot, source: CopySource): SlotCopier {
  if (!(setter instanceof TextSetter)) throw new PermafrostBugError(`${slot.name}: its setter takes no text.`);
  if (slot.kind === 'table-text') {
    return (slotAt) => {
      const place = source.stringTable(slot.bit).locate(source.view.getUint32(slotAt, true));
      setter.setEncoded(place.bytes, place.start, place.end, checkedEncoding(slot, place.encoding));
    };
  }
  const text = new StoredText(source.heap, source.entity.fields[slot.bit]!);
  return (slotAt) => {
    text.locate(source.view, slotAt);
    setter.setEncoded(text.bytes, text.start, text.end, checkedEncoding(slot, text.encoding));
  };
}

/** Whether both files store the texts of a list in one form, so that its bytes mean the same in both. */
function isStoredAlike({ setter }: MemberPlace, slot: Slot, { entity }: CopySource): boolean {
  const { packed = false, compressed = false } = entity.fields[slot.bit]!;
  return (setter.field.packed ?? false) === packed && (setter.field.compressed ?? false) === compressed;
}

/** Lists of text or JSON that the other file stores in another form, element by element. */
function textListCopier({ setter }: MemberPlace, slot: Slot, source: CopySource): SlotCopier {
  const text = new StoredText(source.heap, source.entity.fields[slot.bit]!);
  return (slotAt) => {
    const elements = readArrayValue(source.view, slotAt, source, 'heap-text', (view, elementAt, _, bias) => {
      text.locate(view, elementAt, bias);
      const bytes = Buffer.from(text.bytes.subarray(text.start, text.end));
      return { bytes, encoding: checkedEncoding(slot, text.encoding) };
    }) as ({ bytes: Buffer; encoding: TextEncodingCode } | null)[];
    setter.beginArray(elements.length);
    for (const element of elements) {
      const to = setter.nextElement() as TextSetter;
      if (element) to.setEncoded(element.bytes, 0, element.bytes.length, element.encoding);
    }
    setter.endArray();
  };
}

/** The staging table gives the fourth encoding a meaning of its own. */
function checkedEncoding(slot: Slot, encoding: number): TextEncodingCode {
  if (encoding <= WTF8) return encoding as TextEncodingCode;
  throw new PermafrostError(
    'FILE_CORRUPT',
    `${slot.name}: a record holds text of the encoding ${encoding}, which there is not. Publish again.`,
    { field: slot.name, actual: encoding },
  );
}
