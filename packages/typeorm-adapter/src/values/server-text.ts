/**
 * Stored values as the text in which PostgreSQL sends them (DateStyle ISO, bytea_output hex, extra_float_digits above 0), for whoever parses
 * that text himself: an application with parsers of its own. Much slower than what core gives.
 */
import type { FieldSchema, Representations } from '@permafrost/core';
import type { FieldSource } from '../mapping/field-source';
import { intervalText } from './interval-text';
import { shortestFloat32 } from './shortest-float32';
import { dateTimeText, zonedText } from './timestamp-text';

/** What {@link serverTextOf} takes values in. */
export const textRepresentations: Representations = {
  int64: 'string',
  timestamp: 'microseconds',
  timestamptz: 'microseconds',
  decimal: 'text',
  json: 'text',
  interval: 'parts',
};

/** The text of a field's values, given in {@link textRepresentations}; never null. */
export function serverTextOf(field: FieldSchema, source: FieldSource): (value: any) => string {
  const ofElement = elementTextOf(field, source);
  if (!field.array) return ofElement;
  return (elements: unknown[]) =>
    listText(elements.map((element) => (element === null || element === undefined ? null : ofElement(element))));
}

function elementTextOf(field: FieldSchema, source: FieldSource): (value: any) => string {
  switch (field.type) {
    case 'boolean':
      return (value: boolean) => (value ? 't' : 'f');
    case 'bytes':
      return (value: Buffer) => `\\x${value.toString('hex')}`;
    case 'float32':
      return (value: number) => floatText(shortestFloat32(value), FLOAT32_FIXED_DIGITS);
    case 'float64':
      return (value: number) => floatText(value, FLOAT64_FIXED_DIGITS);
    case 'date':
      return (value: string | number) => (typeof value === 'string' ? value : value > 0 ? 'infinity' : '-infinity');
    case 'interval':
      return intervalText;
    case 'timestamp':
      return dateTimeText;
    case 'timestamptz':
      return (value: bigint | number) => zonedText(value, source.timeZone ?? 'UTC');
    default:
      return String;
  }
}

/** Numbers of more digits before the point are written with an exponent. */
const FLOAT32_FIXED_DIGITS = 6;
const FLOAT64_FIXED_DIGITS = 15;
const LEAST_FIXED_EXPONENT = -4;

/** The shortest digits, as JavaScript finds them too; an exponent has two digits at least. */
function floatText(value: number, fixedDigits: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (value !== 0 && (power < LEAST_FIXED_EXPONENT || power >= fixedDigits))
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  return String(value);
}

/** A list as PostgreSQL writes it. */
export function listText(elements: readonly (string | null)[]): string {
  return `{${elements.map((element) => (element === null ? 'NULL' : quotedElement(element))).join(',')}}`;
}

function quotedElement(text: string): string {
  if (text !== '' && !/[\s"\\{},]/.test(text) && text.toUpperCase() !== 'NULL') return text;
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
