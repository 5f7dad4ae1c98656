/** `skip` and `take` as PostgreSQL takes them for OFFSET and LIMIT, with its errors. */
import type { QueryFailedError } from 'typeorm';
import { queryFailed } from '../errors';

/** Numbers of records; `take` undefined for all. TypeORM has made numbers of texts, and refused what is none. */
export function windowOf(skip: number | null | undefined, take: number | null | undefined) {
  // PostgreSQL looks at OFFSET first.
  const offset = countOf('OFFSET', skip) ?? 0;
  return { skip: offset, take: countOf('LIMIT', take) };
}

const errors: Readonly<Record<'OFFSET' | 'LIMIT', () => QueryFailedError>> = {
  OFFSET: () => queryFailed('OFFSET must not be negative', '2201X'),
  LIMIT: () => queryFailed('LIMIT must not be negative', '2201W'),
};

function countOf(clause: 'OFFSET' | 'LIMIT', given: number | null | undefined): number | undefined {
  if (given === undefined || given === null) return undefined;
  if (!Number.isFinite(given)) throw queryFailed('column "infinity" does not exist', '42703');
  // A fraction is a numeric to PostgreSQL, which rounds halves away from zero.
  const count = Math.sign(given) * Math.round(Math.abs(given));
  if (Math.abs(count) >= 2 ** 63) throw queryFailed('bigint out of range', '22003');
  if (count < 0) throw errors[clause]();
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}
