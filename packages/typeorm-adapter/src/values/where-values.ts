/**
 * Values of conditions, as PostgreSQL would take them from node-postgres for a column of the field's type: '10' for an integer, a Date for
 * a timestamp. What the database would refuse is refused; what it would take and this does not know is refused too, never ignored.
 */
import { describeValue, type FieldSchema, PermafrostError, parseDate } from '@permafrost/core';
import { queryUnsupported } from '../errors';
import { sourceOf } from '../mapping/field-source';
import { nearestFloat32 } from './shortest-float32';

const integerLimits: Readonly<Record<string, bigint>> = { int16: 2n ** 15n, int32: 2n ** 31n, int64: 2n ** 63n };

/** The value core compares with; null equals nothing. Throws QUERY_UNSUPPORTED, VALUE_TYPE and VALUE_RANGE. */
export function whereValue(entity: string, field: FieldSchema, value: unknown): unknown {
  const source = sourceOf(field);
  if (
    field.array ||
    field.type === 'json' ||
    source?.typeormType === 'simple-array' ||
    source?.typeormType === 'simple-json'
  ) {
    throw queryUnsupported(
      entity,
      field.name,
      `equality of ${field.type === 'json' ? 'JSON' : 'lists'}`,
      'Filter the results, or ask the database.',
    );
  }
  if (source?.serverText) {
    throw queryUnsupported(
      entity,
      field.name,
      `conditions on ${source.databaseType}`,
      'Filter the results, or ask the database.',
    );
  }
  if (source?.looseEquality) {
    throw queryUnsupported(
      entity,
      field.name,
      'conditions on text that the database compares without its case or by other rules',
      'Ask the database.',
    );
  }
  if (value === null || value === undefined) return null;
  const refuse = (expected: string) => wrongValue('VALUE_TYPE', entity, field, expected, value);
  switch (field.type) {
    case 'int16':
    case 'int32':
    case 'int64':
      return integerValue(value, integerLimits[field.type]!, entity, field);
    case 'float32':
    case 'float64':
      if (typeof value !== 'number' && typeof value !== 'bigint' && !isNumberText(value)) throw refuse('a number');
      return field.type === 'float32' ? nearestFloat32(String(value)) : Number(value);
    case 'decimal':
      if (typeof value === 'number' || typeof value === 'bigint' || isNumberText(value)) return String(value);
      if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value;
      throw refuse('a number, or its digits as a string');
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw refuse('true or false');
    case 'text':
    case 'enum':
      return textValue(value, entity, field);
    case 'bytes':
      if (value instanceof Uint8Array) return value;
      throw refuse('a Buffer or Uint8Array');
    case 'uuid':
      if (typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) return value;
      throw refuse('a UUID such as "123e4567-e89b-12d3-a456-426614174000"');
    case 'time':
      if (typeof value === 'string' && /^\d\d:\d\d(:\d\d(\.\d{1,6})?)?$/.test(value)) return value;
      throw refuse('a time such as "12:34:56"');
    case 'date':
      return dateValue(value, entity, field);
    case 'timestamp':
    case 'timestamptz':
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return value;
      if (!(value instanceof Date)) throw refuse('a Date');
      if (Number.isNaN(value.getTime())) throw wrongValue('VALUE_RANGE', entity, field, 'a valid Date', value);
      return field.type === 'timestamp' ? wallClockMicroseconds(value) : sentMicroseconds(value);
    default:
      throw refuse('a value of a type that TypeORM exports');
  }
}

function integerValue(value: unknown, limit: bigint, entity: string, field: FieldSchema): bigint | number {
  // A number counts as the digits that node-postgres sends for it.
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  if (typeof text !== 'string' || !/^\s*[+-]?\d+\s*$/.test(text))
    throw wrongValue('VALUE_TYPE', entity, field, 'a whole number', value);
  const whole = BigInt(text.trim().replace(/^\+/, ''));
  if (whole < -limit || whole >= limit)
    throw wrongValue('VALUE_RANGE', entity, field, `a whole number from ${-limit} to ${limit - 1n}`, value);
  return field.type === 'int64' ? whole : Number(whole);
}

function textValue(value: unknown, entity: string, field: FieldSchema): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
    throw wrongValue('VALUE_TYPE', entity, field, 'a string', value);
  // What is no valid UTF-16 reaches the database with replacement characters.
  const text = String(value).toWellFormed();
  if (field.type === 'enum') {
    if (field.values!.includes(text)) return text;
    throw wrongValue('VALUE_RANGE', entity, field, `one of ${field.values!.join(', ')}`, value);
  }
  const padded = /^character\((\d+)\)/.exec(sourceOf(field)?.databaseType ?? '');
  if (!padded) return text;
  // char(n) is stored with blanks up to n characters, and compared without them.
  const trimmed = text.replace(/ +$/, '');
  return trimmed + ' '.repeat(Math.max(0, Number(padded[1]) - [...trimmed].length));
}

function dateValue(value: unknown, entity: string, field: FieldSchema): string | number {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return value;
  if (
    value instanceof Date &&
    !Number.isNaN(value.getTime()) &&
    value.getFullYear() > 0 &&
    value.getFullYear() < 10_000
  ) {
    // node-postgres sends a Date in the process time zone.
    const [year, month, day] = [value.getFullYear(), value.getMonth() + 1, value.getDate()].map(String) as [
      string,
      string,
      string,
    ];
    return `${year.padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  }
  if (typeof value === 'string' && /^(-?infinity|\d{4,7}-\d\d-\d\d( BC)?)$/.test(value)) {
    if (parseDate(value) !== undefined) return value;
    throw wrongValue('VALUE_RANGE', entity, field, 'a date of the calendar', value);
  }
  throw wrongValue('VALUE_TYPE', entity, field, 'a date as "YYYY-MM-DD", or a Date', value);
}

/** What the clock of the process time zone shows, as microseconds since 1970: that is what node-postgres sends for a timestamp without zone. */
function wallClockMicroseconds(date: Date): bigint {
  const shown = new Date(0);
  shown.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate());
  shown.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds());
  return BigInt(shown.getTime()) * 1000n;
}

/** The instant of the text that node-postgres sends for a Date: its offset to UTC has no seconds, as local times long ago had. */
function sentMicroseconds(date: Date): bigint {
  return wallClockMicroseconds(date) + BigInt(Math.round(date.getTimezoneOffset())) * 60_000_000n;
}

function isNumberText(value: unknown): value is string {
  return typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value);
}

function wrongValue(
  code: 'VALUE_TYPE' | 'VALUE_RANGE',
  entity: string,
  field: FieldSchema,
  expected: string,
  actual: unknown,
): PermafrostError {
  return new PermafrostError(
    code,
    `${entity}.${field.name}: expected ${expected} in a condition, found ${describeValue(actual)}.`,
    { entity, field: field.name, expected, actual },
  );
}
