/** The columns of the comparison with PostgreSQL: each with a few values between which everything happens, nulls apart. */
import type { FieldDefinition } from '@permafrost/core';
import { hasLocale } from '../../../../test/src/postgres/locales';

export interface Kind {
  readonly name: string;
  readonly sqlType: string;
  /** As COPY decodes it. */
  readonly pgType: string;
  readonly field: Omit<FieldDefinition, 'name'>;
  /** As conditions take them. */
  readonly values: readonly unknown[];
  /** A value as SQL, without its type. Default: its text. */
  readonly text?: (value: unknown) => string;
}

const labels = ['zeta', 'alpha', 'Übel'];
const moment = (value: unknown): string => {
  if (typeof value === 'number') return value > 0 ? 'infinity' : '-infinity';
  const micro = value as bigint;
  const seconds = micro / 1_000_000n - (micro % 1_000_000n < 0n ? 1n : 0n);
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${text}.${String(micro - seconds * 1_000_000n).padStart(6, '0')}+00`;
};
const moments = [0n, -1n, 999n, 1000n, 1_700_000_000_123_456n, 1_700_000_000_123_457n, 1 / 0, -1 / 0];

/** Words between which LIKE, collations and case make differences; of every size in bytes, and with what patterns are made of. */
export const words = [
  '',
  'a',
  'A',
  'ab',
  'aB',
  'äb',
  'Äb',
  'Z',
  '%',
  '_',
  'a_b',
  'a\\b',
  '\\',
  'a%',
  'é',
  'É',
  'e\u0301',
  '😀',
  '😀a',
  '\uffff',
  'a\nb',
  'ss',
  'ß',
  'aab',
  'abab',
  "a'b",
  'K',
  '\u212a',
  'İ',
  'ΑΣ',
  'ασ',
  'ας',
  'I',
  'ı',
  'b😀',
  'aé',
  `${'ab'.repeat(60)}c`,
];

/** Text as the C library orders it, where it knows the language. */
const english: Kind = {
  name: 'english',
  sqlType: 'text COLLATE "en_US.utf8"',
  pgType: 'text',
  field: { type: 'text', collation: 'en_US.utf8', ranked: true, lowerCase: { rule: 'code-points' } },
  values: words,
};

export const scalarKinds: readonly Kind[] = [
  { name: 'small', sqlType: 'int2', pgType: 'int2', field: { type: 'int16' }, values: [-32768, -1, 0, 1, 32767] },
  {
    name: 'whole',
    sqlType: 'int4',
    pgType: 'int4',
    field: { type: 'int32' },
    values: [-(2 ** 31), -7, 0, 7, 2 ** 31 - 1],
  },
  {
    name: 'wide',
    sqlType: 'int8',
    pgType: 'int8',
    field: { type: 'int64' },
    values: [
      -(2n ** 63n),
      -(2n ** 53n) - 1n,
      -(2n ** 53n),
      -1n,
      0n,
      5n,
      2n ** 32n,
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
    ],
  },
  {
    name: 'single',
    sqlType: 'float4',
    pgType: 'float4',
    field: { type: 'float32' },
    values: [-1 / 0, -1.5, -0, 0, Math.fround(0.1), 16777216, 1 / 0, Number.NaN],
  },
  {
    name: 'double',
    sqlType: 'float8',
    pgType: 'float8',
    field: { type: 'float64' },
    values: [-1 / 0, -1.5, -0, 0, 0.1, 5e-324, 2 ** 53, 1 / 0, Number.NaN],
  },
  {
    name: 'price',
    sqlType: 'numeric',
    pgType: 'numeric',
    field: { type: 'decimal' },
    values: [
      '0',
      '0.00',
      '-0.5',
      '1.5',
      '1.50',
      '1.51',
      '9007199254740993',
      '9007199254740992.5',
      '-9007199254740993',
      '1e-130',
      '123456789012345678901234567890.5',
      'NaN',
      'Infinity',
      '-Infinity',
    ],
  },
  { name: 'flag', sqlType: 'bool', pgType: 'bool', field: { type: 'boolean' }, values: [true, false] },
  {
    name: 'guid',
    sqlType: 'uuid',
    pgType: 'uuid',
    field: { type: 'uuid' },
    values: [
      '00000000-0000-0000-0000-000000000000',
      '00000000-0000-0000-0000-000000000001',
      '7fffffff-0000-4000-8000-000000000001',
      '80000000-0000-4000-8000-000000000001',
      'FFFFFFFF-ffff-ffff-ffff-ffffffffffff',
    ],
  },
  {
    name: 'blob',
    sqlType: 'bytea',
    pgType: 'bytea',
    field: { type: 'bytes' },
    values: ['', '00', '0000', '7f', '80', 'ff', 'ff00'].map((hex) => Buffer.from(hex, 'hex')),
    text: (value) => `\\x${(value as Buffer).toString('hex')}`,
  },
  {
    name: 'day',
    sqlType: 'date',
    pgType: 'date',
    field: { type: 'date' },
    values: ['1970-01-01', '1969-12-31', '2024-02-29', '0044-03-15 BC', '12024-01-01', 1 / 0, -1 / 0],
    text: (value) => (typeof value === 'number' ? moment(value) : String(value)),
  },
  {
    name: 'wall',
    sqlType: 'timestamp',
    pgType: 'timestamp',
    field: { type: 'timestamp' },
    values: moments,
    text: moment,
  },
  {
    name: 'moment',
    sqlType: 'timestamptz',
    pgType: 'timestamptz',
    field: { type: 'timestamptz' },
    values: moments,
    text: moment,
  },
  {
    name: 'clock',
    sqlType: 'time',
    pgType: 'time',
    field: { type: 'time' },
    values: ['00:00:00', '00:00:00.000001', '12:34:56', '23:59:59.999999', '24:00:00'],
  },
  {
    name: 'span',
    sqlType: 'interval',
    pgType: 'interval',
    field: { type: 'interval' },
    values: ['PT0S', 'P1M', 'P30D', 'P29DT24H', 'P1M-30DT0.000001S', 'P-1Y', 'P-360D', 'PT-0.000001S'],
  },
  { name: 'mood', sqlType: 'mood', pgType: 'enum', field: { type: 'enum', values: labels }, values: labels },
  {
    name: 'bytewise',
    sqlType: 'text COLLATE "C"',
    pgType: 'text',
    field: { type: 'text', collation: 'C', lowerCase: { rule: 'ascii' } },
    values: words,
  },
  {
    name: 'icu',
    sqlType: 'text COLLATE "en-x-icu"',
    pgType: 'text',
    field: { type: 'text', collation: 'en-x-icu', ranked: true, lowerCase: { rule: 'text' } },
    values: words,
  },
  { name: 'own', sqlType: 'varchar', pgType: 'varchar', field: { type: 'text', collation: 'C' }, values: words },
  // Few enough to lie in a string table.
  {
    name: 'repeated',
    sqlType: 'text',
    pgType: 'text',
    field: { type: 'text', collation: 'C' },
    values: ['', 'a', 'aB', 'Äb', 'é', '😀a', 'a_b'],
  },
  {
    name: 'squeezed',
    sqlType: 'text',
    pgType: 'text',
    field: { type: 'text', collation: 'C', compressed: true },
    values: words,
  },
  ...(hasLocale('en_US') ? [english] : []),
  {
    name: 'loose',
    sqlType: 'text COLLATE ignoring_case',
    pgType: 'text',
    field: { type: 'text', collation: 'ignoring_case', ranked: true, looseEquality: true },
    values: words,
  },
  {
    name: 'citext',
    sqlType: 'citext',
    pgType: 'citext',
    field: {
      type: 'text',
      collation: 'citext',
      ranked: true,
      looseEquality: 'lower-case',
      lowerCase: { rule: 'code-points' },
    },
    values: words,
  },
];

/** Those of the named kinds that there are here. */
export function present(...names: readonly string[]): string[] {
  return names.filter((name) => scalarKinds.some((kind) => kind.name === name));
}

/** Lists of the values of a kind; not of each kind of text. */
export const listedKinds: readonly Kind[] = scalarKinds.filter(
  ({ name, field }) => !field.ranked && !['own', 'repeated', 'squeezed'].includes(name),
);

export const jsonTexts = [
  'null',
  'true',
  '1',
  '1.0',
  '"1"',
  '[]',
  '{}',
  '[1]',
  '[1, 1, 2]',
  '[[1, 2], 3]',
  '[1, [2]]',
  '{"a": 1}',
  '{"a": 1.00, "b": [1, {"c": null}]}',
  '{"a": {"b": {"c": "x"}}}',
  '{"a": {"b": {}}}',
  '[{"a": 1}, {"a": 2, "b": 3}]',
  '{"__proto__": 1}',
  '{"": ""}',
  '[null, false]',
  '9007199254740993',
  '9007199254740992',
  '[9007199254740993]',
  '0.1000000000000000055511151231257827',
  '{"a": 1e2}',
  '[100]',
  '"1e2"',
  '{"a": []}',
  '{"a": null}',
];

/** SQL's literal of a value of a kind, with its type. */
export function literal(kind: Kind, value: unknown, sqlType = kind.sqlType): string {
  return `${quoted(value === null ? null : (kind.text ?? String)(value))}::${sqlType.replace(/ COLLATE .*/, '')}`;
}

export function quoted(text: string | null): string {
  return text === null ? 'NULL' : `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
