/**
 * The text that node-postgres sends for a parameter: what PostgreSQL reads an operand from. Its own function is not asked, since a process
 * that only reads snapshots does without pg.
 */
import { loadedPg } from './type-parsers';

/** Of a Buffer, typed array or view its bytes, which go out as they are; null for null and undefined. Throws what a value's own methods throw. */
export function parameterText(value: unknown): string | Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return String(value).toWellFormed();
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) return dateParameter(value);
  if (Array.isArray(value)) return arrayParameter(value);
  return objectParameter(value);
}

function objectParameter(value: object): string | Uint8Array | null {
  const { toPostgres } = value as { toPostgres?: (prepare: typeof parameterText) => unknown };
  if (typeof toPostgres === 'function') return parameterText(toPostgres.call(value, parameterText));
  return String(JSON.stringify(value)).toWellFormed();
}

function arrayParameter(elements: readonly unknown[]): string {
  const texts = elements.map((element) => {
    if (Array.isArray(element)) return arrayParameter(element);
    const text = parameterText(element);
    if (text === null) return 'NULL';
    if (typeof text !== 'string') return `\\\\x${Buffer.from(text).toString('hex')}`;
    return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  });
  return `{${texts.join(',')}}`;
}

/** What the clock of the process time zone shows, with its offset to UTC in whole minutes; UTC's clock where pg is told so. */
function dateParameter(date: Date): string {
  if (loadedPg()?.defaults?.parseInputDatesAsUTC) {
    const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()];
    return clockText([date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()], clock, 0);
  }
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds()];
  return clockText([date.getFullYear(), date.getMonth(), date.getDate()], clock, -date.getTimezoneOffset());
}

function clockText(day: readonly number[], clock: readonly number[], offset: number): string {
  const [shownYear, month, date] = day as [number, number, number];
  const year = String(shownYear < 1 ? Math.abs(shownYear) + 1 : shownYear).padStart(4, '0');
  const time = `${clock.slice(0, 3).map(two).join(':')}.${String(clock[3]).padStart(3, '0')}`;
  const magnitude = Math.abs(offset);
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(magnitude / 60))}:${two(magnitude % 60)}`;
  return `${year}-${two(month + 1)}-${two(date)}T${time}${zone}${shownYear < 1 ? ' BC' : ''}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
