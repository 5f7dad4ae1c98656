/** What mysql2 makes of the server's text of dates and JSON, in the settings of this process. */

/** A Date: one that is invalid for the zero date and its like. `timeZone` is the driver's option: "local", "Z" or "+02:00". */
export function parseMysqlDate(text: string, timeZone: string): Date {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] = datePattern.exec(text) ?? [];
  if (year === undefined) return new Date(Number.NaN);
  const isDay = text.length === DAY_LENGTH;
  if (!isDay && (outside(month!, 12) || outside(day!, 31))) return new Date(Number.NaN);
  // The driver leaves years of two digits to the parser of Date.
  if (!isDay && Number(year) < 100) return new Date(timeZone === 'local' ? text : `${text}${timeZone}`);
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  if (timeZone === 'local') return new Date(...parts, milliseconds);
  const utc = Date.UTC(...parts, milliseconds);
  if (isDay && timeZone !== 'Z') return new Date(`${text}T00:00:00${timeZone}`);
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(timeZone);
  if (!offset) return timeZone === 'Z' ? new Date(utc) : new Date(`${text}${timeZone}`);
  const minutes = Number(offset[2]) * 60 + Number(offset[3]);
  return new Date(utc - (offset[1] === '-' ? -minutes : minutes) * 60_000);
}

const DAY_LENGTH = 10;
const datePattern = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?$/;

function outside(part: string, greatest: number): boolean {
  return Number(part) === 0 || Number(part) > greatest;
}

/** The text in which mysql2 sends a Date; undefined for time zones that it leaves to the parser of Date. */
export function mysqlDateText(date: Date, timeZone: string): string | undefined {
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(timeZone === 'Z' ? '+00:00' : timeZone);
  if (Number.isNaN(date.getTime()) || (!offset && timeZone !== 'local')) return undefined;
  const minutes = offset
    ? (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * (offset[1] === '-' ? -1 : 1)
    : -date.getTimezoneOffset();
  const shifted = new Date(date.getTime() + minutes * 60_000);
  const text = Number.isNaN(shifted.getTime()) ? '' : shifted.toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 23).replace('T', ' ') : undefined;
}

/** Integers that are not safe are their digits, where this Node tells how they were written. */
export function parseJson(text: string): unknown {
  return /\d{16}/.test(text) ? JSON.parse(text, unsafeAsText as never) : JSON.parse(text);
}

function unsafeAsText(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value;
  return /^-?\d+$/.test(context.source) ? context.source : value;
}
