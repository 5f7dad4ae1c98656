/**
 * Every type is decoded exactly: random and extreme values go into a table of the type, through a binary COPY into recording setters, and
 * must equal what the server itself says of them as text or as a number. fast-check prints the seed of a failure.
 */
import { type PgTypeName, supportedTypes } from '@permafrost/postgres';
import * as fc from 'fast-check';
import type { Client } from 'pg';
import { withDatabase } from '../../../test/src/postgres/suite';
import { connect, copyAlone, type Given, textRows } from './support';

interface TypeCase {
  /** As SQL writes it; by default the type's own name. */
  sqlType?: string;
  /** Values as SQL takes them in quotes. */
  values: fc.Arbitrary<string>;
  extremes: string[];
  /** What the server says of a value; by default the text of its output function. */
  told?(value: string): string;
  /** The canonical value of that. */
  expected(told: string): Given;
}

const anyText = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
const utf8 = (told: string): Given => ({ method: 'setUtf8', bytes: Buffer.from(told, 'utf8') });
const texts = (sqlType?: string): TypeCase => ({
  ...(sqlType ? { sqlType } : {}),
  values: anyText,
  extremes: ['', ' ', '   ', 'ä', '€', '😀', '\u{10ffff}', '\ufeff', 'x'.repeat(70_000), '"\\\n\r\t', 'NULL', '{}'],
  expected: utf8,
});
const whole = (minimum: bigint, maximum: bigint, expected: TypeCase['expected']): TypeCase => ({
  values: fc.bigInt(minimum, maximum).map(String),
  extremes: [minimum, minimum + 1n, -1n, 0n, 1n, maximum - 1n, maximum].map(String),
  expected,
});
const int32 = (told: string): Given => ({ method: 'setInt32', value: Number(told) });

const two = (number: number, width = 2) => String(number).padStart(width, '0');
const calendarDate = (lastYear: number) =>
  fc
    .record({
      year: fc.integer({ min: -4712, max: lastYear }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 28 }),
    })
    .map(({ year, month, day }) => [
      `${two(year > 0 ? year : 1 - year, 4)}-${two(month)}-${two(day)}`,
      year > 0 ? '' : ' BC',
    ]);
const clockTime = fc.integer({ min: 0, max: 86_400_000_000 - 1 }).map((microseconds) => {
  const seconds = Math.floor(microseconds / 1_000_000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${two(microseconds % 1_000_000, 6)}`;
});
const timestamps = (zone: fc.Arbitrary<string>, utc: string): TypeCase => ({
  values: fc
    .tuple(calendarDate(294_246), clockTime, zone)
    .map(([[day, era], time, offset]) => `${day} ${time}${offset}${era}`),
  extremes: [
    'infinity',
    '-infinity',
    `4714-11-24 00:00:00${utc} BC`,
    `0001-12-31 23:59:59.999999${utc} BC`,
    `1969-12-31 23:59:59.999999${utc}`,
    `1970-01-01 00:00:00${utc}`,
    `1999-12-31 23:59:59.999999${utc}`,
    `2000-01-01 00:00:00.000001${utc}`,
    `2038-01-19 03:14:08${utc}`,
    `294246-12-31 23:59:59.999999${utc}`,
    `294247-01-10 04:00:54.775806${utc}`,
  ],
  told: (value) => `round(extract(epoch FROM ${value}) * 1000000)`,
  expected(told) {
    const value = told === 'Infinity' ? 2n ** 63n - 1n : told === '-Infinity' ? -(2n ** 63n) : BigInt(told);
    return { method: 'setInt64', value };
  },
});

/** The server tells the parts of an interval as "months days microseconds". */
const intervals: TypeCase = {
  values: fc
    .tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer(), fc.maxSafeInteger())
    .map(([months, days, microseconds]) => `${months} months ${days} days ${microseconds} microseconds`),
  extremes: [
    '0',
    '1 year 2 months 3 days 04:05:06.789',
    '-1 months -2 days -00:00:00.000001',
    '1 day -24:00',
    '-2147483648 months -2147483648 days',
    '2147483647 months 2147483647 days 9223372036854775806 microseconds',
  ],
  told: (value) =>
    `(extract(year FROM ${value}) * 12 + extract(month FROM ${value})) || ' ' || extract(day FROM ${value}) || ' ' ||
     (extract(hour FROM ${value}) * 3600000000 + extract(minute FROM ${value}) * 60000000 + extract(microseconds FROM ${value}))`,
  expected(told) {
    const [months, days, microseconds] = told.split(' ') as [string, string, string];
    return {
      method: 'setInterval',
      months: Number(months),
      days: Number(days),
      microseconds: BigInt(microseconds.replace(/\.0+$/, '')),
    };
  },
};

const digits = (minimum: number, maximum: number) =>
  fc.oneof(
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: minimum, maxLength: maximum }),
    fc.string({
      unit: fc.constantFrom('0', '0000', '9999', '1', '10'),
      minLength: minimum,
      maxLength: Math.ceil(maximum / 4),
    }),
  );
const decimals: TypeCase = {
  values: fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(digits(1, 5), digits(1, 17), digits(1, 1000)),
      fc.oneof(fc.constant(''), digits(0, 4), digits(0, 40)),
    )
    .map(([sign, front, behind]) => `${sign}${front}${behind === '' ? '' : `.${behind}`}`),
  extremes: [
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      '0',
      '0.00',
      '-0',
      '-0.000',
      '1.50',
      '100',
      '10000',
      '100000000',
      '1e30',
      '1.0e-30',
    ],
    ...[
      '0.0001',
      '0.00001',
      '0.00010',
      '-0.00000000000000000001',
      '9007199254740991',
      '9007199254740992',
      '-9007199254740991',
    ],
    ...[
      '90071992547409.91',
      '90071992547409.92',
      '9007199254740.9910',
      '0.9007199254740991',
      '0.9007199254740992',
      '-9007199254740993',
    ],
    ...[
      '12345678901234.56',
      '9999999999999999',
      '1e15',
      '9e15',
      '9.1e15',
      '1e16',
      '1e131071',
      `0.${'0'.repeat(126)}1`,
      `0.${'0'.repeat(127)}1`,
    ],
    ...[
      `0.${'0'.repeat(16_382)}1`,
      `1.${'0'.repeat(127)}`,
      `1.${'0'.repeat(128)}`,
      '9'.repeat(1000),
      `-${'9'.repeat(960)}.${'9'.repeat(40)}`,
    ],
  ],
  expected(told) {
    if (!/\d/.test(told)) return { method: 'setText', value: told };
    const scale = told.includes('.') ? told.length - told.indexOf('.') - 1 : 0;
    const coefficient = BigInt(told.replace('.', ''));
    const fits = coefficient >= Number.MIN_SAFE_INTEGER && coefficient <= Number.MAX_SAFE_INTEGER && scale <= 127;
    return fits
      ? { method: 'setDecimal', coefficient: Number(coefficient), scale }
      : { method: 'setText', value: told };
  },
};

const jsons: TypeCase = {
  values: fc.json().map((text) => text.replaceAll('\\u0000', '')),
  extremes: [
    'null',
    '0',
    '""',
    '{}',
    '[]',
    '{"b":1,"a":[1,2,{}]}',
    '  {"a" : "\\u00e4"}  ',
    '1e400',
    '123456789012345678901234567890.50',
  ],
  expected: utf8,
};
const float64 = (told: string): Given => ({ method: 'setFloat64', value: Number(told) });

const typeCases: Record<PgTypeName, TypeCase> = {
  int2: whole(-(2n ** 15n), 2n ** 15n - 1n, int32),
  int4: whole(-(2n ** 31n), 2n ** 31n - 1n, int32),
  int8: whole(-(2n ** 63n), 2n ** 63n - 1n, (told) => ({ method: 'setInt64', value: BigInt(told) })),
  float4: {
    values: fc.float().map((value) => (Object.is(value, -0) ? '-0' : String(value))),
    extremes: [
      'NaN',
      'Infinity',
      '-Infinity',
      '-0',
      '0',
      '1e-45',
      '3.4028235e38',
      '-3.4028235e38',
      '1.17549435e-38',
      '0.1',
    ],
    expected: (told) => ({ method: 'setFloat64', value: Math.fround(Number(told)) }),
  },
  float8: {
    values: fc.double().map((value) => (Object.is(value, -0) ? '-0' : String(value))),
    extremes: [
      'NaN',
      'Infinity',
      '-Infinity',
      '-0',
      '0',
      '5e-324',
      '1.7976931348623157e308',
      '2.2250738585072014e-308',
      '0.1',
    ],
    expected: float64,
  },
  numeric: decimals,
  bool: {
    values: fc.constantFrom('true', 'false'),
    extremes: ['t', 'f'],
    expected: (told) => ({ method: 'setBoolean', value: told === 't' }),
  },
  text: texts(),
  varchar: texts('varchar(80000)'),
  bpchar: { ...texts('char(60)'), extremes: ['', ' ', 'ab', 'ab  ', 'ä', 'x'.repeat(60), '😀'.repeat(60)] },
  citext: texts(),
  name: { ...texts(), extremes: ['', ' ', 'ab', 'ä', 'x'.repeat(63)] },
  enum: {
    sqlType: 'mood',
    values: fc.constantFrom('sad', 'ok', 'über froh', "it's", ''),
    extremes: [''],
    expected: utf8,
  },
  json: jsons,
  jsonb: { ...jsons, extremes: jsons.extremes.filter((text) => text !== '1e400').concat('1e300') },
  uuid: {
    values: fc.uuid(),
    extremes: ['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'],
    expected: (told) => ({ method: 'setBytes', bytes: Buffer.from(told.replaceAll('-', ''), 'hex') }),
  },
  bytea: {
    values: fc.uint8Array({ maxLength: 50 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
    extremes: ['', '\\x00', '\\xff', `\\x${'00ff'.repeat(50_000)}`],
    expected: (told) => ({ method: 'setBytes', bytes: Buffer.from(told.slice(2), 'hex') }),
  },
  date: {
    values: calendarDate(5_874_896).map((parts) => parts.join('')),
    extremes: [
      'infinity',
      '-infinity',
      '4714-11-24 BC',
      '0001-12-31 BC',
      '0001-01-01',
      '1969-12-31',
      '1970-01-01',
      '2000-02-29',
      '5874897-12-31',
    ],
    told: (value) =>
      `CASE ${value} WHEN 'infinity' THEN 2147483647 WHEN '-infinity' THEN -2147483648 ELSE ${value} - '1970-01-01' END`,
    expected: int32,
  },
  timestamp: timestamps(fc.constant(''), ''),
  timestamptz: timestamps(fc.constantFrom('', '+00', '-11:30', '+14'), '+00'),
  time: {
    values: clockTime,
    extremes: ['00:00', '24:00', '23:59:59.999999', '12:34:56.7', '23:59:60'],
    told: (value) => `round(extract(epoch FROM ${value}) * 1000000)`,
    expected: (told) => ({ method: 'setInt64', value: BigInt(told) }),
  },
  interval: intervals,
};

const database = withDatabase('postgres_values');
let client: Client;
beforeAll(async () => {
  client = await connect(database.url);
  await client.query(`
    CREATE EXTENSION citext;
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'über froh', 'it''s', '');
    SET TimeZone TO 'America/St_Johns'`);
});
afterAll(() => client.end());

describe.each(supportedTypes)('%s', (pgType) => {
  const { sqlType = pgType, values, extremes, told = (value) => value, expected } = typeCases[pgType];
  const orNull = fc.option(values, { freq: 8 });

  test('values, and NULL', async () => {
    await client.query(`CREATE TEMP TABLE scalar (position int, value ${sqlType})`);
    const property = fc.asyncProperty(fc.array(orNull, { maxLength: 80 }), async (inserted) => {
      await client.query('TRUNCATE scalar');
      await client.query(
        `INSERT INTO scalar SELECT position, value::${sqlType} FROM unnest($1::text[]) WITH ORDINALITY AS t (value, position)`,
        [inserted],
      );
      const { columns } = await copyAlone(client, 'SELECT value FROM scalar ORDER BY position', [pgType]);
      const rows = await textRows(client, `SELECT ${told('value')} FROM scalar ORDER BY position`);
      expect(rows.length).toBe(inserted.length);
      expect(columns[0]).toEqual(rows.map(([text]) => (text === null ? { method: 'setNull' } : expected(text!))));
    });
    try {
      await fc.assert(property, { numRuns: 15, examples: [[extremes]] });
    } finally {
      await client.query('DROP TABLE scalar');
    }
  });

  test('arrays: empty, with NULLs, with lower bounds', async () => {
    await client.query(`CREATE TEMP TABLE list (position int, value ${sqlType}[])`);
    const anyList = fc.option(fc.array(orNull, { maxLength: 12 }), { freq: 8 });
    const property = fc.asyncProperty(fc.array(anyList, { maxLength: 12 }), fc.boolean(), async (inserted, shifted) => {
      await client.query('TRUNCATE list');
      for (const [position, elements] of inserted.entries()) {
        await client.query(`INSERT INTO list SELECT $1, $2::text[]::${sqlType}[]`, [position, elements]);
      }
      if (shifted)
        await client.query(
          `UPDATE list SET value = ('[-3:' || cardinality(value) - 4 || ']=' || value::text)::${sqlType}[] WHERE cardinality(value) > 0`,
        );
      const { columns } = await copyAlone(client, 'SELECT value FROM list ORDER BY position', [`${pgType}[]`]);
      const rows = await textRows(
        client,
        `SELECT list.position, ${told('element.value')} FROM list CROSS JOIN unnest(value) WITH ORDINALITY AS element (value, position)
          ORDER BY list.position, element.position`,
      );
      const lists: Given[] = inserted.map((elements) =>
        elements ? { method: 'array', elements: [] } : { method: 'setNull' },
      );
      for (const [position, text] of rows) {
        const list = lists[Number(position)] as { elements: Given[] };
        list.elements.push(text === null ? { method: 'setNull' } : expected(text!));
      }
      expect(columns[0]).toEqual(lists);
    });
    try {
      await fc.assert(property, { numRuns: 8, examples: [[[[], [null], null, extremes], true]] });
    } finally {
      await client.query('DROP TABLE list');
    }
  });
});
