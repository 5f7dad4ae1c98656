/**
 * The memory below a snapshot or a part of it: how much of it is in RAM, what the kernel is told of it, loading it ahead.
 * A part is a set of sections, so no byte range can name bytes of another; the heap is shared by all entities and belongs to none.
 */
import type { Advice } from '@permafrost/mmap';
import { describeValue, refuseUnknownOptions } from '../errors';
import type { Section } from '../file/directory';
import { sectionKinds } from '../file/section-kinds';
import type { RecordTable } from './record-table';
import type { ByteRange, SnapshotReader } from './snapshot-reader';

/** A part of an entity: its records, string tables, adjacency lists, all of its indexes, or the index of its keys alone. */
export type MemoryPart = 'records' | 'strings' | 'lists' | 'indexes' | 'key';

/** What `preload` takes. */
export interface PreloadOptions {
  readonly signal?: AbortSignal;
  /** Called after every 1 MiB. Bytes. */
  readonly onProgress?: (progress: { readonly loadedSize: number; readonly totalSize: number }) => void;
}

/** Bytes that are loaded between two turns of the event loop: some 10 ms of reading from a slow disk. */
const PRELOAD_STEP_SIZE = 2 ** 20;

/** The memory below a snapshot, an entity or a part of one. All sizes are bytes. */
export class SnapshotMemory {
  readonly #reader: SnapshotReader;
  readonly #ranges: readonly ByteRange[];
  /** Bytes. */
  readonly size: number;

  /** @internal */
  constructor(reader: SnapshotReader, ranges: readonly ByteRange[]) {
    this.#reader = reader;
    this.#ranges = ranges;
    this.size = ranges.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Bytes that are in RAM now, whichever process brought them there. All of them with the 'read' backend, and on Linux for a file that
   * this process neither owns nor may write. Throws SNAPSHOT_CLOSED. Cost: about 10 ms per GiB of size.
   */
  residentSize(): number {
    this.#requireOpen();
    return this.#ranges.reduce((sum, range) => sum + this.#reader.residentSize(range), 0);
  }

  /**
   * Tells the kernel how this memory will be used: 'willneed' begins to read ahead, 'random' stops reading ahead, 'sequential' does more of
   * it, 'dontneed' takes the pages from this process (they stay in the page cache), 'normal' undoes the hints. Whole pages: some bytes of
   * the neighbours go along. Nothing with the 'read' backend. Throws SNAPSHOT_CLOSED.
   */
  advise(advice: Advice): void {
    this.#requireOpen();
    for (const range of this.#ranges) this.#reader.advise(advice, range);
  }

  /**
   * Loads all of it into RAM and into this process's page tables, so that first reads wait for no disk; gives what is in RAM afterwards, in
   * bytes: less than `size` when there is not enough. Nothing pins it there. Checks no checksums. Throws SNAPSHOT_CLOSED, and the
   * signal's reason. Cost: reading from the disk, about 0.2 s per GiB when all is in RAM; the event loop turns after every MiB.
   */
  async preload(options: PreloadOptions = {}): Promise<number> {
    refuseUnknownOptions('preload', options, ['signal', 'onProgress']);
    const { signal, onProgress } = options;
    let loadedSize = 0;
    for (const step of stepsOf(this.#ranges)) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      this.#requireOpen();
      this.#reader.advise('willneed', step);
      this.#reader.touch(step);
      loadedSize += step.size;
      onProgress?.({ loadedSize, totalSize: this.size });
    }
    signal?.throwIfAborted();
    return this.residentSize();
  }

  #requireOpen(): void {
    this.#reader.requireOpen('memory');
  }
}

/** The memory of a whole file, of an entity, or of a part of it (a number is that of a secondary index); empty where there is nothing of the kind. */
export function memoryOf(reader: SnapshotReader, table?: RecordTable, part?: MemoryPart | number): SnapshotMemory {
  if (table === undefined) return new SnapshotMemory(reader, [{ offset: 0, size: reader.size }]);
  const isOfPart = part === undefined ? () => true : testOf(part);
  return new SnapshotMemory(
    reader,
    reader.sections.filter((section) => section.entityId === table.entityId && isOfPart(section)),
  );
}

function testOf(part: MemoryPart | number): (section: Section) => boolean {
  if (typeof part === 'number')
    return ({ kind, memberId }) => kind === sectionKinds.secondaryIndex && memberId === part;
  const kinds = kindsOfParts.get(part);
  if (kinds !== undefined) return ({ kind }) => kinds.includes(kind);
  throw new TypeError(
    `memory: expected one of ${[...kindsOfParts.keys()].join(', ')}, or the fields of an index, found ${describeValue(part)}.`,
  );
}

const keyIndexKinds: readonly number[] = [sectionKinds.rankBitmap, sectionKinds.hashIndex];
const kindsOfParts: ReadonlyMap<MemoryPart, readonly number[]> = new Map<MemoryPart, readonly number[]>([
  ['records', [sectionKinds.records]],
  ['strings', [sectionKinds.stringTable]],
  ['lists', [sectionKinds.adjacencyList]],
  ['key', keyIndexKinds],
  ['indexes', [...keyIndexKinds, sectionKinds.secondaryIndex, sectionKinds.sortedIndex]],
]);

function* stepsOf(ranges: readonly ByteRange[]): IterableIterator<ByteRange> {
  for (const { offset, size } of ranges) {
    for (let at = 0; at < size; at += PRELOAD_STEP_SIZE) {
      yield { offset: offset + at, size: Math.min(PRELOAD_STEP_SIZE, size - at) };
    }
  }
}
