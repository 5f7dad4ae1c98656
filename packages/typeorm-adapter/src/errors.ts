/** The adapter's two kinds of refusal, each with its way out. */
import { PermafrostError } from '@permafrost/core';
import { QueryFailedError } from 'typeorm';

/** EXPORT_UNSUPPORTED: "Film.name: embedded entities cannot be exported. …" */
export function exportUnsupported(
  entity: string,
  property: string | undefined,
  what: string,
  wayOut: string,
): PermafrostError {
  const place = property === undefined ? entity : `${entity}.${property}`;
  return new PermafrostError('EXPORT_UNSUPPORTED', `${place}: ${what} cannot be exported. ${wayOut}`, {
    entity,
    ...(property === undefined ? {} : { field: property }),
  });
}

/** The way out for one property. */
export function leaveOut(property: string): string {
  return `To leave it out: @Snapshot({ exclude: ['${property}'] }).`;
}

/** QUERY_UNSUPPORTED: "Customer.findBy: snapshots do not answer …" */
export function queryUnsupported(
  entity: string,
  field: string | undefined,
  what: string,
  wayOut: string,
): PermafrostError {
  const place = field === undefined ? entity : `${entity}.${field}`;
  return new PermafrostError('QUERY_UNSUPPORTED', `${place}: snapshots do not answer ${what}. ${wayOut}`, {
    entity,
    ...(field === undefined ? {} : { field }),
  });
}

/** What TypeORM throws where PostgreSQL refuses a query: the same message, and the SQLSTATE as `code`. There is no query to show. */
export function queryFailed(message: string, sqlState: string): QueryFailedError {
  const refusal = Object.assign(new Error(message), { code: sqlState, severity: 'ERROR' });
  return new QueryFailedError('', [], refusal);
}

/** The one of several refusals that counts: the database looks at the whole query first, then at operands, and only then at records. */
export function firstRefusal(refusals: readonly Error[]): Error | undefined {
  const ofDatabase = refusals.filter((error) => error instanceof QueryFailedError);
  const ofSyntax = ofDatabase.find(({ driverError }) =>
    String((driverError as { code?: string }).code).startsWith('42'),
  );
  return ofSyntax ?? ofDatabase[0] ?? refusals[0];
}
