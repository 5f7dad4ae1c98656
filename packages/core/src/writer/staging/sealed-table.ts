/** A staged entity whose records have all come: in key order, indexed, ready to be referred to and written. */

import { testBit } from '../../bytes/bitmap';
import { describeValue, PermafrostError } from '../../errors';
import type { Slot } from '../../layout/layout';
import { type EntitySchema, type FieldSchema, keyFields } from '../../schema/schema';
import type { HeapView } from '../../structure/heap';
import { keyPartsOf } from '../../structure/key';
import type { BytesSource, KeyPart } from '../../structure/key-parts';
import { slotReaderOf } from '../../structure/slot-value';
import type { RecordWriter } from '../record-writer';
import { ascendsTo, type KeyOrder, sortByKey } from './key-order';
import { OrdinalMap } from './ordinal-map';
import { StagedText, stagedValues } from './staged-key';
import { StagedKeys } from './staged-keys';
import type { StagedRecords } from './staged-records';
import type { StagingTable } from './staging-table';

export class SealedTable {
  readonly entity: EntitySchema;
  records: StagedRecords;
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
    this.order = this.#isAscending() ? { positions: undefined } : this.#sort();
    this.ordinals = this.#ordinalMap();
  }

  /** Forgets the records whose bit is set; those after them move up. Cost: as of the first index. Memory: 4 bytes a record that stays. */
  leaveOut(skipped: Uint8Array): void {
    const positions = new Uint32Array(this.recordCount);
    let kept = 0;
    for (let ordinal = 0; ordinal < this.recordCount; ordinal++)
      if (!testBit(skipped, 0, ordinal)) positions[kept++] = this.ordinals.positionOf(ordinal);
    this.recordCount = kept;
    this.order = { positions: positions.subarray(0, kept) };
    this.ordinals = this.#ordinalMap();
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

  /** Key parts over some fields of the staged records, or of copies of their slots. */
  partsOf(fields: readonly FieldSchema[], slots: readonly Slot[] = this.#slotsOf(fields)): KeyPart[] {
    return keyPartsOf(fields, slots, this.entity.name, (slot) => this.#textSource(slot.bit), stagedValues(this.heap));
  }

  #slotsOf(fields: readonly FieldSchema[]): Slot[] {
    return this.bitsOf(fields).map((bit) => this.writer.staging.layout.slots[bit]!);
  }

  /** Whether each record came behind those with lesser keys, and none twice. */
  #isAscending(): boolean {
    const { records, recordCount: count } = this;
    const { stride } = this.writer.staging.layout;
    const parts = () => this.partsOf(keyFields(this.entity));
    const column = { view: records.view, count, stride, parts: parts(), otherParts: parts() };
    let isAscending = true;
    records.forEach(count, (position) => {
      isAscending &&= position === 0 || ascendsTo(column, position);
    });
    return isAscending;
  }

  /** Puts the records in order where they lie on the disk; throws KEY_DUPLICATE. */
  #sort(): KeyOrder {
    const keys = this.#keys((position) => position);
    const parts = () => this.partsOf(keyFields(this.entity), keys.slots);
    const { view, count, stride } = keys;
    const column = { view, count, stride, parts: parts(), otherParts: parts() };
    const positions = sortByKey(column, (position) => this.#refuseDuplicate(position));
    const ordered = this.writer.staging.putInOrder(this.records, positions);
    if (ordered) this.records = ordered;
    return { positions: ordered ? undefined : positions };
  }

  #ordinalMap(): OrdinalMap {
    const { positions } = this.order;
    const keys = this.#keys((ordinal) => (positions ? positions[ordinal]! : ordinal));
    return new OrdinalMap(keys, this.partsOf(keyFields(this.entity), keys.slots), this.order);
  }

  #keys(positionOf: (number: number) => number): StagedKeys {
    const slots = this.#slotsOf(keyFields(this.entity));
    return new StagedKeys(this.records, this.writer.staging.layout.stride, slots, this.recordCount, positionOf);
  }

  #refuseDuplicate(position: number): never {
    const { name } = this.entity;
    const key = this.keyAt(position);
    throw new PermafrostError(
      'KEY_DUPLICATE',
      `${name}: two records have the key ${describeValue(key)}. Keys must be unique: check the source, or name the field or fields that identify a record.`,
      { entity: name, key },
    );
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
