/** References that nothing holds to their targets: without a constraint the target may be missing. */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import { Column, DataSource, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { withDatabase } from '../../../../test/src/postgres/suite';

@Entity()
class Place {
  @PrimaryColumn('int') id!: number;
  @Column('text', { unique: true }) code!: string;
}
@Entity()
class Trip {
  @PrimaryColumn('int') id!: number;
  @ManyToOne(() => Place, { createForeignKeyConstraints: false, nullable: true })
  start!: Relation<Place> | null;
  @ManyToOne(() => Place, { createForeignKeyConstraints: false, nullable: true })
  @JoinColumn({ name: 'end', referencedColumnName: 'code' })
  end!: Relation<Place> | null;
}

const database = withDatabase('adapter_dangling');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-dangling-'));
const entities = [Place, Trip];
let dataSource: DataSource;
beforeAll(async () => {
  dataSource = await new DataSource({ type: 'postgres', url: database.url, entities, synchronize: true }).initialize();
  await dataSource.query("INSERT INTO place VALUES (1, 'a')");
});
afterAll(async () => {
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

test.each([
  ['a key', `(1, 1, 'a'), (2, 7, NULL)`, /^Trip\.start: record 2 refers to Place 7, but/],
  [
    'a unique column',
    `(1, 1, 'a'), (2, NULL, 'z'), (3, NULL, 'y')`,
    /^Trip\.end: 2 records refer to what no Place has/,
  ],
])('to %s: refused by name, or null', async (_, rows, message) => {
  await dataSource.query(`TRUNCATE trip; INSERT INTO trip (id, "startId", "end") VALUES ${rows}`);
  await expect(exportSnapshot(dataSource, { directory, entities })).rejects.toMatchObject({
    code: 'REFERENCE_DANGLING',
    message: expect.stringMatching(message),
  });
  await exportSnapshot(dataSource, { directory, entities, dangling: 'null' });
  const store = await openStore({ directory, entities });
  const found = await dataSource
    .getRepository(Trip)
    .find({ relations: { start: true, end: true }, order: { id: 'ASC' } });
  const repository = store.getRepository(Trip, { as: 'entity' });
  expect(await repository.find({ relations: { start: true, end: true } })).toStrictEqual(found);
  store.close();
});
