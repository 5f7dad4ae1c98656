/** Whether a snapshot holds an entity. */
import { type OpenedSnapshot, PermafrostError } from '@permafrost/core';
import { type EntityName, entityNameOf } from '../mapping/schema-from-metadata';

/** Throws ENTITY_UNKNOWN for an entity that was not exported; `isDefault` when nobody asked for it by name. */
export function requireStored(snapshot: OpenedSnapshot, name: string, entity: EntityName, isDefault = false): void {
  const known = storedNames(snapshot);
  if (known.includes(name)) return;
  throw new PermafrostError(
    'ENTITY_UNKNOWN',
    `${snapshot.path} holds no entity "${name}" (${entityNameOf(entity)}). Export it too${isDefault ? `, or name those to read: openStore({ entities: […] }). There` : '; there'} are: ${known.join(', ')}.`,
    { entity: name, path: snapshot.path, expected: known },
  );
}

/** Entities and their subtypes. */
export function storedNames({ schema }: OpenedSnapshot): string[] {
  return schema.entities.flatMap(({ name, subtypes }) => [
    name,
    ...(subtypes?.classes.map((subtype) => subtype.name) ?? []),
  ]);
}
