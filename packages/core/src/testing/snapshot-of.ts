/** Snapshots for unit tests: from a handful of plain entities to an opened snapshot in about a millisecond, without a file. */
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import { memoryStorage } from '../file/memory-storage';
import { openSnapshot, type Snapshot } from '../proxy/snapshot';
import { chainOf, type EntityClass, entityNameOf, isSubtype } from '../schema/class-description';
import { schemaFromClasses } from '../schema/schema-from-classes';
import { createSnapshot } from '../writer/create-snapshot';
import { type AddableRecord, memberOf } from '../writer/objects/add-record';

/**
 * An opened snapshot in memory of instances of classes decorated with `@Snapshot`, and of all instances that relations lead to from them.
 * Classes of which there is no instance, but to which others relate, are named in `classes`. `development` is that of {@link openSnapshot}.
 * Throws SCHEMA_INVALID for a class that is missing, and what {@link createSnapshot} and `add` throw, e.g. REFERENCE_DANGLING.
 */
export async function snapshotOf(
  entities: readonly object[],
  options: { classes?: readonly EntityClass[]; development?: boolean } = {},
): Promise<Snapshot> {
  if (!Array.isArray(entities))
    throw new TypeError(
      `snapshotOf: expected a list of instances, found ${describeValue(entities)}. Write snapshotOf([entity]).`,
    );
  refuseUnknownOptions('snapshotOf', options, ['classes', 'development']);
  const { classes = [], development } = options;
  const all = new Set<EntityClass>(classes);
  for (const entityClass of reachedClasses(entities)) for (const link of withBases(entityClass)) all.add(link);
  requireTargets(all);
  const storage = memoryStorage();
  using writer = createSnapshot({ path: 'snapshot', schema: schemaFromClasses([...all]), storage });
  for (const entity of entities) writer.add(entity);
  await writer.finish();
  return openSnapshot('snapshot', {
    entities: [...all],
    storage,
    ...(development === undefined ? {} : { development }),
  });
}

/** The classes of the entities and of all that relations lead to from them. Throws SCHEMA_INVALID for an entity of no decorated class. */
function reachedClasses(entities: readonly object[]): Set<EntityClass> {
  const classes = new Set<EntityClass>();
  for (const entity of entities) if (!classOf(entity)) throw notDecorated(entity);
  const records = new Set(entities);
  for (const record of records) {
    const entityClass = classOf(record)!;
    classes.add(entityClass);
    for (const { name, kind } of chainOf(entityClass).flatMap((link) => link.relations)) {
      const value = memberOf(record as AddableRecord, name);
      const isList = kind === 'to-many' && (Array.isArray(value) || value instanceof Set);
      for (const target of isList ? (value as Iterable<unknown>) : [value])
        if (classOf(target)) records.add(target as object);
    }
  }
  return classes;
}

/** The nearest decorated class that a value is an instance of; it may have a field called `constructor`. */
function classOf(value: unknown): EntityClass | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (let link: object | null = Object.getPrototypeOf(value); link !== null; link = Object.getPrototypeOf(link)) {
    if (Object.hasOwn(link, 'constructor') && entityNameOf(link.constructor as EntityClass) !== undefined)
      return link.constructor as EntityClass;
  }
  return undefined;
}

/** A class and, of a subtype, those up to the one whose table it shares. */
function withBases(entityClass: EntityClass): EntityClass[] {
  const classes: EntityClass[] = [];
  for (let link: unknown = entityClass; typeof link === 'function'; link = Object.getPrototypeOf(link)) {
    if (entityNameOf(link as EntityClass) === undefined) continue;
    classes.push(link as EntityClass);
    if (!isSubtype(link as EntityClass)) break;
  }
  return classes;
}

/** Throws SCHEMA_INVALID naming every class that relations lead to and no instance brings. */
function requireTargets(classes: ReadonlySet<EntityClass>): void {
  const missing = new Set<EntityClass>();
  let first: string | undefined;
  for (const link of linksFrom(classes, missing)) first ??= link;
  if (first === undefined) return;
  throw new PermafrostError(
    'SCHEMA_INVALID',
    `snapshotOf: ${first}, of which there is no instance. Name the class: snapshotOf([…], { classes: [${[...missing].map(({ name }) => name).join(', ')}] }).`,
    { expected: [...missing].map(({ name }) => name) },
  );
}

function* linksFrom(classes: ReadonlySet<EntityClass>, missing: Set<EntityClass>): Iterable<string> {
  const queue = [...classes].filter((entityClass) => typeof entityClass === 'function');
  for (const owner of queue) {
    for (const { name, target } of chainOf(owner).flatMap((link) => link.relations)) {
      for (const wanted of [target()].flat().flatMap((given) => (given ? withBases(given as EntityClass) : []))) {
        if (classes.has(wanted) || missing.has(wanted)) continue;
        missing.add(wanted);
        queue.push(wanted);
        yield `${owner.name}.${name} leads to ${wanted.name}`;
      }
    }
  }
}

function notDecorated(entity: unknown): PermafrostError {
  return new PermafrostError(
    'SCHEMA_INVALID',
    `snapshotOf: expected instances of classes decorated with @Snapshot(), found ${describeValue(entity)}.`,
    { actual: entity },
  );
}
