/** The whole way: a table of every type → binary COPY → snapshot file → proxies that say what the server says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSnapshot, defineSchema, type FieldType, openSnapshot } from '@permafrost/core';
import { type PgTypeName, withConsistentTransaction } from '@permafrost/postgres';
import type { Client } from 'pg';
import { withDatabase } from '../../../test/src/postgres/suite';
import { connect, textRows } from './support';

/** Column, PostgreSQL's type, the field's type, and a random value of it in terms of the row's number n. */
const columns: [name: string, pgType: PgTypeName, field: FieldType, expression: string][] = [
  ['small', 'int2', 'int16', '(random() * 65535 - 32768)::int2'],
  ['wide', 'int8', 'int64', `(random() * 9e18)::int8 - 4500000000000000000`],
  ['single', 'float4', 'float32', '(random() - 0.5)::float4'],
  [
    'double',
    'float8',
    'float64',
    `CASE n % 5 WHEN 0 THEN 'NaN'::float8 WHEN 1 THEN '-Infinity' ELSE exp(random() * 600 - 300) END`,
  ],
  [
    'price',
    'numeric',
    'decimal',
    `CASE n % 7 WHEN 0 THEN 'NaN' WHEN 1 THEN repeat('12345', n)::numeric / 1000 ELSE (random() * 1e6)::numeric(12,2) END`,
  ],
  ['flag', 'bool', 'boolean', 'random() < 0.5'],
  ['note', 'text', 'text', `repeat(chr(65 + n) || 'é😀', n * 3)`],
  ['city', 'varchar', 'text', `(ARRAY['Graz', 'Łódź', 'São Paulo', ''])[1 + n % 4]`],
  ['code', 'bpchar', 'text', `left('c' || n, 4)::char(6)`],
  ['guid', 'uuid', 'uuid', 'gen_random_uuid()'],
  ['blob', 'bytea', 'bytes', `decode(repeat(to_hex(16 + n), n), 'hex')`],
  ['answer', 'json', 'json', `json_build_object('n', n, 'list', ARRAY[n, NULL])`],
  ['document', 'jsonb', 'json', `jsonb_build_array(n, 'ä', NULL)`],
  [
    'day',
    'date',
    'date',
    `CASE n % 9 WHEN 0 THEN 'infinity' WHEN 1 THEN '0044-03-15 BC' ELSE date '1900-01-01' + n * 1000 END`,
  ],
  ['wall', 'timestamp', 'timestamp', `timestamp '1066-10-14 12:00:00.000001' + n * interval '12 years 1 microsecond'`],
  [
    'moment',
    'timestamptz',
    'timestamptz',
    `CASE n % 9 WHEN 0 THEN '-infinity' ELSE timestamptz '1969-12-31 23:59:59.999999+00' + n * interval '1 day' END`,
  ],
  [
    'clock',
    'time',
    'time',
    `CASE n % 9 WHEN 0 THEN '24:00' ELSE time '00:00:00.5' + n * interval '13 min 1.00071 s' END`,
  ],
  ['span', 'interval', 'interval', `n * interval '5 months -1 day 03:04:05.678901'`],
  ['mood', 'enum', 'enum', `(enum_range(NULL::mood))[1 + n % 3]`],
];
const RECORD_COUNT = 100;

const database = withDatabase('postgres_snapshot');
let client: Client;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'permafrost-postgres-test-'));
  client = await connect(database.url);
  const sqlTypes = columns.map(([name, pgType]) => {
    const sqlType = pgType === 'enum' ? 'mood' : pgType === 'bpchar' ? 'char(6)' : pgType;
    return `${name} ${sqlType}, ${name}_list ${sqlType}[]`;
  });
  // One value in eight is NULL; lists repeat the value around a NULL element, or are empty.
  const values = columns.map(
    ([, , , expression]) =>
      `CASE WHEN random() > 0.125 THEN ${expression} END,
       CASE n % 6 WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE ARRAY[${expression}, NULL, ${expression}] END`,
  );
  await client.query(`
    CREATE TYPE mood AS ENUM ('sad', 'über froh', 'ok');
    CREATE TABLE everything (id int4 PRIMARY KEY, ${sqlTypes}, parent_id int4 REFERENCES everything);
    INSERT INTO everything
      SELECT n, ${values}, CASE WHEN n > 1 THEN 1 + (random() * (n - 2))::int END FROM generate_series(1, ${RECORD_COUNT}) AS n`);
});
afterAll(async () => {
  await client.end();
  rmSync(folder, { recursive: true });
});

test('every value and reference, read back through proxies', async () => {
  const path = join(folder, 'everything.permafrost');
  const enumValues = { values: ['sad', 'über froh', 'ok'] };
  const schema = defineSchema([
    {
      name: 'Everything',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { name: 'parentId', type: 'int32', nullable: true },
        ...columns.flatMap(([name, , type]) => {
          const field = { name, type, nullable: true, ...(type === 'enum' ? enumValues : {}) };
          return [field, { ...field, name: `${name}List`, array: true }];
        }),
      ],
      relations: [
        { name: 'parent', kind: 'to-one', target: 'Everything' },
        { name: 'children', kind: 'to-many', target: 'Everything', inverse: 'parent' },
      ],
    },
  ]);
  const writer = createSnapshot({ path, schema });
  const table = writer.table('Everything');
  await withConsistentTransaction(client, (transaction) =>
    transaction.copyRecords({
      sql: `SELECT id, parent_id, ${columns.map(([name]) => `${name}, ${name}_list`)} FROM everything ORDER BY random()`,
      columns: [
        { name: 'id', pgType: 'int4', setters: [table.column('id')] },
        { name: 'parentId', pgType: 'int4', setters: [table.column('parentId'), ...table.reference('parent')] },
        ...columns.flatMap(([name, pgType]) => [
          { name, pgType, setters: [table.column(name)] },
          { name: `${name}List`, pgType, array: true, setters: [table.column(`${name}List`)] },
        ]),
      ],
      beginRecord: () => table.beginRecord(),
      endRecord: () => table.endRecord(),
    }),
  );
  await writer.finish();

  await client.query(`SET extra_float_digits TO 1; SET intervalstyle TO iso_8601; SET TimeZone TO 'UTC'`);
  const snapshot = await openSnapshot(path, {
    values: { int64: 'string', timestamp: 'microseconds', timestamptz: 'microseconds', json: 'text', interval: 'text' },
  });
  try {
    expect(snapshot.count('Everything')).toBe(RECORD_COUNT);
    for (const [name, pgType, fieldType] of columns) {
      const micro = (value: string) => `round(extract(epoch FROM ${value}) * 1000000)`;
      const told = (value: string) => (pgType.startsWith('timestamp') ? micro(value) : value);
      const rows = await textRows(
        client,
        `SELECT id, ${told(name)},
                CASE WHEN ${name}_list IS NULL THEN NULL ELSE (SELECT coalesce(json_agg(${told('element')}::text), '[]') FROM unnest(${name}_list) AS element) END
           FROM everything ORDER BY id`,
      );
      for (const [id, value, list] of rows) {
        const record = snapshot.get('Everything', Number(id))!;
        const expectedList = list === null ? null : (JSON.parse(list!) as (string | null)[]);
        expect({ id, [name]: record[name] }).toEqual({ id, [name]: expectedValue(fieldType, value!) });
        const actualList = record[`${name}List`] as ArrayLike<unknown> | null;
        expect(actualList === null ? null : Array.from(actualList)).toEqual(
          expectedList?.map((element) =>
            expectedValue(fieldType, pgType === 'bpchar' && element !== null ? element.padEnd(6) : element),
          ) ?? null,
        );
      }
    }
    const parents = await textRows(
      client,
      'SELECT id, parent_id, (SELECT count(*) FROM everything AS c WHERE c.parent_id = p.id) FROM everything AS p',
    );
    for (const [id, parentId, childCount] of parents) {
      const record = snapshot.get('Everything', Number(id)) as any;
      expect([record.parentId, record.parent?.id ?? null]).toEqual(
        parentId === null ? [null, null] : [Number(parentId), Number(parentId)],
      );
      expect(record.children.length).toBe(Number(childCount));
    }
    expect(await snapshot.verify()).toEqual([]);
  } finally {
    snapshot.close();
  }
});

/** What a field of a type gives back for the server's text. */
function expectedValue(type: FieldType, told: string | null): unknown {
  if (told === null) return null;
  switch (type) {
    case 'int16':
    case 'float64':
      return Number(told);
    case 'float32':
      return Math.fround(Number(told));
    case 'boolean':
      return told === 't' || told === 'true';
    case 'bytes':
      return new Uint8Array(Buffer.from(told.slice(2), 'hex'));
    case 'date':
      return told.endsWith('infinity') ? Number(told.replace('infinity', 'Infinity')) : told;
    case 'timestamp':
    case 'timestamptz':
      return told === '-Infinity' ? -(2n ** 63n) : BigInt(told);
    default:
      return told;
  }
}
