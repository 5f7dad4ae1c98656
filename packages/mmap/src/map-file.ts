/**
 * mapFile(): the checks that all backends share, and the choice of the backend.
 *
 * Always holds: a range beyond the end of the file is refused, since touching it would be a SIGBUS. A backend that was asked for
 * by name is used or its absence is an error; only where none was named does the read backend stand in, with one warning.
 */
import { type BigIntStats, fstatSync } from 'node:fs';
import { describeType, errorFromFs, MmapError, quoted } from './errors';
import { MAX_MAPPING_SIZE } from './limits';
import { checkBytes, type FileMapping, type MapBackend, Mapping } from './mapping';
import { mmapIoRegion } from './mmap-io-region';
import { isNativeBackendAvailable, nativeMissingReason, nativeRegion } from './native-region';
import { readRegion, warnOfFallback } from './read-region';

/** What {@link mapFile} maps, and how. */
export interface MapOptions {
  /** Bytes from the start of the file; any whole number, not only multiples of the page size. Default 0. */
  readonly offset?: number;
  /** Bytes to map. Default: to the end of the file. */
  readonly size?: number;
  /** Use this backend or fail. Default: PERMAFROST_MMAP_BACKEND when set, else 'mmap' where it is available. */
  readonly backend?: MapBackend;
}

/**
 * Maps a range of an open file. `fd` may be closed as soon as this returns. The file must not be truncated while it is
 * mapped (reading beyond its new end is a SIGBUS); Permafrost's files are never changed once they are published.
 *
 * Costs a few system calls (30 µs) whatever the size of the file and of the JavaScript heap. The read backend reads the
 * whole range.
 *
 * @throws MmapError EBADF, EACCES (not open for reading), EISDIR, ENODEV (not a regular file), EINVAL (not a whole
 *   number of bytes), OUT_OF_RANGE, MAPPING_TOO_LARGE, ENOMEM, NATIVE_MISSING (a backend asked for by name);
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
  return openMapping(fd, offset, size, options.backend);
}

function openMapping(fd: number, offset: number, size: number, option: MapBackend | undefined): FileMapping {
  const named = option ?? backendFromEnvironment();
  if (named === 'mmap-io') return new Mapping('mmap-io', size > 0 ? mmapIoRegion(fd, offset, size) : undefined);
  requireOneBuffer(fd, offset, size);
  if (named !== 'read' && isNativeBackendAvailable()) {
    return new Mapping('mmap', size > 0 ? nativeRegion(fd, offset, size) : undefined);
  }
  if (named === 'mmap') {
    throw new MmapError(
      'NATIVE_MISSING',
      `The native backend is not available: ${nativeMissingReason()}. Do not ask for 'mmap' by name (option "backend", ` +
        'PERMAFROST_MMAP_BACKEND) to read the file into memory instead, or build the binary for this platform (README.md of ' +
        '@permafrost/mmap).',
      { expected: 'mmap', actual: 'read' },
    );
  }
  // A caller that names the read backend knows what it costs.
  if (option === undefined) warnOfFallback(size);
  return new Mapping('read', size > 0 ? readRegion(fd, offset, size) : undefined);
}

function requireOneBuffer(fd: number, offset: number, size: number): void {
  if (size <= MAX_MAPPING_SIZE) return;
  throw new MmapError(
    'MAPPING_TOO_LARGE',
    `A mapping of ${size} bytes was asked for, but Node ${process.versions.node} allows ${MAX_MAPPING_SIZE} bytes ` +
      'in one. Use Node 22.13 or newer, or map the file in smaller ranges.',
    { fd, offset, size, limit: MAX_MAPPING_SIZE },
  );
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

const BACKENDS: readonly MapBackend[] = ['mmap', 'read', 'mmap-io'];

function checkBackend(source: string, value: string): MapBackend {
  const backend = BACKENDS.find((name) => name === value);
  if (backend !== undefined) return backend;
  throw new TypeError(`${source}: expected one of ${quoted(BACKENDS)}, found ${JSON.stringify(value)}.`);
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
