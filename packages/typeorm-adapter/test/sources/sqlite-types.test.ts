/** Every column type of TypeORM's SQLite driver, with values of every kind that SQLite lets such a column hold. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import { DataSource, EntitySchema } from 'typeorm';
import { describeOrSkip } from '../../../../test/src/support/skips';
import { expectSameConditions } from '../support/conditions';
import { firstDifference } from '../support/identical';
import { betterSqlite3 } from '../support/libraries';

const library = betterSqlite3();

/** What conditions on every column compare with. */
const operands = [
  ...[0, 1, -1, 0.5, 1.5, 0.1, 1e300, 2147483648, 9007199254740991, 123456789.5, 5e-324, Number.POSITIVE_INFINITY],
  ...[
    1n,
    true,
    false,
    '',
    'a',
    '1',
    '0.5',
    '01',
    ' 1',
    'é',
    '2024-02-29',
    '2024-02-29 12:34',
    '12:34:56',
    '[]',
    'A',
    '1e0',
  ],
  ...[new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789)), Buffer.from([0, 255, 97]), Buffer.alloc(0)],
];

/** As SQL. What a column makes of them is SQLite's. */
const values = {
  integers: ['0', '-1', '1', '2147483648', '9007199254740991', '-9007199254740991'],
  'wide integers': ['9007199254740993', '-9223372036854775808', '9223372036854775807', '1'],
  reals: ['0.1', '1e300', '-0.0', '5e-324', '123456789.5', '9e999', '-9e999'],
  numbers: ['1', '0.5'],
  texts: ["''", "'a'", "' é日🧊 '", "'2024-02-29x'"],
  dates: ["'2024-02-29'", "'0001-01-01'", "'9999-12-31'"],
  'dates with times': [
    "'2024-02-29 12:34:56.789'",
    "'2024-02-29 12:34'",
    "'2024-02-29T12:34:56'",
    "'2024-03-31T02:30:00+02:00'",
  ],
  times: ["'12:34:56'", "'1:2:3'", "'23:59:59.999999'"],
  documents: [`'{"a":[1,null,"x"]}'`, `'"text"'`, `'[]'`],
  blobs: ["x''", "x'00ff61'"],
  nothing: ['NULL'],
};
type Values = keyof typeof values;

const numbers = ['integers', 'wide integers', 'reals', 'numbers', 'nothing'] as const;
const texts = ['texts', 'dates', 'blobs', 'nothing'] as const;
const dates = ['integers', 'dates', 'dates with times', 'nothing'] as const;
const types: Readonly<Record<string, readonly Values[]>> = {
  ...Object.fromEntries(
    ['int', 'integer', 'tinyint', 'smallint', 'mediumint', 'bigint'].map((type) => [type, numbers]),
  ),
  ...Object.fromEntries(['unsigned big int', 'int2', 'int8', 'real', 'double'].map((type) => [type, numbers])),
  ...Object.fromEntries(['double precision', 'float', 'numeric', 'decimal', 'boolean'].map((type) => [type, numbers])),
  ...Object.fromEntries(['character', 'varchar', 'varying character', 'nchar'].map((type) => [type, texts])),
  ...Object.fromEntries(['native character', 'nvarchar', 'text', 'clob', 'blob'].map((type) => [type, texts])),
  date: dates,
  datetime: dates,
  time: ['times', 'nothing'],
  json: ['documents', 'nothing'],
  jsonb: ['documents', 'nothing'],
  'simple-json': ['documents', 'nothing'],
  'simple-array': ['texts', 'nothing'],
  'simple-enum': ['texts', 'nothing'],
};

describeOrSkip(
  library !== undefined,
  'better-sqlite3 is not installed',
  'column types of SQLite',
  () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-sqlite-types-'));
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    test('the table has all types of the driver', () => {
      const { driver } = new DataSource({ type: 'better-sqlite3', database: ':memory:', driver: library });
      const known = [...new Set(driver.supportedDataTypes.map(String)), 'simple-array', 'simple-json', 'simple-enum'];
      expect(Object.keys(types).sort()).toEqual(known.sort());
    });

    const rows = Object.entries(types).flatMap(([type, kinds]) => kinds.map((kind) => [type, kind] as const));
    test.each(rows)('%s with %s is exact', async (type, kind) => {
      const { live, own, answered } = await bothSides(type, kind, values[kind]);
      expect(firstDifference(own, live)).toBeUndefined();
      expect(live).toHaveLength(values[kind].length);
      if (!['wide integers', 'nothing'].includes(kind) && type !== 'jsonb') expect(answered).toBeGreaterThan(10);
    });

    test('values of several types in one column are refused', async () => {
      await expect(bothSides('numeric', 'mixed', ['1', "'a'"])).rejects.toMatchObject({
        code: 'EXPORT_UNSUPPORTED',
        message: expect.stringContaining('Thing.value'),
      });
    });

    async function bothSides(type: string, name: string, sql: readonly string[]) {
      const options = { type, nullable: true, ...(type === 'simple-enum' ? { enum: ['a', 1] } : {}) } as never;
      const columns = { id: { type: 'int', primary: true }, value: options } as const;
      const thing = new EntitySchema<any>({ name: 'Thing', columns });
      const entities = [thing];
      const dataSource = new DataSource({ type: 'better-sqlite3', database: ':memory:', driver: library, entities });
      await dataSource.initialize();
      try {
        // Without TypeORM's CHECK of enums.
        await dataSource.query(`CREATE TABLE "thing" ("id" int PRIMARY KEY, "value" ${sqlTypes[type] ?? type})`);
        for (const [place, value] of sql.entries())
          await dataSource.query(
            `INSERT INTO "thing" VALUES (${place}, ${type === 'jsonb' ? `jsonb(${value})` : value})`,
          );
        const into = path.join(directory, `${type} ${name}`);
        await exportSnapshot(dataSource, { directory: into, entities });
        await using store = await openStore({ directory: into, entities, as: 'entity' });
        const order = { id: 'ASC' } as const;
        return {
          live: await dataSource.getRepository(thing).find({ order }),
          own: await store.getRepository(thing).find({ order }),
          answered: await expectSameConditions(dataSource, store, thing, operands),
        };
      } finally {
        await dataSource.destroy();
      }
    }
  },
  'REQUIRE_NATIVE',
);

const sqlTypes: Readonly<Record<string, string>> = {
  'simple-array': 'text',
  'simple-json': 'text',
  'simple-enum': 'varchar',
};
