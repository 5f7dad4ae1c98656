/** Every column type of TypeORM's MySQL driver, with values at the edges of what MariaDB lets such a column hold, and conditions on them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { describeOrSkip } from '../../../../test/src/support/skips';
import { expectSameConditions } from '../support/conditions';
import { firstDifference } from '../support/identical';
import { dropDatabase, makeDatabase, mariadb, mariadbIsThere } from '../support/libraries';

interface TypeCase {
  /** As SQL. */
  readonly values: readonly string[];
  /** Of the column, as SQL declares it; default the type's name. */
  readonly sql?: string;
  readonly options?: object;
  /** What conditions compare with. Those that are refused are counted by the last test. */
  readonly operands?: readonly unknown[];
}

const whole: TypeCase = { values: ['0', '-1', '127'], operands: [0, 127, '127', 1.5, 'a', true, 128] };
const decimal: TypeCase = {
  sql: 'decimal(14,4)',
  values: ['0', '-0.5', '1234567890.1234', '0.1000'],
  operands: [0, '0.1', 0.1, 1234567890.1234, '-0.50', 'x', '1e1'],
};
const text: TypeCase = {
  sql: 'varchar(40)',
  values: ["''", "'Ada'", "'ADA'", "'åda'", "' x'", "'é日🧊'", "'5'", "'a_b%c\\\\d'", "'it''s'"],
  operands: ['Ada', 'åda', '', 'zz', 5, '5', "it's", 'a_b%c\\d'],
};
/** Of three bytes a character. */
const national: TypeCase = { ...text, values: text.values.filter((value) => !value.includes('🧊')) };
const long: TypeCase = { ...text, sql: 'text' };
const bytes: TypeCase = {
  values: ["''", "x'00ff5c27'", "'a'", "'b'"],
  operands: [Buffer.from([0, 255, 92, 39]), Buffer.from('a'), 'a'],
};
const geometry = (...values: string[]): TypeCase => ({ values: values.map((value) => `ST_GeomFromText('${value}')`) });

const types: Readonly<Record<string, TypeCase | 'not in this version'>> = {
  bit: { sql: 'bit(12)', values: ["b'0'", "b'101'", "b'111111111111'"] },
  int: { ...whole, values: ['0', '-2147483648', '2147483647', '127'] },
  integer: whole,
  tinyint: whole,
  smallint: whole,
  mediumint: whole,
  bigint: {
    values: ['0', '-9223372036854775808', '9223372036854775807', '9007199254740993', '127'],
    operands: [127, '127', '9223372036854775807', 9223372036854775807n, '007'],
  },
  float: { values: ['0', '0.1', '-1.5e20', '16777217', '3.402e38'], operands: [0.1] },
  double: {
    values: ['0', '0.1', '-1e300', '5e-324', '2.5'],
    operands: [0, 0.1, 2.5, -1e300, '2.5', 0.30000000000000004],
  },
  'double precision': {
    sql: 'double',
    values: ['12345678901234567', '0.12345678901234567', '123456789012345678', '1234567890123456.7', '1'],
    operands: [1],
  },
  real: { sql: 'double', values: ['1.7976931348623157e308', '-2.2250738585072014e-308'], operands: [1] },
  decimal,
  dec: decimal,
  numeric: { ...decimal, sql: 'decimal(30,10)', values: ['12345678901234567890.0123456789', '-0.5', '0.1'] },
  fixed: decimal,
  bool: { sql: 'tinyint(1)', values: ['0', '1', '2'], operands: [true, false, 1, 2] },
  boolean: { sql: 'tinyint(1)', values: ['0', '1'], operands: [true, false] },
  date: {
    values: ["'2024-02-29'", "'0001-01-01'", "'9999-12-31'", "'1970-01-01'", "'0099-05-06'"],
    operands: ['2024-02-29', '2024-2-29', '2023-02-29', new Date(0)],
  },
  datetime: {
    sql: 'datetime(6)',
    values: [
      "'2024-02-29 12:34:56.789012'",
      "'1000-01-01 00:00:00'",
      "'9999-12-31 23:59:59.999999'",
      "'2024-03-31 02:30:00.5'",
    ],
    operands: [
      new Date(2024, 2, 31, 2, 30, 0, 500),
      '2024-02-29 12:34:56.789012',
      '2024-02-29 12:34:56.789',
      '2024-02-29',
      '1000-01-01 00:00:00.000000',
    ],
  },
  timestamp: {
    values: ["'2024-02-29 12:34:56'", "'1970-01-02 00:00:01'"],
    operands: [new Date(2024, 1, 29, 12, 34, 56)],
  },
  time: { sql: 'time(3)', values: ["'12:34:56.789'", "'-838:59:59'", "'00:00:00'"], operands: ['12:34:56.789'] },
  year: { values: ['2024', '1901', '2155'], operands: [2024, '2024'] },
  char: { ...text, sql: 'char(20)', values: [...text.values, "'x  '"] },
  nchar: { ...national, sql: 'nchar(20)' },
  'national char': { ...national, sql: 'nchar(20)' },
  varchar: text,
  nvarchar: { ...national, sql: 'nvarchar(40)' },
  'national varchar': { ...national, sql: 'nvarchar(40)' },
  blob: bytes,
  text: long,
  tinyblob: bytes,
  tinytext: { ...long, sql: 'tinytext' },
  mediumblob: bytes,
  mediumtext: { ...long, sql: 'mediumtext' },
  longblob: bytes,
  longtext: { ...long, sql: 'longtext' },
  enum: {
    sql: "enum('b','A','1')",
    options: { enum: ['b', 'A', 1] },
    values: ["'b'", "'A'", "'1'"],
    operands: ['A', 'a', 'b', 1],
  },
  set: { sql: "set('b','A')", options: { enum: ['b', 'A'] }, values: ["'b'", "''", "'b,A'"], operands: ['b'] },
  binary: { ...bytes, sql: 'binary(4)' },
  varbinary: { ...bytes, sql: 'varbinary(10)' },
  json: {
    values: [`'{"a":[1,null,"x"],"b":12345678901234567890}'`, `'"text"'`, `'"5"'`, "'[]'", "'7'", "'null'"],
    operands: ['7'],
  },
  geometry: geometry('POINT(1 2)', 'LINESTRING(0 0,1 1)'),
  point: geometry('POINT(1 2)', 'POINT(-0.1 1e10)'),
  linestring: geometry('LINESTRING(0 0,1 1)'),
  polygon: geometry('POLYGON((0 0,1 0,1 1,0 0))'),
  multipoint: geometry('MULTIPOINT(0 0,1 1)'),
  multilinestring: geometry('MULTILINESTRING((0 0,1 1))'),
  multipolygon: geometry('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'),
  geometrycollection: geometry('GEOMETRYCOLLECTION(POINT(1 2))'),
  vector: 'not in this version',
  uuid: {
    values: ["'123e4567-e89b-12d3-a456-426655440000'", "'00000000-0000-0000-0000-000000000001'"],
    operands: ['123e4567-e89b-12d3-a456-426655440000', 'x'],
  },
  inet4: { values: ["'10.0.0.1'", "'9.0.0.1'"], operands: ['10.0.0.1'] },
  inet6: { values: ["'::1'", "'2001:db8::ff00:42:8329'"], operands: ['::1'] },
  'simple-array': { sql: 'text', values: ["''", "'a,b'"], operands: ['a,b'] },
  'simple-json': { sql: 'text', values: [`'{"a":1}'`] },
  'simple-enum': { sql: "enum('b','1')", options: { enum: ['b', 1] }, values: ["'b'", "'1'"], operands: ['b'] },
};

describeOrSkip(
  mariadbIsThere(),
  'no MariaDB at MARIADB_URL or 127.0.0.1:3306',
  'column types of MariaDB',
  () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-mariadb-types-'));
    const options = mariadb('permafrost_types');
    const answered = new Map<string, number>();
    let dataSource: DataSource;
    beforeAll(async () => {
      await makeDatabase(options);
      dataSource = await new DataSource({ ...options } as DataSourceOptions).initialize();
    });
    afterAll(async () => {
      await dataSource.destroy();
      await dropDatabase(options);
      rmSync(directory, { recursive: true, force: true });
    });

    test('the table has all types of the driver', () => {
      const known = [...dataSource.driver.supportedDataTypes, 'simple-array', 'simple-json', 'simple-enum'];
      expect(Object.keys(types).sort()).toEqual(known.map(String).sort());
    });

    const here = Object.entries(types).filter((one): one is [string, TypeCase] => typeof one[1] !== 'string');
    test.each(here)('%s is exact', async (type, { sql = type, values, options: declared, operands = [] }) => {
      const value = { type, nullable: true, ...declared } as never;
      const columns = { id: { type: 'int', primary: true }, value } as const;
      const thing = new EntitySchema<any>({ name: 'Thing', columns });
      const live = new DataSource({ ...options, entities: [thing] } as DataSourceOptions);
      await live.initialize();
      try {
        await live.query('DROP TABLE IF EXISTS `thing`');
        await live.query(`CREATE TABLE \`thing\` (\`id\` int PRIMARY KEY, \`value\` ${sql} NULL)`);
        for (const [place, literal] of [...values, 'NULL'].entries())
          await live.query(`INSERT INTO \`thing\` VALUES (${place}, ${literal})`);
        const into = path.join(directory, type);
        await exportSnapshot(live, { directory: into, entities: [thing] });
        await using store = await openStore({ directory: into, entities: [thing], as: 'entity' });
        const order = { id: 'ASC' } as const;
        const all = await live.getRepository(thing).find({ order });
        expect(firstDifference(await store.getRepository(thing).find({ order }), all)).toBeUndefined();
        expect(all).toHaveLength(values.length + 1);
        answered.set(type, await expectSameConditions(live, store, thing, operands));
      } finally {
        await live.destroy();
      }
    });

    test('conditions on numbers, dates, bytes and short texts are answered', () => {
      for (const type of [
        'int',
        'bigint',
        'double',
        'decimal',
        'date',
        'datetime',
        'varchar',
        'char',
        'blob',
        'enum',
        'bool',
      ])
        expect({ type, isAnswered: answered.get(type)! >= 10 }).toEqual({ type, isAnswered: true });
    });
  },
  'REQUIRE_MARIADB',
);
