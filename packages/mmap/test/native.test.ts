/** What only the native backend has: the kernel's view of a mapping, sizes beyond 32 bits, the binding's own guards. */
import { createHash } from 'node:crypto';
import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNativeBackendAvailable, MAX_MAPPING_SIZE } from '@permafrost/mmap';
import {
  describeNative,
  GIB,
  MIB,
  mapPath,
  mappedOf,
  PAGE_SIZE,
  thrownBy,
  useTemporaryFolder,
  writeSparse,
} from './support';

const packageFolder = join(__dirname, '..');
const binary = join(packageFolder, 'prebuilds', `${process.platform}-${process.arch}`, 'mmap.node');
const TMPFS_MAGIC = 0x01021994;
const isTmpfs = statfsSync(tmpdir()).type === TMPFS_MAGIC;

describeNative('native backend', () => {
  const folder = useTemporaryFolder();

  it('has a binary that was built from the present source', () => {
    expect(isNativeBackendAvailable()).toBe(true);
    const source = readFileSync(join(packageFolder, 'src', 'native', 'mmap.c'));
    expect(require(binary).sourceHash).toBe(createHash('sha256').update(source).digest('hex'));
  });

  it('maps 1 MiB at an offset of 4.5 GiB of a 5 GiB file', () => {
    const path = join(folder.path, 'sparse-5-gib');
    const offset = 4.5 * GIB;
    // A binding that cuts offsets to 32 bits would find 'WRONG' at 0.5 GiB.
    writeSparse(
      path,
      5 * GIB,
      new Map([
        [0.5 * GIB, 'WRONG'],
        [offset, 'RIGHT'],
        [offset + MIB - 4, 'LAST'],
      ]),
    );
    for (const delta of [0, 3]) {
      const mapping = mapPath(path, { offset: offset + delta, size: MIB - delta, backend: 'mmap' });
      expect(Buffer.from(mapping.bytes.subarray(0, 5 - delta)).toString()).toBe('RIGHT'.slice(delta));
      expect(Buffer.from(mapping.bytes.subarray(-4)).toString()).toBe('LAST');
      mapping.close();
    }
    const tail = mapPath(path, { offset: 5 * GIB - 1, backend: 'mmap' });
    expect(tail.size).toBe(1);
    tail.close();
  });

  it('maps sizes beyond 32 bits', () => {
    const path = join(folder.path, 'sparse-large');
    const size = Math.min(MAX_MAPPING_SIZE, 20 * GIB);
    writeSparse(path, size + 1, new Map([[size - 4, 'LAST!']]));
    for (const offset of [0, 1]) {
      const mapping = mapPath(path, { offset, size, backend: 'mmap' });
      expect(mapping.bytes.length).toBe(size);
      expect(Buffer.from(mapping.bytes.subarray(size - 4 - offset)).toString()).toBe(offset === 0 ? 'LAST' : 'LAST!');
      mapping.close();
      expect(mapping.bytes.length).toBe(size);
      expect(mapping.bytes[size - 4]).toBe(0);
    }
  });

  it('counts resident bytes: none of an untouched hole, then those that were read', () => {
    const path = join(folder.path, 'hole');
    const size = 64 * MIB;
    writeSparse(path, size);
    const mapping = mapPath(path, { backend: 'mmap' });
    mapping.advise('random'); // no reading ahead
    expect(mapping.residentSize()).toBe(0);
    for (let offset = 0; offset < MIB; offset += PAGE_SIZE) expect(mapping.bytes[offset]).toBe(0);
    expect(mapping.residentSize(0, MIB)).toBe(MIB);
    expect(mapping.residentSize(MIB)).toBeLessThan(size / 2);
    expect(mapping.residentSize()).toBe(MIB + mapping.residentSize(MIB));
    mapping.close();
  });

  (isTmpfs ? it.skip : it)('reads ahead on willneed', async () => {
    const path = join(folder.path, 'ahead');
    writeSparse(path, 8 * MIB);
    const mapping = mapPath(path, { backend: 'mmap' });
    expect(mapping.residentSize()).toBe(0);
    mapping.advise('willneed', 4 * MIB, MIB);
    for (let waited = 0; mapping.residentSize(4 * MIB, MIB) === 0 && waited < 5000; waited += 10) await sleep(10);
    expect(mapping.residentSize(4 * MIB, MIB)).toBeGreaterThan(0);
    mapping.close();
  });

  it("lets go of this process's pages on dontneed, and reads them again", () => {
    const path = join(folder.path, 'forgotten');
    writeSparse(path, MIB, new Map([[MIB - 4, 'LAST']]));
    const mapping = mapPath(path, { backend: 'mmap' });
    for (let offset = 0; offset < MIB; offset += PAGE_SIZE) expect(mapping.bytes[offset]).toBe(0);
    expect(mappedOf(path)).toEqual({ size: MIB, rss: MIB });
    mapping.advise('dontneed');
    expect(mappedOf(path)).toEqual({ size: MIB, rss: 0 });
    expect(Buffer.from(mapping.bytes.subarray(-4)).toString()).toBe('LAST');
    mapping.close();
  });

  it('no longer maps the file after close, and reading its zeros takes no memory', () => {
    const path = join(folder.path, 'closed');
    writeSparse(path, 64 * MIB);
    const mapping = mapPath(path, { backend: 'mmap' });
    expect(mappedOf(path).size).toBe(64 * MIB);
    mapping.close();
    expect(mappedOf(path)).toEqual({ size: 0, rss: 0 });
    const before = process.memoryUsage.rss();
    let sum = 0;
    for (let offset = 0; offset < mapping.size; offset += PAGE_SIZE) sum += mapping.bytes[offset]!;
    expect(sum).toBe(0);
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * MIB);
  });

  it('can not be detached by a transfer', () => {
    const path = join(folder.path, 'transferred');
    writeSparse(path, PAGE_SIZE, new Map([[0, 'HERE']]));
    const mapping = mapPath(path, { backend: 'mmap' });
    const buffer = mapping.bytes.buffer as ArrayBuffer;
    try {
      // Node 20 copies what can not be transferred; newer ones refuse.
      structuredClone(buffer, { transfer: [buffer] });
    } catch (error) {
      expect((error as Error).name).toBe('DataCloneError');
    }
    expect(mapping.bytes.length).toBe(PAGE_SIZE);
    expect(Buffer.from(mapping.bytes.subarray(0, 4)).toString()).toBe('HERE');
    mapping.close();
  });

  it('refuses wrong arguments in the binding itself', () => {
    const native = require(binary);
    const path = join(folder.path, 'guarded');
    writeSparse(path, PAGE_SIZE);
    expect(native.map(-1, 0, 1)).toBe(9); // EBADF
    for (const wrong of [[], [0], [0, 0], [0, 0, 0], [0, -1, 1], [0, 0, Number.NaN], [0, 0, 1.5], ['0', 0, 1]]) {
      expect(thrownBy(() => native.map(...wrong))).toMatchObject({ name: 'TypeError' });
    }
    for (const wrong of [undefined, null, 5, {}, new ArrayBuffer(8), Object.create(null)]) {
      expect(thrownBy(() => native.close(wrong))).toMatchObject({ name: 'TypeError' });
      expect(thrownBy(() => native.advise(wrong, 0, 0, 1))).toMatchObject({ name: 'TypeError' });
      expect(thrownBy(() => native.residentSize(wrong, 0, 1))).toMatchObject({ name: 'TypeError' });
    }
  });
});
