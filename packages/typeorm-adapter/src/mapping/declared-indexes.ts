/** The indexes of an entity: those TypeORM's `@Index`, `@Unique` and `unique: true` declare, and those of `@SnapshotIndex`. */
import { type EntityClass, type IndexDefinition, snapshotIndexesOf } from '@permafrost/core';
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { MappedField } from './mapped-entity';

/**
 * What TypeORM declares is taken over where equality can use it: not for lists and JSON, nor on columns that are not exported or belong to
 * a relation, nor full text, spatial and other kinds of index. A partial index becomes one of all records, and is not unique then.
 */
export function declaredIndexes(metadata: EntityMetadata, fields: readonly MappedField[]): IndexDefinition[] {
  const byColumn = new Map(
    fields
      .filter(({ definition }) => !definition.array && definition.type !== 'json')
      .map(({ column, definition }) => [column, definition.name]),
  );
  const indexOn = (columns: readonly ColumnMetadata[], unique: boolean): IndexDefinition[] => {
    const names = columns.map((column) => byColumn.get(column));
    const whole = names.length > 0 && names.every((name) => name !== undefined);
    const isKey =
      whole && names.join('\0') === metadata.primaryColumns.map((column) => byColumn.get(column)).join('\0');
    return whole && !isKey ? [{ fields: names as string[], unique }] : [];
  };
  const own = typeof metadata.target === 'function' ? snapshotIndexesOf(metadata.target as unknown as EntityClass) : [];
  return [
    ...own,
    ...metadata.uniques.flatMap(({ columns }) => indexOn(columns, true)),
    ...metadata.indices
      .filter(
        ({ isSpatial, isFulltext, type }) => !isSpatial && !isFulltext && [undefined, 'btree', 'hash'].includes(type),
      )
      .flatMap(({ columns, isUnique, where }) => indexOn(columns, isUnique && where === undefined)),
  ];
}
