/** Exports of better-sqlite3, read without it. */
import { exportSnapshot } from '@permafrost/typeorm-adapter';
import { describeOrSkip } from '../../../../test/src/support/skips';
import { betterSqlite3 } from '../support/libraries';
import { expectSameFind, testSource } from '../support/source-suite';
import { entities, Person } from './entities';

const library = betterSqlite3();

describeOrSkip(
  library !== undefined,
  'better-sqlite3 is not installed',
  'better-sqlite3',
  () => {
    const source = testSource(() => ({ type: 'better-sqlite3', database: ':memory:', driver: library }));

    test('pages without an end, and nulls where they are asked for', async () => {
      await expectSameFind(source, Person, () => ({ skip: 3, order: { id: 'ASC' } }));
      await expectSameFind(source, Person, () => ({ order: { age: { direction: 'ASC', nulls: 'LAST' }, id: 'ASC' } }));
      await expectSameFind(source, Person, () => ({
        order: { age: { direction: 'DESC', nulls: 'FIRST' }, id: 'ASC' },
      }));
    });

    test('a connection in a transaction is not exported from', async () => {
      await source.dataSource.query('BEGIN');
      await expect(exportSnapshot(source.dataSource, { directory: 'nowhere', entities })).rejects.toMatchObject({
        code: 'EXPORT_FAILED',
      });
      await source.dataSource.query('COMMIT');
    });
  },
  'REQUIRE_NATIVE',
);
