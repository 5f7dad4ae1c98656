/** Keys that the database calls equal where they are spelt otherwise: references find what the database finds. */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import {
  Column,
  DataSource,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { withDatabase } from '../../../../test/src/postgres/suite';

@Entity()
class Land {
  @PrimaryColumn('citext') code!: string;
  @Column('text') name!: string;
  @OneToMany(
    () => City,
    (city) => city.land,
  )
  cities!: Relation<City[]>;
}
@Entity()
class City {
  @PrimaryColumn('int') id!: number;
  @ManyToOne(
    () => Land,
    (land) => land.cities,
    { nullable: true },
  )
  land!: Relation<Land> | null;
  @ManyToOne(() => Zone, { nullable: true, createForeignKeyConstraints: false }) zone!: Relation<Zone> | null;
  @ManyToMany(() => Land)
  @JoinTable()
  neighbours!: Relation<Land[]>;
}
@Entity()
class Zone {
  @PrimaryColumn('text', { collation: 'caseless' }) name!: string;
}

const database = withDatabase('adapter_loose_keys');
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-loose-keys-'));
const entities = [Land, City, Zone];
let dataSource: DataSource;
beforeAll(async () => {
  dataSource = await new DataSource({ type: 'postgres', url: database.url, entities }).initialize();
  await dataSource.query(
    "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
  );
  await dataSource.synchronize();
  await dataSource.query(`INSERT INTO land VALUES ('AT', 'Austria'), ('de', 'Germany')`);
  await dataSource.query(`INSERT INTO zone VALUES ('Alps')`);
  await dataSource.query(
    `INSERT INTO city (id, "landCode", "zoneName") VALUES (1, 'at', 'ALPS'), (2, 'DE', NULL), (3, NULL, NULL)`,
  );
  await dataSource.query(`INSERT INTO city_neighbours_land VALUES (1, 'DE'), (2, 'at'), (2, 'De')`);
});
afterAll(async () => {
  await dataSource?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

test.each([
  ['error', {}],
  ['null, from roots', { roots: [{ entity: City, relations: { land: true, zone: true, neighbours: true } }] }],
] as const)('dangling: %s', async (_, options) => {
  await exportSnapshot(dataSource, { directory, entities, ...options });
  using store = await openStore({ directory, entities });
  const relations = { land: true, zone: true, neighbours: true };
  const asked = { relations, order: { id: 'ASC', neighbours: { name: 'ASC' } } } as const;
  const found = await dataSource.getRepository(City).find(asked);
  expect(await store.getRepository(City, { as: 'entity' }).find(asked)).toStrictEqual(found);
  const lands = { relations: { cities: true }, order: { name: 'ASC' } } as const;
  expect(await store.getRepository(Land, { as: 'entity' }).find(lands)).toStrictEqual(
    await dataSource.getRepository(Land).find(lands),
  );
});

test('what no key is equal to is refused by name', async () => {
  await dataSource.query(`UPDATE city SET "zoneName" = 'Andes' WHERE id = 2`);
  await expect(exportSnapshot(dataSource, { directory, entities })).rejects.toMatchObject({
    code: 'REFERENCE_DANGLING',
    details: { entity: 'City', field: 'zone' },
  });
});
