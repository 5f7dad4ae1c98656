/**
 * From JavaScript values to the canonical values of field types: integers, microseconds, days, codes.
 * Writing, keys and queries share it, so that what is written under a value is found under it.
 */
import { DATE_INFINITY, DATE_NEGATIVE_INFINITY, parseDate } from '../bytes/date';
import {
  type IntervalAmounts,
  type IntervalParts,
  intervalOfAmounts,
  intervalUnits,
  parseInterval,
} from '../bytes/interval';
import { parseTime } from '../bytes/time';
import { describeValue, type ErrorDetails, PermafrostError } from '../errors';
import { type FieldType, integerRanges } from './field-types';
import type { FieldSchema } from './schema';

/** Microseconds since 1970 that stand for infinity and -infinity, as in PostgreSQL. */
export const TIMESTAMP_INFINITY = 2n ** 63n - 1n;
export const TIMESTAMP_NEGATIVE_INFINITY = -(2n ** 63n);

/** What a value is for, so that errors can name it. */
export interface ValuePlace {
  readonly entity: string;
  readonly field: string;
  /** The key of the record being written, as far as it is known. */
  key?(): unknown;
}

/**
 * The 64-bit integer of a value of an integer-like type: a number while it is safe, else a BigInt (uint64 as its two's complement).
 * Throws VALUE_TYPE or VALUE_RANGE.
 */
export function canonicalInteger(field: FieldSchema, value: unknown, place: ValuePlace): number | bigint {
  switch (field.type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(place, 'true or false', value);
      return value ? 1 : 0;
    case 'enum':
      return enumCode(field, value, place);
    case 'date':
      return canonicalDays(value, place);
    case 'timestamp':
    case 'timestamptz':
      return canonicalMicroseconds(value, place);
    case 'time':
      return canonicalTime(value, place);
    default:
      return canonicalWhole(field.type, value, place);
  }
}

/** The double of a float field's value; float32 values are rounded as the slot will. */
export function canonicalFloat(type: FieldType, value: unknown, place: ValuePlace): number {
  if (typeof value !== 'number') throw wrongType(place, 'a number', value);
  if (type !== 'float32') return value;
  const rounded = Math.fround(value);
  if (Number.isFinite(value) && !Number.isFinite(rounded))
    throw outOfRange(place, 'a number that float32 can hold', value);
  return rounded;
}

/** The code of an enum label: its position among the declared values. */
export function enumCode(field: FieldSchema, value: unknown, place: ValuePlace): number {
  const code = field.values!.indexOf(value as string);
  if (code >= 0) return code;
  if (typeof value !== 'string') throw wrongType(place, 'a string', value);
  throw outOfRange(
    place,
    `one of ${field.values!.slice(0, 12).join(', ')}${field.values!.length > 12 ? ', …' : ''}`,
    value,
  );
}

/** The parts of an interval given as an object of amounts (such as those of postgres-interval) or as an ISO 8601 text. */
export function canonicalInterval(value: unknown, place: ValuePlace): IntervalParts {
  let parts: IntervalParts | undefined;
  if (typeof value === 'string') parts = parseInterval(value);
  else if (isAmounts(value)) parts = intervalOfAmounts(value);
  else if (unknownUnit(value) !== undefined)
    throw wrongType(
      place,
      `an interval whose units are ${intervalUnits.join(', ')} (found the unit ${describeValue(unknownUnit(value))})`,
      value,
    );
  else
    throw wrongType(
      place,
      'an interval as { months, days, microseconds } or as an ISO 8601 text such as "P1M2DT3H"',
      value,
    );
  if (parts) return parts;
  throw outOfRange(
    place,
    'whole months and days of 32 bits, and whole microseconds that are a safe integer (or an ISO 8601 text of them)',
    value,
  );
}

/** An object whose own members are amounts. One without members is no interval, but of a plain object or of postgres-interval. */
function isAmounts(value: unknown): value is IntervalAmounts {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (names.length === 0) return prototype === Object.prototype || prototype === null || 'toPostgres' in value;
  return names.every(
    (name) =>
      (intervalUnits as readonly string[]).includes(name) &&
      typeof (value as Record<string, unknown>)[name] === 'number',
  );
}

/** The first member of a plain object that is no unit of intervals. */
function unknownUnit(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return undefined;
  return Object.keys(value).find((name) => !(intervalUnits as readonly string[]).includes(name));
}

export function wrongType(place: ValuePlace, expected: string, actual: unknown): PermafrostError {
  return new PermafrostError(
    'VALUE_TYPE',
    `${nameOf(place)}: expected ${expected}, found ${kindOf(actual)} ${describeValue(actual)}.`,
    detailsOf(place, expected, actual),
  );
}

export function outOfRange(place: ValuePlace, expected: string, actual: unknown): PermafrostError {
  return new PermafrostError(
    'VALUE_RANGE',
    `${nameOf(place)}: expected ${expected}, found ${describeValue(actual)}.`,
    detailsOf(place, expected, actual),
  );
}

export function missingValue(place: ValuePlace, actual: null | undefined): PermafrostError {
  return new PermafrostError(
    'VALUE_NULL',
    `${nameOf(place)}: it is not nullable, found ${actual}. Give it a value, or declare it nullable.`,
    detailsOf(place, 'a value', actual),
  );
}

/** For elements that cannot be null, such as the keys of a map: `what` names them. */
export function nullElement(place: ValuePlace, what: string, actual: null | undefined): PermafrostError {
  return new PermafrostError(
    'VALUE_NULL',
    `${nameOf(place)}: ${what} cannot be null, found ${actual}.`,
    detailsOf(place, 'a value', actual),
  );
}

function canonicalWhole(type: FieldType, value: unknown, place: ValuePlace): number | bigint {
  const { minimum, maximum } = integerRanges[type]!;
  let whole: number | bigint;
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw outOfRange(place, 'a whole number', value);
    if (!Number.isSafeInteger(value)) throw outOfRange(place, 'a safe integer (pass larger ones as BigInt)', value);
    whole = value;
  } else if (typeof value === 'bigint') whole = value;
  else if (typeof value === 'string' && type.endsWith('64') && /^-?\d{1,20}$/.test(value)) whole = BigInt(value);
  else throw wrongType(place, type.endsWith('64') ? 'a BigInt, a safe integer or its digits' : 'a whole number', value);
  if (whole < minimum || whole > maximum)
    throw outOfRange(place, `a whole number from ${minimum} to ${maximum}`, value);
  if (typeof whole === 'number') return whole;
  const signed = BigInt.asIntN(64, whole);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

function canonicalDays(value: unknown, place: ValuePlace): number {
  if (value === Number.POSITIVE_INFINITY) return DATE_INFINITY;
  if (value === Number.NEGATIVE_INFINITY) return DATE_NEGATIVE_INFINITY;
  if (typeof value !== 'string') throw wrongType(place, 'a date as "YYYY-MM-DD"', value);
  const days = parseDate(value);
  if (days === undefined) throw outOfRange(place, 'a date of the calendar as "YYYY-MM-DD"', value);
  return days;
}

function canonicalMicroseconds(value: unknown, place: ValuePlace): number | bigint {
  if (value instanceof Date) {
    const milliseconds = value.getTime();
    if (Number.isNaN(milliseconds)) throw outOfRange(place, 'a valid Date', value);
    const microseconds = milliseconds * 1000;
    return Number.isSafeInteger(microseconds) ? microseconds : BigInt(milliseconds) * 1000n;
  }
  if (value === Number.POSITIVE_INFINITY) return TIMESTAMP_INFINITY;
  if (value === Number.NEGATIVE_INFINITY) return TIMESTAMP_NEGATIVE_INFINITY;
  if (typeof value !== 'bigint') throw wrongType(place, 'a Date, or microseconds since 1970 as a BigInt', value);
  if (value < TIMESTAMP_NEGATIVE_INFINITY || value > TIMESTAMP_INFINITY)
    throw outOfRange(place, '64-bit microseconds', value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Microseconds since midnight. */
function canonicalTime(value: unknown, place: ValuePlace): number {
  if (typeof value !== 'string') throw wrongType(place, 'a time as "HH:MM:SS.ffffff"', value);
  const microseconds = parseTime(value);
  if (microseconds === undefined)
    throw outOfRange(
      place,
      'a time without a zone as "HH:MM", "HH:MM:SS" or "HH:MM:SS.ffffff", from "00:00:00" to "24:00:00"',
      value,
    );
  return microseconds;
}

function nameOf(place: ValuePlace): string {
  const key = place.key?.();
  return `${place.entity}.${place.field}${key === undefined ? '' : ` (key ${describeValue(key)})`}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return 'the list';
  return value instanceof Date ? 'the Date' : `the ${typeof value}`;
}

function detailsOf(place: ValuePlace, expected: unknown, actual: unknown): ErrorDetails {
  return { entity: place.entity, field: place.field, key: place.key?.(), expected, actual };
}
