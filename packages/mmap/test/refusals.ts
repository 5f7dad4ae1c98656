/** Every refusal of mapFile and of a mapping: its code, and that the backends agree on it. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_MAPPING_SIZE, type MapBackend, MmapError, mapFile } from '@permafrost/mmap';
import { mapPath, PAGE_SIZE, thrownBy, useTemporaryFolder, writePattern, writeSparse } from './support';

export function refusals(backend: MapBackend): void {
  const folder = useTemporaryFolder();
  const file = () => join(folder.path, 'pattern');
  beforeAll(() => writePattern(file(), 2 * PAGE_SIZE));

  it('EBADF: a closed descriptor, or a number that is none', () => {
    const fd = openSync(file(), 'r');
    closeSync(fd);
    const error = thrownBy(() => mapFile(fd, { backend }));
    expect(error).toBeInstanceOf(MmapError);
    expect(error).toMatchObject({ code: 'EBADF', details: { fd, syscall: 'fstat' } });
    for (const wrong of [-1, 1.5, Number.NaN, 2 ** 31, 2 ** 32]) {
      expect(thrownBy(() => mapFile(wrong, { backend }))).toMatchObject({ code: 'EBADF' });
    }
  });

  it('EACCES: a descriptor that is open for writing only', () => {
    const path = join(folder.path, 'write-only');
    writePattern(path, 10);
    const fd = openSync(path, 'a');
    try {
      expect(thrownBy(() => mapFile(fd, { backend }))).toMatchObject({ code: 'EACCES' });
    } finally {
      closeSync(fd);
    }
  });

  it('EISDIR and ENODEV: what is not a regular file', () => {
    for (const [path, code] of [
      [folder.path, 'EISDIR'],
      ['/dev/null', 'ENODEV'],
    ] as const) {
      expect(thrownBy(() => mapPath(path, { backend }))).toMatchObject({ code });
    }
  });

  it('OUT_OF_RANGE: any byte beyond the end of the file', () => {
    for (const [offset, size] of [
      [0, 2 * PAGE_SIZE + 1],
      [2 * PAGE_SIZE, 1],
      [PAGE_SIZE, PAGE_SIZE + 1],
      [2 * PAGE_SIZE + 1, undefined],
      [2 * PAGE_SIZE + 1, 0],
      [Number.MAX_SAFE_INTEGER, 1],
      [1, Number.MAX_SAFE_INTEGER],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ] as const) {
      const error = thrownBy(() => mapPath(file(), { offset, size, backend }));
      expect(error).toMatchObject({ code: 'OUT_OF_RANGE', details: { offset, fileSize: 2 * PAGE_SIZE } });
    }
  });

  it('EINVAL: offsets and sizes that are no whole number of bytes up to 2^53 - 1', () => {
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(thrownBy(() => mapPath(file(), { offset: wrong, backend }))).toMatchObject({ code: 'EINVAL' });
      expect(thrownBy(() => mapPath(file(), { size: wrong, backend }))).toMatchObject({ code: 'EINVAL' });
    }
  });

  it('TypeError: arguments of a wrong type, unknown names', () => {
    const fd = openSync(file(), 'r');
    try {
      expect(() => mapFile('3' as any, { backend })).toThrow(TypeError);
      expect(() => mapFile(fd, null as any)).toThrow(TypeError);
      expect(() => mapFile(fd, { backend, offset: '0' as any })).toThrow(TypeError);
      expect(() => mapFile(fd, { backend, size: 5n as any })).toThrow(TypeError);
      expect(() => mapFile(fd, { backend: 'nmap' as any })).toThrow(/'mmap', 'read', 'mmap-io'.*nmap/);
      expect(() => mapFile(fd, { backend, lenght: 5 } as any)).toThrow(/lenght/);
    } finally {
      closeSync(fd);
    }
  });

  it('checks the ranges and words of advise and residentSize', () => {
    const mapping = mapPath(file(), { offset: 10, backend });
    expect(() => mapping.advise('soon' as any)).toThrow(TypeError);
    expect(() => mapping.residentSize('0' as any)).toThrow(TypeError);
    for (const call of [
      (offset: number, size?: number) => mapping.advise('normal', offset, size),
      (offset: number, size?: number) => mapping.residentSize(offset, size),
    ]) {
      expect(thrownBy(() => call(0, mapping.size + 1))).toMatchObject({ code: 'OUT_OF_RANGE' });
      expect(thrownBy(() => call(mapping.size + 1))).toMatchObject({ code: 'OUT_OF_RANGE' });
      expect(thrownBy(() => call(Number.MAX_SAFE_INTEGER, 1))).toMatchObject({ code: 'OUT_OF_RANGE' });
      expect(thrownBy(() => call(-1))).toMatchObject({ code: 'EINVAL' });
      expect(thrownBy(() => call(0, 0.5))).toMatchObject({ code: 'EINVAL' });
      expect(thrownBy(() => call(Number.NaN))).toMatchObject({ code: 'EINVAL' });
    }
    mapping.close();
  });

  it('MAPPING_TOO_LARGE: says the size, the limit and the way out', () => {
    const path = join(folder.path, 'too-large');
    const limit = backend === 'mmap-io' ? 2 ** 31 - 1 : MAX_MAPPING_SIZE;
    // Where the limit is beyond what a file system can hold (Node 22.13 and newer), no file can pass it.
    if (limit > 2 ** 42) {
      expect(limit).toBe(Number.MAX_SAFE_INTEGER);
      return;
    }
    writeSparse(path, limit + 1);
    const error = thrownBy(() => mapPath(path, { backend }));
    expect(error).toMatchObject({ code: 'MAPPING_TOO_LARGE', details: { size: limit + 1, limit } });
    expect(error.message).toContain(String(limit + 1));
    expect(error.message).toContain(String(limit));
    expect(error.message).toContain(backend === 'mmap-io' ? "Use the backend 'mmap'" : 'Use Node 22.13 or newer');
  });
}
