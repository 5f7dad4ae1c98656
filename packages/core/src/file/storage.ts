/**
 * The storage seam: all that Permafrost asks of a file system. Files of this floor are reached through it alone,
 * so that tests can count, fail or lose what a disk may lose. Nothing here knows what a snapshot is.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type FileMapping, type MapBackend, mapFile } from '@permafrost/mmap';
import { PermafrostError, refuseUnknownOptions } from '../errors';
import { partialPathOf } from './partial-file';

/** A file opened for reading. */
export interface ReadableFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** A copy of bytes [offset, offset + size); shorter only at the end of the file. */
  read(offset: number, size: number): Buffer;
  /** Maps the whole file (or reads it into memory where no mapping is to be had). */
  map(): FileMapping;
  /** Idempotent. */
  close(): void;
}

/** A file being written from its start to its end. */
export interface WritableFile {
  readonly path: string;
  /** Appends; returns when the system has taken the bytes, not when they are on the disk. */
  write(bytes: Uint8Array): void;
  /** Maps what has been written so far, for reading back. */
  map(): FileMapping;
  /** Returns when the bytes are on the disk. */
  sync(): void;
  /** Idempotent. */
  close(): void;
}

/** A file system as Permafrost needs it: {@link fileStorage} or {@link memoryStorage}. Its errors are coded: FILE_NOT_FOUND, FILE_ACCESS, FILE_EXISTS. */
export interface Storage {
  /** Opens a regular file; NOT_A_SNAPSHOT for a directory or device, FILE_NOT_FOUND. */
  openForReading(filePath: string): ReadableFile;
  /** Creates a file of mode 0600 for writing; FILE_EXISTS when there is one. */
  create(filePath: string): WritableFile;
  /** A nameless scratch file beside `directory`'s files: nothing is left of it however the process ends. */
  createScratch(directory: string): WritableFile;
  /** Gives a file a second name; FILE_EXISTS when the name is taken. Atomic, so that two publishers cannot both win. */
  link(from: string, to: string): void;
  /** Replaces `to` atomically. */
  rename(from: string, to: string): void;
  /** Removes a file; nothing happens when there is none. */
  remove(filePath: string): void;
  /** All bytes of a (small) file. */
  readAll(filePath: string): Buffer;
  /** Names in a directory, in no order. */
  list(directory: string): string[];
  /** Makes a directory of mode 0700 and those above it; nothing happens when it is there. */
  makeDirectory(directory: string): void;
  /** Returns when the directory's entries are on the disk. */
  syncDirectory(directory: string): void;
}

/** The file system of Node. */
export const fileStorage: Storage = {
  openForReading: (filePath) => openFile(filePath),
  create(filePath) {
    return attempt('create', filePath, () => new FileForWriting(filePath, fs.openSync(filePath, 'wx+', 0o600)));
  },
  createScratch(directory) {
    const filePath = partialPathOf(path.join(directory, 'scratch')); // collectable, should the process end before the unlink
    return attempt('create', filePath, () => {
      const descriptor = fs.openSync(filePath, 'wx+', 0o600);
      if (process.platform === 'win32') return new FileForWriting(filePath, descriptor, () => fs.unlinkSync(filePath));
      fs.unlinkSync(filePath);
      return new FileForWriting(filePath, descriptor);
    });
  },
  link: (from, to) => attempt('link', to, () => fs.linkSync(from, to)),
  rename: (from, to) => attempt('rename', to, () => fs.renameSync(from, to)),
  remove: (filePath) => attempt('remove', filePath, () => fs.rmSync(filePath, { force: true })),
  readAll: (filePath) => attempt('read', filePath, () => fs.readFileSync(filePath)),
  list: (directory) => attempt('list', directory, () => fs.readdirSync(directory)),
  makeDirectory: (directory) =>
    attempt('create', directory, () => {
      if (fs.statSync(directory, { throwIfNoEntry: false })?.isFile())
        throw Object.assign(new Error('There is a file of this name.'), { code: 'ENOTDIR' });
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    }),
  syncDirectory(directory) {
    if (process.platform === 'win32') return; // a directory cannot be opened there; NTFS journals its entries
    attempt('sync', directory, () => {
      const descriptor = fs.openSync(directory, 'r');
      try {
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    });
  },
};

/**
 * The same with a backend for opened snapshots: 'mmap' or an error, 'read' for a copy of one's own without a warning, 'mmap-io' for the package
 * of that name (README of @permafrost/mmap). By default PERMAFROST_MMAP_BACKEND decides, then what the platform has.
 */
export function fileStorageWith(options: { readonly backend: MapBackend }): Storage {
  refuseUnknownOptions('fileStorageWith', options, ['backend']);
  return { ...fileStorage, openForReading: (filePath) => openFile(filePath, options.backend) };
}

function openFile(filePath: string, backend?: MapBackend): ReadableFile {
  return attempt('open', filePath, () => {
    // Without blocking: opening a named pipe would wait for its other end.
    const descriptor = fs.openSync(filePath, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const status = fs.fstatSync(descriptor);
    if (!status.isFile()) {
      fs.closeSync(descriptor);
      throw new PermafrostError(
        'NOT_A_SNAPSHOT',
        `${filePath}: expected a snapshot file, found a ${status.isDirectory() ? 'directory' : 'special file'}.`,
        { path: filePath },
      );
    }
    return new FileForReading(filePath, descriptor, status.size, backend);
  });
}

class FileForReading implements ReadableFile {
  #descriptor: number | undefined;

  constructor(
    readonly path: string,
    descriptor: number,
    readonly size: number,
    private readonly backend: MapBackend | undefined,
  ) {
    this.#descriptor = descriptor;
  }

  read(offset: number, size: number): Buffer {
    return attempt('read', this.path, () => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(size, this.size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const count = fs.readSync(this.#descriptor!, bytes, filled, bytes.length - filled, offset + filled);
        if (count === 0) return bytes.subarray(0, filled);
        filled += count;
      }
      return bytes;
    });
  }

  map(): FileMapping {
    return mapDescriptor(this.path, this.#descriptor!, { size: this.size, backend: this.backend });
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

class FileForWriting implements WritableFile {
  #descriptor: number | undefined;
  #written = 0;

  constructor(
    readonly path: string,
    descriptor: number,
    private readonly atClose?: () => void,
  ) {
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array): void {
    attempt('write', this.path, () => {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.#descriptor!, bytes, at);
      this.#written += bytes.length;
    });
  }

  map(): FileMapping {
    return mapDescriptor(this.path, this.#descriptor!, { size: this.#written });
  }

  sync(): void {
    attempt('sync', this.path, () => fs.fsyncSync(this.#descriptor!));
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.atClose?.();
  }
}

function mapDescriptor(
  filePath: string,
  descriptor: number,
  { size, backend }: { size: number; backend?: MapBackend | undefined },
): FileMapping {
  try {
    return mapFile(descriptor, { offset: 0, size, ...(backend ? { backend } : {}) });
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
    const code = (cause as { code?: string }).code;
    throw new PermafrostError(
      'MAPPING_FAILED',
      `${filePath}: ${size} bytes could not be mapped (${code ?? 'unknown error'}): ${(cause as Error).message}`,
      { path: filePath, actual: size, reason: code },
      { cause },
    );
  }
}

/** Runs a file system call and turns its errors into coded ones. */
function attempt<T>(verb: string, filePath: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (cause instanceof PermafrostError || typeof code !== 'string') throw cause;
    const mine =
      code === 'ENOENT' || code === 'ENOTDIR' ? 'FILE_NOT_FOUND' : code === 'EEXIST' ? 'FILE_EXISTS' : 'FILE_ACCESS';
    throw new PermafrostError(
      mine,
      `${filePath}: could not ${verb} it (${code}). ${adviceFor(code)}`,
      { path: filePath, reason: code },
      { cause },
    );
  }
}

function adviceFor(code: string): string {
  switch (code) {
    case 'ENOTDIR':
      return 'A part of this path is a file. Give the directory where the generations lie; openSnapshot opens a single file.';
    case 'ENOENT':
      return 'Check the path; a snapshot appears only after its first export.';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'Snapshot files are created for their owner alone (mode 0600): run as the user who exports, or change the mode.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk is full: an export needs about twice the size of the snapshot while it runs.';
    case 'EEXIST':
      return 'Another process may be publishing; remove the file if it is left over.';
    default:
      return 'See the cause for what the system said.';
  }
}
