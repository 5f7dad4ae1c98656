/**
 * The 'mmap' backend: finds the prebuilt binary for this platform, loads it at first use, and turns what it returns
 * into regions and coded errors.
 *
 * Always holds: the binary is chosen by name (prebuilds/<platform>-<arch>/mmap.node) and tried; one that does not
 * load (another C library, a hardened runtime) leaves the package working by the read backend.
 */
import { constants } from 'node:os';
import { join } from 'node:path';
import { errorFromErrno } from './errors';
import type { Region } from './region';

/** What src/native/mmap.c exports. Failures come back as errno numbers. */
interface NativeBinding {
  /** SHA-256 of the C source it was built from. */
  readonly sourceHash: string;
  /** Bytes. */
  readonly pageSize: number;
  /** False where a buffer can not lie over memory that V8 did not make (the V8 sandbox, as in Electron). */
  readonly allowsForeignMemory: boolean;
  map(fd: number, offset: number, size: number): NativeHandle | number;
  place(handle: NativeHandle, view: Uint8Array): number;
  adopt(view: Uint8Array): NativeHandle | number;
  expose(handle: NativeHandle): ArrayBuffer;
  close(handle: NativeHandle): number;
  advise(handle: NativeHandle, advice: number, offset: number, size: number): number;
  residentSize(handle: NativeHandle, offset: number, size: number): number;
}

type NativeHandle = object;

/** True when the native binary loads here, whatever PERMAFROST_MMAP_BACKEND says. The first call loads it. */
export function isNativeBackendAvailable(): boolean {
  return typeof loadBinding() !== 'string';
}

/** Why the native backend is not available; a part of a sentence. Empty when it is. */
export function nativeMissingReason(): string {
  const loaded = loadBinding();
  return typeof loaded === 'string' ? loaded : '';
}

/** Maps a checked, non-empty range. Only where isNativeBackendAvailable(). */
export function nativeRegion(fd: number, offset: number, size: number): Region {
  const native = loadBinding();
  if (typeof native === 'string') throw new TypeError(native);
  let handle = native.map(fd, offset, size);
  if (handle === constants.errno.ENOMEM) {
    collectDroppedRanges(size);
    handle = native.map(fd, offset, size);
  }
  if (typeof handle === 'number') throw errorFromErrno(handle, 'mmap', { fd, offset, size });
  return regionOf(
    native,
    handle,
    placedBytes(native, handle, offset, size) ?? new Uint8Array(native.expose(handle)),
    0,
  );
}

/** The pages of a mapping that another thread has placed over `buffer`; close() is the caller's to add. */
export function adoptedRegion(buffer: SharedArrayBuffer, byteOffset: number, size: number): Omit<Region, 'close'> {
  const native = loadBinding();
  if (typeof native === 'string') throw new TypeError(native);
  const handle = native.adopt(new Uint8Array(buffer, 0, buffer.byteLength));
  if (typeof handle === 'number') throw errorFromErrno(handle, 'adopt', { offset: byteOffset, size });
  const { bytes, advise, residentSize } = regionOf(
    native,
    handle,
    new Uint8Array(buffer, byteOffset, size),
    byteOffset,
  );
  return { bytes, advise, residentSize };
}

/** `delta`: bytes from the first byte that the handle counts from to the first of `bytes`. */
function regionOf(native: NativeBinding, handle: NativeHandle, bytes: Uint8Array, delta: number): Region {
  return {
    bytes,
    advise(advice, rangeOffset, rangeSize) {
      const errno = native.advise(handle, advice, delta + rangeOffset, rangeSize);
      if (errno !== 0) throw errorFromErrno(errno, 'madvise', { offset: rangeOffset, size: rangeSize });
    },
    residentSize(rangeOffset, rangeSize) {
      const resident = native.residentSize(handle, delta + rangeOffset, rangeSize);
      if (resident < 0) throw errorFromErrno(-resident, 'mincore', { offset: rangeOffset, size: rangeSize });
      return resident;
    },
    close() {
      const errno = native.close(handle);
      if (errno !== 0) throw errorFromErrno(errno, 'mmap', { size: bytes.length });
    },
  };
}

/**
 * The mapping moved over the pages of a growable SharedArrayBuffer, which V8 does not count as external memory and so
 * never collects garbage for. Undefined when there is none to be had (overcommit mode 2, "ulimit -d", Linux < 4.14).
 */
function placedBytes(
  native: NativeBinding,
  handle: NativeHandle,
  offset: number,
  size: number,
): Uint8Array | undefined {
  // The mapping starts with the page that holds the offset.
  const delta = offset % native.pageSize;
  const bufferSize = delta + size;
  if (bufferSize >= refusedSize) return undefined;
  const buffer = growableBuffer(bufferSize);
  if (buffer === undefined) {
    refusedSize = bufferSize;
    return undefined;
  }
  // Lengths are given, always: a view without one follows the buffer's length, and is slower for it.
  return native.place(handle, new Uint8Array(buffer, 0, bufferSize)) === 0
    ? new Uint8Array(buffer, delta, size)
    : undefined;
}

/** Bytes: the smallest buffer that V8 refused; not asked again, as V8 collects all garbage three times to refuse one. */
let refusedSize = Number.POSITIVE_INFINITY;

/** Reserved and never touched, so it takes no memory. Undefined when V8 has none of this kind or gets no addresses. */
function growableBuffer(size: number): SharedArrayBuffer | undefined {
  if (!('growable' in SharedArrayBuffer.prototype)) return undefined;
  try {
    return new SharedArrayBuffer(size, { maxByteLength: size });
  } catch {
    return undefined;
  }
}

/**
 * Gives back the addresses of mappings that were dropped but not yet collected, since V8, not counting them, is in no
 * hurry: asked for a buffer it has no addresses for, V8 collects all garbage before it refuses.
 */
function collectDroppedRanges(size: number): void {
  growableBuffer(size);
}

/** The binding once it is loaded, or why there is none. */
let binding: NativeBinding | string | undefined;

function loadBinding(): NativeBinding | string {
  if (binding === undefined) {
    const platform = `${process.platform}-${process.arch}`;
    try {
      // The same relative path from src/ and from dist/.
      const loaded = require(join(__dirname, '..', 'prebuilds', platform, 'mmap.node')) as NativeBinding;
      binding = loaded.allowsForeignMemory ? loaded : 'this JavaScript runtime allows no external ArrayBuffers';
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
