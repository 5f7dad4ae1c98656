/**
 * Dates and times of conditions, read as PostgreSQL reads them: what its ISO forms say, with the errors it gives for what is no date.
 * Undefined for what it may take and this does not know: names of months and zones, words that mean a time of the query.
 */
import { dateText, parseDate, timeText } from '@permafrost/core';
import { invalidSyntax, type Reading, type Refusal, refusal, trim } from './reading';
import { isKnownTimeZone, offsetSeconds } from './timestamp-text';

interface Moment {
  readonly days: number;
  readonly microseconds: number;
  /** Seconds ahead of UTC. */
  readonly offset?: number;
}

const MICROSECONDS_PER_DAY = 86_400_000_000;
/** Behind these, and before PostgreSQL's first day, its types end somewhere; no need to know where. */
const SURE_DAYS = 2_000_000_000;
const SURE_DAYS_OF_TIMESTAMPS = 100_000_000;
const FIRST_DAY = -2_440_587;
const LAST_YEAR_OF_DATES = 5_874_897;
const LAST_YEAR_OF_TIMESTAMPS = 294_276;

/** "2024-02-29", or core's number of an infinity. */
export function dateOperand(text: string): Reading {
  const named = namedMoment(text, 'date');
  if (named) return named;
  const moment = momentOf(text, 'date');
  if (moment === undefined || 'refusal' in moment) return moment;
  return { value: dateText(moment.days) };
}

/** Microseconds since 1970 as the clock says, whatever offset is given. */
export function timestampOperand(text: string): Reading {
  const named = namedMoment(text, 'timestamp');
  if (named) return named;
  const moment = momentOf(text, 'timestamp');
  if (moment === undefined || 'refusal' in moment) return moment;
  return { value: microsecondsOf(moment) };
}

/** Microseconds since 1970 in UTC; a clock without offset is that of the session's time zone. */
export function timestamptzOperand(text: string, timeZone: string): Reading {
  const named = namedMoment(text, 'timestamp with time zone');
  if (named) return named;
  const moment = momentOf(text, 'timestamp with time zone');
  if (moment === undefined || 'refusal' in moment) return moment;
  const clock = microsecondsOf(moment);
  const offset = moment.offset ?? zoneOffset(clock, timeZone);
  return offset === undefined ? undefined : { value: clock - BigInt(offset) * 1_000_000n };
}

/** "12:34:56.789". */
export function timeOperand(text: string): Reading {
  const trimmed = trim(text);
  const clock = clockOf(/^(?:\d{4,}-\d\d?-\d\d?[ \t]+)?(\d\d?:\d\d(?::\d\d(?:\.\d*)?)?)$/.exec(trimmed)?.[1] ?? '');
  if (clock !== undefined) return clock === 'out of range' ? outOfRange(text) : { value: timeText(clock) };
  return isNoTime(trimmed) || /^\d{4}-\d\d-\d\dT/.test(trimmed) ? invalidSyntax('time', text, '22007') : undefined;
}

function namedMoment(text: string, type: string): Reading {
  const word = trim(text).toLowerCase();
  if (word === 'infinity' || word === '+infinity') return { value: Number.POSITIVE_INFINITY };
  if (word === '-infinity') return { value: Number.NEGATIVE_INFINITY };
  if (word === 'epoch') return { value: type === 'date' ? '1970-01-01' : 0n };
  return undefined;
}

const momentForm =
  /^(\d{4,7})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?:\d\d(?::\d\d(?:\.\d*)?)?)[ \t]*([Zz]|[+-]\d\d?(?::?\d\d(?::\d\d)?)?)?)?([ \t]+[Bb][Cc])?$/;

function momentOf(text: string, type: string): Moment | { readonly refusal: Refusal } | undefined {
  const trimmed = trim(text);
  const digits = /^(\d{4,9})(\d\d)(\d\d)$/.exec(trimmed);
  if (digits) return dayOfDigits(text, type, digits.slice(1).map(Number) as [number, number, number]);
  const match = momentForm.exec(trimmed);
  if (!match) return isNoTime(trimmed) ? invalidSyntax(type, text, '22007') : undefined;
  const [, year, month, day, clockText, zone, era] = match;
  const clock = clockText === undefined ? 0 : clockOf(clockText);
  const days = parseDate(`${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}${era ? ' BC' : ''}`);
  if (days === undefined || clock === 'out of range') return outOfRange(text);
  const last = type === 'date' ? SURE_DAYS : SURE_DAYS_OF_TIMESTAMPS;
  if (clock === undefined || days > last || days < FIRST_DAY) return undefined;
  const offset = zone === undefined ? undefined : offsetOf(zone);
  if (zone !== undefined && offset === undefined) return undefined;
  return { days, microseconds: clock, ...(offset === undefined ? {} : { offset }) };
}

/** "20240229", and what a number of milliseconds is taken for: the last four digits are month and day. */
function dayOfDigits(
  text: string,
  type: string,
  [year, month, day]: [number, number, number],
): Moment | { readonly refusal: Refusal } | undefined {
  const dayIn = (someYear: number) =>
    parseDate(`${String(someYear).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`);
  if (year === 0 || dayIn(2000 + (year % 400)) === undefined) return outOfRange(text);
  const isDate = type === 'date';
  if (year > (isDate ? LAST_YEAR_OF_DATES : LAST_YEAR_OF_TIMESTAMPS))
    return refusal(`${isDate ? 'date' : 'timestamp'} out of range: "${text}"`, '22008');
  const days = dayIn(year)!;
  return !isDate && days > SURE_DAYS_OF_TIMESTAMPS ? undefined : { days, microseconds: 0 };
}

/** Microseconds of "HH:MM", "HH:MM:SS.fff": 24:00:00 and a second 60 count. */
function clockOf(text: string): number | 'out of range' | undefined {
  const match = /^(\d\d?):(\d\d)(?::(\d\d)(\.\d*)?)?$/.exec(text);
  if (!match) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  const fraction = match[4] === undefined || match[4] === '.' ? 0 : halfEven(Number(`0${match[4]}`) * 1e6);
  const sum = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction;
  return hours > 24 || minutes > 59 || seconds > 60 || sum > MICROSECONDS_PER_DAY ? 'out of range' : sum;
}

function halfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function offsetOf(zone: string): number | undefined {
  if (/^z$/i.test(zone)) return 0;
  const [, sign, hours, minutes = '0', seconds = '0'] = /^([+-])(\d\d?)(?::?(\d\d))?(?::(\d\d))?$/.exec(zone)!;
  if (Number(hours) > 15 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const magnitude = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return sign === '-' ? -magnitude : magnitude;
}

/** The offset of a zone at a clock's reading; undefined of a zone that Node does not know, and near a change of it, where clocks skip or repeat. */
function zoneOffset(clock: bigint, timeZone: string): number | undefined {
  if (!isKnownTimeZone(timeZone)) return undefined;
  const seconds = Number(clock / 1_000_000n);
  const [before, after] = [offsetSeconds(seconds - 86_400, timeZone), offsetSeconds(seconds + 86_400, timeZone)];
  return before === after ? before : undefined;
}

function microsecondsOf({ days, microseconds }: Moment): bigint {
  return BigInt(days) * BigInt(MICROSECONDS_PER_DAY) + BigInt(microseconds);
}

/** Texts in which PostgreSQL finds no date or time: a word that means none, or neither digit nor letter. Others may name a time zone. */
function isNoTime(trimmed: string): boolean {
  return /[\da-z]/i.test(trimmed) ? /^[a-z]+$/i.test(trimmed) && !isMoment(trimmed) : true;
}

/** Whether it is a word that means a date or time, of the query's or not. */
export function isMoment(word: string): boolean {
  return /^(now|today|tomorrow|yesterday|epoch|infinity|allballs)$/i.test(word);
}

function outOfRange(text: string): { readonly refusal: Refusal } {
  return refusal(`date/time field value out of range: "${text}"`, '22008');
}
