/**
 * The records of one entity in one opened file, and what belongs to them. Views of side structures are made at first use.
 * Nothing here holds a value: a record is (table, ordinal).
 */
import { testBit } from '../bytes/bitmap';
import { PermafrostBugError, PermafrostError } from '../errors';
import type { Section } from '../file/directory';
import { sectionKinds } from '../file/section-kinds';
import type { RecordLayout, Slot } from '../layout/layout';
import { type EntitySchema, type FieldSchema, keyFields, type RelationSchema, targetNames } from '../schema/schema';
import { AdjacencyListView } from '../structure/adjacency-list';
import { HashIndexView } from '../structure/hash-index';
import type { HeapView } from '../structure/heap';
import { keyPartsOf } from '../structure/key';
import type { BytesSource, KeyPart } from '../structure/key-parts';
import { RankBitmapView } from '../structure/rank-bitmap';
import type { ValueSource } from '../structure/slot-value';
import { StoredText } from '../structure/stored-text';
import { StringTableView } from '../structure/string-table';
import { IndexLookup } from './index-lookup';
import { KeyLookup } from './key-lookup';
import type { SnapshotReader } from './snapshot-reader';
import { SubtypeReader } from './subtype-reader';

/** Bytes of records that a scan checks at once. */
const RUN_SIZE = 2 ** 16;

/** One entity's records in an opened file, by ordinal. For tools: an application reads proxies. */
export class RecordTable implements ValueSource {
  /** The record section. Zeroed, not detached, when the snapshot is closed. */
  readonly view: DataView;
  readonly bytes: Buffer;
  readonly recordCount: number;
  readonly stride: number;
  readonly #stringTables: (StringTableView | undefined)[] = [];
  readonly #adjacencyLists: (AdjacencyListView | undefined)[] = [];
  readonly #secondaryIndexes: (HashIndexView | undefined)[] = [];
  readonly #indexLookups: (IndexLookup | undefined)[] = [];
  #keyIndex: RankBitmapView | HashIndexView | undefined;
  #keyLookup: KeyLookup | undefined;
  #subtypes: SubtypeReader | undefined;

  constructor(
    readonly reader: SnapshotReader,
    readonly entity: EntitySchema,
    readonly entityId: number,
    readonly layout: RecordLayout,
    readonly heap: HeapView,
    private readonly section: Section,
  ) {
    this.bytes = reader.bytesOf(section);
    this.view = reader.viewOf(section);
    this.recordCount = section.itemCount;
    this.stride = layout.stride;
  }

  /** Throws SNAPSHOT_CLOSED, and FILE_CORRUPT when the record's block is damaged or the ordinal beyond the table. */
  checkRecord(ordinal: number): void {
    this.requireOpen();
    if (ordinal >= this.recordCount) {
      throw new PermafrostError(
        'FILE_CORRUPT',
        `${this.entity.name}: a reference names record ${ordinal}, but the table has ${this.recordCount} records. Publish again; if it persists, run "permafrost verify".`,
        {
          entity: this.entity.name,
          expected: this.recordCount,
          actual: ordinal,
        },
      );
    }
    this.reader.guard.ensure(this.section.offset + ordinal * this.stride, this.stride);
  }

  /** Checks as many records from `first` on as lie in a block or two, and gives the end of their run: for scans. Throws as {@link checkRecord}. */
  checkRun(first: number): number {
    const end = Math.min(this.recordCount, first + Math.max(1, Math.floor(RUN_SIZE / this.stride)));
    this.checkRecord(first);
    this.reader.guard.ensure(this.section.offset + first * this.stride, (end - first) * this.stride);
    return end;
  }

  /** Throws SNAPSHOT_CLOSED. */
  requireOpen(): void {
    if (this.reader.closed) throw this.reader.closedError(this.entity.name);
  }

  stringTable(bit: number): StringTableView {
    let table = this.#stringTables[bit];
    if (table === undefined) {
      const section = this.sectionOf(sectionKinds.stringTable, bit);
      this.reader.guard.ensure(section.offset, section.size);
      table = new StringTableView(this.reader.bytesOf(section));
      this.#stringTables[bit] = table;
    }
    return table;
  }

  /** The adjacency list of a to-many relation, by the relation's place among the entity's relations. */
  adjacencyList(relationNumber: number): AdjacencyListView {
    let list = this.#adjacencyLists[relationNumber];
    if (list === undefined) {
      const section = this.sectionOf(sectionKinds.adjacencyList, this.entity.fields.length + relationNumber);
      list = new AdjacencyListView(this.reader.viewOf(section), this.reader.guard, section.offset);
      if (list.ownerCount !== this.recordCount) {
        throw new PermafrostError(
          'FILE_CORRUPT',
          `${this.entity.name}: an adjacency list has ${list.ownerCount} owners for ${this.recordCount} records. Publish again.`,
          { entity: this.entity.name },
        );
      }
      this.#adjacencyLists[relationNumber] = list;
    }
    return list;
  }

  /** The index of primary keys. */
  keyIndex(): RankBitmapView | HashIndexView {
    if (this.#keyIndex === undefined) {
      const rank = this.reader.section(sectionKinds.rankBitmap, this.entityId);
      if (rank) this.#keyIndex = new RankBitmapView(this.reader.viewOf(rank), this.reader.guard, rank.offset);
      else {
        const hash = this.sectionOf(sectionKinds.hashIndex, undefined);
        this.#keyIndex = new HashIndexView(this.reader.viewOf(hash), this.reader.guard, hash.offset);
      }
    }
    return this.#keyIndex;
  }

  /** The hash index with this number among the entity's indexes. */
  secondaryIndex(indexNumber: number): HashIndexView {
    let index = this.#secondaryIndexes[indexNumber];
    if (index === undefined) {
      const section = this.sectionOf(sectionKinds.secondaryIndex, indexNumber);
      index = new HashIndexView(this.reader.viewOf(section), this.reader.guard, section.offset);
      this.#secondaryIndexes[indexNumber] = index;
    }
    return index;
  }

  /** Finds records by key. */
  get keyLookup(): KeyLookup {
    this.#keyLookup ??= new KeyLookup(this);
    return this.#keyLookup;
  }

  /** Tells the classes of records apart; undefined when there is but one. */
  get subtypes(): SubtypeReader | undefined {
    if (this.entity.subtypes) this.#subtypes ??= new SubtypeReader(this);
    return this.#subtypes;
  }

  /** Finds records by the index with this number. */
  indexLookup(indexNumber: number): IndexLookup {
    let lookup = this.#indexLookups[indexNumber];
    if (lookup === undefined) {
      lookup = new IndexLookup(this, indexNumber);
      this.#indexLookups[indexNumber] = lookup;
    }
    return lookup;
  }

  /** Key parts over this table's records. */
  keyParts(): KeyPart[] {
    return this.partsOf(keyFields(this.entity));
  }

  /** Key parts over some fields of this table's records. */
  partsOf(fields: readonly FieldSchema[]): KeyPart[] {
    const slots = fields.map((field) => this.layout.slots[this.entity.fields.indexOf(field)]!);
    return keyPartsOf(fields, slots, this.entity.name, (slot) => this.bytesSource(slot), this);
  }

  /**
   * Reads the rank of a field's value by ordinal: its place in the order of the database, from 1 on with gaps, equal where the database calls
   * two values equal; 0 where the record holds no value. Undefined for a field that is not ranked. The record's block must have been checked.
   */
  rankReader(name: string): ((ordinal: number) => number) | undefined {
    const { bit, rankOffset } = this.slotOf(name);
    if (rankOffset === undefined) return undefined;
    const { bytes, view, stride } = this;
    return (ordinal) =>
      testBit(bytes, ordinal * stride, bit) ? view.getUint32(ordinal * stride + rankOffset, true) : 0;
  }

  /** Whether a record holds a value in a field or to-one relation. Its block must have been checked. */
  holdsValue(name: string, ordinal: number): boolean {
    return testBit(this.bytes, ordinal * this.stride, this.slotOf(name).bit);
  }

  /** The slot of a field or to-one relation. */
  slotOf(name: string): Slot {
    const slot = this.layout.slots.find((candidate) => candidate.name === name);
    if (!slot) throw new PermafrostBugError(`${this.entity.name} has no slot for ${name}.`);
    return slot;
  }

  /** The tables that a relation may lead to: one, or several if it is polymorphic. */
  targetTables(relation: RelationSchema): RecordTable[] {
    return targetNames(relation).map((name) => this.reader.tableByName(name));
  }

  /** Finds the bytes of a text or binary slot. */
  bytesSource(slot: Slot): BytesSource {
    if (slot.kind === 'table-text') return new TableText(this, slot.bit);
    const field = this.entity.fields[slot.bit];
    return field?.compressed ? new StoredText(this.heap, field) : this.heap;
  }

  private sectionOf(kind: number, memberId: number | undefined): Section {
    const section = this.reader.section(kind, this.entityId, memberId);
    if (section) return section;
    const what = Object.keys(sectionKinds).find((name) => sectionKinds[name as keyof typeof sectionKinds] === kind);
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${this.reader.path}: ${this.entity.name} has no ${what} section. Publish again.`,
      { path: this.reader.path, entity: this.entity.name },
    );
  }
}

class TableText implements BytesSource {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;

  constructor(
    private readonly table: RecordTable,
    private readonly bit: number,
  ) {}

  locate(view: DataView, slotAt: number): void {
    const place = this.table.stringTable(this.bit).locate(view.getUint32(slotAt, true));
    this.bytes = place.bytes;
    this.start = place.start;
    this.end = place.end;
  }
}
