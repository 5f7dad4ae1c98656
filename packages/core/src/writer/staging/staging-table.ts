/**
 * Records on their way: written in the order they arrive, in a layout of their own, to a nameless scratch file.
 * Memory: 1 MiB a table, whatever it holds. Small tables never reach the disk.
 */
import type { FileMapping } from '@permafrost/mmap';
import { bitmapSize, clearBit, setBit, testBit } from '../../bytes/bitmap';
import type { RangeGuard } from '../../bytes/range-guard';
import { PermafrostError } from '../../errors';
import type { WritableFile } from '../../file/storage';
import { type LayoutMember, layoutMembers, type RecordLayout } from '../../layout/layout';
import { MAX_RECORD_COUNT } from '../../limits';
import type { SlotTarget } from '../setters/column-setter';
import { putInOrder } from './put-in-order';
import { StagedRecords } from './staged-records';

const BUFFER_SIZE = 2 ** 20;
/** A table starts with this much, so that small snapshots are made in no time. */
const FIRST_BUFFER_SIZE = 2 ** 14;
/** Bytes of mapped records that stay in memory while they are read. */
const TURN_SIZE = 2 ** 25;

export class StagingTable implements SlotTarget {
  readonly layout: RecordLayout;
  view: DataView;
  bytes: Buffer;
  base = 0;
  recordCount = 0;
  readonly #createScratch: () => WritableFile;
  #file: WritableFile | undefined;
  #mapping: FileMapping | undefined;

  constructor(name: string, members: readonly LayoutMember[], createScratch: () => WritableFile) {
    this.layout = layoutMembers(name, members);
    this.#createScratch = createScratch;
    this.bytes = Buffer.alloc(Math.max(FIRST_BUFFER_SIZE, this.layout.stride));
    this.view = viewOf(this.bytes);
  }

  /** Makes room for the next record; all its members are absent. */
  begin(): void {
    const { stride } = this.layout;
    if (this.base + stride > this.bytes.length) this.#flush();
    this.bytes.fill(0, this.base, this.base + stride);
  }

  end(): void {
    if (++this.recordCount > MAX_RECORD_COUNT) {
      throw new PermafrostError(
        'LIMIT_EXCEEDED',
        `${this.layout.entity} has more than ${MAX_RECORD_COUNT} records, the limit of format 1.`,
        { entity: this.layout.entity, expected: MAX_RECORD_COUNT },
      );
    }
    this.base += this.layout.stride;
  }

  markValue(bit: number): void {
    setBit(this.bytes, this.base, bit);
  }

  /** A null that a value follows keeps its bit here; the record pass (write-records.ts) drops it. */
  markNull(bit: number): void {
    clearBit(this.bytes, this.base, bit);
    setBit(this.bytes, this.base + this.layout.nullBitmapOffset, bit);
  }

  markAbsent(bit: number): void {
    clearBit(this.bytes, this.base, bit);
    clearBit(this.bytes, this.base + this.layout.nullBitmapOffset, bit);
  }

  /** Whether the current record holds a value for the member with this bit. */
  holdsValue(bit: number): boolean {
    return testBit(this.bytes, this.base, bit);
  }

  /** Whether every member of `required` (a bitmap) holds a value; else the first that does not. */
  firstMissing(required: Uint8Array): number {
    for (let byte = 0; byte < required.length; byte++) {
      const missing = required[byte]! & ~this.bytes[this.base + byte]!;
      if (missing !== 0) return byte * 8 + (31 - Math.clz32(missing & -missing));
    }
    return -1;
  }

  /** Ends staging and gives all records. The memory is valid until {@link close}. */
  seal(): StagedRecords {
    const size = this.recordCount * this.layout.stride;
    if (!this.#file) return new StagedRecords(this.bytes.subarray(0, size));
    this.#flush();
    return this.#mapped(this.#file);
  }

  /** Puts records that are on the disk in another order, by staged position; undefined where they are in memory. */
  putInOrder(records: StagedRecords, positions: Uint32Array): StagedRecords | undefined {
    if (!this.#file) return undefined;
    const { stride } = this.layout;
    const ordered = putInOrder({ records, stride, positions, createScratch: this.#createScratch });
    this.close();
    this.#file = ordered;
    return this.#mapped(ordered);
  }

  #mapped(file: WritableFile): StagedRecords {
    const mapping = file.map();
    this.#mapping = mapping;
    const bytes = Buffer.from(mapping.bytes.buffer, mapping.bytes.byteOffset, mapping.bytes.length);
    const afterCount = Math.ceil(TURN_SIZE / this.layout.stride);
    return new StagedRecords(bytes, { afterCount, run: () => mapping.advise('dontneed') });
  }

  close(): void {
    this.#mapping?.close();
    this.#file?.close();
    this.#file = undefined;
  }

  /** Size of one of the record's bitmaps, in bytes. */
  get bitmapSize(): number {
    return bitmapSize(this.layout.slots.length);
  }

  #flush(): void {
    this.#file ??= this.#createScratch();
    this.#file.write(this.bytes.subarray(0, this.base));
    this.base = 0;
    if (this.bytes.length >= BUFFER_SIZE) return;
    this.bytes = Buffer.alloc(BUFFER_SIZE);
    this.view = viewOf(this.bytes);
  }
}

/** Staged bytes were written by this process: there is nothing to check. */
export const trusted: RangeGuard = { ensure() {} };

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
