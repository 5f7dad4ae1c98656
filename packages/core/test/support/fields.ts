/** Fields of every type: what may be given for them, what must come back, and how they compare. The models of the tests use it. */
import fc from 'fast-check';
import { MAX_TIME } from '../../src/bytes/time';
import { canBeKey, type FieldType, fieldTypes, integerRanges } from '../../src/schema/field-types';
import type { FieldSchema } from '../../src/schema/schema';
import { NumericArrayView, type TypedArray } from '../../src/structure/numeric-array';
import { anyBytes, anyInt64, anyText } from './property';

export const enumLabels = ['low', 'mid', 'élevé', '', '__proto__'];
export const keyTypes = fieldTypes.filter(canBeKey);

/** A schema field of a type, with labels where it needs them. */
export function fieldOf(
  name: string,
  type: FieldType,
  { array = false, nullable = false, set = false, map }: Partial<Omit<FieldSchema, 'name' | 'type'>> = {},
): FieldSchema {
  return {
    name,
    type,
    array,
    nullable,
    ...(type === 'enum' ? { values: enumLabels } : {}),
    ...(set ? { set } : {}),
    ...(map === undefined ? {} : { map }),
  };
}

/** Types of arrays of numbers without nulls, with the typed arrays they are given back as. */
export const typedArrays = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
};
export const numericTypes = Object.keys(typedArrays) as (keyof typeof typedArrays)[];

/** A typed array of values as a field of the type takes them. */
export function typedArrayOf(type: FieldType, values: readonly unknown[]): TypedArray {
  const Typed = typedArrays[type as keyof typeof typedArrays] as unknown as { from(list: unknown[]): TypedArray };
  return Typed.from(values.map((value) => givenBack(type, value)));
}

/** Types that a set may hold, and those that the keys of a map may have. */
export const setTypes = keyTypes.filter((type) => !['bytes', 'timestamp', 'timestamptz'].includes(type));
export const mapKeyTypes = setTypes.filter((type) => type !== 'enum');

const within = (type: FieldType) => {
  const { minimum, maximum } = integerRanges[type]!;
  return fc.oneof(fc.bigInt({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum, 0n, 1n));
};
const small = (type: FieldType) => within(type).map(Number);
const float64 = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, 1 / 0, -1 / 0, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2),
);
/** Dates that PostgreSQL and JavaScript both have. */
const dateText = fc.oneof(
  fc
    .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  fc.constantFrom('0001-01-01', '0044-03-15 BC', '12024-02-29', '5881580-07-10', 1 / 0, -1 / 0),
);
const timestamp = fc.oneof(
  fc.date({ noInvalidDate: true }),
  anyInt64,
  fc.constantFrom(1 / 0, -1 / 0, new Date(-1), -1n, -999n, -1000n, 1_700_000_000_123_456n),
);
/** Times with two, three or more parts; the model reads their digits as a number, zeros at the end filled in. */
const timeText = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: MAX_TIME }), fc.nat(6))
    .map(([microseconds, digits]) => clockText(Math.floor(microseconds / 10 ** digits) * 10 ** digits)),
  fc.constantFrom(
    '00:00',
    '00:00:00',
    '24:00:00',
    '24:00',
    '23:59:59.999999',
    '12:34:56.7',
    '09:05:00.000001',
    '01:02:03.100',
  ),
);

function clockText(microseconds: number): string {
  const text = new Date(Math.floor(microseconds / 1000)).toISOString();
  if (microseconds === MAX_TIME) return '24:00:00';
  return `${text.slice(11, 23)}${String(microseconds % 1000).padStart(3, '0')}`;
}

/** The digits of a time with six behind the point, as a number: in the order of times. */
const clockDigits = (text: string): number => {
  const [clock, fraction = ''] = text.split('.');
  return Number(`${clock!.replaceAll(':', '').padEnd(6, '0')}${fraction.padEnd(6, '0')}`);
};

function timeBack(text: string): string {
  const [clock, fraction = ''] = text.split('.');
  const digits = fraction.replace(/0+$/, '');
  return `${clock!.length === 5 ? `${clock}:00` : clock}${digits === '' ? '' : `.${digits}`}`;
}

const int32 = fc.oneof(fc.integer(), fc.integer({ min: -30, max: 30 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31)));
const few = fc.integer({ min: -2000, max: 2000 });
/** Intervals as parts, as amounts of every unit, and as ISO 8601 text. */
const interval = fc.oneof(
  fc.record({ months: int32, days: int32, microseconds: fc.maxSafeInteger() }),
  fc.record(
    {
      years: few,
      months: few,
      weeks: few,
      days: few,
      hours: few,
      minutes: few,
      seconds: few,
      milliseconds: few.map((microseconds) => microseconds / 1000),
      microseconds: few,
    },
    { requiredKeys: [] },
  ),
  fc
    .tuple(
      few,
      few,
      few,
      fc.option(few),
      few,
      few.chain((whole) => fc.nat(999).map((digits) => `${whole}.${digits}`)),
    )
    .map(
      ([years, months, days, weeks, minutes, seconds]) =>
        `P${years}Y${months}M${weeks === null ? '' : `${weeks}W`}${days}DT${minutes}M${seconds}S`,
    ),
  fc.constantFrom('P1Y', 'PT0S', 'P-1M-2DT-0.000001S', 'PT-5H30M', 'PT9007199254.740991S', {}),
);

/** The parts by adding the microseconds of each amount up as BigInts. */
function intervalBack(value: unknown): { months: number; days: number; microseconds: number } {
  const amounts: [unit: string, amount: string][] = [];
  if (typeof value === 'string') {
    const [date, clock = ''] = value.slice(1).split('T');
    for (const [, amount, unit] of date!.matchAll(/([-\d]+)([YMWD])/g)) amounts.push([`date ${unit}`, amount!]);
    for (const [, amount, unit] of clock.matchAll(/([-\d.]+)([HMS])/g)) amounts.push([`clock ${unit}`, amount!]);
  } else for (const [unit, amount] of Object.entries(value as object)) amounts.push([unit, String(amount)]);
  let [months, days, microseconds] = [0, 0, 0n];
  for (const [unit, amount] of amounts) {
    if (unit === 'years' || unit === 'date Y') months += 12 * Number(amount);
    else if (unit === 'months' || unit === 'date M') months += Number(amount);
    else if (unit === 'weeks' || unit === 'date W') days += 7 * Number(amount);
    else if (unit === 'days' || unit === 'date D') days += Number(amount);
    else microseconds += wholeMicroseconds(amount, microsecondDigits[unit]!);
  }
  return { months, days, microseconds: Number(microseconds) };
}

/** For each unit of the clock its microseconds, as factor and zeros. */
const microsecondDigits: Record<string, [factor: bigint, digits: number]> = {
  hours: [3600n, 6],
  minutes: [60n, 6],
  seconds: [1n, 6],
  milliseconds: [1n, 3],
  microseconds: [1n, 0],
  'clock H': [3600n, 6],
  'clock M': [60n, 6],
  'clock S': [1n, 6],
};

function wholeMicroseconds(amount: string, [factor, digits]: [factor: bigint, digits: number]): bigint {
  const [whole, fraction = ''] = amount.replace('-', '').split('.');
  return BigInt(whole! + fraction.padEnd(digits, '0')) * factor * (amount.startsWith('-') ? -1n : 1n);
}

export const decimalText = fc.oneof(
  fc.tuple(fc.maxSafeInteger(), fc.nat(20)).map(([coefficient, scale]) => pointed(String(coefficient), scale)),
  fc
    .tuple(fc.bigInt(-(10n ** 60n), 10n ** 60n), fc.nat(200))
    .map(([coefficient, scale]) => pointed(String(coefficient), scale)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '0.00',
    '-0.10',
    'NaN',
    'Infinity',
    '-Infinity',
    '.5',
    '5.',
    '1e-7',
    '1E+3',
    '+7',
    '007',
    '9007199254740991',
    '9007199254740992',
    `1${'0'.repeat(300)}`,
    `0.${'0'.repeat(126)}1`,
    `0.${'0'.repeat(127)}1`,
  ),
);

function pointed(digits: string, scale: number): string {
  const negative = digits.startsWith('-');
  const padded = digits.replace('-', '').padStart(scale + 1, '0');
  const text = scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  return negative ? `-${text}` : text;
}

/** JavaScript values that a field of the type takes. */
export const valuesOf: Record<FieldType, fc.Arbitrary<unknown>> = {
  int8: small('int8'),
  int16: small('int16'),
  int32: small('int32'),
  uint8: small('uint8'),
  uint16: small('uint16'),
  uint32: small('uint32'),
  int64: fc.oneof(anyInt64, fc.maxSafeInteger(), anyInt64.map(String)),
  uint64: fc.oneof(within('uint64'), within('uint64').map(String), fc.maxSafeNat()),
  float32: float64.map(Math.fround),
  float64,
  boolean: fc.boolean(),
  text: anyText,
  bytes: anyBytes(),
  timestamp,
  timestamptz: timestamp,
  date: dateText,
  time: timeText,
  interval,
  decimal: fc.oneof(decimalText, fc.maxSafeInteger(), anyInt64),
  uuid: fc.tuple(fc.uuid(), fc.boolean()).map(([uuid, upper]) => (upper ? uuid.toUpperCase() : uuid)),
  enum: fc.constantFrom(...enumLabels),
  json: fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null),
};

/** Values that a field takes, whatever it holds: one value, a list, a set or a map. Null and undefined are not among them. */
export function valuesOfField({ type, array, set, map }: FieldSchema): fc.Arbitrary<unknown> {
  const element = fc.option(valuesOf[type], { freq: 4 });
  if (map !== undefined) {
    const entries = fc.array(fc.tuple(valuesOf[map], element), { maxLength: 5 });
    return fc.oneof(
      entries,
      entries.map((list) => new Map(list)),
    );
  }
  if (typeof array === 'string') {
    const numbers = fc.array(valuesOf[type], { maxLength: 40 });
    return fc.oneof(
      numbers,
      numbers.map((list) => typedArrayOf(type, list)),
    );
  }
  const elements = fc.array(element, { maxLength: 5 });
  if (set)
    return fc.oneof(
      elements,
      elements.map((list) => new Set(list)),
    );
  return array ? elements : valuesOf[type];
}

/** What the field gives back, by default representations, for a value it was given. */
export function givenBackBy({ type, array, set, map }: FieldSchema, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  const back = (element: unknown) => (element === null ? null : givenBack(type, element));
  if (map !== undefined)
    return new Map(
      [...(value as Iterable<[unknown, unknown]>)].map(([key, element]) => [givenBack(map, key), back(element)]),
    );
  if (set) return new Set([...(value as Iterable<unknown>)].map(back));
  if (typeof array === 'string') return typedArrayOf(type, [...(value as Iterable<unknown>)]);
  return array ? (value as unknown[]).map(back) : back(value);
}

/** What JSON shows for a value that was given back. */
export const inJson = (value: unknown): unknown =>
  value instanceof Set || value instanceof Map || (ArrayBuffer.isView(value) && !Buffer.isBuffer(value))
    ? [...(value as Iterable<unknown>)]
    : value;

/** Microseconds of a timestamp given in any form; the limits of int64 stand for the infinities. */
export function microsecondsOf(value: unknown): bigint {
  if (value === 1 / 0) return 2n ** 63n - 1n;
  if (value === -1 / 0) return -(2n ** 63n);
  return value instanceof Date ? BigInt(value.getTime()) * 1000n : (value as bigint);
}

function timestampBack(value: unknown): unknown {
  const microseconds = microsecondsOf(value);
  if (microseconds === 2n ** 63n - 1n) return 1 / 0;
  if (microseconds === -(2n ** 63n)) return -1 / 0;
  const remainder = ((microseconds % 1000n) + 1000n) % 1000n;
  return new Date(Number((microseconds - remainder) / 1000n));
}

/** A decimal as an exact fraction of a power of ten; undefined for NaN and infinities. */
export function fractionOf(text: string): { coefficient: bigint; scale: number } | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return undefined;
  const scale = match[3]!.length - Number(match[4] ?? 0);
  const digits = BigInt(match[2]! + match[3]! || '0') * (match[1] === '-' ? -1n : 1n);
  return scale < 0 ? { coefficient: digits * 10n ** BigInt(-scale), scale: 0 } : { coefficient: digits, scale };
}

function decimalBack(value: unknown): string {
  const fraction = fractionOf(String(value));
  return fraction === undefined ? String(value) : pointed(String(fraction.coefficient), fraction.scale);
}

/** What a field of the type gives back, by default representations, for a value it was given. */
export function givenBack(type: FieldType, value: unknown): unknown {
  switch (type) {
    case 'int64':
    case 'uint64':
      return BigInt(value as bigint);
    case 'timestamp':
    case 'timestamptz':
      return timestampBack(value);
    case 'decimal':
      return decimalBack(value);
    case 'uuid':
      return (value as string).toLowerCase();
    case 'time':
      return timeBack(value as string);
    case 'interval':
      return intervalBack(value);
    case 'json':
      return JSON.parse(JSON.stringify(value));
    default:
      return value;
  }
}

/**
 * The same with Invalid Dates, which timestamps beyond JavaScript's years become, as a text, since they equal nothing; and with sets and maps
 * as lists, since their order counts.
 */
export function comparable(value: unknown): unknown {
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'Invalid Date';
  if (value instanceof NumericArrayView) return value.toTypedArray();
  if (value instanceof Map) return ['Map', ...[...value].map(comparable)];
  if (value instanceof Set) return ['Set', ...[...value].map(comparable)];
  return Array.isArray(value) ? value.map(comparable) : value;
}

/** Numbers or texts whose order and equality are those of keys of the type. */
export function compareValues(type: FieldType, a: unknown, b: unknown): number {
  const [x, y] = [orderOf(type, a), orderOf(type, b)];
  if (x instanceof Uint8Array) return Buffer.compare(x, y as Uint8Array);
  return (x as bigint) < (y as bigint) ? -1 : (x as bigint) > (y as bigint) ? 1 : 0;
}

function orderOf(type: FieldType, value: unknown): unknown {
  switch (type) {
    case 'int64':
    case 'uint64':
      return BigInt(value as bigint);
    case 'timestamp':
    case 'timestamptz':
      return microsecondsOf(value);
    case 'date':
      return typeof value === 'number' ? value : daysOf(value as string);
    case 'time':
      return clockDigits(value as string);
    case 'enum':
      return enumLabels.indexOf(value as string);
    case 'text':
      return wtf8Of(value as string);
    case 'decimal':
      return decimalOrder(String(value));
    case 'uuid':
      return (value as string).toLowerCase();
    case 'float32':
    case 'float64':
      return floatOrder(value as number);
    default:
      return value;
  }
}

/** The bits of a double as an integer in numeric order: -0 as 0, NaN above infinity. */
function floatOrder(value: number): bigint {
  if (Number.isNaN(value)) return 2n ** 64n;
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value === 0 ? 0 : value);
  const bits = bytes.getBigInt64(0);
  return bits < 0n ? -(bits + 2n ** 63n) : bits;
}

function decimalOrder(text: string): bigint {
  const fraction = fractionOf(text);
  const vast = 10n ** 2000n;
  if (fraction) return fraction.coefficient * 10n ** BigInt(1000 - fraction.scale);
  return text === '-Infinity' ? -vast : text === 'Infinity' ? vast : 2n * vast;
}

function daysOf(text: string): number {
  const [, year, month, day, bc] = /^(\d+)-(\d+)-(\d+)( BC)?$/.exec(text)!;
  return (bc ? 1 - Number(year) : Number(year)) * 400 + Number(month) * 32 + Number(day);
}

function wtf8Of(text: string): Buffer {
  return Buffer.concat(
    [...text].map((character) => {
      const code = character.codePointAt(0)!;
      if (code < 0xd800 || code > 0xdfff) return Buffer.from(character);
      return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
    }),
  );
}
