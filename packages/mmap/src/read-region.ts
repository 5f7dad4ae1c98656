/**
 * The 'read' backend: a private copy of the range, read in chunks. Works everywhere Node does; each process holds its
 * own copy, so it is warned of once per process when it was not chosen by name.
 */
import { readSync } from 'node:fs';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { errorFromFs, MmapError } from './errors';
import { READ_CHUNK_SIZE } from './limits';
import { nativeMissingReason } from './native-region';
import type { Region } from './region';

/** Copies a checked, non-empty range of the file into memory. Synchronous; costs the reading of all its bytes. */
export function readRegion(fd: number, offset: number, size: number): Region {
  const bytes = allocate(size);
  for (let done = 0; done < size; ) {
    const count = readAt(fd, bytes.subarray(done, Math.min(size, done + READ_CHUNK_SIZE)), offset + done);
    if (count === 0) {
      throw new MmapError(
        'OUT_OF_RANGE',
        `The file ended at byte ${offset + done} while ${size} bytes at ${offset} were being read: it was cut ` +
          'meanwhile. Files must not change while they are mapped.',
        { fd, offset, size, fileSize: offset + done },
      );
    }
    done += count;
  }
  return {
    bytes,
    advise() {},
    residentSize: (_rangeOffset, rangeSize) => rangeSize,
    close() {
      bytes.fill(0);
    },
  };
}

/** Says once per process (its worker threads included) what reading into memory costs. `size` in bytes. */
export function warnOfFallback(size: number): void {
  if (Atomics.exchange(fallbackWarned, 0, 1) !== 0) return;
  const reason = nativeMissingReason() || 'PERMAFROST_MMAP_BACKEND=read';
  process.emitWarning(
    `Files are read into memory instead of being mapped: ${reason}. Each process (and worker thread) holds its own ` +
      `copy, here of ${size} bytes, and reads all of it when it opens the file. Linux on x64 and arm64 maps it and shares one copy.`,
    { type: 'PermafrostWarning', code: 'PERMAFROST_READ_FALLBACK' },
  );
}

/** 1 once the warning was given. Environment data reaches the threads started after this module was loaded. */
const FALLBACK_WARNED_KEY = '@permafrost/mmap fallback warned';
const fallbackWarned = sharedFlag(FALLBACK_WARNED_KEY);

function sharedFlag(key: string): Int32Array {
  let shared = getEnvironmentData(key) as unknown as SharedArrayBuffer | undefined;
  if (shared === undefined) {
    shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    setEnvironmentData(key, shared as unknown as Parameters<typeof setEnvironmentData>[1]);
  }
  return new Int32Array(shared);
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (error) {
    throw new MmapError(
      'ENOMEM',
      `There is no memory for a copy of ${size} bytes. Use a platform with the native backend, which needs none.`,
      { size },
      error,
    );
  }
}

function readAt(fd: number, target: Uint8Array, position: number): number {
  try {
    return readSync(fd, target, 0, target.length, position);
  } catch (error) {
    // fstat has seen the descriptor open, so this means it was not opened for reading; mmap calls that EACCES.
    if ((error as NodeJS.ErrnoException).code === 'EBADF') {
      throw errorFromFs(Object.assign(new Error('not open for reading'), { code: 'EACCES' }), 'read', { fd });
    }
    throw errorFromFs(error, 'read', { fd, offset: position, size: target.length });
  }
}
