/** A file system in memory behind the storage seam: for tests, and for snapshots that need no disk. Files last as long as the object. */
import * as path from 'node:path';
import type { FileMapping } from '@permafrost/mmap';
import { PermafrostError } from '../errors';
import type { ReadableFile, Storage, WritableFile } from './storage';

/** A storage of its own: paths of one mean nothing to another. Writes are copied; reading gives views. */
export function memoryStorage(): Storage {
  const files = new Map<string, MemoryFile>();
  const existing = (filePath: string): MemoryFile => {
    const file = files.get(path.resolve(filePath));
    if (file) return file;
    throw new PermafrostError('FILE_NOT_FOUND', `${filePath}: this memory storage holds no such file.`, {
      path: filePath,
    });
  };
  const claim = (filePath: string, file: MemoryFile): void => {
    const resolved = path.resolve(filePath);
    if (files.has(resolved))
      throw new PermafrostError('FILE_EXISTS', `${filePath}: this memory storage holds the file already.`, {
        path: filePath,
      });
    files.set(resolved, file);
  };
  return {
    openForReading: (filePath) => existing(filePath).reader(filePath),
    create(filePath) {
      const file = new MemoryFile();
      claim(filePath, file);
      return file.writer(filePath);
    },
    createScratch: (directory) => new MemoryFile().writer(directory),
    link: (from, to) => claim(to, existing(from)),
    rename(from, to) {
      files.set(path.resolve(to), existing(from));
      files.delete(path.resolve(from));
    },
    remove: (filePath) => void files.delete(path.resolve(filePath)),
    readAll: (filePath) => Buffer.from(existing(filePath).bytes()),
    list: (directory) =>
      [...files.keys()]
        .filter((name) => path.dirname(name) === path.resolve(directory))
        .map((name) => path.basename(name)),
    makeDirectory() {},
    syncDirectory() {},
  };
}

class MemoryFile {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  /** All bytes in one piece. */
  bytes(): Buffer {
    if (this.#chunks.length > 1) this.#chunks.splice(0, this.#chunks.length, Buffer.concat(this.#chunks, this.#size));
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  reader(filePath: string): ReadableFile {
    return {
      path: filePath,
      size: this.#size,
      read: (offset, size) => Buffer.from(this.bytes().subarray(offset, offset + size)),
      map: () => copiedMapping(this.bytes()),
      close() {},
    };
  }

  writer(filePath: string): WritableFile {
    return {
      path: filePath,
      write: (bytes) => {
        this.#chunks.push(Buffer.from(bytes));
        this.#size += bytes.length;
      },
      map: () => copiedMapping(this.bytes()),
      sync() {},
      close() {},
    };
  }
}

/** A mapping of a copy of a file's bytes, as closing it zeroes them; `closing` is called when it is first closed. */
export function copiedMapping(file: Uint8Array, closing: () => void = () => {}): FileMapping {
  const bytes = new Uint8Array(file);
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    bytes.fill(0);
    closing();
  };
  return {
    bytes,
    size: bytes.length,
    backend: 'read',
    get closed() {
      return closed;
    },
    advise() {},
    residentSize: () => bytes.length,
    close,
    [Symbol.dispose]: close,
  };
}
