/**
 * Staged records that did not come in the order of their keys are put into it on the disk, so that everything after reads them from the
 * first to the last: by distribution to runs of ordinals, each of which is then put in order in memory.
 * Memory: 4 bytes a record, 128 KiB a run, and one run: 16 MiB, or a 256th of all. Cost: each record is written twice, some 0.4 µs.
 */
import type { WritableFile } from '../../file/storage';
import type { StagedRecords } from './staged-records';

const RUN_SIZE = 2 ** 24;
const MAX_RUN_COUNT = 256;
const BUFFER_SIZE = 2 ** 17;

export interface PutInOrderInput {
  readonly records: StagedRecords;
  /** Bytes from one record to the next. */
  readonly stride: number;
  /** The staged position of each ordinal. */
  readonly positions: Uint32Array;
  readonly createScratch: () => WritableFile;
  /** Bytes of records that are put in order at once. */
  readonly runSize?: number;
}

/** A scratch file of the same records in order of their ordinals. */
export function putInOrder({
  records,
  stride,
  positions,
  createScratch,
  runSize = RUN_SIZE,
}: PutInOrderInput): WritableFile {
  const count = positions.length;
  const runCount = Math.min(MAX_RUN_COUNT, Math.ceil((count * stride) / runSize));
  const runLength = Math.ceil(count / runCount);
  const ordinals = new Uint32Array(count);
  for (let ordinal = 0; ordinal < count; ordinal++) ordinals[positions[ordinal]!] = ordinal;
  const runs: Run[] = [];
  let ordered: WritableFile | undefined;
  try {
    while (runs.length * runLength < count) runs.push(new Run(createScratch(), stride));
    records.forEach(count, (position) => {
      const ordinal = ordinals[position]!;
      const run = Math.floor(ordinal / runLength);
      runs[run]!.append(records.bytes, position * stride, ordinal - run * runLength);
    });
    ordered = createScratch();
    const buffer = Buffer.allocUnsafe(runLength * stride);
    for (const run of runs) {
      ordered.write(run.order(buffer));
      run.close();
    }
    return ordered;
  } catch (error) {
    ordered?.close();
    throw error;
  } finally {
    for (const run of runs) run.close();
  }
}

/** Records of a run of ordinals as they came, each behind its place in the run (u32). */
class Run {
  readonly #buffer: Buffer;
  #used = 0;
  #count = 0;

  constructor(
    private readonly file: WritableFile,
    private readonly stride: number,
  ) {
    this.#buffer = Buffer.allocUnsafe(Math.max(BUFFER_SIZE, 4 + stride));
  }

  append(bytes: Buffer, start: number, place: number): void {
    if (this.#used + 4 + this.stride > this.#buffer.length) this.#flush();
    this.#buffer.writeUInt32LE(place, this.#used);
    bytes.copy(this.#buffer, this.#used + 4, start, start + this.stride);
    this.#used += 4 + this.stride;
    this.#count++;
  }

  /** Copies the records to their places in `target`, and gives the part of it that they fill. */
  order(target: Buffer): Buffer {
    this.#flush();
    const { stride } = this;
    using mapping = this.file.map();
    const { buffer, byteOffset, length } = mapping.bytes;
    const bytes = Buffer.from(buffer, byteOffset, length);
    for (let at = 0; at < bytes.length; at += 4 + stride)
      bytes.copy(target, bytes.readUInt32LE(at) * stride, at + 4, at + 4 + stride);
    return target.subarray(0, this.#count * stride);
  }

  close(): void {
    this.file.close();
  }

  #flush(): void {
    this.file.write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }
}
