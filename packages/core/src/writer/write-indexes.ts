/** Secondary indexes: hash indexes on fields beside the key. Records without a value in one of the fields are left out of them. */
import { testBits } from '../bytes/bitmap';
import { describeValue, PermafrostError } from '../errors';
import { sectionKinds } from '../file/section-kinds';
import type { SnapshotFileWriter } from '../file/snapshot-file-writer';
import { type FieldSchema, type IndexSchema, indexFields } from '../schema/schema';
import { buildHashIndex, HashIndexView } from '../structure/hash-index';
import { equalsRecord, hashOfRecord } from '../structure/key';
import type { KeyPart } from '../structure/key-parts';
import type { SealedTable } from './staging/sealed-table';
import { trusted, viewOf } from './staging/staging-table';

/** Throws INDEX_DUPLICATE naming both records. Memory: 18 bytes a record, for one index at a time. Cost: 0.1–0.5 µs a record. */
export function writeIndexes(file: SnapshotFileWriter, entityId: number, table: SealedTable): void {
  for (const [memberId, index] of table.entity.indexes.entries()) {
    const fields = indexFields(table.entity, index);
    const { hashes, ordinals } = hashRecords(table, fields);
    const section = buildHashIndex(hashes, ordinals);
    if (index.unique) refuseDuplicates(table, fields, index, hashes, ordinals, section);
    file.writeSection(sectionKinds.secondaryIndex, { entityId, memberId }, hashes.length, section);
  }
}

interface HashedRecords {
  readonly hashes: Uint32Array;
  /** Ascending. */
  readonly ordinals: Uint32Array;
}

function hashRecords(table: SealedTable, fields: readonly FieldSchema[]): HashedRecords {
  const { records, recordCount, ordinals: map } = table;
  const { stride } = table.writer.staging.layout;
  const parts = table.partsOf(fields);
  const bits = table.bitsOf(fields);
  const hashes = new Uint32Array(recordCount);
  const ordinals = new Uint32Array(recordCount);
  let count = 0;
  records.forEach(recordCount, (ordinal) => {
    const base = map.positionOf(ordinal) * stride;
    if (!testBits(records.bytes, base, bits)) return;
    hashes[count] = hashOfRecord(parts, records.view, base);
    ordinals[count++] = ordinal;
  });
  return { hashes: hashes.subarray(0, count), ordinals: ordinals.subarray(0, count) };
}

/** Looks each record up in the index that has just been made: the first with its values must be itself. */
function refuseDuplicates(
  table: SealedTable,
  fields: readonly FieldSchema[],
  index: IndexSchema,
  hashes: Uint32Array,
  ordinals: Uint32Array,
  section: Buffer,
): void {
  const { records, ordinals: map } = table;
  const { stride } = table.writer.staging.layout;
  const view = new HashIndexView(viewOf(section), trusted, 0);
  const wanted = table.partsOf(fields);
  const parts = table.partsOf(fields);
  const load = (ordinal: number) => {
    for (const part of wanted) part.loadRecord(records.view, map.positionOf(ordinal) * stride);
  };
  const matcher = {
    matches: (ordinal: number, probe: readonly KeyPart[]) =>
      equalsRecord(parts, records.view, map.positionOf(ordinal) * stride, probe),
  };
  records.forEach(ordinals.length, (entry) => {
    const ordinal = ordinals[entry]!;
    load(ordinal);
    const first = view.find(hashes[entry]!, matcher, wanted);
    if (first === ordinal) return;
    const { name } = table.entity;
    const values = table.valuesAt(fields, map.positionOf(ordinal));
    const keys = [first, ordinal].map((duplicate) => table.keyAt(map.positionOf(duplicate)));
    throw new PermafrostError(
      'INDEX_DUPLICATE',
      `${name}: the records ${keys.map(describeValue).join(' and ')} both have ${index.fields.join(', ')} = ${describeValue(values)}, but the index on it is unique. Correct the data, or declare the index without \`unique\`.`,
      { entity: name, field: index.fields.join(', '), key: keys[1], actual: values },
    );
  });
}
