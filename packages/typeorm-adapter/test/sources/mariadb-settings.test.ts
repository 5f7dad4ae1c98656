/** What of MariaDB hangs on settings: of the driver, of whoever reads, of tables. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import {
  Column,
  DataSource,
  type DataSourceOptions,
  Entity,
  EntitySchema,
  IsNull,
  MoreThan,
  PrimaryColumn,
} from 'typeorm';
import { describeOrSkip } from '../../../../test/src/support/skips';
import { firstDifference } from '../support/identical';
import { dropDatabase, makeDatabase, mariadb, mariadbIsThere } from '../support/libraries';

@Entity()
class Moment {
  @PrimaryColumn({ type: 'varchar', length: 20 }) id!: string;
  @Column({ type: 'datetime', precision: 3, nullable: true }) at!: Date | null;
  @Column({ type: 'date', nullable: true }) day!: string | null;
  @Column({ type: 'timestamp', nullable: true }) stamp!: Date | null;
}

const rows = [
  "('a', '2024-02-29 12:34:56.789', '2024-02-29', '2024-02-29 12:34:56')",
  "('b', '0000-00-00 00:00:00', '0000-00-00', NULL)",
  "('c', '0050-01-01 00:00:00', '0050-01-01', NULL)",
  "('d', '2024-03-31 02:30:00', '2024-03-31', '2024-03-10 02:30:00')",
];

describeOrSkip(
  mariadbIsThere(),
  'no MariaDB at MARIADB_URL or 127.0.0.1:3306',
  'settings of MariaDB',
  () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-mariadb-settings-'));
    const database = mariadb('permafrost_settings');
    let count = 0;
    beforeAll(async () => {
      await makeDatabase(database);
      await connected({}, async (dataSource) => {
        await dataSource.synchronize();
        await dataSource.query("SET SESSION sql_mode = ''");
        await dataSource.query(`INSERT INTO \`moment\` VALUES ${rows.join(', ')}`);
      });
    });
    afterAll(async () => {
      rmSync(directory, { recursive: true, force: true });
      await dropDatabase(database);
    });

    const clients = [
      {},
      { timezone: 'Z' },
      { timezone: '+05:30' },
      { timezone: '-03:00' },
      { dateStrings: true },
      { dateStrings: ['DATE'] },
    ];
    const pairs = clients.flatMap((one) => [undefined, ...clients].map((other) => [one, other] as const));
    test.each(pairs)('dates exported with %j and read with %j', async (exporting, reading) => {
      const into = path.join(directory, String(count++));
      await connected(exporting, (dataSource) => exportSnapshot(dataSource, { directory: into, entities: [Moment] }));
      await connected(reading ?? exporting, async (dataSource) => {
        await using store = await openStore({
          directory: into,
          entities: [Moment],
          as: 'entity',
          ...(reading ? { dataSource } : {}),
        });
        const since = new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 788));
        for (const find of [
          { order: { id: 'ASC' } },
          { where: { at: MoreThan(since) }, order: { id: 'ASC' } },
        ] as const) {
          const live = await dataSource.getRepository(Moment).find(find);
          expect(firstDifference(await store.getRepository(Moment).find(find), live)).toBeUndefined();
        }
      });
    });

    test('an export that ends amid its rows gives its connection back', async () => {
      const stamp = { type: 'timestamp' } as const;
      const strict = new EntitySchema<any>({
        name: 'Moment',
        columns: { id: { type: 'varchar', primary: true }, stamp },
      });
      await connected({ entities: [strict] }, async (dataSource) => {
        const exporting = exportSnapshot(dataSource, { directory: path.join(directory, 'ended'), entities: [strict] });
        await expect(exporting).rejects.toMatchObject({ code: 'VALUE_NULL' });
        expect(await dataSource.query('SELECT @@in_transaction AS inTransaction')).toEqual([{ inTransaction: '0' }]);
      });
    });

    test('IS NULL of a date that cannot be null is refused: MariaDB finds the zero date', async () => {
      await connected({}, async (dataSource) => {
        await dataSource.query('CREATE OR REPLACE TABLE `zero` (`id` int PRIMARY KEY, `day` date NOT NULL)');
        const zero = new EntitySchema<any>({
          name: 'zero',
          columns: { id: { type: 'int', primary: true }, day: { type: 'date', nullable: true } },
        });
        const into = path.join(directory, 'zero');
        await connected({ entities: [zero] }, (live) => exportSnapshot(live, { directory: into, entities: [zero] }));
        await using store = await openStore({ directory: into, entities: [zero] });
        await expect(store.getRepository(zero).findBy({ day: IsNull() })).rejects.toMatchObject({
          code: 'QUERY_UNSUPPORTED',
        });
      });
    });

    test('options that change the values of numbers are refused', async () => {
      await connected({ bigNumberStrings: false }, async (dataSource) => {
        await expect(exportSnapshot(dataSource, { directory, entities: [Moment] })).rejects.toMatchObject({
          code: 'EXPORT_UNSUPPORTED',
          message: expect.stringContaining('bigNumberStrings'),
        });
      });
    });

    test('tables without transactions, roots, and DataSources of another kind are refused', async () => {
      await connected({}, async (dataSource) => {
        const into = path.join(directory, 'refused');
        await expect(
          exportSnapshot(dataSource, { directory: into, entities: [Moment], roots: [{ entity: Moment }] }),
        ).rejects.toMatchObject({ code: 'EXPORT_UNSUPPORTED' });
        await exportSnapshot(dataSource, { directory: into, entities: [Moment] });
        const postgres = new DataSource({ type: 'postgres', entities: [Moment] });
        await expect(openStore({ directory: into, entities: [Moment], dataSource: postgres })).rejects.toMatchObject({
          code: 'SCHEMA_MISMATCH',
        });
        await dataSource.query('ALTER TABLE `moment` ENGINE = MyISAM');
        await expect(exportSnapshot(dataSource, { directory: into, entities: [Moment] })).rejects.toMatchObject({
          code: 'EXPORT_UNSUPPORTED',
          message: expect.stringContaining('MyISAM'),
        });
      });
    });

    async function connected(options: object, use: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
      const all = { ...database, poolSize: 1, entities: [Moment], ...options } as DataSourceOptions;
      const dataSource = await new DataSource(all).initialize();
      try {
        await use(dataSource);
      } finally {
        await dataSource.destroy();
      }
    }
  },
  'REQUIRE_MARIADB',
);
