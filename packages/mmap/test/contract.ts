/** What holds of every mapping, whichever backend made it and whatever memory it lies on. */
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type MapBackend, mapFile } from '@permafrost/mmap';
import {
  type MemoryKind,
  mapPath,
  memoryKindOf,
  PAGE_SIZE,
  patternByte,
  useTemporaryFolder,
  writePattern,
} from './support';

const FILE_SIZE = 5 * PAGE_SIZE + 123;

/** Two methods that Node has and its types leave out. */
interface SlicedBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

export function mappingContract(backend: MapBackend, kind: MemoryKind): void {
  const folder = useTemporaryFolder();
  const file = () => join(folder.path, 'pattern');
  beforeAll(() => writePattern(file(), FILE_SIZE));
  /** What a byte of the file reads once its mapping is closed. */
  const afterClose = (offset: number) => (backend === 'mmap-io' ? patternByte(offset) : 0);

  it('maps the whole file by default, and outlives its descriptor', () => {
    const mapping = mapPath(file(), { backend });
    expect(mapping).toMatchObject({ size: FILE_SIZE, backend, closed: false });
    expect(memoryKindOf(mapping)).toBe(kind);
    expect(mapping.bytes.byteOffset).toBe(0);
    expect(mapping.bytes.buffer.byteLength).toBe(FILE_SIZE);
    for (let offset = 0; offset < FILE_SIZE; offset++) {
      if (mapping.bytes[offset] !== patternByte(offset)) throw new Error(`wrong byte at ${offset}`);
    }
    mapping.close();
  });

  it.each([
    [0, 0],
    [0, 1],
    [1, PAGE_SIZE],
    [PAGE_SIZE - 1, 2],
    [PAGE_SIZE, PAGE_SIZE],
    [PAGE_SIZE + 1, 3 * PAGE_SIZE],
    [3 * PAGE_SIZE - 7, 20],
    [FILE_SIZE - 1, 1],
    [FILE_SIZE, 0],
  ])('starts at offset %d and has %d bytes', (offset, size) => {
    const mapping = mapPath(file(), { offset, size, backend });
    const expected = Array.from({ length: size }, (_, position) => patternByte(offset + position));
    expect(mapping.size).toBe(size);
    expect(mapping.bytes.length).toBe(size);
    expect(Array.from(mapping.bytes)).toEqual(expected);
    mapping.close();
  });

  it('is read alike by everything that reads bytes', () => {
    const mapping = mapPath(file(), { offset: 3, backend });
    const mapped = Buffer.from(mapping.bytes.buffer, mapping.bytes.byteOffset, mapping.size) as SlicedBuffer;
    const expected = Uint8Array.from({ length: mapping.size }, (_, offset) => patternByte(3 + offset));
    const plain = Buffer.from(expected) as SlicedBuffer;
    const readers: Record<string, (bytes: SlicedBuffer) => unknown> = {
      latin1Slice: (bytes) => bytes.latin1Slice(5, 900),
      utf8Slice: (bytes) => bytes.utf8Slice(5, 120),
      hex: (bytes) => bytes.toString('hex'),
      TextDecoder: (bytes) => new TextDecoder('latin1').decode(bytes),
      crc32: (bytes) => crc32(bytes),
      sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
      compare: (bytes) => [Buffer.compare(bytes, plain), bytes.compare(plain, 7, 90, 8, 91), plain.equals(bytes)],
      indexOf: (bytes) => bytes.indexOf(Buffer.from([200, 201, 202])),
      copy: (bytes) => bytes.copy(Buffer.alloc(2 * PAGE_SIZE), 1, 5),
      set: (bytes) => {
        const target = new Uint8Array(bytes.length);
        target.set(bytes);
        return [...target];
      },
      slice: (bytes) => [...Uint8Array.prototype.slice.call(bytes, 9, 99)],
      DataView: (bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        return [view.getInt32(6, true), view.getFloat64(PAGE_SIZE - 4, true), view.getBigUint64(bytes.length - 8)];
      },
    };
    for (const [name, read] of Object.entries(readers))
      expect({ [name]: read(mapped) }).toEqual({ [name]: read(plain) });
    mapping.close();
  });

  it('maps to the end of the file when only an offset is given', () => {
    const mapping = mapPath(file(), { offset: 4 * PAGE_SIZE + 1, backend });
    expect(mapping.size).toBe(PAGE_SIZE + 122);
    expect(mapping.bytes[PAGE_SIZE + 121]).toBe(patternByte(FILE_SIZE - 1));
    mapping.close();
  });

  it('maps the same file twice, each closed on its own', () => {
    const first = mapPath(file(), { backend });
    const second = mapPath(file(), { backend });
    first.close();
    expect(first.bytes[1]).toBe(afterClose(1));
    expect(second.bytes[1]).toBe(patternByte(1));
    second.close();
  });

  it('gives an empty array for an empty file', () => {
    const empty = join(folder.path, 'empty');
    writePattern(empty, 0);
    const mapping = mapPath(empty, { backend });
    expect(mapping).toMatchObject({ size: 0, backend, closed: false });
    expect(mapping.bytes.length).toBe(0);
    expect(mapping.residentSize()).toBe(0);
    mapping.advise('willneed');
    mapping.close();
    expect(mapping.closed).toBe(true);
  });

  it('closes in place: every view keeps its length and reads 0, or what it read with a backend that cannot unmap', () => {
    const mapping = mapPath(file(), { offset: 5, backend });
    const view = new DataView(mapping.bytes.buffer, mapping.bytes.byteOffset, mapping.size);
    const part = mapping.bytes.subarray(PAGE_SIZE, 2 * PAGE_SIZE);
    expect(view.getUint8(0)).toBe(patternByte(5));
    expect(part[0]).toBe(patternByte(5 + PAGE_SIZE));

    mapping.close();
    expect(mapping.closed).toBe(true);
    expect(mapping.size).toBe(FILE_SIZE - 5);
    expect(mapping.bytes.length).toBe(FILE_SIZE - 5);
    expect(mapping.bytes.every((byte, offset) => byte === afterClose(5 + offset))).toBe(true);
    expect(view.byteLength).toBe(FILE_SIZE - 5);
    expect(view.getUint8(FILE_SIZE - 5 - 8)).toBe(afterClose(FILE_SIZE - 8));
    expect(part.length).toBe(PAGE_SIZE);
    expect(part[0]).toBe(afterClose(5 + PAGE_SIZE));

    mapping.close();
    expect(view.getUint8(0)).toBe(afterClose(5));
  });

  it('leaves the file as it was after close', () => {
    mapPath(file(), { backend }).close();
    const mapping = mapPath(file(), { backend });
    expect(mapping.bytes[FILE_SIZE - 1]).toBe(patternByte(FILE_SIZE - 1));
    mapping.close();
  });

  it('answers residency and advice for ranges, and quietly after close', () => {
    const mapping = mapPath(file(), { offset: 10, backend });
    for (const advice of ['normal', 'random', 'sequential', 'willneed', 'dontneed'] as const) {
      mapping.advise(advice);
      mapping.advise(advice, 100, 10);
      mapping.advise(advice, mapping.size, 0);
    }
    // Reading makes the pages resident; a range counts only its own bytes of its first and last page.
    expect(mapping.bytes.reduce((sum, byte) => sum + byte, 0)).toBeGreaterThan(0);
    expect(mapping.residentSize()).toBe(mapping.size);
    expect(mapping.residentSize(PAGE_SIZE)).toBe(mapping.size - PAGE_SIZE);
    expect(mapping.residentSize(PAGE_SIZE - 11, 2)).toBe(2);
    expect(mapping.residentSize(mapping.size, 0)).toBe(0);
    mapping.close();
    expect(mapping.residentSize()).toBe(0);
    mapping.advise('willneed');
  });

  it('closes when it is disposed', () => {
    const mapping = mapPath(file(), { backend });
    mapping[Symbol.dispose]();
    expect(mapping.closed).toBe(true);
  });

  it('leaves the descriptor open and its position alone', () => {
    const fd = openSync(file(), 'r');
    const mapping = mapFile(fd, { size: 10, backend });
    const again = mapFile(fd, { size: 10, backend });
    expect(again.bytes[9]).toBe(mapping.bytes[9]);
    closeSync(fd);
    mapping.close();
    again.close();
  });
}
