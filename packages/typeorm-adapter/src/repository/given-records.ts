/**
 * Records of snapshots in what a caller hands in. TypeORM looks at own members and asks `Array.isArray`: to it a record is an object without
 * members, and a list of records is no list.
 */
import { isRecord, isRecordList, materialize } from '@permafrost/core';

/** The same with ordinary instances in the place of records, and arrays in that of their lists; what holds none is given back as it is. */
export function withoutRecords<T>(given: T): T {
  return replaced(given) as T;
}

/** The first record in options, conditions or entities, however deep; undefined where there is none. */
export function firstRecordIn(given: unknown, seen = new Set<object>()): object | undefined {
  if (typeof given !== 'object' || given === null || seen.has(given)) return undefined;
  if (isRecord(given)) return given;
  if (given instanceof Date || ArrayBuffer.isView(given)) return undefined;
  seen.add(given);
  for (const value of isRecordList(given) ? given : Object.values(given)) {
    const found = firstRecordIn(value, seen);
    if (found) return found;
  }
  return undefined;
}

function replaced(given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  if (isRecord(given)) return materialize(given);
  if (isRecordList(given)) return [...given].map((record) => materialize(record));
  if (Array.isArray(given)) return firstRecordIn(given) ? given.map(replaced) : given;
  if (Object.getPrototypeOf(given) !== Object.prototype || !firstRecordOrListIn(given)) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, replaced(value)]));
}

/** An empty list of records has none in it, and is still no array. */
function firstRecordOrListIn(given: object): boolean {
  return Object.values(given).some(isRecordList) || firstRecordIn(given) !== undefined;
}
