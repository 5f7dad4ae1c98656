/** Puts what a join led to into an entity: an instance or null, or a list. */
import type { ResultNode } from '@permafrost/core';
import type { ObjectLiteral } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { embeddedFinder } from './create-instance';
import type { EntityMaker } from './entity-maker';

export type RelationSetter = (entity: ObjectLiteral, ordinal: number, node: ResultNode | undefined) => void;

/** `source` numbers the joined row source among those of the plan; `follow` leads to the targets of a record that has no node. */
export function relationSetter(
  relation: RelationMetadata,
  source: number,
  maker: EntityMaker,
  follow: (ordinal: number) => readonly number[],
): RelationSetter {
  const set = valueSetter(relation);
  if (relation.isManyToMany || relation.isOneToMany) {
    return (entity, ordinal, node) =>
      set(entity, node ? maker.allOfNodes(node.joined[source] ?? []) : maker.all(follow(ordinal)));
  }
  return (entity, ordinal, node) => {
    const target = node?.joined[source]?.[0];
    const at = node ? target?.ordinal : follow(ordinal)[0];
    set(entity, at === undefined ? null : (maker.one(at, target) ?? null));
  };
}

/** Sets a relation's value as TypeORM does: that of a lazy one where its accessor finds it. */
export function valueSetter(relation: RelationMetadata): (entity: ObjectLiteral, value: unknown) => void {
  const { isLazy, propertyName, embeddedMetadata } = relation;
  const name = isLazy ? `__${propertyName}__` : propertyName;
  if (embeddedMetadata) {
    const ownerIn = embeddedFinder(embeddedMetadata);
    return (entity, value) => {
      ownerIn(entity)[name] = value;
    };
  }
  return (entity, value) => {
    const held: unknown = entity[name];
    // TypeORM merges into what a constructor has put there.
    if (typeof held === 'object' && held !== null) relation.setEntityValue(entity, value);
    else entity[name] = value;
  };
}
