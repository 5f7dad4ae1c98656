/**
 * The 'mmap-io' backend: for those who already ship the npm package mmap-io (1.1.7). It is loaded at run time, only when asked
 * for by name, and is no dependency: it has to be compiled.
 *
 * What it cannot do is refused or said: ranges beyond 2 GiB, worker threads, unmapping (FileMapping.close).
 */
import { isMainThread } from 'node:worker_threads';
import { errorFromErrno, MmapError } from './errors';
import { MAX_MMAP_IO_SIZE } from './limits';
import type { Region } from './region';

/** What we use of mmap-io; all numbers are cut to 32 bits there. Errors carry the errno in their message alone. */
interface MmapIo {
  readonly PROT_READ: number;
  readonly MAP_SHARED: number;
  /** Bytes. */
  readonly PAGESIZE: number;
  readonly MADV_DONTNEED: number;
  map(size: number, protection: number, flags: number, fd: number, offset: number): Buffer;
  advise(buffer: Buffer, offset: number, size: number, advice: number): void;
  /** Counts of pages: not in memory, in memory. The buffer has to begin with a page. */
  incore(buffer: Buffer): [number, number];
}

/** Maps a checked, non-empty range. Throws NATIVE_MISSING and MAPPING_TOO_LARGE, each saying why. */
export function mmapIoRegion(fd: number, offset: number, size: number): Region {
  const io = loadMmapIo();
  if (offset + size > MAX_MMAP_IO_SIZE) {
    throw new MmapError(
      'MAPPING_TOO_LARGE',
      `Bytes ${offset} to ${offset + size} were asked for, but mmap-io takes sizes and offsets as 32-bit integers and would ` +
        `silently map other bytes beyond ${MAX_MMAP_IO_SIZE} (2 GiB). Use the backend 'mmap', which has no such limit.`,
      { fd, offset, size, limit: MAX_MMAP_IO_SIZE },
    );
  }
  const delta = offset % io.PAGESIZE;
  const mapped = attempt('mmap', { fd, offset, size }, () =>
    io.map(delta + size, io.PROT_READ, io.MAP_SHARED, fd, offset - delta),
  );
  const advise = (advice: number, start: number, end: number) =>
    attempt('madvise', { offset: start - delta, size: end - start }, () => {
      const pageStart = start - (start % io.PAGESIZE);
      io.advise(mapped, pageStart, end - pageStart, advice);
    });
  const residentPages = (firstPage: number, endPage: number) =>
    io.incore(mapped.subarray(firstPage * io.PAGESIZE, endPage * io.PAGESIZE))[1];
  return {
    bytes: new Uint8Array(mapped.buffer, mapped.byteOffset + delta, size),
    advise: (advice, rangeOffset, rangeSize) => advise(advice, delta + rangeOffset, delta + rangeOffset + rangeSize),
    residentSize(rangeOffset, rangeSize) {
      const start = delta + rangeOffset;
      const end = start + rangeSize;
      const firstPage = Math.floor(start / io.PAGESIZE);
      const endPage = Math.ceil(end / io.PAGESIZE);
      return attempt('mincore', { offset: rangeOffset, size: rangeSize }, () => {
        // The first and the last page may lie partly outside the range.
        const before = residentPages(firstPage, firstPage + 1) * (start - firstPage * io.PAGESIZE);
        const behind = residentPages(endPage - 1, endPage) * (endPage * io.PAGESIZE - end);
        return Math.max(0, residentPages(firstPage, endPage) * io.PAGESIZE - before - behind);
      });
    },
    // There is no way to unmap: the pages leave this process's page tables, and the mapping goes when it is collected.
    close: () => advise(io.MADV_DONTNEED, 0, mapped.length),
  };
}

function loadMmapIo(): MmapIo {
  if (!isMainThread) {
    throw new MmapError(
      'NATIVE_MISSING',
      "The backend 'mmap-io' was asked for in a worker thread, where mmap-io cannot be loaded: it is not a context-aware addon, " +
        "and Node loads such an addon into one thread alone. Use the backend 'mmap' in threads, or use processes.",
      { expected: 'mmap-io', actual: 'a worker thread' },
    );
  }
  try {
    return require('mmap-io') as MmapIo;
  } catch (error) {
    throw new MmapError(
      'NATIVE_MISSING',
      `The backend 'mmap-io' was asked for, but the package mmap-io does not load (${(error as Error).message.split('\n')[0]}). ` +
        "Install it beside @permafrost/mmap (it has to be compiled), or use the backend 'mmap', which needs nothing.",
      { expected: 'mmap-io' },
      error,
    );
  }
}

/** Its errors end in the errno: "mmap failed, 13". */
function attempt<T>(syscall: string, details: { fd?: number; offset: number; size: number }, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const [, errno] = /failed, (\d+)$/.exec((error as Error).message) ?? [];
    throw errno === undefined ? error : errorFromErrno(Number(errno), syscall, details);
  }
}
