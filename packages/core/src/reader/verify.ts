/**
 * The deep check: reads every byte and every record and returns what it finds. Opening has checked the frame already.
 * Cost: about 0.3 s a GB for checksums and 1 µs a record and field for the rest.
 */
import { testBit } from '../bytes/bitmap';
import { textDefect } from '../bytes/text';
import { toOneRelations } from '../layout/layout';
import { mayBeEmpty } from '../schema/embedded';
import { hasNullElement, storedElementCount } from '../structure/array-value';
import { compareRecord } from '../structure/key';
import { storedKeyCount } from '../structure/map-value';
import { NumericArrayView } from '../structure/numeric-array';
import { slotReaderOf } from '../structure/slot-value';
import type { KeyLookup } from './key-lookup';
import type { RecordTable } from './record-table';
import type { SnapshotReader } from './snapshot-reader';
import { Findings, type VerifyFinding } from './verify-findings';
import { verifyIndexes } from './verify-indexes';
import { verifyRanks } from './verify-ranks';
import { referenceDefect, verifyRelations } from './verify-relations';
import { textChecker } from './verify-text';

export type { VerifyFinding } from './verify-findings';

/** How far `verify` goes. */
export interface VerifyOptions {
  /** Stop after so many findings. Default 100. */
  readonly maxFindings?: number;
  readonly signal?: AbortSignal;
}

/** All findings, none when the file is whole. Throws only when it cannot run: SNAPSHOT_CLOSED, or the signal's reason. */
export async function verifyReader(
  reader: SnapshotReader,
  { maxFindings = 100, signal }: VerifyOptions = {},
): Promise<VerifyFinding[]> {
  reader.requireOpen('verify');
  const findings = new Findings(maxFindings);
  const breathe = async () => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    reader.requireOpen('verify');
  };
  for (let block = 0; block < reader.guard.blockCount; block++) {
    if ((block & 63) === 0) await breathe();
    const damage = reader.guard.damageOf(block);
    if (damage) findings.add(damage);
  }
  for (const table of reader.tables) {
    for (let first = 0; first < table.recordCount && !findings.full; first += 16384) {
      await breathe();
      verifyRecords(table, first, Math.min(first + 16384, table.recordCount), findings);
    }
    await breathe();
    verifyStringTables(table, findings);
    verifyRelations(table, findings);
    verifyIndexes(table, findings);
    verifyRanks(table, findings);
  }
  return findings.list;
}

/** Checks bitmaps, slots, order and index of the records [first, end). */
function verifyRecords(table: RecordTable, first: number, end: number, findings: Findings): void {
  const { entity, layout, view, bytes, stride } = table;
  const relations = toOneRelations(entity);
  const members = layout.slots.map((slot, bit) => {
    const field = entity.fields[bit];
    const relation = field ? undefined : relations[bit - entity.fields.length]!;
    return {
      slot,
      nullable: field ? mayBeEmpty(entity, field) : relation!.nullable,
      read: field && slotReaderOf(field, slot.kind, bit, { json: 'value' }),
      textDefectAt: field && textChecker(table, field, slot),
      targets: relation && table.targetTables(relation),
    };
  });
  const parts = table.keyParts();
  const before = table.keyParts();
  const finder = indexFinder(table, findings);
  const keyReaders = entity.key.map((name) => entity.fields.findIndex((field) => field.name === name));
  for (let ordinal = first; ordinal < end && !findings.full; ordinal++) {
    const base = ordinal * stride;
    let keyIsReadable = true;
    for (const { slot, nullable, read, textDefectAt, targets } of members) {
      findings.collect(table, slot.name, ordinal, () => {
        const holdsValue = testBit(bytes, base, slot.bit);
        const isNull = testBit(bytes, base + layout.nullBitmapOffset, slot.bit);
        if (holdsValue && isNull) findings.say(table, 'it both holds a value and is null.', slot.name, ordinal);
        if (!holdsValue && !nullable) {
          findings.say(table, 'it holds no value, but is not nullable.', slot.name, ordinal);
          if (keyReaders.includes(slot.bit)) keyIsReadable = false;
        }
        if (!holdsValue) return;
        const value = read?.(view, base + slot.offset, table, 0);
        if (keyReaders.includes(slot.bit) && value === undefined) keyIsReadable = false;
        if (value instanceof Set || value instanceof Map) {
          table.heap.locate(view, base + slot.offset);
          const count = value instanceof Set ? storedElementCount(table.heap) : storedKeyCount(table.heap);
          if (count !== value.size)
            findings.say(table, `of its ${count} elements or keys ${value.size} are distinct.`, slot.name, ordinal);
        }
        if (value instanceof NumericArrayView || ArrayBuffer.isView(value)) {
          table.heap.locate(view, base + slot.offset);
          if (slot.kind === 'array' && hasNullElement(table.heap))
            findings.say(table, 'an element of an array of numbers is null.', slot.name, ordinal);
        }
        const defect = textDefectAt?.(base + slot.offset);
        if (defect) findings.say(table, `${defect}.`, slot.name, ordinal);
        const why = targets && referenceDefect(view, base + slot.offset, slot.kind, targets);
        if (why) findings.say(table, why, slot.name, ordinal);
      });
    }
    if (!keyIsReadable) continue;
    findings.collect(table, undefined, ordinal, () => {
      if (ordinal > 0) {
        for (const part of before) part.loadRecord(view, (ordinal - 1) * stride);
        if (compareRecord(parts, view, base, before) <= 0)
          findings.say(table, 'its key is not above the key of the record before.', undefined, ordinal);
      }
      finder?.(ordinal);
    });
  }
}

/** A function that says when the key index does not find a record. */
function indexFinder(table: RecordTable, findings: Findings): ((ordinal: number) => void) | undefined {
  let lookup: KeyLookup | undefined;
  findings.collect(table, undefined, undefined, () => {
    lookup = table.keyLookup;
  });
  const found = lookup;
  if (!found) return undefined;
  const slots = table.entity.key.map((name) => table.slotOf(name));
  const readers = slots.map((slot) =>
    slotReaderOf(table.entity.fields[slot.bit]!, slot.kind, slot.bit, {
      timestamp: 'microseconds',
      timestamptz: 'microseconds',
    }),
  );
  return (ordinal) => {
    const key = slots.map((slot, part) => readers[part]!(table.view, ordinal * table.stride + slot.offset, table, 0));
    const ordinalFound = found.ordinalOf(key);
    if (ordinalFound !== ordinal)
      findings.say(
        table,
        `the key index finds ${ordinalFound < 0 ? 'nothing' : `record ${ordinalFound}`} for its key.`,
        undefined,
        ordinal,
      );
  };
}

/** Checks each string once, whoever refers to it. */
function verifyStringTables(table: RecordTable, findings: Findings): void {
  for (const slot of table.layout.slots) {
    if (slot.kind !== 'table-text') continue;
    findings.collect(table, slot.name, undefined, () => {
      const strings = table.stringTable(slot.bit);
      for (let id = 0; id < strings.count && !findings.full; id++) {
        const { bytes, start, end, encoding } = strings.locate(id);
        const defect = textDefect(bytes, start, end, encoding);
        if (defect) findings.say(table, `string ${id}: ${defect}.`, slot.name);
      }
    });
  }
}
