/** Comparing a snapshot with what TypeORM finds. */
import { isDeepStrictEqual } from 'node:util';
import type { EntityMetadata } from 'typeorm';

export type AnyRecord = Record<string, any>;

/** Values, prototypes and members; shows the first record that differs. */
export function expectSame(actual: readonly unknown[], expected: readonly unknown[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [place, record] of actual.entries()) {
    if (!isDeepStrictEqual(record, expected[place])) expect(record).toStrictEqual(expected[place]);
  }
}

/** Sorts records, and the lists that their relations hold at any depth, by primary key: SQL leaves their order open. */
export function inKeyOrder<T extends object>(metadata: EntityMetadata, records: T[]): T[] {
  for (const record of records) sortLists(metadata, record);
  const key = (record: AnyRecord) =>
    metadata.primaryColumns.map((column) => String(record[column.propertyName]).padStart(40)).join();
  return records.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function sortLists(metadata: EntityMetadata, record: AnyRecord): void {
  for (const relation of metadata.relations) {
    // Looking at a lazy one would ask the database; what was loaded of it lies beside it.
    const name = relation.isLazy ? `__${relation.propertyName}__` : relation.propertyName;
    const value = Object.hasOwn(record, name) ? record[name] : undefined;
    if (Array.isArray(value)) inKeyOrder(relation.inverseEntityMetadata, value);
    else if (value) sortLists(relation.inverseEntityMetadata, value);
  }
}
