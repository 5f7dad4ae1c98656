/** Which columns of an alias are shown in its entities, and what puts a record's values there: columns first, in the metadata's order. */
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { embeddedFinder } from './create-instance';
import type { Hydration } from './hydration';

export type ColumnSetter = (entity: ObjectLiteral, ordinal: number) => void;

export interface ShownColumns {
  readonly setters: readonly ColumnSetter[];
  /** What each shown column tells of whether a record holds anything; 'always' where one of them is never null. */
  readonly present: readonly ((ordinal: number) => boolean)[] | 'always';
}

/** `metadata` is that of the record's class, `aliasMetadata` that of the class that was asked for. */
export function shownColumns(
  hydration: Hydration,
  aliasName: string,
  aliasMetadata: EntityMetadata,
  metadata: EntityMetadata,
): ShownColumns {
  const columns = metadata.columns.filter(
    (column) =>
      !column.isVirtual &&
      hydration.isShown(aliasName, column) &&
      hydration.isFetched(aliasName, aliasMetadata, column) &&
      !metadata.childEntityMetadatas.some((child) => child.target === column.target) &&
      hydration.isStored(aliasMetadata, column),
  );
  const held = columns.filter((column) => !column.isVirtualProperty);
  const isKeyShown = metadata.tableType !== 'view' && held.some((column) => column.isPrimary);
  return {
    setters: columns.map((column) => columnSetter(column, hydration.reader(aliasMetadata, column))),
    present: isKeyShown ? 'always' : held.map((column) => hydration.presence(aliasMetadata, column)),
  };
}

function columnSetter(
  { propertyName, embeddedMetadata }: ColumnMetadata,
  read: (ordinal: number) => unknown,
): ColumnSetter {
  if (!embeddedMetadata) {
    return (entity, ordinal) => {
      entity[propertyName] = read(ordinal);
    };
  }
  const ownerIn = embeddedFinder(embeddedMetadata);
  return (entity, ordinal) => {
    ownerIn(entity)[propertyName] = read(ordinal);
  };
}
