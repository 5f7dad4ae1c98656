/** TypeORM's metadata of entities without a database connection: decorators and EntitySchema are read through a DataSource that never connects. */
import { type DataSource, type EntityMetadata, getMetadataArgsStorage } from 'typeorm';
import { ConnectionMetadataBuilder } from 'typeorm/connection/ConnectionMetadataBuilder.js';

/**
 * The metadata of all entities that a DataSource's options name. It does not become the DataSource of any class.
 * Throws what TypeORM throws for entities it cannot describe.
 */
export async function describeEntities(dataSource: DataSource): Promise<EntityMetadata[]> {
  const { entities = [] } = dataSource.options;
  const restore = lazyAccessors();
  try {
    // Not DataSource.buildMetadatas: it would make this the DataSource of every class that extends BaseEntity.
    return await new ConnectionMetadataBuilder(dataSource).buildEntityMetadatas(listOf(entities));
  } finally {
    restore();
  }
}

/** What TypeORM takes as a list or by names, as a list. */
export function listOf<T>(mixed: readonly T[] | { readonly [name: string]: T }): T[] {
  return Array.isArray(mixed) ? [...mixed] : Object.values(mixed);
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
