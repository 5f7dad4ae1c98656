/**
 * Intervals as PostgreSQL keeps them: months, days and microseconds, which do not become each other, since a month has no fixed number of
 * days and a day of a time zone no fixed number of hours. Each part has a sign of its own.
 */
import { highHalf, int64ToNumber, lowHalf } from './int64';
import { fractionText } from './time';

/** An interval as PostgreSQL keeps it: its parts do not add up, since months and days differ in length. */
/** An interval as a snapshot gives it back. */
export interface IntervalParts {
  /** Whole, 32 bits signed. */
  readonly months: number;
  /** Whole, 32 bits signed. */
  readonly days: number;
  /** A safe integer: up to 285 years of hours. */
  readonly microseconds: number;
}

const MICROSECONDS_PER_SECOND = 1_000_000;
const MICROSECONDS_PER_MINUTE = 60 * MICROSECONDS_PER_SECOND;
const MICROSECONDS_PER_HOUR = 60 * MICROSECONDS_PER_MINUTE;

/** i64 microseconds, i32 days, i32 months, in this order and little-endian. */
export function packInterval(view: DataView, at: number, { months, days, microseconds }: IntervalParts): void {
  view.setUint32(at, lowHalf(microseconds), true);
  view.setInt32(at + 4, highHalf(microseconds), true);
  view.setInt32(at + 8, days, true);
  view.setInt32(at + 12, months, true);
}

/** A fresh object. Undefined when the microseconds are beyond what a double holds exactly: no interval is written so. */
export function intervalAt(view: DataView, at: number): IntervalParts | undefined {
  const microseconds = int64ToNumber(view.getUint32(at, true), view.getInt32(at + 4, true));
  if (!Number.isSafeInteger(microseconds)) return undefined;
  return { months: view.getInt32(at + 12, true), days: view.getInt32(at + 8, true), microseconds };
}

/** ISO 8601 as PostgreSQL writes it (`intervalstyle = iso_8601`): "P1Y2M3DT4H5M6.789S", "P-1M-2D", "PT0S". */
export function intervalText({ months, days, microseconds }: IntervalParts): string {
  const years = Math.trunc(months / 12);
  const date = part(years, 'Y') + part(months - years * 12, 'M') + part(days, 'D');
  if (microseconds === 0) return date === '' ? 'PT0S' : `P${date}`;
  const sign = microseconds < 0 ? '-' : '';
  const magnitude = Math.abs(microseconds);
  const wholeSeconds = Math.floor(magnitude / MICROSECONDS_PER_SECOND);
  const fraction = magnitude % MICROSECONDS_PER_SECOND;
  const seconds = `${wholeSeconds % 60}${fraction === 0 ? '' : `.${fractionText(fraction)}`}`;
  const clock = [
    [Math.floor(wholeSeconds / 3600), 'H'],
    [Math.floor(wholeSeconds / 60) % 60, 'M'],
    [seconds, 'S'],
  ] as const;
  const shown = clock.filter(([amount]) => amount !== 0 && amount !== '0');
  return `P${date}T${shown.map(([amount, unit]) => `${sign}${amount}${unit}`).join('')}`;
}

/** Amounts by unit, as in ISO 8601 texts and as the package postgres-interval has them; absent ones count as 0. */
export interface IntervalAmounts {
  readonly years?: number;
  readonly months?: number;
  readonly weeks?: number;
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  /** These three may have a fraction, down to a microsecond. */
  readonly seconds?: number;
  readonly milliseconds?: number;
  readonly microseconds?: number;
}

/** Names of all amounts. */
export const intervalUnits = [
  'years',
  'months',
  'weeks',
  'days',
  'hours',
  'minutes',
  'seconds',
  'milliseconds',
  'microseconds',
] as const satisfies readonly (keyof IntervalAmounts)[];

/** The parts that amounts make together; undefined when one is no whole number or a part does not fit. */
export function intervalOfAmounts(amounts: IntervalAmounts): IntervalParts | undefined {
  const { years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, microseconds = 0 } = amounts;
  // Fractions are decimal, doubles are not: the nearest microsecond is meant.
  const fractional = [(amounts.seconds ?? 0) * MICROSECONDS_PER_SECOND, (amounts.milliseconds ?? 0) * 1000];
  if (!fractional.every(isNearWhole)) return undefined;
  return intervalOf(
    years * 12 + months,
    weeks * 7 + days,
    [hours * MICROSECONDS_PER_HOUR, minutes * MICROSECONDS_PER_MINUTE, ...fractional.map(Math.round), microseconds],
    [years, months, weeks, days],
  );
}

/** The parts of an ISO 8601 text with designators; undefined for any other text. Only seconds may have a fraction, of up to six digits. */
export function parseInterval(text: string): IntervalParts | undefined {
  const match = isoInterval.exec(text);
  if (!match) return undefined;
  const amount = (group: number) => Number(match[group] ?? 0);
  const secondsSign = match[7]?.startsWith('-') ? -1 : 1;
  const clock = [
    amount(5) * MICROSECONDS_PER_HOUR,
    amount(6) * MICROSECONDS_PER_MINUTE,
    amount(7) * MICROSECONDS_PER_SECOND,
    secondsSign * Number((match[8] ?? '').padEnd(6, '0')),
  ];
  return intervalOf(amount(1) * 12 + amount(2), amount(3) * 7 + amount(4), clock, []);
}

const isoInterval =
  /^P(?=[-+\dT])(?:([-+]?\d{1,10})Y)?(?:([-+]?\d{1,10})M)?(?:([-+]?\d{1,10})W)?(?:([-+]?\d{1,10})D)?(?:T(?=[-+\d])(?:([-+]?\d{1,15})H)?(?:([-+]?\d{1,15})M)?(?:([-+]?\d{1,15})(?:\.(\d{1,6}))?S)?)?$/;

/** Undefined when a part does not fit, or one of `clock` (microseconds) or `whole` is no safe integer. */
function intervalOf(
  months: number,
  days: number,
  clock: readonly number[],
  whole: readonly number[],
): IntervalParts | undefined {
  const microseconds = clock.reduce((sum, amount) => sum + amount, 0);
  const fits = (months | 0) === months && (days | 0) === days;
  if (!fits || ![...clock, ...whole, microseconds].every(Number.isSafeInteger)) return undefined;
  return { months: months + 0, days: days + 0, microseconds }; // -0 + 0 is 0
}

function part(amount: number, unit: string): string {
  return amount === 0 ? '' : `${amount}${unit}`;
}

/** Whether a product of a decimal fraction misses a whole number by rounding alone. */
function isNearWhole(product: number): boolean {
  return Math.abs(Math.round(product) - product) < 1e-3 + Math.abs(product) * 2 ** -50;
}
