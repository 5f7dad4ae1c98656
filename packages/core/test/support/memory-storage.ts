/**
 * A storage in memory for tests: counts what is asked of it, dies at a chosen step, and knows what a disk that loses power keeps.
 * A file's bytes are safe after `sync`, a name after `syncDirectory`; the rest may be lost or half there.
 */
import * as path from 'node:path';
import type { FileMapping } from '@permafrost/mmap';
import { PermafrostError } from '../../src/errors';
import { copiedMapping } from '../../src/file/memory-storage';
import type { ReadableFile, Storage, WritableFile } from '../../src/file/storage';

interface MemoryFile {
  bytes: Buffer;
  /** What was there at the last sync. */
  durable: Buffer;
}

/** What is left of unsynced bytes when the power goes. */
export type Loss = 'unsynced-bytes' | 'unsynced-bytes-read-zero' | 'half-of-unsynced-bytes' | 'unsynced-names';

export class StorageDied extends Error {
  override readonly name = 'StorageDied';
}

export class MemoryStorage implements Storage {
  readonly files = new Map<string, MemoryFile>();
  durableNames = new Map<string, MemoryFile>();
  /** Every step that changes the disk, in order. */
  readonly steps: string[] = [];
  /** Every read below the mapping. */
  readonly reads: { offset: number; size: number }[] = [];
  readonly scratch = new Set<MemoryFile>();
  openFiles = 0;
  mappings = 0;
  #dieAt = Number.POSITIVE_INFINITY;
  #failAt = Number.POSITIVE_INFINITY;
  #dead = false;

  /** The step with this number (from 0) throws, as does every one after it. */
  dieAt(step: number): void {
    this.#dieAt = step;
  }

  /** The step with this number throws; later ones work again. */
  failOnceAt(step: number): void {
    this.#failAt = step;
  }

  static with(name: string, bytes: Uint8Array): MemoryStorage {
    const storage = new MemoryStorage();
    storage.put(name, bytes);
    return storage;
  }

  put(name: string, bytes: Uint8Array): void {
    const file = { bytes: Buffer.from(bytes), durable: Buffer.from(bytes) };
    this.files.set(name, file);
    this.durableNames.set(name, file);
  }

  get names(): string[] {
    return [...this.files.keys()].sort();
  }

  /** What another process finds after this one was killed: everything but the nameless. */
  afterKill(): MemoryStorage {
    const survivor = new MemoryStorage();
    for (const [name, { bytes }] of this.files) survivor.put(name, bytes);
    return survivor;
  }

  /** What the machine finds after its power failed. */
  afterPowerLoss(loss: Loss): MemoryStorage {
    const survivor = new MemoryStorage();
    const names = loss === 'unsynced-names' ? this.durableNames : this.files;
    for (const [name, { bytes, durable }] of names) {
      const rest = bytes.subarray(durable.length);
      if (loss === 'unsynced-bytes-read-zero') survivor.put(name, Buffer.concat([durable, Buffer.alloc(rest.length)]));
      else if (loss === 'half-of-unsynced-bytes')
        survivor.put(name, Buffer.concat([durable, rest.subarray(0, rest.length >> 1)]));
      else survivor.put(name, durable);
    }
    return survivor;
  }

  openForReading(filePath: string): ReadableFile {
    const { bytes } = this.#existing(filePath);
    this.openFiles++;
    return {
      path: filePath,
      size: bytes.length,
      read: (offset, size) => {
        this.reads.push({ offset, size });
        return Buffer.from(bytes.subarray(offset, offset + size));
      },
      map: () => this.#map(bytes),
      close: this.#closer(),
    };
  }

  create(filePath: string): WritableFile {
    this.#step(`create ${path.extname(filePath)}`);
    if (this.files.has(filePath))
      throw new PermafrostError('FILE_EXISTS', `${filePath}: it exists.`, { path: filePath });
    const file = { bytes: Buffer.alloc(0), durable: Buffer.alloc(0) };
    this.files.set(filePath, file);
    return this.#writable(filePath, file, '');
  }

  createScratch(directory: string): WritableFile {
    this.#step('create scratch');
    const file = { bytes: Buffer.alloc(0), durable: Buffer.alloc(0) };
    this.scratch.add(file);
    return this.#writable(path.join(directory, 'scratch'), file, 'scratch ');
  }

  link(from: string, to: string): void {
    this.#step('link');
    if (this.files.has(to)) throw new PermafrostError('FILE_EXISTS', `${to}: it exists.`, { path: to });
    this.files.set(to, this.#existing(from));
  }

  rename(from: string, to: string): void {
    this.#step('rename');
    this.files.set(to, this.#existing(from));
    this.files.delete(from);
  }

  remove(filePath: string): void {
    this.#step('remove');
    this.files.delete(filePath);
  }

  readAll(filePath: string): Buffer {
    return Buffer.from(this.#existing(filePath).bytes);
  }

  list(directory: string): string[] {
    return this.names.filter((name) => path.dirname(name) === directory).map((name) => path.basename(name));
  }

  makeDirectory(): void {
    this.#step('make directory');
  }

  syncDirectory(): void {
    this.#step('sync directory');
    this.durableNames = new Map(this.files);
  }

  #writable(filePath: string, file: MemoryFile, prefix: string): WritableFile {
    let closed = false;
    this.openFiles++;
    const requireOpen = () => {
      if (closed) throw new PermafrostError('FILE_ACCESS', `${filePath}: it is closed.`);
    };
    let used = file.bytes.length;
    let room = file.bytes;
    return {
      path: filePath,
      write: (bytes) => {
        requireOpen();
        const put = (part: Uint8Array) => {
          if (used + part.length > room.length) {
            const grown = Buffer.alloc(Math.max(2 * room.length, used + part.length, 4096));
            room.copy(grown, 0, 0, used);
            room = grown;
          }
          room.set(part, used);
          used += part.length;
          file.bytes = room.subarray(0, used);
        };
        // A write that dies has written some of its bytes.
        this.#step(`${prefix}write`, () => put(bytes.subarray(0, bytes.length >> 1)));
        put(bytes);
      },
      map: () => this.#map(file.bytes),
      sync: () => {
        requireOpen();
        this.#step(`${prefix}sync`);
        file.durable = Buffer.from(file.bytes);
      },
      close: this.#closer(() => {
        closed = true;
        this.scratch.delete(file);
      }),
    };
  }

  #map(source: Buffer): FileMapping {
    this.mappings++;
    return copiedMapping(source, () => this.mappings--);
  }

  #closer(then?: () => void): () => void {
    let closed = false;
    return () => {
      if (closed) return;
      closed = true;
      this.openFiles--;
      then?.();
    };
  }

  #existing(filePath: string): MemoryFile {
    const file = this.files.get(filePath);
    if (!file) throw new PermafrostError('FILE_NOT_FOUND', `${filePath}: there is none.`, { path: filePath });
    return file;
  }

  #step(what: string, before?: () => void): void {
    if (this.#dead) throw new StorageDied(`dead before: ${what}`);
    if (this.steps.length >= this.#dieAt) {
      this.#dead = true;
      before?.();
      throw new StorageDied(`died at step ${this.steps.length}: ${what}`);
    }
    if (this.steps.length === this.#failAt) {
      this.#failAt = Number.POSITIVE_INFINITY;
      before?.();
      throw new StorageDied(`refused: ${what}`);
    }
    this.steps.push(what);
  }
}
