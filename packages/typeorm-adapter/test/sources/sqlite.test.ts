/** Exports of better-sqlite3, read without it. */
import { describeOrSkip } from '../../../../test/src/support/skips';
import { betterSqlite3 } from '../support/libraries';
import { testSource } from '../support/source-suite';

const library = betterSqlite3();

describeOrSkip(
  library !== undefined,
  'better-sqlite3 is not installed',
  'better-sqlite3',
  () => {
    testSource(() => ({ type: 'better-sqlite3', database: ':memory:', driver: library }));
  },
  'REQUIRE_NATIVE',
);
