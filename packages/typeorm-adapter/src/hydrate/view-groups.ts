/** Rows of a view: those that are alike in all that was fetched of it are one to TypeORM. */
import type { EntityMetadata } from 'typeorm';
import type { Hydration } from './hydration';

/** What a record has in common with those that are one with it; undefined for entities of tables, whose keys tell them apart. */
export function viewGroups(
  hydration: Hydration,
  aliasName: string,
  metadata: EntityMetadata,
): ((ordinal: number) => unknown) | undefined {
  if (metadata.tableType !== 'view') return undefined;
  const readers = metadata.columns
    .filter((column) => hydration.isFetched(aliasName, metadata, column) && hydration.isStored(metadata, column))
    .map((column) => hydration.reader(metadata, column));
  if (readers.length === 0) return (ordinal) => ordinal;
  return (ordinal) => readers.map((read) => groupPart(read(ordinal))).join('_');
}

/** The first of each group. */
export function firstOfGroups<T>(items: Iterable<T>, groupOf: (item: T) => unknown): T[] {
  const groups = new Map<unknown, T>();
  for (const item of items) {
    const group = groupOf(item);
    if (!groups.has(group)) groups.set(group, item);
  }
  return [...groups.values()];
}

function groupPart(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
