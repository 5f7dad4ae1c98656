/**
 * TypeORM's metadata of entities without a database connection: decorators and EntitySchema are read through a DataSource that never
 * connects. Entities that relations lead to come along, as TypeORM needs them.
 */
import { DataSource, type DataSourceOptions, type EntityMetadata, getMetadataArgsStorage } from 'typeorm';
import { ConnectionMetadataBuilder } from 'typeorm/connection/ConnectionMetadataBuilder.js';
import { reachable } from './reachable-entities';
import type { EntityName } from './schema-from-metadata';

/**
 * The metadata of `entities` and of all that they lead to; of a DataSource's own entities where one is given, initialized or not.
 * Throws what TypeORM throws for entities it cannot describe.
 */
export async function entityMetadatasOf(
  entities: readonly EntityName[],
  dataSource?: DataSource,
): Promise<EntityMetadata[]> {
  if (dataSource?.isInitialized) return dataSource.entityMetadatas;
  // Without a driver to load it does not even need node-postgres.
  const source =
    dataSource ??
    new DataSource({
      type: 'postgres',
      driver: {},
      nativeDriver: {},
      entities: reachable(entities) as DataSourceOptions['entities'] & unknown[],
    });
  const { entities: declared = [] } = source.options;
  const list = Array.isArray(declared) ? declared : Object.values(declared);
  const restore = lazyAccessors();
  try {
    // Not DataSource.buildMetadatas: it would make this the DataSource of every class that extends BaseEntity.
    return await new ConnectionMetadataBuilder(source).buildEntityMetadatas(list);
  } finally {
    restore();
  }
}

/**
 * TypeORM gives prototypes an accessor for each lazy relation, which asks the DataSource that came last. This one never connects, so
 * prototypes are put back as the application's own DataSource left them.
 */
function lazyAccessors(): () => void {
  const before = getMetadataArgsStorage()
    .relations.filter(({ target }) => typeof target === 'function')
    .map(({ target, propertyName }) => {
      const { prototype } = target as { prototype: object };
      return { prototype, propertyName, descriptor: Object.getOwnPropertyDescriptor(prototype, propertyName) };
    });
  return () => {
    for (const { prototype, propertyName, descriptor } of before) {
      if (descriptor) Object.defineProperty(prototype, propertyName, descriptor);
      else delete (prototype as Record<string, unknown>)[propertyName];
    }
  };
}
