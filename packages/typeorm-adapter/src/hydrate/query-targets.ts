/** Where TypeORM is led by a relation that it follows by a query of its own. */
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { snapshotNameOf } from '../mapping/mapped-entity';
import type { RecordReaders } from './record-readers';

/** All that a query of its own could give: that query says which of them are not deleted, and of the class that was asked for. */
export const FOLLOWED = { withDeleted: true, withSubclasses: true };

/** The records that a record leads to; the query over them is still to leave out some. */
export function queryTargets(
  readers: RecordReaders,
  relation: RelationMetadata,
): (ordinal: number) => readonly number[] {
  const owner = snapshotNameOf(relation.entityMetadata);
  return readers.targets(owner, relation.propertyPath, { ...FOLLOWED, withDeleted: !isMatchedByQuery(relation) });
}

/** Whether TypeORM tells whose a target is by columns of the owners: if their class shows them and each owner finds its target. */
export function isMatchedByOwners(relation: RelationMetadata, isEachMatched: () => boolean): boolean {
  const { isWithJoinColumn, joinColumns, entityMetadata } = relation;
  if (!isWithJoinColumn) return false;
  return joinColumns.every((column) => entityMetadata.nonVirtualColumns.includes(column)) && isEachMatched();
}

/** Whether the targets of deleted records are passed over: where TypeORM asks for the references once more, and then not for theirs. */
export function passesOverDeletedOwners(
  { isWithJoinColumn, entityMetadata }: RelationMetadata,
  isMatched: boolean,
): boolean {
  return isWithJoinColumn && entityMetadata.deleteDateColumn !== undefined && !isMatched;
}

/**
 * Whether TypeORM asks for the keys of related entities once more, to tell whose they are, and then leaves out deleted ones even if they were
 * asked for. It does so where they hold the reference, unless that is their key.
 */
function isMatchedByQuery(relation: RelationMetadata): boolean {
  if (relation.isWithJoinColumn || relation.isManyToMany) return false;
  const { joinColumns, entityMetadata } = relation.inverseRelation!;
  const { primaryColumns } = entityMetadata;
  return (
    primaryColumns.length !== joinColumns.length || !primaryColumns.every((column) => joinColumns.includes(column))
  );
}
