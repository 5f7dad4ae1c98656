/** What `@Index`, `@Unique`, `unique: true` and `@SnapshotIndex` declare becomes an index of the snapshot, and answers as TypeORM does. */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore, Snapshot, SnapshotIndex } from '@permafrost/typeorm-adapter';
import { Column, DataSource, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';

@Entity()
@Snapshot()
@SnapshotIndex(['city', 'since'])
@Unique(['country', 'taxNumber'])
@Index(['country', 'city'])
@Index(['tags'])
class Firm {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text', { unique: true, nullable: true }) email!: string | null;
  @Index() @Column('char', { length: 2 }) country!: string;
  @Column('text', { nullable: true }) taxNumber!: string | null;
  @Column('text', { nullable: true }) city!: string | null;
  @Column('date') since!: string;
  @Index({ unique: true, where: 'city IS NULL' }) @Column('int') rank!: number;
  @Column('text', { array: true }) tags!: string[];
  @Index() @Column('text', { select: false }) secret!: string;
}

const database = withDatabase('adapter_indexes');
let dataSource: DataSource;
let directory: string;

beforeAll(async () => {
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [Firm],
    synchronize: true,
  }).initialize();
  const repository = dataSource.getRepository(Firm);
  for (let id = 1; id <= 40; id++) {
    await repository.insert({
      email: id % 3 === 0 ? null : `firm${id}@é.example`,
      country: ['DE', 'FR'][id % 2]!,
      taxNumber: id % 4 === 0 ? null : `T${Math.floor(id / 2)}`,
      city: id % 5 === 0 ? null : `City ${id % 3}`,
      since: `20${10 + (id % 9)}-01-01`,
      rank: id % 5 === 0 ? id : 7,
      tags: ['a'],
      secret: 's',
    });
  }
  directory = mkdtempSync(path.join(tmpdir(), 'permafrost-indexes-'));
  await exportSnapshot(dataSource, { directory, entities: [Firm] });
});
afterAll(async () => {
  await dataSource?.destroy();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

test('each declared index is in the schema once', async () => {
  using store = await openStore({ directory, entities: [Firm] });
  const declared = store.snapshot
    .entitySchema(Firm)
    .indexes.map(({ fields, unique }) => `${fields.join(' ')}${unique ? ' unique' : ''}`);
  expect([...declared].sort()).toEqual([
    'city since',
    'country',
    'country city',
    'country taxNumber unique',
    'email unique',
    'rank',
  ]);
  expect(await store.snapshot.verify()).toEqual([]);
});

test('findBy gives the same as TypeORM', async () => {
  using store = await openStore({ directory, entities: [Firm] });
  const [snapshot, live] = [store.getRepository(Firm), dataSource.getRepository(Firm)];
  const ids = (firms: Firm[]) => firms.map(({ id }) => id).sort((a, b) => a - b);
  for (const where of [
    { email: 'firm1@é.example' },
    { email: 'nobody' },
    { country: 'DE' },
    { country: 'FR', city: 'City 1' },
    { country: 'DE', taxNumber: 'T7' },
    { rank: 7 },
    [{ email: 'firm2@é.example' }, { country: 'FR', rank: 7 }],
  ])
    expect(ids(await snapshot.findBy(where))).toEqual(ids(await live.findBy(where)));
  expect(store.snapshot.findOne(Firm, 'email', 'firm4@é.example')!.id).toBe(4);
});

test('data that breaks a unique index is refused by name', async () => {
  for (const { conname } of await dataSource.query(
    `SELECT conname FROM pg_constraint WHERE conrelid = 'firm'::regclass AND contype = 'u'`,
  ))
    await dataSource.query(`ALTER TABLE firm DROP CONSTRAINT "${conname}"`);
  await dataSource.query(`UPDATE firm SET email = 'firm1@é.example' WHERE id = 2`);
  await expect(exportSnapshot(dataSource, { directory, entities: [Firm] })).rejects.toMatchObject({
    code: 'INDEX_DUPLICATE',
    details: { entity: 'Firm', field: 'email', key: 2 },
  });
});
