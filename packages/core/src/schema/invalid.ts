/** The error for a declaration that no snapshot can hold. */
import { PermafrostError } from '../errors';

/** Throws SCHEMA_INVALID for an entity, or for one of its members. */
export function invalid(entity: string, member: string | undefined, why: string): never {
  const stop = why.endsWith('?') ? '' : '.';
  throw new PermafrostError('SCHEMA_INVALID', `${entity}${member === undefined ? '' : `.${member}`}: ${why}${stop}`, {
    entity,
    field: member,
  });
}
