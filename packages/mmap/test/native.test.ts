/** What only the native backend has: the kernel's view of a mapping, sizes beyond 32 bits, the binding's own guards. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, statfsSync } from 'node:fs';
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
  memoryKindOf,
  PAGE_SIZE,
  permissionsOf,
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

  it('has binaries that were built from the present source', () => {
    expect(isNativeBackendAvailable()).toBe(true);
    const source = readFileSync(join(packageFolder, 'src', 'native', 'mmap.c'));
    const hash = createHash('sha256').update(source).digest('hex');
    expect(require(binary).sourceHash).toBe(hash);
    for (const target of ['linux-x64', 'linux-arm64']) {
      const bytes = readFileSync(join(packageFolder, 'prebuilds', target, 'mmap.node'));
      expect({ target, built: bytes.includes(hash) }).toEqual({ target, built: true });
    }
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

  it('is no external memory to V8, whatever its size', () => {
    const path = join(folder.path, 'uncounted');
    writeSparse(path, GIB);
    const before = process.memoryUsage();
    const mapping = mapPath(path, { backend: 'mmap' });
    const after = process.memoryUsage();
    expect(memoryKindOf(mapping)).toBe('growable');
    expect(after.external - before.external).toBeLessThan(MIB);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(MIB);
    expect(after.rss - before.rss).toBeLessThan(32 * MIB);
    mapping.close();
  });

  it('stays read-only and of its size when its buffer is told to grow', () => {
    const path = join(folder.path, 'grown');
    writeSparse(path, 3 * PAGE_SIZE + 5, new Map([[0, 'HERE']]));
    const mapping = mapPath(path, { backend: 'mmap' });
    const buffer = mapping.bytes.buffer as SharedArrayBuffer;
    buffer.grow(buffer.byteLength);
    expect(() => buffer.grow(buffer.byteLength + 1)).toThrow(RangeError);
    expect(permissionsOf(path)).toEqual(['r--s']);
    expect(mapping.bytes.buffer.byteLength).toBe(3 * PAGE_SIZE + 5);
    expect(Buffer.from(mapping.bytes.subarray(0, 4)).toString()).toBe('HERE');
    mapping.close();
  });

  it('can not be detached by a transfer', () => {
    const path = join(folder.path, 'transferred');
    writeSparse(path, PAGE_SIZE, new Map([[0, 'HERE']]));
    const mapping = mapPath(path, { backend: 'mmap' });
    const buffer = mapping.bytes.buffer;
    try {
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    } catch (error) {
      expect(['DataCloneError', 'TypeError']).toContain((error as Error).name);
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
      expect(thrownBy(() => native.expose(wrong))).toMatchObject({ name: 'TypeError' });
      expect(thrownBy(() => native.advise(wrong, 0, 0, 1))).toMatchObject({ name: 'TypeError' });
      expect(thrownBy(() => native.residentSize(wrong, 0, 1))).toMatchObject({ name: 'TypeError' });
    }
  });

  it('adopts growable buffers and nothing else', () => {
    const native = require(binary);
    const growable = (size: number) => new SharedArrayBuffer(size, { maxByteLength: size });
    for (const wrong of [
      undefined,
      {},
      growable(5),
      new Uint8Array(5),
      new Uint8Array(new SharedArrayBuffer(5)),
      new Uint8Array(growable(0)),
      new Uint8Array(growable(6), 1),
      new Uint16Array(growable(6)),
    ]) {
      expect(thrownBy(() => native.adopt(wrong))).toMatchObject({ name: 'TypeError' });
    }
    const view = new Uint8Array(growable(PAGE_SIZE + 1));
    const handle = native.adopt(view);
    expect(handle.buffer).toBe(view.buffer);
    view[PAGE_SIZE] = 1;
    expect(native.residentSize(handle, PAGE_SIZE, 1)).toBe(1);
    expect(thrownBy(() => native.residentSize(handle, PAGE_SIZE, 2))).toMatchObject({ name: 'TypeError' });
    expect(thrownBy(() => native.place(handle, view))).toMatchObject({ name: 'TypeError' });
    expect(thrownBy(() => native.expose(handle))).toMatchObject({ name: 'TypeError' });
  });

  it('places a mapping only over a fresh growable buffer that it fits', () => {
    const native = require(binary);
    const path = join(folder.path, 'placed');
    writeSparse(path, 3 * PAGE_SIZE, new Map([[PAGE_SIZE, 'HERE']]));
    const fd = openSync(path, 'r');
    const handle = native.map(fd, PAGE_SIZE, PAGE_SIZE + 1);
    closeSync(fd);
    const growable = (size: number) => new SharedArrayBuffer(size, { maxByteLength: size });
    for (const wrong of [
      undefined,
      {},
      growable(PAGE_SIZE + 1),
      new DataView(growable(PAGE_SIZE + 1)),
      new Uint8Array(PAGE_SIZE + 1),
      new Uint8Array(new SharedArrayBuffer(PAGE_SIZE + 1)),
      new Uint8Array(new ArrayBuffer(PAGE_SIZE + 1, { maxByteLength: PAGE_SIZE + 1 })),
      new Uint8Array(growable(PAGE_SIZE)),
      new Uint8Array(growable(2 * PAGE_SIZE + 1)),
      new Uint8Array(growable(PAGE_SIZE + 2), 1),
      new Uint16Array(growable(PAGE_SIZE + 2)),
    ]) {
      expect(thrownBy(() => native.place(handle, wrong))).toMatchObject({ name: 'TypeError' });
    }
    const view = new Uint8Array(growable(PAGE_SIZE + 1));
    expect(native.place(handle, view)).toBe(0);
    expect(Buffer.from(view.subarray(0, 4)).toString()).toBe('HERE');
    // The handle keeps the buffer, so that close() never reaches addresses that were given back.
    expect(handle.buffer).toBe(view.buffer);
    expect(() => delete handle.buffer).toThrow(TypeError);
    expect(thrownBy(() => native.place(handle, new Uint8Array(growable(PAGE_SIZE + 1))))).toMatchObject({
      name: 'TypeError',
    });
    expect(thrownBy(() => native.expose(handle))).toMatchObject({ name: 'TypeError' });
    expect(native.close(handle)).toBe(0);
    expect(view[0]).toBe(0);
  });
});
