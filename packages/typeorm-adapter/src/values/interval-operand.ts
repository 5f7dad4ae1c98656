/** Intervals of conditions: amounts with units, a clock, or ISO 8601, all without fractions of days and more. */
import { invalidSyntax, type Reading, trim } from './reading';

const units: Readonly<Record<string, readonly [part: 'months' | 'days' | 'microseconds', size: number]>> = {
  year: ['months', 12],
  yr: ['months', 12],
  y: ['months', 12],
  mon: ['months', 1],
  month: ['months', 1],
  week: ['days', 7],
  w: ['days', 7],
  day: ['days', 1],
  d: ['days', 1],
  hour: ['microseconds', 3_600_000_000],
  hr: ['microseconds', 3_600_000_000],
  h: ['microseconds', 3_600_000_000],
  minute: ['microseconds', 60_000_000],
  min: ['microseconds', 60_000_000],
  second: ['microseconds', 1_000_000],
  sec: ['microseconds', 1_000_000],
  s: ['microseconds', 1_000_000],
};

const tokenForm =
  /(?<!\S)(?:([+-]?)(\d+):(\d\d)(?::(\d\d)(\.\d{1,6})?)?|([+-]?\d+)(\.\d{1,6})?(?: *([a-z]+))?)(?!\S)|\S+/gi;

/** As core takes intervals: { months, days, microseconds }. */
export function intervalOperand(text: string): Reading {
  const trimmed = trim(text);
  if (!/\d/.test(trimmed)) return /infinity/i.test(trimmed) ? undefined : invalidSyntax('interval', text, '22007');
  const parts = { months: 0, days: 0, microseconds: 0 };
  const used = new Set<string>();
  for (const [token, sign, hours, minutes, seconds, fraction, amount, tenths, name] of trimmed.matchAll(tokenForm)) {
    if (hours !== undefined) {
      if (used.has('clock') || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return undefined;
      const whole = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)) * 1_000_000;
      parts.microseconds += (sign === '-' ? -1 : 1) * (whole + millionths(fraction));
      used.add('clock');
    } else {
      // An amount by itself is one of seconds.
      const unitName = name === undefined && token === trimmed ? 's' : name?.toLowerCase().replace(/(?<=..)s$/, '');
      const unit = unitName === undefined ? undefined : units[unitName];
      if (amount === undefined || !unit || used.has(unit.join())) return undefined;
      const [part, size] = unit;
      if (tenths !== undefined && size !== units['s']![1]) return undefined;
      parts[part] += Number(amount) * size + (amount.startsWith('-') ? -millionths(tenths) : millionths(tenths));
      used.add(unit.join());
      if (part === 'microseconds') used.add('clock');
    }
  }
  return Object.values(parts).every(Number.isSafeInteger) ? { value: parts } : undefined;
}

/** Microseconds of ".5". */
function millionths(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.slice(1).padEnd(6, '0'));
}
