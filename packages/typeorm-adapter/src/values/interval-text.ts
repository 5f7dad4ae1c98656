/** Intervals as PostgreSQL writes them in IntervalStyle postgres, which is what node-postgres reads: "1 year 2 mons -3 days +04:05:06.789". */
import { type IntervalParts, timeText } from '@permafrost/core';

export function intervalText({ months, days, microseconds }: IntervalParts): string {
  const years = Math.trunc(months / 12);
  const amounts = [
    [years, 'year'],
    [months - years * 12, 'mon'],
    [days, 'day'],
  ] as const;
  const shown: string[] = [];
  let isAfterNegative = false;
  for (const [amount, unit] of amounts) {
    if (amount === 0) continue;
    shown.push(`${isAfterNegative && amount > 0 ? '+' : ''}${amount} ${unit}${amount === 1 ? '' : 's'}`);
    isAfterNegative = amount < 0;
  }
  if (shown.length === 0 || microseconds !== 0) {
    const sign = microseconds < 0 ? '-' : isAfterNegative ? '+' : '';
    shown.push(sign + timeText(Math.abs(microseconds)));
  }
  return shown.join(' ');
}
