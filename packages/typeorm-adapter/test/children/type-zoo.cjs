/**
 * Run with a database's URL and an empty folder: fills a table with every exportable type at its limits, exports it, and compares each
 * value with what TypeORM's `find` gives in this very process. A process of its own, since time zones are a process's.
 * Prints JSON: { compared, matches, differences, timeZone, records }, where `records` is what TypeORM found. Run with the folder alone, it
 * only reads.
 */
const { isDeepStrictEqual, inspect } = require('node:util');
const { materialize } = require('@permafrost/core');
const { exportSnapshot, openStore } = require('@permafrost/typeorm-adapter');
const { DataSource, EntitySchema } = require('typeorm');

const floats = [
  '0.1',
  '-0',
  '16777217',
  '33554448',
  '8388609.5',
  '1e-45',
  '1.1754944e-38',
  '3.4028235e+38',
  '7.0385307e-26',
  'NaN',
  'Infinity',
  '-Infinity',
];
const dates = [
  '2024-02-29',
  '2011-12-30',
  '1883-11-18',
  '1900-01-01',
  '0044-03-15',
  '0099-12-31',
  '0001-01-01',
  '0044-03-15 BC',
  '0001-02-28 BC',
  '12024-02-29',
  'infinity',
  '-infinity',
];
const times = [
  '2024-02-29 12:34:56.789123',
  '2024-03-10 02:30:00',
  '2024-11-03 01:30:00.001',
  '1969-12-31 23:59:59.999999',
  '1883-11-18 12:01:30',
  '2024-03-31 02:59:59.9999',
  '0099-12-31 23:59:59.5',
  '0044-03-15 12:00:00 BC',
  '12024-02-29 01:02:03',
  '0001-01-01 00:00:00',
  'infinity',
  '-infinity',
];
const texts = [
  '',
  'ascii',
  'Grüße',
  '日本語',
  '😀 astral',
  ' blanks ',
  'a"b\\c,d{e}',
  'NULL',
  'null',
  'x'.repeat(70_000),
  'ÿ'.repeat(300),
  'line\nbreak',
];
const documents = [
  'null',
  '{}',
  '[]',
  '0',
  '"text"',
  'true',
  '{"b":1,"a":[1,{"c":null}],"ä":"😀"}',
  '[1.5,12345678901234567890,1e400]',
  '{"__proto__":1,"constructor":2}',
];

/** Columns: TypeORM's options, and the values as PostgreSQL reads them. */
const columns = {
  smallint: [{ type: 'smallint' }, ['0', '-32768', '32767']],
  integer: [{ type: 'int' }, ['0', '-2147483648', '2147483647']],
  number: [{ type: Number }, ['0', '-1', '2147483647']],
  bigint: [{ type: 'bigint' }, ['0', '-9223372036854775808', '9223372036854775807', '9007199254740993', '-1']],
  real: [{ type: 'real' }, floats],
  double: [{ type: 'double precision' }, [...floats, '5e-324', '1.7976931348623157e308', '0.30000000000000004']],
  numeric: [
    { type: 'numeric' },
    [
      '0',
      '123.4500',
      '-0.00',
      '1e-50',
      '99999999999999999999.123',
      '9007199254740993',
      'NaN',
      'Infinity',
      '-Infinity',
      '0.000001',
    ],
  ],
  money2: [{ type: 'decimal', precision: 12, scale: 2 }, ['0', '-1234567890.5', '0.01']],
  boolean: [{ type: 'boolean' }, ['t', 'f']],
  flag: [{ type: Boolean }, ['t', 'f']],
  text: [{ type: 'text' }, texts],
  name: [{ type: String, length: 100 }, texts.filter((text) => text.length <= 100)],
  fixed: [{ type: 'char', length: 5 }, ['ab', '', 'abcde', 'ä']],
  bytes: [{ type: 'bytea' }, ['\\x', '\\x00ff10', '\\x5c']],
  stamp: [{ type: 'timestamp' }, times],
  shortStamp: [{ type: 'timestamp', precision: 0 }, times],
  dateTime: [{ type: Date }, times],
  instant: [{ type: 'timestamptz' }, times],
  zonedInstant: [
    { type: 'timestamp with time zone' },
    ['2024-02-29 12:34:56.7+05:45', '1800-01-01 00:00:00+00', '2024-07-01 00:00:00-08'],
  ],
  day: [{ type: 'date' }, dates],
  utcDay: [{ type: 'date', utc: true }, dates],
  uuid: [
    { type: 'uuid' },
    [
      '123E4567-E89B-12D3-A456-426614174000',
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ],
  ],
  label: [{ type: 'enum', enum: ['z', 'a', 'b c', 'd,e', '7'] }, ['a', 'z', 'b c', 'd,e', '7']],
  level: [{ type: 'enum', enum: { low: 1, high: 10, other: 'other' } }, ['1', '10', 'other']],
  simple: [{ type: 'simple-enum', enum: ['on', 'off'] }, ['on', 'off']],
  json: [{ type: 'json' }, [...documents, '{"b":1,"a":2,"b":3}']],
  jsonb: [{ type: 'jsonb' }, documents.map((text) => text.replace('1e400', '1e300'))],
  simpleArray: [{ type: 'simple-array' }, ['a,b', '', 'a', ',']],
  simpleJson: [{ type: 'simple-json' }, documents],
  smallints: [{ type: 'smallint', array: true }, list(['1', null, '-32768'])],
  integers: [{ type: 'int', array: true }, list(['1', null, '-2147483648'])],
  bigints: [{ type: 'bigint', array: true }, list(['9007199254740993', null, '-1'])],
  reals: [{ type: 'real', array: true }, list([...floats, null])],
  doubles: [{ type: 'float8', array: true }, list([...floats, null])],
  numerics: [
    { type: 'numeric', array: true },
    list(['1.10', null, 'NaN', 'Infinity', '12345678901234567890.5', '1e-400']),
  ],
  booleans: [{ type: 'boolean', array: true }, list(['t', null, 'f'])],
  textList: [{ type: 'text', array: true }, list([...texts, null])],
  names: [{ type: 'varchar', array: true }, list(['a', null, 'ä"\\'])],
  fixeds: [{ type: 'char', length: 3, array: true }, list(['a', null])],
  bytesList: [{ type: 'bytea', array: true }, list(['\\x00ff', null, '\\x'])],
  stamps: [{ type: 'timestamp', array: true }, list([...times, null])],
  instants: [{ type: 'timestamptz', array: true }, list([...times, null])],
  days: [{ type: 'date', array: true }, list([...dates, null])],
  uuids: [{ type: 'uuid', array: true }, list(['123e4567-e89b-12d3-a456-426614174000', null])],
  labels: [
    { type: 'enum', enum: ['z', 'a', 'b c', 'd,e', 'q"', 'b\\', 'NULL', ''], array: true },
    list(['a', 'z', 'b c', 'd,e', 'q"', 'b\\', 'NULL', '', null]),
  ],
  levels: [{ type: 'enum', enum: { low: 1, high: 10, other: 'other' }, array: true }, list(['1', 'other', '10', null])],
  ...text('money', ['1234.5', '-0.01']),
  ...text('bit', ['101'], { length: 3 }),
  ...text('varbit', ['101', '']),
  ...text('bit varying', ['1']),
  ...text('citext', ['Ab', '']),
  ...text('time', ['04:05:06', '24:00:00', '00:00:00.000001', '23:59:59.5']),
  ...text('time without time zone', ['04:05:06.789']),
  ...text('timetz', ['04:05:06.789-08', '00:00:00+05:45:30']),
  ...text('time with time zone', ['24:00:00+00']),
  hugeInterval: [{ type: 'interval' }, ['3000000:00:00', '1 day']],
  ...text('interval', [
    '-1 mons +2 days -00:00:00.5',
    '1 mon -1 days',
    '-1 years -1 mons +1 day 1:00',
    '1 day 00:00:01',
    '0.1 sec',
    '1 year 2 mons -3 days 04:05:06.789012',
    '-00:00:01.5',
    '0',
    '-1 years',
    '100000:00:00.000001',
  ]),
  ...text('point', ['(1,2.5)', '(-0,Infinity)', '(NaN,1e-300)']),
  ...text('line', ['{1,-1,0}']),
  ...text('lseg', ['[(0,0),(1,1)]']),
  ...text('box', ['(1,1),(0,0)']),
  ...text('path', ['[(0,0),(1,1)]', '((0,0),(1,1))']),
  ...text('polygon', ['((0,0),(1,1),(1,0))']),
  ...text('circle', ['<(1,2),3.5>']),
  ...text('cidr', ['10.0.0.0/8', '2001:db8::/32']),
  ...text('inet', ['10.1.2.3', '10.1.2.3/8', '::1']),
  ...text('macaddr', ['08:00:2b:01:02:03']),
  ...text('macaddr8', ['08:00:2b:01:02:03:04:05']),
  ...text('tsvector', ["'a':1 'it''s':2A", '']),
  ...text('tsquery', ["'a' & !'b'"]),
  ...text('xml', ['<a b="c">ä</a>']),
  ...text('jsonpath', ['$."a"[*] ? (@ > 1)']),
  ...text('int4range', ['[1,6)', 'empty', '(,)']),
  ...text('int8range', ['[1,9007199254740993)']),
  ...text('numrange', ['[1.50,2]']),
  ...text('tsrange', ['[2024-01-01 00:00,2024-01-02 00:00)']),
  ...text('tstzrange', ['[2024-01-01 00:00+00,infinity]']),
  ...text('daterange', ['[2024-01-01,2024-01-31]']),
  ...text('int4multirange', ['{[1,3),[5,8)}', '{}']),
  ...text('int8multirange', ['{[1,3)}']),
  ...text('nummultirange', ['{[1.5,3.0]}']),
  ...text('tsmultirange', ['{[2024-01-01 00:00,2024-01-02 00:00)}']),
  ...text('tstzmultirange', ['{[2024-01-01 00:00+00,infinity]}']),
  ...text('datemultirange', ['{[2024-01-01,2024-01-31]}']),
  ...text('ltree', ['a.b.c', '']),
  ...text('cube', ['(1,2,3)', '(1,2),(3,4)', '()']),
  ...text('hstore', ['"a"=>"1", "b\\"c"=>NULL, "NULL"=>"NULL"', ''], { hstoreType: 'object' }),
  hstoreText: [{ type: 'hstore', hstoreType: 'string' }, ['"a"=>"1", "b"=>NULL', '']],
  grid: [{ type: 'int', array: true }, ['{{1,2},{3,NULL}}', '{}', '[0:1]={1,2}']],
  tagged: [{ type: 'int', transformer: tag('a') }, ['1', '-5']],
  taggedTwice: [{ type: 'date', transformer: [tag('a'), tag('b')] }, dates],
  taggedLabels: [{ type: 'enum', enum: ['z', 7], array: true, transformer: tag('c') }, list(['z', '7', null])],
  jsons: [{ type: 'json', array: true }, list([...documents, null])],
  jsonbs: [{ type: 'jsonb', array: true }, list(['{"a":"b\\"c"}', 'null', null])],
};

/** The same of an embedded. */
const partColumns = {
  partDay: [{ type: 'date' }, dates],
  partTagged: [{ type: 'int', transformer: tag('a') }, ['1', '-5']],
  partSpan: [{ type: 'interval' }, ['1 day']],
};

/** Gives fresh objects, and one for null too. */
function tag(name) {
  return { from: (value) => ({ [name]: value }), to: (object) => object[name] };
}

/** A column of a type and one of lists of it. */
function text(type, values, options = {}) {
  return {
    [`${type.replaceAll(' ', '_')}_column`]: [{ type, ...options }, values],
    [`${type.replaceAll(' ', '_')}_list`]: [
      { type, ...options, array: true },
      list([...values, null], type === 'box' ? ';' : ','),
    ],
  };
}

/** No elements, all elements, and one with a bound of its own, as PostgreSQL writes lists. */
function list(elements, separator = ',') {
  const quoted = elements.map((element) => (element === null ? 'NULL' : `"${element.replace(/["\\]/g, '\\$&')}"`));
  return ['{}', `{${quoted.join(separator)}}`, `[5:5]={${quoted[0]}}`];
}

class Zoo {
  get isAnimal() {
    return true;
  }
}
const optionsOf = (some) =>
  Object.fromEntries(Object.entries(some).map(([name, [options]]) => [name, { ...options, nullable: true }]));
const schema = new EntitySchema({
  name: 'Zoo',
  target: Zoo,
  columns: { id: { type: 'int', primary: true }, ...optionsOf(columns) },
  embeddeds: { part: { schema: new EntitySchema({ name: 'Part', columns: optionsOf(partColumns) }), prefix: '' } },
});

/** Parsers that show which type they were asked for, and the server's text. Not of the key, nor of the text that TypeORM parses as JSON. */
async function replaceParsers(dataSource) {
  const pg = require('pg');
  const types = await dataSource.query(
    "SELECT DISTINCT atttypid::int AS oid FROM pg_attribute WHERE attrelid = 'zoo'::regclass AND attnum > 0 AND atttypid NOT IN ('int'::regtype, 'text'::regtype)",
  );
  const isTime = (oid) => [1114, 1115, 1184, 1185].includes(oid);
  // Strings would become invalid Dates.
  for (const { oid } of types)
    pg.types.setTypeParser(oid, isTime(oid) ? (text) => [text] : (text) => `${oid}: ${text}`);
}

/** Only reads what an export has left, in a process without pg. Prints JSON: { records, drivers }. */
async function read(directory) {
  const store = await openStore({ directory, entities: [schema] });
  const records = JSON.stringify([...store.snapshot.all(Zoo)]);
  store.close();
  const drivers = Object.keys(require.cache).filter((file) => /[\\/]pg[\\/]lib[\\/]/.test(file));
  process.stdout.write(JSON.stringify({ records, drivers }));
}

async function main(url, directory) {
  const { replacesParsers, ...given } = JSON.parse(process.env.ZOO_OPTIONS ?? '{}');
  const options = { type: 'postgres', url, entities: [schema], ...given };
  const dataSource = new DataSource({ ...options, synchronize: true, dropSchema: true });
  await dataSource.initialize();
  const rowCount = Math.max(...Object.values(columns).map(([, values]) => values.length)) + 1;
  for (let row = 0; row < rowCount; row++) {
    const all = { ...columns, ...partColumns };
    const names = Object.keys(all).filter((name) => row < all[name][1].length);
    const values = names.map((name) => all[name][1][row]);
    const places = names.map((_, place) => `$${place + 2}`);
    const list = ['id', ...names].map((name) => `"${name}"`);
    await dataSource.query(`INSERT INTO zoo (${list.join(', ')}) VALUES (${['$1', ...places].join(', ')})`, [
      row,
      ...values,
    ]);
  }

  if (replacesParsers) await replaceParsers(dataSource);
  await exportSnapshot(dataSource, { directory, entities: [schema] });
  const store = await openStore({ directory, entities: [schema] });
  const inKeyOrder = { order: { id: 'ASC' } };
  const found = await dataSource.getRepository(Zoo).find(inKeyOrder);
  const differences = [];
  let compared = 0;
  let matches = 0;
  const compare = (what, actual, expected) => {
    compared++;
    if (!isDeepStrictEqual(actual, expected))
      differences.push(`${what}: ${inspect(actual, { depth: 4 })} instead of ${inspect(expected, { depth: 4 })}`);
  };
  for (const expected of found) {
    const record = store.snapshot.get(Zoo, expected.id);
    for (const name of Object.keys(columns)) {
      compare(`${name} of ${expected.id}`, record[name], expected[name]);
      const [once, again] = [record[name], record[name]];
      const isShared = typeof once === 'object' && once !== null && once === again;
      compare(`the same object of ${name} of ${expected.id}`, isShared, false);
    }
    compare(`members of ${expected.id}`, Object.keys(materialize(record)), Object.keys(expected));
    compare(`record ${expected.id}`, materialize(record), expected);
    compare(`JSON of ${expected.id}`, JSON.stringify(record), JSON.stringify(expected));
  }
  // What was read finds what it was read from, or does not, alike: microseconds are lost in Dates, years and eras in texts of dates.
  const [inDatabase, inSnapshot] = [dataSource.getRepository(Zoo), store.getRepository(Zoo)];
  const outcome = (promise) =>
    promise.then(String, (error) => (error.code === 'QUERY_UNSUPPORTED' ? error.code : 'refused'));
  for (const name of Object.keys(columns).filter(
    (key) => !columns[key][0].array && !replacesParsers && !given.extra && !/json|simpleArray|tagged/i.test(key),
  )) {
    for (const expected of found.filter((row) => row[name] !== null)) {
      const where = { [name]: expected[name] };
      const count = await outcome(inDatabase.countBy(where));
      if (Number(count) > 0) matches++;
      const answered = await outcome(inSnapshot.countBy(where));
      // Refused by name: types that core cannot compare, and what the database refuses.
      const isRefused = answered === 'QUERY_UNSUPPORTED';
      if (isRefused && (count === 'refused' || /_column$|hstoreText|hugeInterval/.test(name))) continue;
      compare(`where ${inspect(where)}`, answered, count);
    }
  }
  compare('count', store.snapshot.count(Zoo), rowCount);
  store.close();
  const made = await openStore({ directory, entities: [schema], as: 'entity' });
  const entities = await made.getRepository(Zoo).find(inKeyOrder);
  for (const [place, expected] of found.entries()) compare(`entity ${expected.id}`, entities[place], expected);
  made.close();
  await dataSource.destroy();
  console.log(
    JSON.stringify({
      compared,
      matches,
      differences,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      records: JSON.stringify(found),
    }),
  );
}

const given = process.argv.slice(2);
(given.length === 1 ? read(...given) : main(...given)).catch((error) => {
  console.error(error);
  process.exit(1);
});
