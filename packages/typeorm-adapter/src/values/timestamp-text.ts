/** Timestamps as PostgreSQL writes them in DateStyle ISO, from microseconds since 1970. */
import { queryUnsupported } from '../errors';

const MICROSECONDS_PER_SECOND = 1_000_000n;
const infinities = new Map([
  [2n ** 63n - 1n, 'infinity'],
  [-(2n ** 63n), '-infinity'],
]);

/** "2024-02-29 12:34:56.789012", "0044-03-15 00:00:00 BC", "infinity". */
export function dateTimeText(microseconds: bigint | number): string {
  const named = infinityText(microseconds);
  if (named) return named;
  const { text, era } = wallClock(microseconds as bigint);
  return text + era;
}

/** The same with the offset of a time zone: "2024-02-29 12:34:56.789012+01", "1800-01-01 05:41:16+05:41:16". */
export function zonedText(microseconds: bigint | number, timeZone: string): string {
  const named = infinityText(microseconds);
  if (named) return named;
  const offset = offsetSeconds(Number(floorDivide(microseconds as bigint, MICROSECONDS_PER_SECOND)), timeZone);
  const { text, era } = wallClock((microseconds as bigint) + BigInt(offset) * MICROSECONDS_PER_SECOND);
  const magnitude = Math.abs(offset);
  const parts = [Math.floor(magnitude / 3600), Math.floor(magnitude / 60) % 60, magnitude % 60];
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop();
  return `${text}${offset < 0 ? '-' : '+'}${parts.map(two).join(':')}${era}`;
}

/** Core gives infinities as numbers, but in microseconds as the last ones of 64 bits. */
function infinityText(microseconds: bigint | number): string | undefined {
  if (typeof microseconds === 'number') return microseconds > 0 ? 'infinity' : '-infinity';
  return infinities.get(microseconds);
}

function wallClock(microseconds: bigint): { text: string; era: string } {
  const seconds = floorDivide(microseconds, MICROSECONDS_PER_SECOND);
  const fraction = Number(microseconds - seconds * MICROSECONDS_PER_SECOND);
  const shown = new Date(Number(seconds) * 1000);
  const year = shown.getUTCFullYear();
  const date = `${String(year > 0 ? year : 1 - year).padStart(4, '0')}-${two(shown.getUTCMonth() + 1)}-${two(shown.getUTCDate())}`;
  const time = [shown.getUTCHours(), shown.getUTCMinutes(), shown.getUTCSeconds()].map(two).join(':');
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return { text: `${date} ${time}${digits}`, era: year > 0 ? '' : ' BC' };
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const rest = dividend % divisor;
  return (dividend - (rest < 0n ? rest + divisor : rest)) / divisor;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const UTC_NAMES = /^(Etc\/)?(UTC|UCT|GMT|Greenwich|Universal|Zulu)$/i;

/** Whether Node knows a time zone: PostgreSQL has some of its own, such as "localtime". */
export function isKnownTimeZone(timeZone: string): boolean {
  try {
    offsetSeconds(0, timeZone);
    return true;
  } catch {
    return false;
  }
}

/** How far a zone's clock is ahead of UTC's. Throws QUERY_UNSUPPORTED for zones that Node does not know. Cost: some microseconds. */
export function offsetSeconds(seconds: number, timeZone: string): number {
  if (UTC_NAMES.test(timeZone)) return 0;
  let format = formats.get(timeZone);
  if (!format) {
    format = formatOf(timeZone);
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]));
  const shown = new Date(0);
  const year = parts['era']!.startsWith('B') ? 1 - Number(parts['year']) : Number(parts['year']);
  shown.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
  shown.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']));
  return shown.getTime() / 1000 - seconds;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw queryUnsupported(
      'The snapshot',
      undefined,
      `times as the time zone "${timeZone}" has them, which Node does not know,`,
      'Set the TimeZone of the database to an IANA name, such as "Europe/Berlin", and export again.',
    );
  }
}
