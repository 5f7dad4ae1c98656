/**
 * What core's proxies are to show as TypeORM does besides values: embeddeds of their classes, promises of lazy relations, `@RelationId`, and
 * no column with `select: false`.
 */
import type { EntityClass, ValueOptions } from '@permafrost/core';
import type { EntityMetadata } from 'typeorm';
import { fieldNameOf } from './mapped-entity';
import { relationIdGiver } from './relation-ids';

/** Core's hooks for a store; `metadatas` are those of its entities by their names in the snapshot. */
export function proxyHooks(
  metadatas: ReadonlyMap<string, EntityMetadata>,
): Required<Pick<ValueOptions, 'wrap' | 'embeddedClass' | 'showsOnlySelected' | 'derive'>> {
  const classesOf = (entity: string) => {
    const metadata = metadatas.get(entity);
    return metadata ? [metadata, ...metadata.childEntityMetadatas] : [];
  };
  return {
    wrap: (entity, { name }) => {
      const relations = classesOf(entity.name).flatMap((metadata) => metadata.relations);
      return relations.some(({ propertyPath, isLazy }) => isLazy && propertyPath === name) ? promiseOf : undefined;
    },
    embeddedClass: (entity, path, entityClass) => {
      const classes = classesOf(entity.name);
      const own = classes.find(({ target }) => target === entityClass);
      for (const metadata of own ? [own, ...classes] : classes) {
        const type = metadata.findEmbeddedWithPropertyPath(path.join('.'))?.type;
        if (typeof type === 'function') return type as EntityClass;
      }
      return undefined;
    },
    // TypeORM always selects a key with the rest.
    showsOnlySelected: (entity, { name }) =>
      classesOf(entity.name).some(({ columns }) =>
        columns.some((column) => !column.isSelect && !column.isPrimary && fieldNameOf(column) === name),
      ),
    derive: (entity, entityClass) => {
      const classes = classesOf(entity.name);
      const metadata = classes.find(({ target }) => target === entityClass) ?? classes[0];
      if (!metadata) return [];
      const stored = new Set(entity.relations.map(({ name }) => name));
      const ids = metadata.relationIds
        .filter(({ relation, target }) => stored.has(relation.propertyPath) && !isBelow(metadata, target))
        .map((relationId) => ({ name: relationId.propertyName, give: relationIdGiver(relationId) }));
      const { typename } = metadata.dataSource.options;
      const isTaken = [...entity.fields, ...entity.relations].some(({ name }) => name === typename);
      return typename && !isTaken ? [{ name: typename, give: nameGiver(metadata.targetName) }, ...ids] : ids;
    },
  };
}

/** Whether a class extends the one of the metadata: its members are among those of the base. */
function isBelow(metadata: EntityMetadata, target: unknown): boolean {
  return metadata.childEntityMetadatas.some((child) => child.target === target);
}

const nameGivers = new Map<string, () => string>();

/** What the DataSource option `typename` shows; the same function for a name, so that generations share the classes of their proxies. */
function nameGiver(name: string): () => string {
  const giver = nameGivers.get(name) ?? (() => name);
  nameGivers.set(name, giver);
  return giver;
}

/** The same function for all, so that generations share the classes of their proxies. */
function promiseOf(value: unknown): Promise<unknown> {
  return Promise.resolve(value);
}
