/**
 * Ids in the place of related entities: `@RelationId` members and the find option `loadRelationIds`. TypeORM reads them by queries of their own:
 * what conditions trim, they show all the same.
 */
import { type EntityMetadata, type ObjectLiteral, TypeORMError } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { OrmUtils } from 'typeorm/util/OrmUtils.js';
import { queryUnsupported } from '../errors';
import { fieldNameOf, snapshotNameOf } from '../mapping/mapped-entity';
import type { Hydration } from './hydration';
import { ownColumnsOf, referringToOther } from './relation-columns';

/** Puts the ids of a record's relation into its entity; true where there were any. */
export type RelationIdSetter = (entity: ObjectLiteral, ordinal: number) => boolean;

interface RelationIds {
  readonly relation: RelationMetadata;
  readonly property: readonly string[];
  /** Whether ids are objects even where one column makes them. */
  readonly asObjects: boolean;
}

/** Those asked for by the option come before those of decorators, as TypeORM reads them. */
export function relationIdSetters(
  hydration: Hydration,
  aliasName: string,
  metadata: EntityMetadata,
): RelationIdSetter[] {
  return [...idsAskedFor(hydration, aliasName), ...idsDeclared(metadata)].map(({ relation, property, asObjects }) => {
    const put = propertySetter(property);
    const isOne = relation.isOneToOne || relation.isManyToOne;
    const idsOf = idReader(hydration, aliasName, metadata, relation, asObjects);
    return (entity, ordinal) => {
      const ids = idsOf(ordinal);
      if (!isOne) put(entity, ids);
      else if (ids[0] !== undefined) put(entity, ids[0]);
      return ids[0] !== undefined;
    };
  });
}

function idsAskedFor({ map }: Hydration, aliasName: string): RelationIds[] {
  return map.relationIdAttributes
    .filter((attribute) => attribute.parentAlias === aliasName)
    .map((attribute) => ({
      relation: attribute.relation,
      property: attribute.mapToPropertyPropertyPath.split('.'),
      asObjects: attribute.disableMixedMap,
    }));
}

function idsDeclared(metadata: EntityMetadata): RelationIds[] {
  return metadata.relationIds.map((declared) => {
    // TypeORM looks the relation up by its bare name, and so finds none inside an embedded.
    const { propertyName } = declared.relation;
    const relation = metadata.findRelationWithPropertyPath(propertyName);
    if (!relation) throw new TypeORMError(`Relation with property path ${propertyName} in entity was not found.`);
    if (declared.queryBuilderFactory)
      throw queryUnsupported(
        snapshotNameOf(metadata),
        declared.propertyName,
        '@RelationId with a query of its own',
        "Read proxies: { as: 'proxy' }, or ask the database.",
      );
    return { relation, property: declared.propertyName.split('.'), asObjects: false };
  });
}

/** Makes objects on the way where there are none. */
function propertySetter(property: readonly string[]): (entity: ObjectLiteral, value: unknown) => void {
  const last = property.at(-1)!;
  const owners = property.slice(0, -1);
  return (entity, value) => {
    let owner = entity;
    for (const name of owners) {
      if (typeof owner[name] !== 'object' || owner[name] === null) owner[name] = {};
      owner = owner[name] as ObjectLiteral;
    }
    owner[last] = value;
  };
}

function idReader(
  hydration: Hydration,
  aliasName: string,
  metadata: EntityMetadata,
  relation: RelationMetadata,
  asObjects: boolean,
): (ordinal: number) => unknown[] {
  if (relation.isManyToOne || relation.isOneToOneOwner) {
    const idOf = ownedIdReader(hydration, aliasName, metadata, relation, asObjects);
    return (ordinal) => [idOf(ordinal)];
  }
  const referenced = ownColumnsOf(relation);
  // What TypeORM did not fetch it cannot find the others by.
  if (!referenced.every((column) => hydration.isFetched(aliasName, metadata, column))) return () => [];
  const target = relation.inverseEntityMetadata;
  const isManyToMany = relation.isManyToMany;
  const columns = isManyToMany ? referringToOther(relation) : target.primaryColumns;
  const fields = isManyToMany ? columns.map((column) => column.referencedColumn!) : columns;
  const build = idBuilder(columns, isManyToMany, asObjects);
  const reads = fields.map((column) => hydration.reader(target, column));
  const owner = snapshotNameOf(metadata);
  const { propertyPath } = relation;
  // TypeORM passes `withDeleted` on to join tables alone, which it orders by what they refer to.
  const targetsOf = isManyToMany
    ? hydration.readers.targetsBy(
        owner,
        propertyPath,
        { withDeleted: hydration.map.withDeleted },
        fields.map(fieldNameOf),
      )
    : // For ids it asks for a class with all that extend it, where it joins that class alone.
      hydration.readers.targets(owner, propertyPath, { withDeleted: false, withSubclasses: true });
  return (ordinal) => targetsOf(ordinal).map((at) => build(reads.map((read) => read(at))));
}

/** The id that the record itself holds: columns of a partial selection may not have been fetched. */
function ownedIdReader(
  hydration: Hydration,
  aliasName: string,
  metadata: EntityMetadata,
  relation: RelationMetadata,
  asObjects: boolean,
): (ordinal: number) => unknown {
  const build = idBuilder(relation.joinColumns, true, asObjects);
  const target = relation.inverseEntityMetadata;
  const follow = hydration.readers.targets(snapshotNameOf(metadata), relation.propertyPath, {
    withDeleted: true,
  });
  const reads = relation.joinColumns.map((column): ((ordinal: number) => unknown) => {
    if (!hydration.isFetched(aliasName, metadata, column)) return () => undefined;
    const isField = !column.isVirtual && hydration.isStored(metadata, column);
    if (isField) return hydration.reader(metadata, column);
    const read = hydration.reader(target, column.referencedColumn!);
    return (ordinal) => {
      const [at] = follow(ordinal);
      return at === undefined ? null : read(at);
    };
  });
  return (ordinal) => build(reads.map((read) => read(ordinal)));
}

/**
 * An id from the values of its columns: the value alone where there is one column, else an object as the related entity would have them.
 * `areReferring` says that the columns refer to those of the related entity instead of being them.
 */
function idBuilder(
  columns: readonly ColumnMetadata[],
  areReferring: boolean,
  asObjects: boolean,
): (values: readonly unknown[]) => unknown {
  const [first] = columns;
  // TypeORM does not know the columns of a relation in an embedded of a child class.
  if (first === undefined) return () => ({});
  const isAlone = columns.length === 1 && !asObjects;
  const idColumn = areReferring ? first.referencedColumn! : first;
  if (isAlone && !idColumn.referencedColumn && !idColumn.embeddedMetadata && idColumn.type !== 'bigint')
    return ([id]) => id;
  return (values) => {
    const id = {};
    for (const [place, column] of columns.entries()) {
      const own = areReferring ? column.referencedColumn! : column;
      const isOfRelation = areReferring
        ? !column.isPrimary && own.referencedColumn
        : own.isVirtual && own.referencedColumn && own.referencedColumn.propertyName !== own.propertyName;
      const value: unknown = isOfRelation ? own.referencedColumn!.createValueMap(values[place]) : values[place];
      OrmUtils.mergeDeep(id, own.createValueMap(value));
    }
    return isAlone ? (idColumn.getEntityValue(id) as unknown) : id;
  };
}
