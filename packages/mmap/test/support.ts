/** What the suites of this package share: a temporary folder that goes away, patterned files, the kinds of memory. */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { types } from 'node:util';
import {
  type FileMapping,
  isNativeBackendAvailable,
  type MapBackend,
  type MapOptions,
  mapFile,
} from '@permafrost/mmap';

export const PAGE_SIZE = 4096;
export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/** describe, or a skip with its reason where no native binary exists; with REQUIRE_NATIVE=1 it runs (and fails) there too. */
export const describeNative: (name: string, suite: () => void) => void =
  isNativeBackendAvailable() || process.env['REQUIRE_NATIVE'] === '1'
    ? describe
    : (name, suite) => {
        // scripts/skips-reporter.cjs takes the reason from the title.
        describe.skip(`${name} — no native binary for ${process.platform}-${process.arch}`, suite);
      };

/** What lies below `bytes`: V8's own growable buffer with the file over its pages, a foreign buffer, or a copy. */
export type MemoryKind = 'growable' | 'external' | 'copy';

/**
 * Runs the suite once for each kind of memory. Growable comes first: after a refused buffer, the package asks for none
 * of its size again.
 */
export function describeBackends(name: string, suite: (backend: MapBackend, kind: MemoryKind) => void): void {
  describeNative(`${name} (mmap, growable)`, () => suite('mmap', 'growable'));
  describeNative(`${name} (mmap, external)`, () => {
    refuseGrowableBuffers();
    suite('mmap', 'external');
  });
  describe(`${name} (read)`, () => suite('read', 'copy'));
}

/** Within the suite, V8 behaves as one that has no addresses for any growable buffer. */
function refuseGrowableBuffers(): void {
  const original = globalThis.SharedArrayBuffer;
  class Refusing extends original {
    constructor(size: number, options?: { maxByteLength?: number }) {
      if (options?.maxByteLength !== undefined) throw new RangeError('Array buffer allocation failed');
      super(size);
    }
  }
  beforeAll(() => {
    globalThis.SharedArrayBuffer = Refusing as SharedArrayBufferConstructor;
  });
  afterAll(() => {
    globalThis.SharedArrayBuffer = original;
  });
}

/** What a mapping of at least one byte lies on. */
export function memoryKindOf(mapping: FileMapping): MemoryKind {
  if (types.isSharedArrayBuffer(mapping.bytes.buffer)) return 'growable';
  return mapping.backend === 'read' ? 'copy' : 'external';
}

/** A folder in the system's temporary one, removed after the suite. */
export function useTemporaryFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeAll(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'permafrost-mmap-'));
  });
  afterAll(() => {
    rmSync(folder.path, { recursive: true, force: true });
  });
  return folder;
}

/** A byte that differs from its neighbours, and at the same place of any two of the first 251 pages. */
export function patternByte(offset: number): number {
  return (offset + Math.floor(offset / PAGE_SIZE)) % 251;
}

export function writePattern(path: string, size: number): void {
  writeFileSync(
    path,
    Uint8Array.from({ length: size }, (_, offset) => patternByte(offset)),
  );
}

/** A file of `size` bytes with no block on the disk but those of the given texts. */
export function writeSparse(path: string, size: number, texts: ReadonlyMap<number, string> = new Map()): void {
  const fd = openSync(path, 'w');
  try {
    ftruncateSync(fd, size);
    for (const [offset, text] of texts) writeSync(fd, text, offset);
  } finally {
    closeSync(fd);
  }
}

/** Maps a file by its path; the descriptor is closed before this returns. */
export function mapPath(path: string, options?: MapOptions): FileMapping {
  const fd = openSync(path, 'r');
  try {
    return mapFile(fd, options);
  } finally {
    closeSync(fd);
  }
}

/** The permissions of a file's mappings in this process, as in /proc/self/maps: 'r--s' is read-only and shared. */
export function permissionsOf(path: string): string[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return lines.filter((line) => line.endsWith(path)).map((line) => line.split(' ')[1]!);
}

/** Bytes of a file that lie in this process's address space and in its page tables, by /proc/self/smaps. */
export function mappedOf(path: string): { size: number; rss: number } {
  const total = { size: 0, rss: 0 };
  let isOurs = false;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isOurs = line.endsWith(path);
    const [, name, kibibytes] = /^(Size|Rss):\s+(\d+) kB$/.exec(line) ?? [];
    if (isOurs && name !== undefined) total[name === 'Size' ? 'size' : 'rss'] += Number(kibibytes) * 1024;
  }
  return total;
}

/** The error that `action` throws; fails when it throws none. */
export function thrownBy(action: () => unknown): {
  name: string;
  code?: string;
  message: string;
  details?: Record<string, unknown>;
} {
  try {
    action();
  } catch (error) {
    return error as { name: string; code?: string; message: string; details?: Record<string, unknown> };
  }
  throw new Error('expected an error, but nothing was thrown');
}
