/** Which columns of an alias are shown in its entities, and how a record's values come there: columns first, in the metadata's order. */
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import { embeddedFinder } from './create-instance';
import type { Hydration } from './hydration';

/** One column of entities. Not a function that sets it: a call less a value is felt where there are a million. */
export interface ShownColumn {
  readonly name: string;
  readonly read: (ordinal: number) => unknown;
  /** The object of the entity that has it; undefined for the entity itself. */
  readonly ownerIn: ((entity: ObjectLiteral) => ObjectLiteral) | undefined;
}

export interface ShownColumns {
  readonly shown: readonly ShownColumn[];
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
    shown: columns.map((column) => ({
      name: column.propertyName,
      read: hydration.reader(aliasMetadata, column),
      ownerIn: column.embeddedMetadata && embeddedFinder(column.embeddedMetadata),
    })),
    present: isKeyShown ? 'always' : held.map((column) => hydration.presence(aliasMetadata, column)),
  };
}
