/** Exports of MariaDB through mysql2, read without it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot } from '@permafrost/typeorm-adapter';
import { describeOrSkip } from '../../../../test/src/support/skips';
import { mariadb, mariadbIsThere } from '../support/libraries';
import { testSource } from '../support/source-suite';
import { entities, Person } from './entities';

const isThere = mariadbIsThere();
const absent = 'no MariaDB at MARIADB_URL or 127.0.0.1:3306';

describeOrSkip(
  isThere,
  absent,
  'MariaDB',
  () => {
    const source = testSource(() => mariadb('permafrost_sources'));
    const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-mariadb-'));
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    test('pages and nulls that its SQL does not know', async () => {
      const [live, own] = [source.dataSource, source.store].map((side) => side.getRepository(Person));
      const page = { skip: 1, order: { id: 'ASC' } } as const;
      const error: Error = await live!.find(page).catch((thrown) => thrown);
      await expect(own!.find(page)).rejects.toThrow(error);
      await expect(own!.find({ order: { age: { direction: 'ASC', nulls: 'LAST' } } })).rejects.toMatchObject({
        code: 'QUERY_UNSUPPORTED',
      });
    });

    test('references by text, which the database finds by its collation, are not cleared in silence', async () => {
      const exporting = exportSnapshot(source.dataSource, { directory, entities, dangling: 'null' });
      await expect(exporting).rejects.toMatchObject({
        code: 'EXPORT_UNSUPPORTED',
        message: expect.stringContaining('Toy.animal'),
      });
    });

    test('rows of a class in another case are refused: the database finds them, and TypeORM makes others of them', async () => {
      const { dataSource } = source;
      await dataSource.query("UPDATE animal SET kind = 'DOG' WHERE code = 'd-2'");
      const exporting = exportSnapshot(dataSource, { directory, entities });
      await expect(exporting).rejects.toMatchObject({
        code: 'EXPORT_UNSUPPORTED',
        message: expect.stringContaining('Animal.kind'),
      });
      await dataSource.query("UPDATE animal SET kind = 'dog' WHERE code = 'd-2'");
    });
  },
  'REQUIRE_MARIADB',
);

describeOrSkip(
  isThere,
  absent,
  'MariaDB as a DataSource of type mysql',
  () => {
    testSource(() => ({ ...mariadb('permafrost_mysql_sources'), type: 'mysql' }) as object);
  },
  'REQUIRE_MARIADB',
);
