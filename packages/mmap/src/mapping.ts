/**
 * What callers hold of a mapped range: its bytes, advice, residency, close, and shares of it for other threads.
 *
 * Always holds: `bytes` never changes its length and is never detached. Until close() it shows the file; afterwards every byte
 * reads 0, but with 'mmap-io', which cannot unmap, and while another thread holds a share: then it goes on showing the file.
 */
import { types } from 'node:util';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describeType, MmapError, quoted } from './errors';
import type { Region } from './region';

/** How the bytes came into memory: shared pages of the file (by our binding, or by the package mmap-io), or a private copy. */
export type MapBackend = 'mmap' | 'read' | 'mmap-io';

/** As in madvise(2); 'willneed' starts reading ahead, 'dontneed' lets this process's page tables forget the pages. */
export type Advice = 'normal' | 'random' | 'sequential' | 'willneed' | 'dontneed';

/** A range of a file in memory. {@link mapFile} makes it; its `close` lets go of the file. */
export interface FileMapping extends Disposable {
  /**
   * The range asked for, from its first byte. Read-only memory: a write kills the process (SIGSEGV). Over a
   * SharedArrayBuffer where possible: give every view you make of `bytes.buffer` its byteOffset and its length.
   */
  readonly bytes: Uint8Array;
  /** Bytes. Stays what it was after close(). */
  readonly size: number;
  readonly backend: MapBackend;
  readonly closed: boolean;
  /** Tells the kernel how the range will be read. Nothing for the read backend and after close(). */
  advise(advice: Advice, offset?: number, size?: number): void;
  /**
   * Bytes of the range that lie in RAM now, for any process (mincore, about 10 ms per GiB); 0 after close(). The read
   * backend counts the whole range. Of a file which this process neither owns nor may write, Linux reports all of it.
   */
  residentSize(offset?: number, size?: number): number;
  /**
   * Lets go of the file: at the same addresses every byte now reads 0. Idempotent. 'mmap': one system call, about
   * 10 µs and 1 ms per GiB that was touched. 'read': overwrites the copy; its memory returns when it is collected.
   * 'mmap-io' cannot unmap: the bytes stay readable and the file stays mapped until they are collected.
   * While other threads hold shares (see shareMapping), all this happens when the last of them has closed or ended.
   */
  close(): void;
}

/** A mapping on its way to another thread: post it with `[share.port]` as the transfer list. For one thread, once. */
export interface MappingShare {
  readonly buffer: SharedArrayBuffer;
  /** Bytes from the start of the buffer to the first mapped byte. */
  readonly byteOffset: number;
  /** Bytes. */
  readonly size: number;
  readonly backend: MapBackend;
  /** Open for as long as the other thread uses the bytes; that it closed tells the thread that mapped them. */
  readonly port: MessagePort;
}

/** Position = the number the native binding expects. */
const ADVICES: readonly Advice[] = ['normal', 'random', 'sequential', 'willneed', 'dontneed'];

export class Mapping implements FileMapping {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly backend: MapBackend;
  /** Undefined for an empty range, which needs no memory. */
  readonly #region: Region | undefined;
  readonly #isReceived: boolean;
  #closed = false;
  /** Other threads that may read the bytes. They must stay as they are until all of these have closed. */
  #shareCount = 0;
  /** What other threads get of a private copy (or of nothing), which itself cannot be shared; made for the first of them. */
  #sharedCopy: Uint8Array<SharedArrayBuffer> | undefined;

  constructor(backend: MapBackend, region: Region | undefined, { isReceived = false } = {}) {
    this.backend = backend;
    this.#region = region;
    this.#isReceived = isReceived;
    this.bytes = region === undefined ? new Uint8Array(0) : region.bytes;
    this.size = this.bytes.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  advise(advice: Advice, offset = 0, size?: number): void {
    const adviceNumber = ADVICES.indexOf(advice);
    if (adviceNumber < 0) {
      throw new TypeError(`advice: expected ${quoted(ADVICES)}, found ${String(advice)}.`);
    }
    const rangeSize = this.#checkRange(offset, size);
    if (!this.#closed && rangeSize > 0) this.#region?.advise(adviceNumber, offset, rangeSize);
  }

  residentSize(offset = 0, size?: number): number {
    const rangeSize = this.#checkRange(offset, size);
    return this.#closed || rangeSize === 0 || this.#region === undefined
      ? 0
      : this.#region.residentSize(offset, rangeSize);
  }

  close(): void {
    if (this.#closed) return;
    if (this.#shareCount === 0) this.#release();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What shareMapping() of share.ts gives. */
  share(): MappingShare {
    const bytes = this.#shareableBytes();
    const { port1, port2 } = new MessageChannel();
    this.#shareCount++;
    // A port closes with its thread too, however that ends, and no JavaScript runs there any more.
    port1.once('close', () => {
      this.#shareCount--;
      if (!this.#closed || this.#shareCount > 0) return;
      try {
        this.#release();
      } catch (error) {
        // Nobody waits for this, and nothing is wrong with the bytes: the pages then go when they are collected.
        process.emitWarning(error as Error);
      }
    });
    port1.unref();
    return {
      buffer: bytes.buffer,
      byteOffset: bytes.byteOffset,
      size: bytes.length,
      backend: this.backend,
      port: port2,
    };
  }

  #shareableBytes(): Uint8Array<SharedArrayBuffer> {
    if (this.#closed) throw notShareable('it is closed. Share it before you close it');
    if (this.#isReceived) {
      throw notShareable('it was received from another thread. Share it from the thread that mapped it');
    }
    if (types.isSharedArrayBuffer(this.bytes.buffer)) return this.bytes as Uint8Array<SharedArrayBuffer>;
    if (this.backend !== 'read' && this.size > 0) {
      throw notShareable(
        'it lies on memory that belongs to this thread (V8 gave no growable buffer, or mmap-io mapped it). Map the file in ' +
          'the other thread as well: the pages are shared all the same',
      );
    }
    if (this.#sharedCopy === undefined) {
      this.#sharedCopy = new Uint8Array(new SharedArrayBuffer(this.size));
      this.#sharedCopy.set(this.bytes);
    }
    return this.#sharedCopy;
  }

  #release(): void {
    this.#region?.close();
    this.#sharedCopy?.fill(0);
  }

  /** The size of the range in bytes, by default all from the offset to the end. */
  #checkRange(offset: number, size: number | undefined): number {
    checkBytes('offset', offset);
    const rangeSize = size ?? Math.max(0, this.size - offset);
    checkBytes('size', rangeSize);
    if (offset + rangeSize > this.size) {
      throw new MmapError(
        'OUT_OF_RANGE',
        `Bytes ${offset} to ${offset + rangeSize} leave the mapping, which has ${this.size} bytes. ` +
          'Offsets count from the first mapped byte.',
        { offset, size: rangeSize, limit: this.size },
      );
    }
    return rangeSize;
  }
}

/** The refusal of a share; `reason` ends the sentence and says the way out. */
export function notShareable(reason: string): MmapError {
  return new MmapError('NOT_SHAREABLE', `The mapping cannot be shared with another thread: ${reason}.`);
}

/** Throws TypeError or EINVAL unless `value` is a whole number of bytes. */
export function checkBytes(name: string, value: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name}: expected a number, found ${describeType(value)}.`);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new MmapError('EINVAL', `${name}: expected a whole number of bytes from 0 to 2^53 - 1, found ${value}.`, {
      expected: 'a whole number of bytes from 0 to 2^53 - 1',
      actual: value,
    });
  }
}
