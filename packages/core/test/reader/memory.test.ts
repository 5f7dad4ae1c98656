/** What lies in memory of a snapshot, an entity or a part of it; loading it ahead. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { isNativeBackendAvailable } from '@permafrost/mmap';
import { createSnapshot, defineSchema, fileStorageWith, type OpenedSnapshot, openSnapshot } from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { rejectionOf, thrownBy } from '../support/property';

const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-memory-'));
const file = path.join(directory, 'wide');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const numbers = Array.from({ length: 30 }, (_, number) => ({ name: `f${number}`, type: 'float64' as const }));
const schema = defineSchema([
  {
    name: 'Wide',
    key: ['id'],
    fields: [{ name: 'id', type: 'int64' }, ...numbers, { name: 'word', type: 'text' }, { name: 'text', type: 'text' }],
    relations: [
      { name: 'next', kind: 'to-one', target: 'Wide' },
      { name: 'previous', kind: 'to-many', target: 'Wide', inverse: 'next' },
    ],
    indexes: [{ fields: ['word'] }, { fields: ['f0', 'word'] }],
  },
  { name: 'Small', key: ['name'], fields: [{ name: 'name', type: 'text' }] },
]);

beforeAll(async () => {
  const writer = createSnapshot({ path: file, schema });
  const values = Object.fromEntries(numbers.map(({ name }, number) => [name, number]));
  for (let id = 0; id < 20_000; id++) {
    writer.add('Wide', {
      id,
      ...values,
      word: `word ${id % 9}`,
      text: `long text ${id}`.repeat(9),
      next: (id + 1) % 20_000,
    });
  }
  writer.add('Small', { name: 'only' });
  await writer.finish();
});

/** The sizes of sections, by another way than the one under test. */
function sizeOf(snapshot: OpenedSnapshot, entityId: number, ...kinds: (keyof typeof sectionKinds)[]): number {
  return snapshot.reader.sections
    .filter((section) => section.entityId === entityId && kinds.some((kind) => sectionKinds[kind] === section.kind))
    .reduce((sum, { size }) => sum + size, 0);
}

describe.each(['mmap', 'read'] as const)('with the backend %s', (backend) => {
  if (backend === 'mmap' && !isNativeBackendAvailable()) {
    describe.skip(`memory — no native binary for ${process.platform}-${process.arch}`, () => test('skipped', () => {}));
    return;
  }
  const open = () => openSnapshot(file, { storage: fileStorageWith({ backend }) });

  test('snapshots, entities and parts have the bytes of their sections', async () => {
    using snapshot = await open();
    expect(snapshot.backend).toBe(backend);
    expect(snapshot.memory().size).toBe(snapshot.size);
    const parts = (['records', 'strings', 'lists', 'key', 'indexes'] as const).map(
      (part) => snapshot.memory('Wide', part).size,
    );
    expect(parts).toEqual([
      sizeOf(snapshot, 0, 'records'),
      sizeOf(snapshot, 0, 'stringTable'),
      sizeOf(snapshot, 0, 'adjacencyList'),
      sizeOf(snapshot, 0, 'rankBitmap', 'hashIndex'),
      sizeOf(snapshot, 0, 'rankBitmap', 'hashIndex', 'secondaryIndex'),
    ]);
    expect(Math.min(...parts)).toBeGreaterThan(0);
    const [records, strings, lists, key, indexes] = parts as [number, number, number, number, number];
    expect(snapshot.memory('Wide').size).toBe(records + strings + lists + indexes);
    const [one, two] = [snapshot.memory('Wide', ['word']).size, snapshot.memory('Wide', ['f0', 'word']).size];
    expect([one > 0, two > 0, key + one + two]).toEqual([true, true, indexes]);
    expect(snapshot.memory('Small', 'lists')).toMatchObject({ size: 0 });
    expect(snapshot.memory('Small', 'lists').residentSize()).toBe(0);
    expect(await snapshot.memory('Small', 'lists').preload()).toBe(0);
  });

  test('preload brings all of a part into memory, step by step', async () => {
    using snapshot = await open();
    const memory = snapshot.memory('Wide', 'records');
    expect(memory.size).toBeGreaterThan(4 * 2 ** 20);
    memory.advise('random');
    memory.advise('dontneed');
    const steps: number[] = [];
    const resident = await memory.preload({
      onProgress: ({ loadedSize, totalSize }) => {
        expect(totalSize).toBe(memory.size);
        steps.push(loadedSize);
      },
    });
    expect([resident, memory.residentSize()]).toEqual([memory.size, memory.size]);
    expect(steps.length).toBe(Math.ceil(memory.size / 2 ** 20));
    expect(steps.at(-1)).toBe(memory.size);
    memory.advise('normal');
    expect(await snapshot.memory().preload()).toBe(snapshot.size);
    expect(snapshot.get('Wide', 7)!['f7']).toBe(7);
  });

  test('can be aborted, and ends with its snapshot', async () => {
    const snapshot = await open();
    const memory = snapshot.memory();
    const reason = new Error('enough');
    expect(await rejectionOf(memory.preload({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    const steps: number[] = [];
    const aborted = memory.preload({
      signal: controller.signal,
      onProgress: ({ loadedSize }) => {
        steps.push(loadedSize);
        controller.abort(reason);
      },
    });
    expect(await rejectionOf(aborted)).toBe(reason);
    expect(steps).toEqual([2 ** 20]);
    const closed = memory.preload({ onProgress: () => snapshot.close() });
    expect(await rejectionOf(closed)).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
    for (const use of [() => memory.residentSize(), () => memory.advise('normal'), () => snapshot.memory()]) {
      expect(thrownBy(use)).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
    }
  });

  test('refuses entities, parts, indexes and advice that there are not', async () => {
    using snapshot = await open();
    expect(thrownBy(() => snapshot.memory('Wid'))).toMatchObject({ code: 'ENTITY_UNKNOWN' });
    expect(() => snapshot.memory('Wide', 'rows' as never)).toThrow(/records, strings, lists, key, indexes.*"rows"/);
    expect(thrownBy(() => snapshot.memory('Wide', ['text']))).toMatchObject({ code: 'INDEX_UNKNOWN' });
    expect(() => snapshot.memory().advise('soon' as never)).toThrow(TypeError);
    await expect(snapshot.memory().preload({ signl: 1 } as never)).rejects.toThrow(TypeError);
  });
});

(isNativeBackendAvailable() ? test : test.skip)(
  'pages that are let go of leave this process, and come back',
  async () => {
    using snapshot = await openSnapshot(file, { storage: fileStorageWith({ backend: 'mmap' }) });
    await snapshot.memory().preload();
    expect(inPageTables()).toBeGreaterThanOrEqual(snapshot.size);
    snapshot.memory().advise('dontneed');
    expect(inPageTables()).toBe(0);
    expect(snapshot.get('Wide', 19_999)!['f29']).toBe(29);
    expect(inPageTables()).toBeGreaterThan(0);
  },
);

/** Bytes of the file in this process's page tables, by /proc/self/smaps. */
function inPageTables(): number {
  let isOurs = false;
  let total = 0;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isOurs = line.endsWith(file);
    const kibibytes = /^Rss:\s+(\d+) kB$/.exec(line)?.[1];
    if (isOurs && kibibytes !== undefined) total += 1024 * Number(kibibytes);
  }
  return total;
}
