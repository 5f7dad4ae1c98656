/** All that a snapshot holds, as plain values that compare: fields as they are given back, relations as the ordinals they lead to. */
import { isSameRecord, type OpenedSnapshot, openSnapshot } from '../../src';
import { readAt } from './embedded';
import { comparable } from './fields';
import type { MemoryStorage } from './memory-storage';

type Proxy = Record<string, unknown>;

/** Opens a snapshot so that keys can be read back exactly: timestamps with their microseconds. */
export function openExact(path: string, storage: MemoryStorage): Promise<OpenedSnapshot> {
  return openSnapshot(path, {
    storage,
    values: { timestamp: 'microseconds', timestamptz: 'microseconds', json: 'text' },
  });
}

/** `sorted` gives the lists of relations that the other side stores in the order of their records: writers add them as they come. */
export function dump(snapshot: OpenedSnapshot, { sorted = false } = {}): unknown {
  const ordinalIn = (target: string | undefined, record: unknown) => {
    if (record === null || record === undefined) return record;
    if (target === undefined) return placeOf(snapshot, record);
    const { key } = snapshot.entitySchema(target);
    return snapshot.byOrdinal.ordinalOf(
      target,
      key.map((name) => (record as Proxy)[name]),
    );
  };
  return snapshot.schema.entities.map(({ name: entity, fields, relations }) => [
    entity,
    Array.from(snapshot.all(entity), (record) => [
      fields.map((field) => comparable(readAt(record, field))),
      relations.map(({ name, kind, target, inverse }) => {
        if (kind === 'to-one') return ordinalIn(target, record[name]);
        const ordinals = Array.from(record[name] as Proxy[], (element) => ordinalIn(target, element) as number);
        return sorted && inverse !== undefined ? ordinals.sort((a, b) => a - b) : ordinals;
      }),
    ]),
  ]);
}

/** Entity and ordinal of a record that a relation to one of several entities leads to. */
function placeOf(snapshot: OpenedSnapshot, record: unknown): unknown {
  for (const { name } of snapshot.schema.entities) {
    const ordinal = [...snapshot.all(name)].findIndex((candidate) => isSameRecord(candidate, record));
    if (ordinal >= 0) return [name, ordinal];
  }
  return 'no record';
}
