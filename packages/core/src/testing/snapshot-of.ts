/** Snapshots for unit tests: from a handful of plain entities to an opened snapshot in about a millisecond, without a file. */
import { describeValue, PermafrostError } from '../errors';
import { memoryStorage } from '../file/memory-storage';
import { openSnapshot, type Snapshot } from '../proxy/snapshot';
import { type EntityClass, entityNameOf, schemaFromClasses } from '../schema/decorators';
import { baseOf, isSubtype } from '../schema/subtype-classes';
import { createSnapshot } from '../writer/create-snapshot';

/**
 * An opened snapshot of instances of classes decorated with `@Snapshot`, in memory. Classes of which there is no instance, but to which
 * others relate, are named in `classes`. `development` is that of {@link openSnapshot}. Throws what {@link createSnapshot} throws, e.g. REFERENCE_DANGLING.
 */
export async function snapshotOf(
  entities: readonly object[],
  { classes = [], development }: { classes?: readonly EntityClass[]; development?: boolean } = {},
): Promise<Snapshot> {
  const all = new Set<EntityClass>(classes);
  for (const entity of entities) {
    const entityClass = classOf(entity);
    for (let link = entityClass; isSubtype(link); link = Object.getPrototypeOf(link) as EntityClass) all.add(link);
    all.add(baseOf(entityClass) ?? entityClass);
  }
  const storage = memoryStorage();
  using writer = createSnapshot({ path: 'snapshot', schema: schemaFromClasses([...all]), storage });
  for (const entity of entities) writer.add(classOf(entity), entity);
  await writer.finish();
  return openSnapshot('snapshot', {
    entities: [...all],
    storage,
    ...(development === undefined ? {} : { development }),
  });
}

function classOf(entity: object): EntityClass {
  const isObject = typeof entity === 'object' && entity !== null;
  const entityClass = isObject ? (Object.getPrototypeOf(entity)?.constructor as EntityClass | undefined) : undefined; // it may have a field of that name
  if (entityClass && entityNameOf(entityClass) !== undefined) return entityClass;
  throw new PermafrostError(
    'SCHEMA_INVALID',
    `snapshotOf: expected instances of classes decorated with @Snapshot(), found ${describeValue(entity)}.`,
    { actual: entity },
  );
}
