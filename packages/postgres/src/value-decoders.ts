/**
 * One decoder per PostgreSQL type: from the type's binary form to the one setter method that takes its canonical value.
 * A column's decoder is chosen once. `bytes` are valid during the call only, so setters copy what they keep.
 * The binary forms are those of the types' send functions in PostgreSQL's src/backend/utils/adt; all numbers are big-endian.
 */
import { type ColumnSetter, PermafrostError } from '@permafrost/core';
import { arrayDecoder } from './array-decoder';
import { isSupportedType, type PgTypeName, supportedTypes } from './column-types';
import { exportUnsupported, garbledValue, type ValuePlace } from './errors';
import { numericDecoder } from './numeric-decoder';
import { readInt16, readInt32 } from './wire';

/** Gives the value bytes[start, end) to `setter`. Never called for NULL. */
export type ValueDecoder = (bytes: Buffer, start: number, end: number, setter: ColumnSetter) => void;

/** The decoder of a column; throws EXPORT_UNSUPPORTED for a type that has none. */
export function valueDecoder(column: { name: string; pgType: string; array?: boolean }): ValueDecoder {
  const { name, pgType, array } = column;
  if (!isSupportedType(pgType)) {
    throw exportUnsupported(
      `Column "${name}" has the PostgreSQL type ${pgType}, which cannot be exported. Leave it out, or select it as text. Exportable are ${supportedTypes.join(', ')} and arrays of them.`,
      { field: name, actual: pgType, expected: supportedTypes },
    );
  }
  const place = { column: name, type: array ? `${pgType}[]` : pgType };
  const decode = decoders[pgType](place);
  return array ? arrayDecoder(place, decode) : decode;
}

/** PostgreSQL counts from 2000-01-01, snapshots from 1970-01-01. */
const EPOCH_SHIFT_DAYS = 10_957;
const EPOCH_SHIFT_MICROSECONDS = EPOCH_SHIFT_DAYS * 86_400_000_000;
const EPOCH_SHIFT_LOW = EPOCH_SHIFT_MICROSECONDS % 2 ** 32;
const EPOCH_SHIFT_HIGH = Math.floor(EPOCH_SHIFT_MICROSECONDS / 2 ** 32);
const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);
const MAX_UINT32 = 2 ** 32 - 1;
const JSONB_VERSION = 1;

const float = new DataView(new ArrayBuffer(8));

const decoders: Record<PgTypeName, (place: ValuePlace) => ValueDecoder> = {
  int2: (place) => (bytes, start, end, setter) => {
    if (end - start !== 2) throw wrongSize(place, 2, end - start);
    setter.setInt32(readInt16(bytes, start));
  },
  int4: (place) => (bytes, start, end, setter) => {
    if (end - start !== 4) throw wrongSize(place, 4, end - start);
    setter.setInt32(readInt32(bytes, start));
  },
  int8: (place) => (bytes, start, end, setter) => {
    if (end - start !== 8) throw wrongSize(place, 8, end - start);
    setter.setInt64(readInt32(bytes, start + 4), readInt32(bytes, start));
  },
  float4: (place) => (bytes, start, end, setter) => {
    if (end - start !== 4) throw wrongSize(place, 4, end - start);
    float.setInt32(0, readInt32(bytes, start));
    setter.setFloat64(float.getFloat32(0));
  },
  float8: (place) => (bytes, start, end, setter) => {
    if (end - start !== 8) throw wrongSize(place, 8, end - start);
    float.setInt32(0, readInt32(bytes, start));
    float.setInt32(4, readInt32(bytes, start + 4));
    setter.setFloat64(float.getFloat64(0));
  },
  numeric: numericDecoder,
  bool: (place) => (bytes, start, end, setter) => {
    if (end - start !== 1) throw wrongSize(place, 1, end - start);
    setter.setBoolean(bytes[start] !== 0);
  },
  text: () => decodeText,
  varchar: () => decodeText,
  bpchar: () => decodeText,
  citext: () => decodeText,
  name: () => decodeText,
  enum: () => decodeText,
  json: () => decodeText,
  jsonb: (place) => (bytes, start, end, setter) => {
    if (end === start || bytes[start] !== JSONB_VERSION) {
      throw garbledValue(place, `version ${end === start ? 'absent' : bytes[start]}`, `version ${JSONB_VERSION}`);
    }
    setter.setUtf8(bytes, start + 1, end);
  },
  uuid: (place) => (bytes, start, end, setter) => {
    if (end - start !== 16) throw wrongSize(place, 16, end - start);
    setter.setBytes(bytes, start, end);
  },
  bytea: () => (bytes, start, end, setter) => setter.setBytes(bytes, start, end),
  date: (place) => (bytes, start, end, setter) => {
    if (end - start !== 4) throw wrongSize(place, 4, end - start);
    const days = readInt32(bytes, start);
    if (days === MAX_INT32 || days === MIN_INT32) return setter.setInt32(days);
    // The last date of PostgreSQL is 5874897-12-31, so that the sum fits.
    setter.setInt32(days + EPOCH_SHIFT_DAYS);
  },
  timestamp: timestampDecoder,
  timestamptz: timestampDecoder,
  time: (place) => (bytes, start, end, setter) => {
    if (end - start !== 8) throw wrongSize(place, 8, end - start);
    setter.setInt64(readInt32(bytes, start + 4), readInt32(bytes, start));
  },
  interval: (place) => (bytes, start, end, setter) => {
    if (end - start !== 16) throw wrongSize(place, 16, end - start);
    const months = readInt32(bytes, start + 12);
    const days = readInt32(bytes, start + 8);
    setter.setInterval(months, days, readInt32(bytes, start + 4), readInt32(bytes, start));
  },
};

/** Valid UTF-8: the server checks what it sends to a client of that encoding, also when its own is SQL_ASCII. */
function decodeText(bytes: Buffer, start: number, end: number, setter: ColumnSetter): void {
  setter.setUtf8(bytes, start, end);
}

/** Microseconds since 2000 as int64, the limits being ±infinity. */
function timestampDecoder(place: ValuePlace): ValueDecoder {
  return (bytes, start, end, setter) => {
    if (end - start !== 8) throw wrongSize(place, 8, end - start);
    const high = readInt32(bytes, start);
    const low = readInt32(bytes, start + 4);
    if ((high === MAX_INT32 && low === -1) || (high === MIN_INT32 && low === 0)) return setter.setInt64(low, high);
    const lowSum = (low >>> 0) + EPOCH_SHIFT_LOW;
    const highSum = high + EPOCH_SHIFT_HIGH + (lowSum > MAX_UINT32 ? 1 : 0);
    // PostgreSQL's last 30 years lie beyond 64-bit microseconds since 1970, whose last value means infinity.
    if (highSum > MAX_INT32 || (highSum === MAX_INT32 && (lowSum | 0) === -1)) throw timestampOutOfRange(place);
    setter.setInt64(lowSum | 0, highSum);
  };
}

function timestampOutOfRange(place: ValuePlace): PermafrostError {
  const latest = '294247-01-10 04:00:54.775806';
  return new PermafrostError(
    'VALUE_RANGE',
    `Column "${place.column}" (${place.type}) holds a time after ${latest} UTC, the last that a snapshot can hold. Use 'infinity' for "never".`,
    { field: place.column, expected: `a time up to ${latest} UTC` },
  );
}

function wrongSize(place: ValuePlace, expected: number, actual: number): PermafrostError {
  return garbledValue(place, `a value of ${actual} bytes`, `${expected} bytes`);
}
