/**
 * A snapshot that another thread of this process has opened, as a file to read: the same memory, so it is mapped by nobody twice.
 * The frame is read and checked again; every thread trusts the bytes alone.
 */
import { type FileMapping, type MappingShare, receiveMapping, shareMapping } from '@permafrost/mmap';
import { PermafrostError } from '../errors';
import type { ReadableFile } from './storage';

/**
 * A snapshot on its way to another thread: post it with `[share.port]` as the transfer list. For one thread, once. Its `buffer` is
 * read-only memory and not for use: a write ends the process.
 */
export interface SnapshotShare extends MappingShare {
  readonly path: string;
}

/** Throws MAPPING_FAILED with the reason NOT_SHAREABLE. */
export function shareFile(path: string, mapping: FileMapping): SnapshotShare {
  if (typeof (mapping as { share?: unknown }).share === 'function')
    return { path, ...attempt(path, () => shareMapping(mapping)) };
  throw new PermafrostError(
    'MAPPING_FAILED',
    `${path}: a snapshot in memory (snapshotOf, memoryStorage) cannot be shared with another thread. Write it to a file, and share what openSnapshot gives of that.`,
    { path, reason: 'NOT_SHAREABLE' },
  );
}

/** Throws MAPPING_FAILED when the share was used before, TypeError when it is none. */
export function openSharedFile(share: SnapshotShare): ReadableFile {
  const mapping = attempt(share.path, () => receiveMapping(share));
  let isTaken = false;
  return {
    path: String(share.path),
    size: mapping.size,
    read: (offset, size) => Buffer.from(mapping.bytes.subarray(offset, offset + size)),
    map() {
      isTaken = true;
      return mapping;
    },
    close() {
      if (!isTaken) mapping.close();
    },
  };
}

function attempt<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'NOT_SHAREABLE') throw cause;
    throw new PermafrostError(
      'MAPPING_FAILED',
      `${path}: ${(cause as Error).message}`,
      { path, reason: 'NOT_SHAREABLE' },
      { cause },
    );
  }
}
