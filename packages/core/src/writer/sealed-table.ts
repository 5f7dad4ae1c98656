/** A staged entity whose records have all come: in key order, indexed, ready to be referred to and written. */

import { testBit } from '../bytes/bitmap';
import { type EntitySchema, type FieldSchema, keyFields } from '../schema/schema';
import type { HeapView } from '../structure/heap';
import type { BytesSource, KeyPart } from '../structure/key';
import { keyPartsOf } from '../structure/key';
import { slotReaderOf } from '../structure/slot-value';
import { type KeyOrder, orderByKey } from './key-order';
import { OrdinalMap } from './ordinal-map';
import type { RecordWriter } from './record-writer';
import { StagedText, stagedValues } from './staged-key';
import type { StagedRecords, StagingTable } from './staging-table';

export class SealedTable {
  readonly entity: EntitySchema;
  readonly records: StagedRecords;
  recordCount: number;
  order: KeyOrder;
  ordinals: OrdinalMap;

  constructor(
    readonly writer: RecordWriter,
    private readonly heap: HeapView,
  ) {
    this.entity = writer.entity;
    this.records = writer.staging.seal();
    this.recordCount = writer.recordCount;
    const { stride } = writer.staging.layout;
    const input = { entity: this.entity.name, records: this.records, recordCount: this.recordCount, stride };
    this.order = orderByKey({
      ...input,
      parts: this.partsOf(keyFields(this.entity)),
      otherParts: this.partsOf(keyFields(this.entity)),
      keyAt: (position) => this.keyAt(position),
    });
    this.ordinals = new OrdinalMap(
      this.records,
      this.recordCount,
      stride,
      this.partsOf(keyFields(this.entity)),
      this.order,
    );
  }

  /** Forgets the records whose bit is set; those after them move up. Cost: as of the first index. Memory: 4 bytes a record that stays. */
  leaveOut(skipped: Uint8Array): void {
    const positions = new Uint32Array(this.recordCount);
    let kept = 0;
    for (let ordinal = 0; ordinal < this.recordCount; ordinal++)
      if (!testBit(skipped, 0, ordinal)) positions[kept++] = this.ordinals.positionOf(ordinal);
    const { stride } = this.writer.staging.layout;
    this.recordCount = kept;
    this.order = { positions: positions.subarray(0, kept) };
    this.ordinals = new OrdinalMap(this.records, kept, stride, this.partsOf(keyFields(this.entity)), this.order);
  }

  /** The key of a staged record, for messages. */
  keyAt(position: number): unknown {
    return this.valuesAt(keyFields(this.entity), position);
  }

  /** The values that a staged record has in some fields, for messages; a scalar for one field. */
  valuesAt(fields: readonly FieldSchema[], position: number): unknown {
    return stagedKey(
      fields,
      this.bitsOf(fields),
      this.writer.staging,
      this.records,
      this.heap,
      (bit) => this.#textSource(bit),
      position,
    );
  }

  /** The bits of fields: their positions in the schema. */
  bitsOf(fields: readonly FieldSchema[]): number[] {
    return fields.map((field) => this.entity.fields.indexOf(field));
  }

  /** Key parts over some fields of the staged records. */
  partsOf(fields: readonly FieldSchema[]): KeyPart[] {
    const slots = this.bitsOf(fields).map((bit) => this.writer.staging.layout.slots[bit]!);
    return keyPartsOf(fields, slots, this.entity.name, (slot) => this.#textSource(slot.bit), stagedValues(this.heap));
  }

  #textSource(bit: number): BytesSource {
    return new StagedText(this.heap, this.writer.stringTables[bit]);
  }
}

/** The key that staged members hold, as JavaScript values; a scalar for a key of one field. */
export function stagedKey(
  fields: readonly FieldSchema[],
  bits: readonly number[],
  staging: StagingTable,
  records: StagedRecords,
  heap: HeapView,
  sourceOf: (bit: number) => BytesSource,
  position: number,
): unknown {
  const values = fields.map((field, part) => {
    const slot = staging.layout.slots[bits[part]!]!;
    const slotAt = position * staging.layout.stride + slot.offset;
    if (slot.kind !== 'heap-text')
      return slotReaderOf(field, slot.kind, slot.bit, {})(records.view, slotAt, stagedValues(heap), 0);
    const source = sourceOf(slot.bit);
    source.locate(records.view, slotAt);
    return Buffer.from(source.bytes.subarray(source.start, source.end)).toString('utf8');
  });
  return values.length === 1 ? values[0] : values;
}

/** Parts over members that hold another entity's key: those of a reference or of a link. */
export function referenceParts(
  target: EntitySchema,
  bits: readonly number[],
  staging: StagingTable,
  scratchHeap: HeapView,
): KeyPart[] {
  const slots = bits.map((bit) => staging.layout.slots[bit]!);
  return keyPartsOf(
    keyFields(target),
    slots,
    staging.layout.entity,
    () => new StagedText(scratchHeap, undefined),
    stagedValues(scratchHeap),
  );
}

/** Loads the key at a staged position into `parts`. */
export function loadKey(parts: readonly KeyPart[], records: StagedRecords, base: number): void {
  for (const part of parts) part.loadRecord(records.view, base);
}
