/** A snapshot that is opened once and read by threads: the same memory, each thread free to close or end when it likes. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  createSnapshot,
  defineSchema,
  fileStorageWith,
  type OpenedSnapshot,
  openSnapshot,
  type SnapshotShare,
} from '../../src';
import { rejectionOf, thrownBy } from '../support/property';
import { library } from './library';

const BOOK_COUNT = 3000;
const child = path.join(__dirname, 'children/read-share.cjs');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-share-'));
const file = path.join(directory, 'books');
const expected = Array.from({ length: BOOK_COUNT }, (_, id) => `${id} title ${id} author ${id % 7}`).join('\n');

beforeAll(async () => {
  if (!existsSync(path.join(__dirname, '../../dist/index.js'))) throw new Error('build first: npx tsc -b');
  const schema = defineSchema([
    {
      name: 'Book',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { name: 'title', type: 'text' },
      ],
      relations: [{ name: 'author', kind: 'to-one', target: 'Author' }],
    },
    {
      name: 'Author',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { name: 'name', type: 'text' },
      ],
    },
  ]);
  const writer = createSnapshot({ path: file, schema });
  for (let id = 0; id < BOOK_COUNT; id++) writer.add('Book', { id, title: `title ${id}`, author: id % 7 });
  for (let id = 0; id < 7; id++) writer.add('Author', { id, name: `author ${id}` });
  await writer.finish();
});
// What a test has closed is let go of on the event loop.
beforeEach(() => sleepUntil(async () => mappingCount() === 0));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

class Reader {
  readonly #worker: Worker;

  constructor(snapshot: OpenedSnapshot) {
    const share = snapshot.share();
    this.#worker = new Worker(child, { workerData: { share }, transferList: [share.port] });
  }

  async ask(question: string): Promise<{ answer?: unknown; code?: string }> {
    this.#worker.postMessage(question);
    return (await once(this.#worker, 'message'))[0];
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** How often the file is mapped in this process. */
function mappingCount(): number {
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(file)).length;
}

describe.each(['as the platform has it', 'read into memory'])('a shared snapshot, %s', (how) => {
  const options = how === 'read into memory' ? { storage: fileStorageWith({ backend: 'read' }) } : {};

  test('is read by four threads, on the memory of the one that opened it', async () => {
    const snapshot = await openSnapshot(file, options);
    const before = mappingCount();
    const readers = Array.from({ length: 4 }, () => new Reader(snapshot));
    try {
      expect(await Promise.all(readers.map((reader) => reader.ask('read')))).toEqual(
        Array(4).fill({ answer: expected }),
      );
      expect(await readers[0]!.ask('facts')).toEqual({ answer: [snapshot.backend, file, snapshot.size, true] });
      expect(await readers[1]!.ask('verify')).toEqual({ answer: [] });
      expect(mappingCount()).toBe(before);
      expect(before).toBe(snapshot.backend === 'mmap' ? 1 : 0);
    } finally {
      await Promise.all(readers.map((reader) => reader.end()));
      snapshot.close();
    }
  });

  test('stays whole for those who have not closed it, and is gone when all have', async () => {
    const snapshot = await openSnapshot(file, options);
    const kept = snapshot.get('Book', 5)!;
    const readers = [new Reader(snapshot), new Reader(snapshot)];
    try {
      expect(await readers[0]!.ask('read')).toEqual({ answer: expected });
      snapshot.close();
      expect(thrownBy(() => snapshot.get('Book', 5))).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
      expect(thrownBy(() => snapshot.share())).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
      expect(await readers[1]!.ask('read')).toEqual({ answer: expected });
      expect(await readers[0]!.ask('close')).toEqual({});
      expect(await readers[0]!.ask('get')).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
      await sleep(20);
      expect(await readers[1]!.ask('read')).toEqual({ answer: expected });
      // Until then a record that was kept gives its value or throws, and nothing else.
      expect(kept['title']).toBe('title 5');
      await readers[1]!.end();
      await untilItThrows(() => kept['title']);
      expect(thrownBy(() => kept['title'])).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
      await sleepUntil(async () => (await readers[0]!.ask('kept')).code === 'SNAPSHOT_CLOSED');
      expect(mappingCount()).toBe(0);
    } finally {
      await Promise.all(readers.map((reader) => reader.end()));
    }
  });

  test('is let go of by threads that are terminated while they read', async () => {
    const snapshot = await openSnapshot(file, options);
    const kept = snapshot.get('Book', 5)!;
    const readers = [new Reader(snapshot), new Reader(snapshot), new Reader(snapshot)];
    try {
      await Promise.all(readers.map((reader) => reader.ask('spin')));
      snapshot.close();
      await sleep(20);
      expect(kept['title']).toBe('title 5');
    } finally {
      await Promise.all(readers.map((reader) => reader.end()));
    }
    await untilItThrows(() => kept['title']);
  });

  test('is received once', async () => {
    const snapshot = await openSnapshot(file, options);
    const share = snapshot.share();
    const received = await openSnapshot(share);
    expect(received.get('Book', 5)!['title']).toBe('title 5');
    expect(await rejectionOf(openSnapshot(share))).toMatchObject({
      code: 'MAPPING_FAILED',
      details: { path: file, reason: 'NOT_SHAREABLE' },
    });
    expect(thrownBy(() => received.share())).toMatchObject({ code: 'MAPPING_FAILED' });
    received.close();
    snapshot.close();
  });
});

test('a share whose bytes are no snapshot is refused and given up', async () => {
  const snapshot = await openSnapshot(file);
  const share = snapshot.share();
  const closed = once(share.port, 'close');
  expect(await rejectionOf(openSnapshot({ ...share, size: share.size - 8 } as SnapshotShare))).toMatchObject({
    code: expect.stringMatching(/^(NOT_A_SNAPSHOT|FILE_TRUNCATED)$/),
    details: { path: file },
  });
  await closed;
  expect(await rejectionOf(openSnapshot({ path: file } as never))).toBeInstanceOf(TypeError);
  snapshot.close();
});

test('a snapshot in a storage of its own cannot be shared', async () => {
  const snapshot = await library();
  expect(thrownBy(() => snapshot.share())).toMatchObject({
    code: 'MAPPING_FAILED',
    details: { reason: 'NOT_SHAREABLE' },
  });
});

async function untilItThrows(read: () => unknown): Promise<void> {
  await sleepUntil(async () => {
    try {
      read();
      return false;
    } catch {
      return true;
    }
  });
}

async function sleepUntil(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 5000; waited += 10) {
    if (await holds()) return;
    await sleep(10);
  }
  throw new Error('it did not happen within 5 s');
}
