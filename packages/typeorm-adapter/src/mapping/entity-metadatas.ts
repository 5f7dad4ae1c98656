/** TypeORM's metadata of entities without a database connection: decorators and EntitySchema are read through a DataSource that never connects. */
import type { DataSource, EntityMetadata } from 'typeorm';
import { ConnectionMetadataBuilder } from 'typeorm/connection/ConnectionMetadataBuilder.js';

/**
 * The metadata of all entities that a DataSource's options name. It does not become the DataSource of any class.
 * Throws what TypeORM throws for entities it cannot describe.
 */
export async function describeEntities(dataSource: DataSource): Promise<EntityMetadata[]> {
  const { entities = [] } = dataSource.options;
  const { relationLoader } = dataSource;
  // TypeORM gives prototypes an accessor for each lazy relation, which asks the DataSource that came last. This one never connects, and the
  // application's own may be initialized while it is described: prototypes are not to be touched at all.
  Object.assign(dataSource, { relationLoader: { enableLazyLoad: () => {} } });
  try {
    // Not DataSource.buildMetadatas: it would make this the DataSource of every class that extends BaseEntity.
    return await new ConnectionMetadataBuilder(dataSource).buildEntityMetadatas(listOf(entities));
  } finally {
    Object.assign(dataSource, { relationLoader });
  }
}

/** What TypeORM takes as a list or by names, as a list. */
export function listOf<T>(mixed: readonly T[] | { readonly [name: string]: T }): T[] {
  return Array.isArray(mixed) ? [...mixed] : Object.values(mixed);
}
