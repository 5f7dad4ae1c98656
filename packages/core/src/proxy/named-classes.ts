/** Classes for entities and subtypes that were opened by name: the same one for a name, so that generations share their proxies. */
import type { EntityClass } from '../schema/class-description';

const namedClasses = new Map<string, EntityClass>();
const namedSubclasses = new WeakMap<EntityClass, Map<string, EntityClass>>();

/** A class to stand for a subtype that was opened by name. */
export function subclassNamed(name: string, base: EntityClass): EntityClass {
  let byName = namedSubclasses.get(base);
  if (!byName) {
    byName = new Map();
    namedSubclasses.set(base, byName);
  }
  let entityClass = byName.get(name);
  if (!entityClass) {
    entityClass = { [name]: class extends base {} }[name]!;
    byName.set(name, entityClass);
  }
  return entityClass;
}

/** A class to stand for an entity that was opened by name. */
export function classNamed(name: string): EntityClass {
  let entityClass = namedClasses.get(name);
  if (!entityClass) {
    entityClass = { [name]: class {} }[name]!;
    namedClasses.set(name, entityClass);
  }
  return entityClass;
}
