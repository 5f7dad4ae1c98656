/** Texts that databases call equal or order otherwise than by their bytes: MariaDB's collations by ranks, SQLite's refused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { describeOrSkip } from '../../../../test/src/support/skips';
import { expectSameConditions } from '../support/conditions';
import { betterSqlite3, dropDatabase, makeDatabase, mariadb, mariadbIsThere } from '../support/libraries';

const long = 'x'.repeat(254);
const texts = [
  ...[
    '',
    ' ',
    'a',
    'A',
    'a ',
    ' a',
    'á',
    'b',
    'B',
    'ab',
    'a-b',
    'ß',
    'ss',
    'SS',
    'z',
    'Z',
    'ä',
    'ae',
    'æ',
    '1',
    '10',
    '9',
  ],
  ...[
    'é',
    'e\u0301',
    'İ',
    'i',
    'ı',
    'Σ',
    'σ',
    'ς',
    '\u0000',
    '\u0007',
    'a\u00ad',
    '日',
    '本',
    '🧊',
    '🙂',
    '\ufffd',
    `${long}a`,
    `${long}b`,
  ],
];
const thing = new EntitySchema<any>({
  name: 'Thing',
  columns: { id: { type: 'int', primary: true }, value: { type: 'varchar', nullable: true } },
});
const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-collations-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** How many conditions are answered on a column of such a type. */
async function answeredOn(options: Partial<DataSourceOptions>, sqlType: string, values: readonly string[]) {
  const dataSource = new DataSource({ ...options, entities: [thing] } as DataSourceOptions);
  await dataSource.initialize();
  try {
    await dataSource.query('DROP TABLE IF EXISTS thing');
    await dataSource.query(`CREATE TABLE thing (id int PRIMARY KEY, value ${sqlType})`);
    for (const [id, value] of values.entries()) await dataSource.query('INSERT INTO thing VALUES (?, ?)', [id, value]);
    const into = path.join(directory, String(Math.random()));
    await exportSnapshot(dataSource, { directory: into, entities: [thing] });
    await using store = await openStore({ directory: into, entities: [thing], as: 'entity' });
    return await expectSameConditions(dataSource, store, thing, values);
  } finally {
    await dataSource.destroy();
  }
}

describeOrSkip(
  mariadbIsThere(),
  'no MariaDB at MARIADB_URL or 127.0.0.1:3306',
  'collations of MariaDB',
  () => {
    const options = mariadb('permafrost_collations');
    beforeAll(() => makeDatabase(options));
    afterAll(() => dropDatabase(options));
    test.each([
      ...['utf8mb4_general_ci', 'utf8mb4_unicode_ci', 'utf8mb4_bin', 'utf8mb4_nopad_bin', 'utf8mb4_unicode_nopad_ci'],
      ...[
        'utf8mb4_swedish_ci',
        'utf8mb4_turkish_ci',
        'utf8mb4_uca1400_ai_ci',
        'utf8mb4_uca1400_as_cs',
        'utf8mb4_german2_ci',
      ],
    ])('%s', async (collation) => {
      const answered = await answeredOn(options, `varchar(255) COLLATE ${collation}`, texts);
      expect(answered).toBe(texts.length * 9 + 2);
    });

    test('a char and another character set', async () => {
      const latin = texts.filter((text) => [...text].every((letter) => letter < '\u0100'));
      expect(
        await answeredOn(options, 'char(255) CHARACTER SET latin1 COLLATE latin1_german1_ci', latin),
      ).toBeGreaterThan(latin.length * 8);
    });
  },
  'REQUIRE_MARIADB',
);

const library = betterSqlite3();
describeOrSkip(
  library !== undefined,
  'better-sqlite3 is not installed',
  'collations of SQLite',
  () => {
    const options = (prepareDatabase?: (database: { pragma(sql: string): void }) => void) =>
      ({
        type: 'better-sqlite3',
        database: ':memory:',
        driver: library,
        prepareDatabase,
      }) as Partial<DataSourceOptions>;

    test('that of bytes', async () => {
      expect(await answeredOn(options(), 'varchar(255)', texts)).toBe(texts.length * 9 + 2);
    });

    test('those that a table names are refused', async () => {
      expect(await answeredOn(options(), 'varchar(255) COLLATE NOCASE', texts)).toBe(0);
      expect(await answeredOn(options(), 'varchar(255) COLLATE RTRIM', texts)).toBe(0);
    });

    test('another encoding than UTF-8 is refused', async () => {
      const inUtf16 = options((database) => database.pragma("encoding = 'UTF-16le'"));
      expect(await answeredOn(inUtf16, 'varchar(255)', texts)).toBe(0);
    });
  },
  'REQUIRE_NATIVE',
);
