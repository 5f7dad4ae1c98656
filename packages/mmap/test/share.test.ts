/** One mapping for all threads: what they see, who may close when, and that nothing is let go of while somebody reads. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type FileMapping, type MapBackend, receiveMapping, shareMapping } from '@permafrost/mmap';
import {
  describeBackends,
  describeNative,
  type MemoryKind,
  MIB,
  mapPath,
  mappedOf,
  PAGE_SIZE,
  thrownBy,
  useTemporaryFolder,
  writePattern,
  writeSparse,
} from './support';

const children = join(__dirname, 'children');

class Reader {
  readonly #worker: Worker;

  constructor(mapping: FileMapping) {
    const share = shareMapping(mapping);
    this.#worker = new Worker(join(children, 'receive-share.cjs'), {
      workerData: { share },
      transferList: [share.port],
    });
  }

  async ask(question: 'sum' | 'resident' | 'close' | 'spin'): Promise<unknown> {
    this.#worker.postMessage(question);
    return (await once(this.#worker, 'message'))[0];
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

describeBackends('shares', (backend: MapBackend, kind: MemoryKind) => {
  const folder = useTemporaryFolder();
  const path = () => join(folder.path, 'pattern');
  let sum = 0;
  beforeAll(() => {
    writePattern(path(), MIB);
    sum = readFileSync(path())
      .subarray(3)
      .reduce((total, byte) => total + byte, 0);
  });
  const map = () => mapPath(path(), { offset: 3, backend });

  if (kind === 'external') {
    it('are refused where the memory belongs to the thread', () => {
      const mapping = map();
      expect(thrownBy(() => shareMapping(mapping))).toMatchObject({ code: 'NOT_SHAREABLE' });
      mapping.close();
    });
    return;
  }

  it('are read alike by every thread, on the same memory', async () => {
    const mapping = map();
    const before = mappedOf(path()).size;
    const readers = Array.from({ length: 4 }, () => new Reader(mapping));
    try {
      expect(await Promise.all(readers.map((reader) => reader.ask('sum')))).toEqual(Array(4).fill(sum));
      expect(await readers[0]!.ask('resident')).toBe(mapping.size - 1);
      expect(mappedOf(path()).size).toBe(before);
      expect(before).toBe(backend === 'mmap' ? MIB : 0);
      const [first, second] = [shareMapping(mapping), shareMapping(mapping)];
      expect(first.buffer).toBe(second.buffer);
      first.port.close();
      second.port.close();
    } finally {
      await Promise.all(readers.map((reader) => reader.end()));
      mapping.close();
    }
  });

  it('keep the bytes for the others, whoever closes first, until the last has closed', async () => {
    const mapping = map();
    const { buffer, byteOffset, size, port } = shareMapping(mapping);
    port.close();
    const shared = new Uint8Array(buffer, byteOffset, size);
    const readers = [new Reader(mapping), new Reader(mapping)];
    try {
      expect(await readers[0]!.ask('sum')).toBe(sum);
      mapping.close();
      expect(mapping.closed).toBe(true);
      expect(thrownBy(() => shareMapping(mapping))).toMatchObject({ code: 'NOT_SHAREABLE' });
      expect(await readers[1]!.ask('sum')).toBe(sum);
      expect(await readers[0]!.ask('close')).toBe(true);
      await sleep(50);
      expect(await readers[1]!.ask('sum')).toBe(sum);
      expect(await readers[1]!.ask('close')).toBe(true);
      await untilZero(shared);
      expect(mapping.bytes.every((byte) => byte === 0)).toBe(true);
      expect(mappedOf(path()).size).toBe(0);
    } finally {
      await Promise.all(readers.map((reader) => reader.end()));
    }
  });

  it('are let go of by threads that are terminated while they read', async () => {
    const mapping = map();
    const { buffer, byteOffset, size, port } = shareMapping(mapping);
    port.close();
    const readers = [new Reader(mapping), new Reader(mapping)];
    try {
      expect(await Promise.all(readers.map((reader) => reader.ask('spin')))).toEqual(['spinning', 'spinning']);
      mapping.close();
      await readers[0]!.end();
      await sleep(50);
      const shared = new Uint8Array(buffer, byteOffset, size);
      expect(shared[1]).not.toBe(0);
      await readers[1]!.end();
      await untilZero(shared);
    } finally {
      await Promise.all(readers.map((reader) => reader.end()));
    }
  });

  it('are received once, and not passed on', () => {
    const mapping = map();
    const share = shareMapping(mapping);
    const received = receiveMapping(share);
    expect(received).toMatchObject({ backend, size: mapping.size, closed: false });
    expect(Buffer.from(received.bytes).equals(Buffer.from(mapping.bytes))).toBe(true);
    expect(thrownBy(() => receiveMapping(share))).toMatchObject({ code: 'NOT_SHAREABLE' });
    expect(thrownBy(() => shareMapping(received))).toMatchObject({ code: 'NOT_SHAREABLE' });
    received.close();
    mapping.close();
  });

  it('of an empty range are empty', () => {
    const mapping = mapPath(path(), { size: 0, backend });
    const received = receiveMapping(shareMapping(mapping));
    expect(received).toMatchObject({ size: 0, backend });
    expect([received.bytes.length, received.residentSize()]).toEqual([0, 0]);
    received.close();
    mapping.close();
  });

  it('of a wrong shape are a TypeError', () => {
    const mapping = map();
    const share = shareMapping(mapping);
    for (const wrong of [
      undefined,
      null,
      'share',
      {},
      { ...share, port: {} },
      { ...share, buffer: new ArrayBuffer(share.size) },
      { ...share, backend: 'mmap-io' },
      { ...share, size: share.size + 1 },
      { ...share, byteOffset: '0' },
    ]) {
      expect(thrownBy(() => receiveMapping(wrong as never))).toMatchObject({ name: 'TypeError' });
    }
    expect(thrownBy(() => receiveMapping({ ...share, byteOffset: -1 }))).toMatchObject({ code: 'EINVAL' });
    expect(thrownBy(() => shareMapping({ ...mapping } as never))).toMatchObject({ code: 'NOT_SHAREABLE' });
    share.port.close();
    mapping.close();
  });
});

describeNative('a share', () => {
  const folder = useTemporaryFolder();

  it('counts the resident bytes of a range as the mapping does', () => {
    const path = join(folder.path, 'holes');
    writeSparse(path, 64 * PAGE_SIZE);
    const mapping = mapPath(path, { offset: 100, backend: 'mmap' });
    mapping.advise('random'); // no reading ahead
    for (const page of [3, 4, 9]) expect(mapping.bytes[page * PAGE_SIZE]).toBe(0);
    const received = receiveMapping(shareMapping(mapping));
    for (const offset of [0, 1, 2 * PAGE_SIZE - 100, 3 * PAGE_SIZE - 100, 5 * PAGE_SIZE - 1, 8 * PAGE_SIZE]) {
      for (const size of [1, 50, PAGE_SIZE, 3 * PAGE_SIZE - 7, mapping.size - offset]) {
        expect([offset, size, received.residentSize(offset, size)]).toEqual([
          offset,
          size,
          mapping.residentSize(offset, size),
        ]);
      }
    }
    expect(mapping.residentSize()).toBe(3 * PAGE_SIZE);
    received.close();
    mapping.close();
  });

  it('outlives the thread that mapped the file, and keeps no process alive', () => {
    const path = join(folder.path, 'pattern');
    writePattern(path, MIB);
    const sum = readFileSync(path).reduce((total, byte) => total + byte, 0);
    const output = execFileSync(process.execPath, [join(children, 'share-and-end.cjs'), path], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(output).toBe(`${sum}\n`);
  });
});

/** Waits until the pages have been given back, which the thread that mapped them does on its event loop. */
async function untilZero(bytes: Uint8Array): Promise<void> {
  for (let waited = 0; bytes.some((byte) => byte !== 0) && waited < 5000; waited += 10) await sleep(10);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
}
