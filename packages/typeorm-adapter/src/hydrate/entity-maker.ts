/**
 * How the records of one alias of a query become instances of the entity's class, as TypeORM's RawSqlResultsToEntityTransformer makes them of
 * rows. Decided once a query, for each class a record may be of: what is then run for each record is a list of columns, then of setters.
 */
import type { ResultNode } from '@permafrost/core';
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { JoinAttribute } from 'typeorm/query-builder/JoinAttribute.js';
import { snapshotNameOf } from '../mapping/mapped-entity';
import { type CreateInstance, instanceCreator } from './create-instance';
import type { Hydration } from './hydration';
import { relationIdSetters } from './relation-ids';
import { relationSetter } from './relation-setter';
import { shownColumns } from './shown-columns';
import { firstOfGroups, viewGroups } from './view-groups';

/**
 * Entities of the records of one alias, by their ordinals. With nodes what is joined comes from these, without them from wherever the
 * relations lead. An entity that shows nothing but nulls does not exist, as in TypeORM.
 */
export interface EntityMaker {
  one(ordinal: number, node: ResultNode | undefined): ObjectLiteral | undefined;
  all(ordinals: ArrayLike<number>): ObjectLiteral[];
  allOfNodes(nodes: readonly ResultNode[]): ObjectLiteral[];
}

/** The maker of an alias's entities, with what is joined to it. */
export function entityMaker(hydration: Hydration, aliasName: string, metadata: EntityMetadata): EntityMaker {
  const one = makerOfRecord(hydration, aliasName, metadata);
  const groupOf = viewGroups(hydration, aliasName, metadata);
  const maker = makerOfAll(one);
  if (!groupOf) return maker;
  return {
    one,
    all: (ordinals) => maker.all(firstOfGroups(Array.from(ordinals), groupOf)),
    allOfNodes: (nodes) => maker.allOfNodes(firstOfGroups(nodes, (node) => groupOf(node.ordinal))),
  };
}

function makerOfAll(one: EntityMaker['one']): EntityMaker {
  return {
    one,
    all: (ordinals) => entitiesOf(one, ordinals, undefined),
    allOfNodes: (nodes) => entitiesOf(one, undefined, nodes),
  };
}

/** A list of just the size it takes: one that grows as it is filled has room for 17 entities when it has one. */
function entitiesOf(
  one: EntityMaker['one'],
  ordinals: ArrayLike<number> | undefined,
  nodes: readonly ResultNode[] | undefined,
): ObjectLiteral[] {
  const most = (ordinals ?? nodes)!.length;
  if (most === 0) return [];
  const entities = new Array<ObjectLiteral>(most);
  let count = 0;
  for (let place = 0; place < most; place++) {
    const node = nodes?.[place];
    const entity = one(node ? node.ordinal : ordinals![place]!, node);
    if (entity !== undefined) entities[count++] = entity;
  }
  if (count < most) entities.length = count;
  return entities;
}

/** Chooses the class of a record by its discriminator: of one that is not selected, or that no child claims, it is the alias's own. */
function makerOfRecord(hydration: Hydration, aliasName: string, metadata: EntityMetadata): EntityMaker['one'] {
  const own = makerOfClass(hydration, aliasName, metadata, metadata);
  const { discriminatorColumn, childEntityMetadatas } = metadata;
  const isKnown =
    discriminatorColumn && hydration.isFetched(aliasName, metadata, discriminatorColumn) && childEntityMetadatas.length;
  if (!isKnown) return own;
  const read = hydration.discriminatorReader(metadata);
  const byValue = new Map<unknown, EntityMaker['one']>();
  // Classes are told apart by text in the file, whatever the column is.
  for (const child of childEntityMetadatas) {
    const value = String(child.discriminatorValue);
    if (!byValue.has(value)) byValue.set(value, makerOfClass(hydration, aliasName, metadata, child));
  }
  return (ordinal, node) => (byValue.get(read(ordinal)) ?? own)(ordinal, node);
}

function makerOfClass(
  hydration: Hydration,
  aliasName: string,
  aliasMetadata: EntityMetadata,
  metadata: EntityMetadata,
): EntityMaker['one'] {
  const create: CreateInstance = instanceCreator(metadata, hydration.lazyRelations);
  const { shown, present } = shownColumns(hydration, aliasName, aliasMetadata, metadata);
  const copy = hydration.readers.snapshot.byOrdinal.recordCopier(snapshotNameOf(aliasMetadata), shown);
  const joined = hydration.map.joinAttributes.filter((join) => isShown(join, aliasName, metadata)).map(setterOfJoin);
  const ids = relationIdSetters(hydration, aliasName, aliasMetadata);
  const isNothing = nothingTest(metadata, present, joined.length > 0);

  function setterOfJoin(join: JoinAttribute) {
    const maker = entityMaker(hydration, join.alias.name, join.metadata!);
    const source = hydration.sourceOf(join.alias.name);
    return relationSetter(join.relation!, source, maker, hydration.follower(aliasMetadata, join.relation!));
  }

  return (ordinal, node) => {
    const entity = create();
    copy(ordinal, entity);
    for (let place = 0; place < joined.length; place++) joined[place]!(entity, ordinal, node);
    let hasIds = false;
    for (let place = 0; place < ids.length; place++) hasIds = ids[place]!(entity, ordinal) || hasIds;
    return isNothing?.(ordinal, hasIds) ? undefined : entity;
  };
}

/** Whether TypeORM shows what the join led to in entities of this class: children of a single-table inheritance lack relations of others. */
function isShown(join: JoinAttribute, aliasName: string, metadata: EntityMetadata): boolean {
  const { relation } = join;
  return (
    relation !== undefined &&
    join.isSelected &&
    join.parentAlias === aliasName &&
    join.relationPropertyPath === relation.propertyPath &&
    metadata.relations.includes(relation)
  );
}

/**
 * Tells a record of which nothing is shown; undefined where there cannot be one. An entity without a key of its own, such as a view, exists
 * by its relations too.
 */
function nothingTest(
  metadata: EntityMetadata,
  present: readonly ((ordinal: number) => boolean)[] | 'always',
  hasRelations: boolean,
): ((ordinal: number, hasIds: boolean) => boolean) | undefined {
  if (present === 'always') return undefined;
  const existsByRelations = metadata.primaryColumns.every((column) => column.isVirtual);
  if (existsByRelations && hasRelations) return undefined;
  return (ordinal, hasIds) => !(existsByRelations && hasIds) && !present.some((has) => has(ordinal));
}
