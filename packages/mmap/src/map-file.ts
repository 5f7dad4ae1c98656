/**
 * mapFile(): the checks both backends share, the choice of the backend, and the mapping that callers hold.
 *
 * Always holds: `bytes` never changes its length and is never detached. Until close() it shows the file; afterwards
 * every byte reads 0. A range beyond the end of the file is refused, since touching it would be a SIGBUS.
 */
import { type BigIntStats, fstatSync } from 'node:fs';
import { errorFromFs, MmapError } from './errors';
import { MAX_MAPPING_SIZE } from './limits';
import { isNativeBackendAvailable, nativeMissingReason, nativeRegion } from './native-region';
import { readRegion, warnOfFallback } from './read-region';
import type { Region } from './region';

/** How the bytes came into memory: shared pages of the file, or a private copy. */
export type MapBackend = 'mmap' | 'read';

/** As in madvise(2); 'willneed' starts reading ahead, 'dontneed' lets this process's page tables forget the pages. */
export type Advice = 'normal' | 'random' | 'sequential' | 'willneed' | 'dontneed';

export interface MapOptions {
  /** Bytes from the start of the file; any whole number, not only multiples of the page size. Default 0. */
  readonly offset?: number;
  /** Bytes to map. Default: to the end of the file. */
  readonly size?: number;
  /** Use this backend or fail. Default: PERMAFROST_MMAP_BACKEND when set, else 'mmap' where it is available. */
  readonly backend?: MapBackend;
}

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
   */
  close(): void;
}

/** Position = the number the native binding expects. */
const ADVICES: readonly Advice[] = ['normal', 'random', 'sequential', 'willneed', 'dontneed'];

/**
 * Maps a range of an open file. `fd` may be closed as soon as this returns. The file must not be truncated while it is
 * mapped (reading beyond its new end is a SIGBUS); Permafrost's files are never changed once they are published.
 *
 * Costs a few system calls (30 µs) whatever the size of the file and of the JavaScript heap. The read backend reads the
 * whole range.
 *
 * @throws MmapError EBADF, EACCES (not open for reading), EISDIR, ENODEV (not a regular file), EINVAL (not a whole
 *   number of bytes), OUT_OF_RANGE, MAPPING_TOO_LARGE, ENOMEM, NATIVE_MISSING (backend 'mmap' asked for by name);
 *   TypeError for arguments of a wrong type
 */
export function mapFile(fd: number, options: MapOptions = {}): FileMapping {
  checkOptions(fd, options);
  const { offset = 0 } = options;
  const fileSize = regularFileSize(fd);
  const size = options.size ?? Math.max(0, fileSize - offset);
  if (offset + size > fileSize) {
    throw new MmapError(
      'OUT_OF_RANGE',
      `Bytes ${offset} to ${offset + size} were asked for, but the file has ${fileSize} bytes. ` +
        'Ask for a range within the file; if it should be longer, it was cut: fetch it again.',
      { fd, offset, size, fileSize },
    );
  }
  if (size > MAX_MAPPING_SIZE) {
    throw new MmapError(
      'MAPPING_TOO_LARGE',
      `A mapping of ${size} bytes was asked for, but Node ${process.versions.node} allows ${MAX_MAPPING_SIZE} bytes ` +
        'in one. Use Node 22.13 or newer, or map the file in smaller ranges.',
      { fd, offset, size, limit: MAX_MAPPING_SIZE },
    );
  }
  return openMapping(fd, offset, size, options.backend);
}

function openMapping(fd: number, offset: number, size: number, forced: MapBackend | undefined): FileMapping {
  const preferred = forced ?? backendFromEnvironment() ?? 'mmap';
  if (preferred === 'mmap') {
    if (isNativeBackendAvailable()) {
      return new Mapping('mmap', size > 0 ? nativeRegion(fd, offset, size) : undefined);
    }
    if (forced === 'mmap') {
      throw new MmapError(
        'NATIVE_MISSING',
        `The native backend is not available: ${nativeMissingReason()}. Leave out the option "backend" to read the ` +
          'file into memory instead, or build the binary for this platform (README.md of @permafrost/mmap).',
        { expected: 'mmap', actual: 'read' },
      );
    }
  }
  // A caller that names the read backend knows what it costs.
  if (forced === undefined) warnOfFallback(size);
  return new Mapping('read', size > 0 ? readRegion(fd, offset, size) : undefined);
}

class Mapping implements FileMapping {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly backend: MapBackend;
  /** Undefined for an empty range, which needs no memory. */
  readonly #region: Region | undefined;
  #closed = false;

  constructor(backend: MapBackend, region: Region | undefined) {
    this.backend = backend;
    this.#region = region;
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
    this.#region?.close();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
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

function checkOptions(fd: number, options: MapOptions): void {
  if (typeof fd !== 'number') throw new TypeError(`fd: expected a number, found ${describeType(fd)}.`);
  if (!Number.isInteger(fd) || fd < 0 || fd > 0x7fffffff) {
    throw new MmapError('EBADF', `fd: expected an open file descriptor, found ${fd}. Pass what fs.openSync returned.`, {
      fd,
    });
  }
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options: expected an object, found ${describeType(options)}.`);
  }
  for (const name of Object.keys(options)) {
    if (name !== 'offset' && name !== 'size' && name !== 'backend') {
      throw new TypeError(`Unknown option "${name}" of mapFile; it has "offset", "size" and "backend".`);
    }
  }
  if (options.offset !== undefined) checkBytes('offset', options.offset);
  if (options.size !== undefined) checkBytes('size', options.size);
  if (options.backend !== undefined) checkBackend('Option "backend"', options.backend);
}

function checkBytes(name: string, value: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name}: expected a number, found ${describeType(value)}.`);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new MmapError('EINVAL', `${name}: expected a whole number of bytes from 0 to 2^53 - 1, found ${value}.`, {
      expected: 'a whole number of bytes from 0 to 2^53 - 1',
      actual: value,
    });
  }
}

function checkBackend(source: string, value: string): MapBackend {
  if (value === 'mmap' || value === 'read') return value;
  throw new TypeError(`${source}: expected 'mmap' or 'read', found ${JSON.stringify(value)}.`);
}

function backendFromEnvironment(): MapBackend | undefined {
  const value = process.env['PERMAFROST_MMAP_BACKEND'];
  return value === undefined || value === '' ? undefined : checkBackend('PERMAFROST_MMAP_BACKEND', value);
}

/** Bytes. fstat also finds what the two backends would report differently: a closed descriptor, a directory, a pipe. */
function regularFileSize(fd: number): number {
  let stats: BigIntStats;
  try {
    stats = fstatSync(fd, { bigint: true });
  } catch (error) {
    throw errorFromFs(error, 'fstat', { fd });
  }
  if (stats.isFile()) return Number(stats.size);
  throw stats.isDirectory()
    ? new MmapError('EISDIR', 'A regular file was expected, a directory was found; open the file itself.', { fd })
    : new MmapError('ENODEV', 'A regular file was expected; pipes, sockets and devices cannot be mapped.', { fd });
}

function describeType(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
