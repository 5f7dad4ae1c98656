/**
 * How TypeORM gives values back, where that is not what core gives by itself. Chosen once a field, by what the file says of it; the same
 * function for every snapshot, since proxy classes are shared by those that convert alike. Values are never null.
 */
import type { FieldSchema, ValueOptions } from '@permafrost/core';
import { DateUtils } from 'typeorm';
import { sourceOf } from '../mapping/field-source';
import { shortestFloat32 } from './shortest-float32';

type Conversion = (value: any) => unknown;

/** The representations of core's options; `int64` is decided by `parseInt8`. */
export const representations = {
  timestamp: 'local-date',
  timestamptz: 'date',
  decimal: 'text',
  json: 'value',
} as const;

/** Core's hook: the conversion of a field, or undefined where core's value is TypeORM's. */
export const giveBackAsTypeorm: NonNullable<ValueOptions['convert']> = (_entity, field) => conversionOf(field);

function conversionOf(field: FieldSchema): Conversion | undefined {
  const source = sourceOf(field);
  if (!source) return undefined;
  const numbers = new Set(source.numbers);
  switch (field.type) {
    case 'float32':
      return field.array ? eachElement(shortestFloat32) : shortestFloat32;
    case 'decimal':
      // node-postgres parses lists of numeric as numbers, but leaves a single one as text.
      return field.array ? eachElement(Number) : undefined;
    case 'date':
      return field.array ? eachElement(localMidnight) : dateText(source.utc ?? false);
    case 'enum':
      if (field.array) return (labels: (string | null)[]) => enumList(labels, numbers);
      return numbers.size > 0 ? (label: string) => enumValue(label, numbers) : undefined;
    case 'text':
      if (source.typeormType === 'simple-array') return (text: string) => DateUtils.stringToSimpleArray(text);
      if (source.typeormType === 'simple-json') return (text: string) => DateUtils.stringToSimpleJson(text);
      return numbers.size > 0 && !field.array ? (label: string) => enumValue(label, numbers) : undefined;
    default:
      return undefined;
  }
}

function eachElement(convert: Conversion): Conversion {
  return (elements: unknown[]) => {
    for (let place = 0; place < elements.length; place++) {
      if (elements[place] !== null) elements[place] = convert(elements[place]);
    }
    return elements;
  };
}

/**
 * A date as TypeORM writes it: by way of a Date at midnight of the process time zone, which loses the year's fifth digit, the era, and
 * days that a time zone has skipped.
 */
function dateText(utc: boolean): Conversion {
  return (date: string | number) => {
    const midnight = localMidnight(date);
    if (typeof midnight === 'number') return midnight;
    const isPlain = !utc && (date as string).length === PLAIN_DATE_LENGTH;
    if (isPlain && midnight.getDate() === Number((date as string).slice(8))) return date;
    return DateUtils.mixedDateToDateString(midnight, { utc });
  };
}

/** "2024-02-29": years 1 to 9999. */
const PLAIN_DATE_LENGTH = 10;

/** As node-postgres parses a date; infinity stays a number. */
function localMidnight(date: string | number): Date | number {
  if (typeof date === 'number') return date;
  if (date.length === PLAIN_DATE_LENGTH) {
    return midnightOf(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8)));
  }
  const [, years, month, day, beforeChrist] = /^(\d+)-(\d\d)-(\d\d)( BC)?$/.exec(date)!;
  return midnightOf(beforeChrist ? 1 - Number(years) : Number(years), Number(month), Number(day));
}

function midnightOf(year: number, month: number, day: number): Date {
  const midnight = new Date(year, month - 1, day);
  // The constructor takes 0 to 99 for 1900 to 1999.
  if (year >= 0 && year < 100) midnight.setFullYear(year);
  return midnight;
}

/** A label that spells a declared number becomes that number. */
function enumValue(label: string, numbers: ReadonlySet<number>): string | number {
  return !Number.isNaN(Number(label)) && numbers.has(Number.parseInt(label, 10)) ? Number.parseInt(label, 10) : label;
}

/**
 * A list of enum values as TypeORM reads it: it takes PostgreSQL's text of the list apart at every comma, and a NULL for the label "NULL".
 */
function enumList(labels: readonly (string | null)[], numbers: ReadonlySet<number>): (string | number)[] {
  if (labels.length === 0) return [];
  return labels
    .map((label) => (label === null ? 'NULL' : quotedElement(label)))
    .join(',')
    .split(',')
    .map((part) => {
      const inner = part.startsWith('"') && part.endsWith('"') ? part.slice(1, -1) : part;
      return enumValue(inner.replaceAll(/\\(\\|")/g, '$1'), numbers);
    });
}

/** An element of a list as PostgreSQL's array_out writes it. */
function quotedElement(label: string): string {
  if (label !== '' && !/[\s"\\{},]/.test(label) && label.toUpperCase() !== 'NULL') return label;
  return `"${label.replaceAll(/["\\]/g, '\\$&')}"`;
}
