/** The record pass: staged records become records of the file, in key order, with ordinals and string ids in their slots. */
import { bitmapSize, clearBit, setBit, testBit, testBits } from '../bytes/bitmap';
import { sectionKinds } from '../file/section-kinds';
import type { SnapshotFileWriter } from '../file/snapshot-file-writer';
import { layoutRecord, type RecordLayout, rankSize, slotSizes, toOneRelations } from '../layout/layout';
import type { HeapBuilder } from '../structure/heap';
import type { RecordWriter } from './record-writer';
import { NO_TARGET, type ResolvedRelations } from './relations/resolve-relations';
import { STAGED_ID } from './setters/heap-setters';
import type { SealedTable } from './staging/sealed-table';
import { viewOf } from './staging/staging-table';

const BUFFER_SIZE = 2 ** 20;

/** What is decided when all text of an entity is known. */
export interface TextPlacement {
  /** Names of the fields whose text is in string tables. */
  readonly tableText: ReadonlySet<string>;
  /** By bit: heap slots of the strings of a table that was given up, in id order. */
  readonly spilled: readonly (DataView | undefined)[];
}

/** Decides where each text field's values lie and moves what does not stay in a string table to the heap, each string once. */
export function placeText(writer: RecordWriter, heap: HeapBuilder): TextPlacement {
  const tableText = new Set<string>();
  const spilled = writer.entity.fields.map((field, bit) => {
    const table = writer.stringTables[bit];
    if (!table) return undefined;
    if (writer.suitsStringTable(bit)) {
      tableText.add(field.name);
      return undefined;
    }
    const slots = new DataView(new ArrayBuffer(8 * table.count));
    table.forEach((bytes, start, end, encoding, id) => {
      heap.append(slots, 8 * id, bytes, start, end, encoding as 0 | 1 | 2);
    });
    return slots;
  });
  return { tableText, spilled };
}

/** Writes the record table of one entity and returns its layout. Cost: about 0.1 µs a record and 2 ns a slot. */
export function writeRecords(
  file: SnapshotFileWriter,
  entityId: number,
  table: SealedTable,
  text: TextPlacement,
  relations: ResolvedRelations,
): RecordLayout {
  const { entity } = table;
  const layout = layoutRecord(entity, { tableText: text.tableText });
  const copy = fieldCopier(table, layout, text);
  const fill = referenceFiller(table, layout, relations);
  const { stride } = layout;
  const buffer = Buffer.alloc(stride * Math.max(1, Math.min(table.recordCount, Math.floor(BUFFER_SIZE / stride))));
  const view = viewOf(buffer);
  const stagedStride = table.writer.staging.layout.stride;
  file.beginSection(sectionKinds.records, { entityId });
  let base = 0;
  table.records.forEach(table.recordCount, (ordinal) => {
    const stagedBase = table.ordinals.positionOf(ordinal) * stagedStride;
    copy(stagedBase, view, buffer, base);
    fill(ordinal, stagedBase, view, buffer, base);
    base += stride;
    if (base === buffer.length) {
      file.write(buffer);
      buffer.fill(0);
      base = 0;
    }
  });
  file.write(buffer.subarray(0, base));
  file.endSection(table.recordCount);
  return layout;
}

/** Copies bitmaps and field slots of one record. Fields have the same bits in both layouts; slots and ranks differ in place and text in form. */
function fieldCopier(
  table: SealedTable,
  layout: RecordLayout,
  text: TextPlacement,
): (stagedBase: number, view: DataView, bytes: Uint8Array, base: number) => void {
  const staged = table.records;
  const from = table.writer.staging.layout;
  const fieldCount = table.entity.fields.length;
  const fieldBitmapSize = bitmapSize(fieldCount);
  const lastByteMask = (fieldCount & 7) === 0 ? 0xff : (1 << (fieldCount & 7)) - 1;
  const moves = table.entity.fields.map((_, bit) => {
    const slot = layout.slots[bit]!;
    return { from: from.slots[bit]!.offset, to: slot.offset, size: slotSizes[slot.kind], spilled: text.spilled[bit] };
  });
  for (const [bit, { rankOffset }] of from.slots.entries())
    if (rankOffset !== undefined)
      moves.push({ from: rankOffset, to: layout.slots[bit]!.rankOffset!, size: rankSize, spilled: undefined });
  return (stagedBase, view, bytes, base) => {
    for (let byte = 0; byte < fieldBitmapSize; byte++) {
      const mask = byte === fieldBitmapSize - 1 ? lastByteMask : 0xff;
      const values = staged.bytes[stagedBase + byte]! & mask;
      const nulls = staged.bytes[stagedBase + from.nullBitmapOffset + byte]! & mask;
      bytes[base + byte]! |= values;
      bytes[base + layout.nullBitmapOffset + byte]! |= nulls & ~values;
    }
    for (let move = 0; move < moves.length; move++) {
      const { from: source, to, size, spilled } = moves[move]!;
      const stagedAt = stagedBase + source;
      const at = base + to;
      if (size === 8) {
        let slots = staged.view;
        let slotAt = stagedAt;
        if (spilled && staged.view.getUint32(stagedAt + 4, true) >>> 30 === STAGED_ID) {
          slotAt = 8 * staged.view.getUint32(stagedAt, true);
          slots = spilled;
        }
        view.setUint32(at, slots.getUint32(slotAt, true), true);
        view.setUint32(at + 4, slots.getUint32(slotAt + 4, true), true);
      } else if (size === 4) view.setUint32(at, staged.view.getUint32(stagedAt, true), true);
      else for (let byte = 0; byte < size; byte++) bytes[at + byte] = staged.bytes[stagedAt + byte]!;
    }
  };
}

/** Writes the reference slots of one record; a reference to nothing (any more) is null, or absent when its key was absent. */
function referenceFiller(
  table: SealedTable,
  layout: RecordLayout,
  relations: ResolvedRelations,
): (ordinal: number, stagedBase: number, view: DataView, bytes: Uint8Array, base: number) => void {
  const from = table.writer.staging.layout;
  const slots = toOneRelations(table.entity).map((relation, number) => {
    const slot = layout.slots[table.entity.fields.length + number]!;
    const staged = table.writer.references.filter((reference) => reference.relation === relation);
    const keyBits = staged.map(({ bits }) => bits);
    return { slot, keyBits, targets: relations.referencesOf(table.entity, relation) };
  });
  return (ordinal, stagedBase, view, bytes, base) => {
    for (const { slot, keyBits, targets } of slots) {
      let number = 0;
      while (number < targets.length && targets[number]![ordinal] === NO_TARGET) number++;
      if (number < targets.length) {
        const isPolymorphic = slot.kind === 'polymorphic-reference';
        if (isPolymorphic) view.setUint32(base + slot.offset, number, true);
        view.setUint32(base + slot.offset + (isPolymorphic ? 4 : 0), targets[number]![ordinal]!, true);
        setBit(bytes, base, slot.bit);
        continue;
      }
      clearBit(bytes, base, slot.bit);
      const isNull =
        keyBits.length === 0 ||
        keyBits.some(
          (bits) =>
            bits.some((bit) => testBit(table.records.bytes, stagedBase + from.nullBitmapOffset, bit)) ||
            testBits(table.records.bytes, stagedBase, bits),
        );
      if (isNull) setBit(bytes, base + layout.nullBitmapOffset, slot.bit);
    }
  };
}
