/** The error for a member that an entity does not have. */
import { nearestName, PermafrostError } from '../errors';
import { pathTextOf } from './embedded';
import type { EntitySchema } from './schema';

/** FIELD_UNKNOWN with the nearest of the `known` names; `what` says which kind of member was looked for. */
export function unknownMember(
  entity: EntitySchema,
  name: string,
  what = 'field or relation',
  known: readonly string[] = memberNames(entity),
): PermafrostError {
  const near = nearestName(String(name), known);
  const advice = near ? ` Did you mean "${near}"?` : known.length > 0 ? ` There are: ${known.join(', ')}.` : '';
  return new PermafrostError('FIELD_UNKNOWN', `${entity.name} has no ${what} "${String(name)}".${advice}`, {
    entity: entity.name,
    field: String(name),
    expected: known,
  });
}

function memberNames(entity: EntitySchema): string[] {
  return [...entity.fields.map(pathTextOf), ...entity.relations.map(pathTextOf)];
}
