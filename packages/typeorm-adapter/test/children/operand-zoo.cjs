/**
 * Run with a database's URL and an empty folder: compares columns of every type with operands of every kind, in the database and in a
 * snapshot. A process of its own, since time zones are a process's. What one of them refuses the other must refuse with the same error, or
 * the snapshot by name. Prints JSON: { compared, answered, failed, refused, differences }, where `refused` are columns and operands.
 */
const { inspect, isDeepStrictEqual } = require('node:util');
const { runPlan } = require('@permafrost/core');
const { exportSnapshot, openStore } = require('@permafrost/typeorm-adapter');
const {
  Any,
  ArrayContains,
  DataSource,
  EntitySchema,
  ILike,
  In,
  JsonContains,
  LessThan,
  Like,
  MoreThanOrEqual,
  Not,
} = require('typeorm');
const { FindPlanner } = require('../../dist/find/find-plan');

/** Columns: TypeORM's options and the values of rows 1, 2, … */
const columns = {
  smallint: [{ type: 'smallint' }, ['10', '-32768', '32767']],
  integer: [{ type: 'int' }, ['10', '-2147483648', '0', '1']],
  bigint: [{ type: 'bigint' }, ['10', '9007199254740993', '-9223372036854775808', '1700000000000']],
  real: [{ type: 'real' }, ['0.1', 'NaN', 'Infinity', '16777216', '10']],
  double: [{ type: 'float8' }, ['0.1', 'NaN', '-Infinity', '10', '1e300', '5e-324']],
  numeric: [{ type: 'numeric' }, ['10.00', '0.1', 'NaN', 'Infinity', '99999999999999999999']],
  scaled: [{ type: 'decimal', precision: 12, scale: 2 }, ['10', '10.5', '-3']],
  boolean: [{ type: 'boolean' }, ['t', 'f']],
  text: [
    { type: 'text', collation: 'C' },
    ['10', 'abc', 'true', '', '{"a":1}', '{"1","2"}', '1970-01-01T00:00:00.000+00:00', '10.5'],
  ],
  varchar: [{ type: 'varchar', length: 40, collation: 'C' }, ['10', 'ABC', ' 10 ', '0']],
  caseless: [{ type: 'citext' }, ['abc', 'ABC', 'ä', '10', 'a_c']],
  fixed: [{ type: 'char', length: 4, collation: 'C' }, ['10', 'abc', '', 'abcd']],
  bytes: [{ type: 'bytea' }, ['\\x3130', '\\x0102', '\\x', '\\x61626301']],
  uuid: [{ type: 'uuid' }, ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  day: [{ type: 'date' }, ['2024-02-29', '1970-01-01', 'infinity', '0044-03-15 BC', '12024-01-01', '2024-02-09']],
  stamp: [
    { type: 'timestamp' },
    ['2024-02-29 10:11:12.123457', '1970-01-01', '2024-02-29', '2024-07-01 12:00', '-infinity', '2024-03-10 02:30'],
  ],
  instant: [
    { type: 'timestamptz' },
    ['2024-02-29 10:11:12.123457+05', '1970-01-01+00', '2024-02-29+00', '2024-07-01 12:00+00', 'infinity'],
  ],
  time: [{ type: 'time' }, ['10:11', '24:00', '10:11:12.123457', '00:00']],
  label: [{ type: 'enum', enum: ['z', 'a', '10', ''] }, ['z', '10', 'a', '']],
  simple: [{ type: 'simple-array' }, ['10', 'a,b']],
  json: [{ type: 'json' }, ['{"a":1}', '10']],
  jsonb: [{ type: 'jsonb' }, ['{"a": 1}', '10', '"abc"', '[1,2]', 'true']],
  interval: [{ type: 'interval' }, ['1 day', '10 hours', '1 mon']],
  money: [{ type: 'money' }, ['10', '1234.5']],
  inet: [{ type: 'inet' }, ['10.1.2.3', '10.1.2.3/8', '::1', '2001:db8::1/64']],
  cidr: [{ type: 'cidr' }, ['10.0.0.0/8', '2001:db8::/32']],
  macaddr: [{ type: 'macaddr' }, ['08:00:2b:01:02:03']],
  macaddr8: [{ type: 'macaddr8' }, ['08:00:2b:ff:fe:01:02:03']],
  bits: [{ type: 'bit', length: 3 }, ['101', '001']],
  varbits: [{ type: 'varbit' }, ['10', '101', '']],
  range: [{ type: 'int4range' }, ['[1,6)', 'empty', '(,)']],
  days: [{ type: 'daterange' }, ['[2024-02-29,2024-03-10]']],
  numbers: [{ type: 'numrange' }, ['[1.50,2]', '[1.5,2]', 'empty']],
  moments: [{ type: 'tsrange' }, ['[2024-02-29 10:11,2024-03-10 02:30)', 'empty', '(,)']],
  multirange: [{ type: 'int4multirange' }, ['{[1,3),[5,8)}', '{}']],
  document: [{ type: 'tsvector' }, ["'a':1 'b'", '']],
  key: [{ type: 'hstore', hstoreType: 'string' }, ['"a"=>"1", "b"=>NULL']],
  cube: [{ type: 'cube' }, ['(1,2)', '(1,2),(3,4)']],
  pairs: [{ type: 'int', array: true }, ['{{1,2},{3,4}}', '{1,2}', '{}']],
  timetz: [{ type: 'timetz' }, ['10:11:00+00', '10:11:12.5-08:30']],
  point: [{ type: 'point' }, ['(1,2)']],
  xml: [{ type: 'xml' }, ['<a/>']],
  line: [{ type: 'line' }, ['{1,-1,0}']],
  path: [{ type: 'jsonpath' }, ['$.a']],
  tree: [{ type: 'ltree' }, ['a.b', '10', '']],
  integers: [{ type: 'int', array: true }, ['{1,2}', '{}', '{10,NULL}']],
  texts: [{ type: 'text', array: true }, ['{1,2}', '{}', '{abc,NULL}']],
};

/** Strings that mean something to some type. */
const strings = [
  ...['10', ' 10 ', '+10', '-10', '10.5', '1e2', '', 'abc', 'ABC', '0x1F', '1_000', 'NaN', 'inf', '-Infinity', 'null'],
  ...[
    '32768',
    '9999999999',
    '99999999999999999999',
    '1e400',
    '1e-400',
    '3.5e38',
    '.5',
    '5.',
    '0.10',
    '0.1',
    'e5',
    '16777217',
  ],
  ...['t', 'f', ' TRUE ', 'yes', 'of', 'on', 'o', 'no', '2', '1', '0', 'z'],
  ...[
    '2024-02-29',
    '2024-02-30',
    '2024-13-01',
    '2024-2-9',
    '0000-01-01',
    '0044-03-15 BC',
    '12024-01-01',
    'epoch',
    'infinity',
    '-infinity',
  ],
  ...[
    '2024-02-29 10:11:12.1234567',
    '2024-02-29 10:11:12.1234567+05',
    '2024-02-29T10:11:12Z',
    '2024-02-29 10:11',
    '2024-02-29 24:00:00',
  ],
  ...[
    '2024-02-29 24:00:01',
    '2024-02-29 10:60',
    '2024-02-29 10:11:60',
    '1970-01-01T00:00:00.000Z',
    '2024-02-29 00:00-0830',
    '2024-03-10 02:30',
  ],
  ...[
    '10:11',
    '10:11:12.1234567',
    '25:00',
    '24:00:00',
    '00:00',
    '10:11:60',
    '10:11+00',
    '10:11:00+00',
    '10:11:12.5-08:30',
  ],
  ...[
    'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
    '{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11',
    ' a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  ],
  ...['\\x0102', '\\x01 02', '\\xzz', '\\x1', 'abc\\001', 'a\\b', '\\\\', 'a\0b', '\ud800', 'ä', 'abcd ', 'abcde'],
  ...['1 day', '24 hours', '30 days', '10:00:00', '-1 day', '1 mon', 'P1D', '1.5 sec', '$10.00', '$1,234.50', '1234.5'],
  ...[
    '10.1.2.3',
    '10.1.2.3/32',
    '10.1.2.3/8',
    '10.0.0.0/8',
    '::1',
    '0:0::1',
    '2001:DB8::1/64',
    '2001:db8::/32',
    '10.1.2.300',
  ],
  ...['08-00-2B-01-02-03', '08002b010203', '08:00:2b:ff:fe:01:02:03', '101', 'b101', 'x5', '102', 'xg'],
  ...['[1,6)', '[1,5]', '(0,5]', '[6,1]', 'empty', '(,)', '[2024-02-29,2024-03-11)', '[1.5,2]', '[1,1)'],
  ...[
    'a.b',
    'a..b',
    '{"a":1}',
    '{"a": 1.0}',
    '"abc"',
    '[1,2]',
    'true',
    '{1,2}',
    '{',
    '(1,2)',
    '<a/>',
    '$.a',
    '%1%',
    'a_c',
  ],
];
/** As the server writes them. */
const written = [
  ...[
    '["2024-02-29 10:11:00","2024-03-10 02:30:00")',
    '[1.50,2]',
    '{[1,3),[5,8)}',
    '{}',
    "'a':1 'b'",
    '"a"=>"1", "b"=>NULL',
  ],
  ...[
    '{{1,2},{3,4}}',
    '(1, 2)',
    '(1, 2),(3, 4)',
    '20240229',
    '170001231',
    '1700001130',
    '58748980101',
    '00000101',
    '1700000001231',
  ],
];
const operands = [
  ...strings,
  ...written,
  ...[
    10,
    -10,
    10.5,
    0.1,
    1e21,
    Number.POSITIVE_INFINITY,
    -0,
    Number.NaN,
    9007199254740993n,
    1_700_000_000_000,
    true,
    false,
  ],
  ...[
    new Date(0),
    new Date(1_709_201_472_123),
    new Date(Number.NaN),
    new Date(Date.UTC(2024, 1, 29)),
    new Date(Date.UTC(2024, 6, 1, 12)),
    new Date(-62_200_000_000_000),
  ],
  ...[
    { a: 1 },
    { toPostgres: () => '10' },
    [1, 2],
    ['abc', null],
    [],
    Buffer.from([1, 2]),
    new Uint8Array([0x31, 0x30]),
  ],
];

const schema = new EntitySchema({
  name: 'Zoo',
  columns: {
    id: { type: 'int', primary: true },
    ...Object.fromEntries(Object.entries(columns).map(([name, [options]]) => [name, { ...options, nullable: true }])),
  },
});

const operators = {
  equal: (operand) => operand,
  not: (operand) => Not(operand),
  less: (operand) => LessThan(operand),
  atLeast: (operand) => MoreThanOrEqual(operand),
  in: (operand) => In(['', operand].slice(1)),
  any: (operand) => Any([operand]),
  contains: (operand) => ArrayContains([operand]),
  like: (operand) => Like(operand),
  ilike: (operand) => ILike(operand),
  jsonContains: (operand) => JsonContains(operand),
};
const stride = Number(process.env.ZOO_STRIDE ?? 1);
const refusals = new Set(['QUERY_UNSUPPORTED', 'TEXT_ORDER_UNKNOWN']);

async function main(url, directory) {
  const dataSource = await new DataSource({
    type: 'postgres',
    url,
    entities: [schema],
    synchronize: true,
    dropSchema: true,
  }).initialize();
  for (let row = 0; row < 8; row++) {
    const names = Object.keys(columns).filter((name) => row < columns[name][1].length);
    const list = ['id', ...names].map((name) => `"${name}"`);
    const places = list.map((_, place) => `$${place + 1}`);
    await dataSource.query(`INSERT INTO zoo (${list.join(', ')}) VALUES (${places.join(', ')})`, [
      row,
      ...names.map((name) => columns[name][1][row]),
    ]);
  }
  await exportSnapshot(dataSource, { directory, entities: [schema] });
  const store = await openStore({ directory, entities: [schema] });
  const metadata = dataSource.getMetadata('Zoo');
  const planner = new FindPlanner({
    snapshot: store.snapshot,
    dataSource,
    metadatas: [metadata],
    bugCompatible: false,
    strictRelations: false,
  });
  const summary = { compared: 0, answered: 0, failed: 0, refused: {}, differences: [] };
  for (const [name, [{ array }]] of Object.entries(columns)) {
    for (const [operator, make] of Object.entries(operators)) {
      if ((operator === 'contains') !== Boolean(array) && operator !== 'equal') continue;
      if (operator === 'jsonContains' && name !== 'jsonb') continue;
      // All operands for equality, and for the others a few of each kind.
      for (const operand of operands.filter((_, place) => operator === 'equal' || place % stride === 0)) {
        const expected = await outcome(async () =>
          (await dataSource.getRepository('Zoo').findBy({ [name]: make(operand) })).map((row) => row.id).sort(),
        );
        const actual = await outcome(() => {
          const { plan } = planner.plan(metadata, { where: { [name]: make(operand) } }, 'find');
          return [...runPlan(store.snapshot, plan).ordinals].sort();
        });
        summary.compared++;
        if (refusals.has(actual.code)) {
          summary.refused[name] ??= [];
          summary.refused[name].push(`${operator} ${inspect(operand)}: ${inspect(expected)}`);
        } else if (!isDeepStrictEqual(actual, expected)) {
          summary.differences.push(
            `${name} ${operator} ${inspect(operand)}: ${inspect(actual)} instead of ${inspect(expected)}`,
          );
        } else if (Array.isArray(actual)) summary.answered++;
        else summary.failed++;
      }
    }
  }
  store.close();
  await dataSource.destroy();
  process.stdout.write(JSON.stringify(summary));
}

async function outcome(run) {
  try {
    return await run();
  } catch (error) {
    return { name: error.constructor.name, message: error.message, code: error.code };
  }
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
