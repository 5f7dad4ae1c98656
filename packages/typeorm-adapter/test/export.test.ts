/** An export as it goes: progress, one instant, and what is left when it is aborted or fails: nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readManifest } from '@permafrost/core';
import { type ExportProgress, exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';

const Note = new EntitySchema<{ id: number; text: string; tags: object[] }>({
  name: 'Note',
  columns: { id: { type: 'int', primary: true }, text: { type: 'text' } },
  relations: { tags: { type: 'many-to-many', target: 'Tag', joinTable: { name: 'note_tags' } } },
});
const Tag = new EntitySchema<{ id: number; word: string }>({
  name: 'Tag',
  columns: { id: { type: 'int', primary: true }, word: { type: 'text' } },
});
/** Nothing in the database keeps its tags from going. */
const Remark = new EntitySchema<{ id: number; tag: object | null; next: object | null }>({
  name: 'Remark',
  columns: { id: { type: 'int', primary: true } },
  relations: {
    tag: { type: 'many-to-one', target: 'Tag', nullable: true, createForeignKeyConstraints: false },
    next: { type: 'many-to-one', target: 'Remark', nullable: true, createForeignKeyConstraints: false },
  },
});
/** A view that takes 2 s to read, in steps of 0.1 s, so that there is a middle. */
const Slow = new EntitySchema<{ id: number; text: string }>({
  name: 'Slow',
  columns: { id: { type: 'int', primary: true }, text: { type: 'text' } },
  synchronize: false,
});
const SLOW_COUNT = 20_000;
const entities = [Note, Tag];
const NOTE_COUNT = 5_000;

const database = withDatabase('adapter_export');
let dataSource: DataSource;
let directory: string;

beforeAll(async () => {
  // A pool of one connection: an export that kept it would hang the next query.
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [...entities, Remark, Slow],
    synchronize: true,
    poolSize: 1,
  }).initialize();
  await dataSource.query(
    `INSERT INTO note SELECT i, repeat('text ' || i, 20) FROM generate_series(1, ${NOTE_COUNT}) i`,
  );
  await dataSource.query(`INSERT INTO tag SELECT i, 'word ' || i FROM generate_series(1, 50) i`);
  await dataSource.query('INSERT INTO note_tags SELECT i, i % 50 + 1 FROM generate_series(1, 1000) i');
  await dataSource.query(
    `CREATE VIEW slow AS SELECT i AS id, CASE WHEN i % 1000 = 0 THEN pg_sleep(0.1)::text ELSE repeat('x', 200) END AS text FROM generate_series(1, ${SLOW_COUNT}) i`,
  );
  await dataSource.query('ANALYZE');
});
afterAll(() => dataSource?.destroy());
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'permafrost-export-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('report and progress', async () => {
  const events: ExportProgress[] = [];
  const report = await exportSnapshot(dataSource, { directory, entities, onProgress: (event) => events.push(event) });
  expect(report).toEqual({
    generation: 1,
    path: path.join(directory, 'generation-0000000001.permafrost'),
    size: expect.any(Number),
    contentHash: readManifest(directory).contentHash,
    seconds: expect.any(Number),
    entities: [
      { entity: 'Note', records: NOTE_COUNT, bytes: expect.any(Number), seconds: expect.any(Number) },
      { entity: 'Tag', records: 50, bytes: expect.any(Number), seconds: expect.any(Number) },
    ],
    dangling: [],
  });
  expect(report.entities[0]!.bytes).toBeGreaterThan(NOTE_COUNT * 100);
  expect(report.seconds).toBeGreaterThan(report.entities[0]!.seconds);

  expect([...new Set(events.map(({ phase, entity }) => `${phase} ${entity}`))]).toEqual([
    'rows Note',
    'rows Note.tags',
    'rows Tag',
    'finish Note',
    'finish Tag',
  ]);
  const ofNote = events.filter(({ phase, entity }) => phase === 'rows' && entity === 'Note');
  expect(ofNote[0]).toMatchObject({ records: 0, bytes: 0 });
  expect(ofNote[0]!.estimatedRecords).toBeGreaterThan(NOTE_COUNT / 2);
  expect(ofNote.at(-1)).toMatchObject({ records: NOTE_COUNT, estimatedRecords: NOTE_COUNT });
  for (const [place, event] of ofNote.slice(1).entries())
    expect(event.records).toBeGreaterThanOrEqual(ofNote[place]!.records);
  expect(events.filter(({ entity }) => entity === 'Note.tags').at(-1)).toMatchObject({ records: 1000 });
});

test('foreign keys to rows that are gone are refused, emptied or taken back, and counted', async () => {
  await dataSource.query(
    'INSERT INTO remark (id, "tagId", "nextId") VALUES (1, 7, NULL), (2, 99, 1), (3, 7, 2), (4, 7, 1)',
  );
  const export_ = (dangling?: 'error' | 'null' | 'skip') =>
    exportSnapshot(dataSource, { directory, entities: [Tag, Remark], ...(dangling ? { dangling } : {}) });
  const remarks = async () => {
    const store = await openStore({ directory, entities: [Tag, Remark] });
    const found = (await store.getRepository(Remark).find({ relations: { tag: true, next: true } })) as {
      id: number;
      tag: { id: number } | null;
      next: { id: number } | null;
    }[];
    const shown = found.map(({ id, tag, next }) => [id, tag?.id ?? tag, next?.id ?? next]);
    store.close();
    return shown;
  };
  for (const dangling of [undefined, 'error'] as const)
    await expect(export_(dangling)).rejects.toMatchObject({
      code: 'REFERENCE_DANGLING',
      details: { key: 2, actual: 99 },
    });
  await expect(export_('nul' as never)).rejects.toThrow(TypeError);
  expect(readdirSync(directory)).toEqual([]);

  const nulled = await export_('null');
  expect(nulled.dangling).toEqual([{ entity: 'Remark', relation: 'tag', nulled: 1, skipped: 0, unlinked: 0 }]);
  expect(await remarks()).toEqual([
    [1, 7, null],
    [2, null, 1],
    [3, 7, 2],
    [4, 7, 1],
  ]);
  const skipped = await export_('skip');
  expect(skipped.dangling).toEqual([
    { entity: 'Remark', relation: 'tag', nulled: 0, skipped: 1, unlinked: 0 },
    { entity: 'Remark', relation: 'next', nulled: 0, skipped: 1, unlinked: 0 },
  ]);
  expect(skipped.entities.map(({ entity, records }) => [entity, records])).toEqual([
    ['Tag', 50],
    ['Remark', 2],
  ]);
  expect(await remarks()).toEqual([
    [1, 7, null],
    [4, 7, 1],
  ]);
});

test('the directory is made; generations count up, and the one before stays', async () => {
  const deeper = path.join(directory, 'made/for/it');
  await exportSnapshot(dataSource, { directory: deeper, entities });
  const first = await openStore({ directory: deeper, entities });
  expect(await exportSnapshot(dataSource, { directory: deeper, entities })).toMatchObject({ generation: 2 });
  const second = await openStore({ directory: deeper, entities });
  expect([first.generation, second.generation]).toEqual([1, 2]);
  expect(first.snapshot.get('Note', 7)).toMatchObject({ id: 7 });
  first.close();
  second.close();
});

test('the snapshot is the database at one instant', async () => {
  let hasWritten = false;
  await exportSnapshot(dataSource, {
    directory,
    entities,
    onProgress({ entity }) {
      if (entity !== 'Note' || hasWritten) return;
      // Committed by another process before the first table is read, and seen by none of the reads.
      hasWritten = true;
      const program = `const { Client } = require('pg'); const client = new Client(process.argv[1]);
        client.connect().then(() => client.query("INSERT INTO note VALUES (0, 'late'); INSERT INTO tag VALUES (0, 'late'); INSERT INTO note_tags VALUES (0, 0), (1, 0); DELETE FROM note_tags WHERE \\"noteId\\" = 5; UPDATE tag SET word = 'changed'")).then(() => client.end());`;
      const { status, stderr } = spawnSync(process.execPath, ['-e', program, database.url], {
        cwd: __dirname,
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
    },
  });
  expect(hasWritten).toBe(true);
  expect(await dataSource.getRepository(Tag).count()).toBe(51);
  const store = await openStore({ directory, entities });
  try {
    expect([store.snapshot.count('Note'), store.snapshot.count('Tag')]).toEqual([NOTE_COUNT, 50]);
    expect(store.snapshot.get('Tag', 3)).toMatchObject({ word: 'word 3' });
    const tagsOf = (note: number) =>
      (store.snapshot.get('Note', note)!['tags'] as { id: number }[]).map(({ id }) => id);
    expect([tagsOf(1), tagsOf(5)]).toEqual([[2], [6]]);
  } finally {
    store.close();
    await dataSource.query(
      `DELETE FROM note_tags WHERE "tagId" = 0; DELETE FROM note WHERE id = 0; DELETE FROM tag WHERE id = 0`,
    );
  }
});

describe('after an abort no file is left, the generation before is current, and the connection is free', () => {
  let before: string[];
  beforeEach(async () => {
    await exportSnapshot(dataSource, { directory, entities: [Tag] });
    before = readdirSync(directory).sort();
  });

  async function expectNothingHappened(): Promise<void> {
    expect(readdirSync(directory).sort()).toEqual(before);
    expect(readManifest(directory).generation).toBe(1);
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const store = await openStore({ directory, entities: [Tag] });
    expect(store.snapshot.count('Tag')).toBe(50);
    store.close();
  }

  test.each<[string, (progress: ExportProgress) => boolean]>([
    ['at the first table', ({ records }) => records === 0],
    ['in the middle of a table', ({ entity, records }) => entity === 'Slow' && records > 0 && records < SLOW_COUNT],
    ['at a join table', ({ entity }) => entity === 'Note.tags'],
    ['at the last table', ({ entity }) => entity === 'Tag'],
    ['when all is read', ({ phase }) => phase === 'finish'],
  ])('aborted %s', async (moment, isTheMoment) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let hasAborted = false;
    const onProgress = (progress: ExportProgress) => {
      if (hasAborted || !isTheMoment(progress)) return;
      hasAborted = true;
      controller.abort(reason);
    };
    await expect(
      exportSnapshot(dataSource, {
        directory,
        entities: moment.includes('middle') ? [Slow] : entities,
        onProgress,
        signal: controller.signal,
      }),
    ).rejects.toBe(reason);
    expect(hasAborted).toBe(true);
    await expectNothingHappened();
  });

  test('aborted before it began', async () => {
    const reason = new Error('not at all');
    await expect(exportSnapshot(dataSource, { directory, entities, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    await expectNothingHappened();
  });

  test('onProgress throws', async () => {
    for (const phase of ['rows', 'finish']) {
      const error = new Error('the progress bar broke');
      const onProgress = (progress: ExportProgress) => {
        if (progress.phase === phase) throw error;
      };
      await expect(exportSnapshot(dataSource, { directory, entities, onProgress })).rejects.toBe(error);
      await expectNothingHappened();
    }
  });

  test('the server ends the connection in the middle of a table', async () => {
    let hasEnded = false;
    const onProgress = ({ entity, records }: ExportProgress) => {
      if (hasEnded || entity !== 'Slow' || records === 0) return;
      hasEnded = true;
      const program = `const { Client } = require('pg'); const client = new Client(process.argv[1]);
        client.connect().then(() => client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND pid <> pg_backend_pid()")).then(() => client.end());`;
      expect(spawnSync(process.execPath, ['-e', program, database.url], { cwd: __dirname }).status).toBe(0);
    };
    await expect(exportSnapshot(dataSource, { directory, entities: [Slow], onProgress })).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
    });
    expect(hasEnded).toBe(true);
    await expectNothingHappened();
  });
});

describe('misuse', () => {
  test.each<[unknown, RegExp]>([
    [undefined, /the option `directory` is missing/],
    [{ entities }, /the option `directory` is missing/],
    [{ directory: '' }, /the option `directory` is missing/],
    [{ directory: 'x', entitys: entities }, /unknown option "entitys"\. Did you mean "entities"\?/],
  ])('options %j', async (options, message) => {
    await expect(exportSnapshot(dataSource, options as never)).rejects.toThrow(TypeError);
    await expect(exportSnapshot(dataSource, options as never)).rejects.toThrow(message);
  });

  test('no DataSource, and one that is not initialized', async () => {
    await expect(exportSnapshot({} as never, { directory })).rejects.toThrow(
      new TypeError('exportSnapshot: expected a DataSource of TypeORM as first argument.'),
    );
    const resting = new DataSource({ type: 'postgres', url: database.url, entities });
    await expect(exportSnapshot(resting, { directory, entities })).rejects.toThrow(TypeError);
  });

  test('another database', async () => {
    const other = new DataSource({
      type: 'cordova',
      database: 'a',
      location: 'default',
      driver: {},
    } as DataSourceOptions);
    await expect(exportSnapshot(other, { directory, entities })).rejects.toMatchObject({
      code: 'EXPORT_UNSUPPORTED',
      message: expect.stringMatching(/"cordova" .*supported are postgres, /),
    });
  });

  test('nothing is selected', async () => {
    await expect(exportSnapshot(dataSource, { directory })).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a directory that is a file', async () => {
    await expect(exportSnapshot(dataSource, { directory: process.execPath, entities })).rejects.toMatchObject({
      code: expect.stringMatching(/^FILE_/),
    });
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
