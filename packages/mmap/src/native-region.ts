/**
 * The 'mmap' backend: finds the prebuilt binary for this platform, loads it at first use, and turns what it returns
 * into regions and coded errors.
 *
 * Always holds: the binary is chosen by name (prebuilds/<platform>-<arch>/mmap.node) and tried; one that does not
 * load (another C library, a hardened runtime) leaves the package working by the read backend.
 */
import { join } from 'node:path';
import { errorFromErrno } from './errors';
import type { Region } from './region';

/** What src/native/mmap.c exports. Failures come back as errno numbers. */
interface NativeBinding {
  /** SHA-256 of the C source it was built from. */
  readonly sourceHash: string;
  map(fd: number, offset: number, size: number): NativeHandle | number | null;
  close(handle: NativeHandle): number;
  advise(handle: NativeHandle, advice: number, offset: number, size: number): number;
  residentSize(handle: NativeHandle, offset: number, size: number): number;
}

interface NativeHandle {
  readonly buffer: ArrayBuffer;
}

/** True when the native binary loads here, whatever PERMAFROST_MMAP_BACKEND says. The first call loads it. */
export function isNativeBackendAvailable(): boolean {
  return typeof loadBinding() !== 'string';
}

/** Why the native backend is not available; a part of a sentence. Empty when it is. */
export function nativeMissingReason(): string {
  const loaded = loadBinding();
  return typeof loaded === 'string' ? loaded : '';
}

/**
 * Maps a checked, non-empty range. Undefined when the runtime refuses memory that is not its own (the V8 sandbox, as
 * in Electron); the backend then counts as not available from here on.
 */
export function nativeRegion(fd: number, offset: number, size: number): Region | undefined {
  const native = loadBinding();
  if (typeof native === 'string') return undefined;
  const mapped = native.map(fd, offset, size);
  if (mapped === null) {
    binding = 'this JavaScript runtime allows no external ArrayBuffers';
    return undefined;
  }
  if (typeof mapped === 'number') throw errorFromErrno(mapped, 'mmap', { fd, offset, size });

  const handle = mapped;
  return {
    buffer: handle.buffer,
    advise(advice, rangeOffset, rangeSize) {
      const errno = native.advise(handle, advice, rangeOffset, rangeSize);
      if (errno !== 0) throw errorFromErrno(errno, 'madvise', { offset: rangeOffset, size: rangeSize });
    },
    residentSize(rangeOffset, rangeSize) {
      const resident = native.residentSize(handle, rangeOffset, rangeSize);
      if (resident < 0) throw errorFromErrno(-resident, 'mincore', { offset: rangeOffset, size: rangeSize });
      return resident;
    },
    close() {
      const errno = native.close(handle);
      if (errno !== 0) throw errorFromErrno(errno, 'mmap', { size });
    },
  };
}

/** The binding once it is loaded, or why there is none. */
let binding: NativeBinding | string | undefined;

function loadBinding(): NativeBinding | string {
  if (binding === undefined) {
    const platform = `${process.platform}-${process.arch}`;
    try {
      // The same relative path from src/ and from dist/.
      binding = require(join(__dirname, '..', 'prebuilds', platform, 'mmap.node')) as NativeBinding;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      binding =
        code === 'MODULE_NOT_FOUND'
          ? `the package has no binary for ${platform}`
          : `its binary for ${platform} does not load (${message})`;
    }
  }
  return binding;
}
