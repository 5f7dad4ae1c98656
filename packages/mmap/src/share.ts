/**
 * One mapping for all threads of a process: the thread that mapped a file posts a share of it, the other reads the same memory.
 *
 * Always holds: the bytes stay as they are until every thread that received a share has closed it or has ended, whenever the thread
 * that mapped them closes. A message port for each share, whose other end stays here, says so; no thread counts for another.
 */
import { types } from 'node:util';
import { MessagePort } from 'node:worker_threads';
import { describeType } from './errors';
import { checkBytes, type FileMapping, Mapping, type MappingShare, notShareable } from './mapping';
import { adoptedRegion } from './native-region';
import type { Region } from './region';

/**
 * Makes a share of a mapping for one other thread: `worker.postMessage(share, [share.port])`, or `workerData` with a
 * `transferList`. Pages, page tables and addresses are then those of this thread. A mapping of the read backend is copied once into
 * memory that can be shared, for all other threads together. A share that is never posted must be given up: `share.port.close()`.
 *
 * @throws MmapError NOT_SHAREABLE: the mapping is closed, was itself received, or lies on memory that cannot be shared
 */
export function shareMapping(mapping: FileMapping): MappingShare {
  if (!(mapping instanceof Mapping)) {
    throw notShareable('it was not made by mapFile. Share what mapFile gave');
  }
  return mapping.share();
}

/**
 * The mapping that another thread shared, in this one; no system call and no memory of its own. `close()` lets go of it here: the
 * bytes read 0 when the thread that mapped them and all others have closed too.
 *
 * @throws MmapError NOT_SHAREABLE: the share was received before; TypeError for anything that is not a share
 */
export function receiveMapping(share: MappingShare): FileMapping {
  checkShare(share);
  if (received.has(share.port)) {
    throw notShareable('this share was received before. Make a share for each use');
  }
  received.add(share.port);
  return new Mapping(share.backend, receivedRegion(share), { isReceived: true });
}

/** Each port stands for one use: were it closed by one of two, the other would read zeros. */
const received = new WeakSet<MessagePort>();

function receivedRegion({ buffer, byteOffset, size, backend, port }: MappingShare): Region {
  const close = () => port.close();
  if (backend === 'mmap' && size > 0) return { ...adoptedRegion(buffer, byteOffset, size), close };
  return {
    bytes: new Uint8Array(buffer, byteOffset, size),
    advise() {},
    residentSize: (_rangeOffset, rangeSize) => rangeSize,
    close,
  };
}

function checkShare(share: MappingShare): void {
  if (typeof share !== 'object' || share === null) {
    throw new TypeError(`share: expected what shareMapping gave, found ${describeType(share)}.`);
  }
  const { buffer, byteOffset, size, backend, port } = share;
  if (!types.isSharedArrayBuffer(buffer) || !(port instanceof MessagePort) || !['mmap', 'read'].includes(backend)) {
    throw new TypeError('share: expected what shareMapping gave, posted as a whole with [share.port] to transfer.');
  }
  checkBytes('share.byteOffset', byteOffset);
  checkBytes('share.size', size);
  if (byteOffset + size > buffer.byteLength) {
    throw new TypeError(`share: ${size} bytes at ${byteOffset} leave its buffer of ${buffer.byteLength} bytes.`);
  }
}
