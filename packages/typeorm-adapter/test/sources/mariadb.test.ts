/** Exports of MariaDB through mysql2, read without it. */
import { describeOrSkip } from '../../../../test/src/support/skips';
import { mariadb, mariadbIsThere } from '../support/libraries';
import { testSource } from '../support/source-suite';

const isThere = mariadbIsThere();

describeOrSkip(
  isThere,
  'no MariaDB at MARIADB_URL or 127.0.0.1:3306',
  'MariaDB',
  () => {
    testSource(() => mariadb('permafrost_sources'));
  },
  'REQUIRE_MARIADB',
);
