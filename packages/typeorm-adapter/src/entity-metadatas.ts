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
    if (typeof entity !== 'function') {
      if (InstanceChecker.isEntitySchema(entity)) for (const target of schemaTargets(entity)) found.add(target);
      continue;
    }
    for (const relation of relations) {
      if (!inherits(entity, relation.target)) continue;
      const target = typeof relation.type === 'function' ? (relation.type as () => unknown)() : relation.type;
      if (typeof target === 'function') found.add(target);
    }
  }
  return [...found];
}

/** The targets of an EntitySchema's relations that are classes or schemas themselves. */
function schemaTargets(schema: EntitySchema): EntityName[] {
  const targets = Object.values(schema.options.relations ?? {}).map((relation) => relation!.target as unknown);
  return targets.filter(
    (target) => InstanceChecker.isEntitySchema(target) || (typeof target === 'function' && isClass(target as object)),
  ) as EntityName[];
}

function inherits(entity: object, target: object | string): boolean {
  return typeof target === 'function' && (entity === target || Object.prototype.isPrototypeOf.call(target, entity));
}

function isClass(target: object): boolean {
  return getMetadataArgsStorage().tables.some((table) => table.target === target);
}
