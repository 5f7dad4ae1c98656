/**
 * TypeORM's metadata of entities without a database connection: decorators and EntitySchema are read through a DataSource that never
 * connects. Entities that relations lead to come along, as TypeORM needs them.
 */
import {
  DataSource,
  type DataSourceOptions,
  type EntityMetadata,
  type EntitySchema,
  getMetadataArgsStorage,
  InstanceChecker,
} from 'typeorm';
import { ConnectionMetadataBuilder } from 'typeorm/connection/ConnectionMetadataBuilder.js';
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
  // Not DataSource.buildMetadatas: it would make this the DataSource of every class that extends BaseEntity.
  return new ConnectionMetadataBuilder(source).buildEntityMetadatas(list);
}

/** The classes and schemas that relations lead to from the given ones, these included. Names lead nowhere. */
function reachable(entities: readonly EntityName[]): EntityName[] {
  const found = new Set<EntityName>(entities);
  const { relations } = getMetadataArgsStorage();
  for (const entity of found) {
    const targets: unknown[] = InstanceChecker.isEntitySchema(entity)
      ? Object.values((entity as EntitySchema).options.relations ?? {}).map((relation) => relation!.target)
      : relations.filter((relation) => inherits(entity, relation.target)).map((relation) => relation.type);
    for (const given of targets) {
      const target: unknown = typeof given === 'function' ? given() : given;
      if (typeof target === 'function' || InstanceChecker.isEntitySchema(target)) found.add(target as EntityName);
    }
  }
  return [...found];
}

function inherits(entity: EntityName, target: object | string): boolean {
  return typeof target === 'function' && (entity === target || Object.prototype.isPrototypeOf.call(target, entity));
}
