/**
 * Days of the proleptic Gregorian calendar since 1970-01-01, and their text as PostgreSQL writes it.
 * Algorithms: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (days_from_civil, civil_from_days).
 */

/** Days since 1970-01-01 that stand for infinity and -infinity, as in PostgreSQL. */
export const DATE_INFINITY = 2 ** 31 - 1;
export const DATE_NEGATIVE_INFINITY = -(2 ** 31);

export interface CivilDate {
  /** Astronomical: 0 is 1 BC. */
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  /** 1–31. */
  readonly day: number;
}

export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** "2024-02-29", "12024-02-29", "0044-03-15 BC", "infinity" or "-infinity". */
export function dateText(days: number): string {
  if (days === DATE_INFINITY) return 'infinity';
  if (days === DATE_NEGATIVE_INFINITY) return '-infinity';
  const { year, month, day } = civilFromDays(days);
  const shownYear = year > 0 ? year : 1 - year;
  const two = (value: number) => (value < 10 ? `0${value}` : String(value));
  return `${String(shownYear).padStart(4, '0')}-${two(month)}-${two(day)}${year > 0 ? '' : ' BC'}`;
}

/** The days of such a text; undefined when it is not a date of the calendar or beyond 32 bits. */
export function parseDate(text: string): number | undefined {
  if (text === 'infinity') return DATE_INFINITY;
  if (text === '-infinity') return DATE_NEGATIVE_INFINITY;
  const match = /^(\d{4,7})-(\d\d)-(\d\d)( BC)?$/.exec(text);
  if (!match) return undefined;
  const year = match[4] ? 1 - Number(match[1]) : Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (month < 1 || month > 12 || day < 1 || Number(match[1]) === 0) return undefined; // there is no year 0
  const days = daysFromCivil(year, month, day);
  const back = civilFromDays(days);
  if (back.month !== month || back.day !== day || back.year !== year) return undefined;
  return days > DATE_NEGATIVE_INFINITY && days < DATE_INFINITY ? days : undefined;
}
