/** New instances of an entity's class or of an embedded's, as TypeORM makes them for what it loads. */
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { EmbeddedMetadata } from 'typeorm/metadata/EmbeddedMetadata.js';
import type { LazyRelations } from './lazy-relations';

export type CreateInstance = () => ObjectLiteral;

type EntityConstructor = new () => ObjectLiteral;

/**
 * The constructor is called without arguments, unless the DataSource says `entitySkipConstructor`; then come the property that the option
 * `typename` names, and the accessors of lazy relations. Entities of an EntitySchema without a class are plain objects.
 */
export function instanceCreator(metadata: EntityMetadata, lazyRelations: LazyRelations): CreateInstance {
  const bare = bareCreator(metadata);
  const { typename } = metadata.dataSource.options;
  const lazy = metadata.lazyRelations.map((relation) => ({
    name: relation.propertyName,
    accessor: lazyRelations.accessorOf(relation),
  }));
  if (!typename && lazy.length === 0) return bare;
  return () => {
    const instance = bare();
    if (typename) instance[typename] = metadata.targetName;
    for (const { name, accessor } of lazy) Object.defineProperty(instance, name, accessor);
    return instance;
  };
}

function bareCreator({ target, isAlwaysUsingConstructor }: EntityMetadata): CreateInstance {
  if (typeof target !== 'function') return () => ({});
  const EntityClass = target as unknown as EntityConstructor;
  if (isAlwaysUsingConstructor) return () => new EntityClass();
  const prototype = EntityClass.prototype as object;
  return () => Object.create(prototype) as ObjectLiteral;
}

/**
 * The object that holds the members of an embedded, found from the entity through those it lies in; made where there is none yet.
 * What a constructor has put there is kept.
 */
export function embeddedFinder(embedded: EmbeddedMetadata): (entity: ObjectLiteral) => ObjectLiteral {
  const steps = embedded.embeddedMetadataTree.map((metadata) => ({ name: metadata.propertyName, metadata }));
  return (entity) => {
    let owner = entity;
    for (const { name, metadata } of steps) {
      owner[name] ??= metadata.create();
      owner = owner[name] as ObjectLiteral;
    }
    return owner;
  };
}
