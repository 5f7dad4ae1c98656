/** The columns by which TypeORM follows a relation when it reads it by a query of its own. */
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';

/** Of the entity that has the relation: its key where it holds the reference, else what the other side refers to. */
export function ownColumnsOf(relation: RelationMetadata): ColumnMetadata[] {
  if (relation.isWithJoinColumn) return relation.entityMetadata.primaryColumns;
  return referringToOwn(relation).map((column) => column.referencedColumn!);
}

/** Of the related entity: what a reference or join table refers to, else its key. */
export function otherColumnsOf(relation: RelationMetadata): ColumnMetadata[] {
  if (!relation.isWithJoinColumn && !relation.isManyToMany) return relation.inverseEntityMetadata.primaryColumns;
  return referringToOther(relation).map((column) => column.referencedColumn!);
}

/** Columns that refer to the related entity: of the entity itself, or of a join table. */
export function referringToOther(relation: RelationMetadata): ColumnMetadata[] {
  if (relation.isWithJoinColumn) return relation.joinColumns;
  return relation.isManyToManyOwner ? relation.inverseJoinColumns : relation.inverseRelation!.joinColumns;
}

/** Columns of the related entity, or of a join table, that refer to this one. */
function referringToOwn(relation: RelationMetadata): ColumnMetadata[] {
  if (relation.isManyToManyOwner) return relation.joinColumns;
  return relation.isManyToMany ? relation.inverseRelation!.inverseJoinColumns : relation.inverseRelation!.joinColumns;
}
