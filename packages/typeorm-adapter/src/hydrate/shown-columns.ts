/** Which columns of an alias are shown in its entities, and how a record's values come there: columns first, in the metadata's order. */
import type { CopiedMember } from '@permafrost/core';
import type { EntityMetadata } from 'typeorm';
import { embeddedFinder } from './create-instance';
import type { Hydration } from './hydration';

export interface ShownColumns {
  readonly shown: readonly CopiedMember[];
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
      value: hydration.valueOf(aliasMetadata, column),
      ownerIn: column.embeddedMetadata && embeddedFinder(column.embeddedMetadata),
    })),
    present: isKeyShown ? 'always' : held.map((column) => hydration.presence(aliasMetadata, column)),
  };
}
