/**
 * From a query to ordinals: by primary key where the conditions name it, else by a scan over the records' bytes.
 * Ordinals come in the order asked for, in key order otherwise.
 */
import { refuseUnknownOptions } from '../errors';
import type { Snapshot } from '../proxy/snapshot';
import type { RecordTable } from '../reader/record-table';
import { recordsNamed } from '../reader/subtype-reader';
import { pathTextOf } from '../schema/embedded';
import { indexFields } from '../schema/schema';
import { checkQuery } from './checked-query';
import type { Condition, Query } from './criteria';
import { type Predicate, predicateOf } from './predicate';
import { recordOrder } from './record-order';

/**
 * The ordinals of the records that match. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN, QUERY_UNSUPPORTED, VALUE_TYPE, SNAPSHOT_CLOSED, and
 * TypeError for what has not the form of a {@link Query}.
 */
export function runQuery(snapshot: Snapshot, query: Query): Uint32Array {
  refuseUnknownOptions('runQuery', query, ['entity', 'where', 'order', 'skip', 'take']);
  checkQuery('runQuery', query);
  const { order = [], skip = 0, take = Number.POSITIVE_INFINITY } = query;
  const { table, isMember } = openRecords(snapshot, query.entity);
  const wanted = order.length === 0 ? skip + take : Number.POSITIVE_INFINITY;
  const compare = order.length === 0 ? undefined : recordOrder(table, order);
  const found: number[] = [];
  forEachMatch(table, query.where ?? [], (ordinal) => {
    if (isMember && !isMember(ordinal)) return true;
    if (found.length < wanted) found.push(ordinal);
    return found.length < wanted;
  });
  if (compare) found.sort(compare);
  return Uint32Array.from(found.slice(skip, skip + take));
}

/** How many records match; `skip`, `take` and `order`, which a whole {@link Query} has, do not count. Throws as {@link runQuery}. */
export function countQuery(snapshot: Snapshot, query: Pick<Query, 'entity' | 'where'>): number {
  refuseUnknownOptions('countQuery', query, ['entity', 'where', 'order', 'skip', 'take']);
  checkQuery('countQuery', query);
  const { table, isMember } = openRecords(snapshot, query.entity);
  if ((query.where ?? []).length === 0 && !isMember) return table.recordCount;
  let count = 0;
  forEachMatch(table, query.where ?? [], (ordinal) => {
    if (!isMember || isMember(ordinal)) count++;
    return true;
  });
  return count;
}

function openRecords(snapshot: Snapshot, entity: string): ReturnType<typeof recordsNamed> {
  const records = recordsNamed(snapshot.reader, entity);
  snapshot.reader.requireOpen(entity);
  return records;
}

/** Visits matching ordinals in key order until `visit` says false. */
function forEachMatch(
  table: RecordTable,
  where: readonly (readonly Condition[])[],
  visit: (ordinal: number) => boolean,
): void {
  const alternatives = where.map((conditions) => ({
    predicate: predicateOf(table, conditions),
    candidates: candidatesOf(table, conditions),
  }));
  const matches = eitherOf(alternatives.map(({ predicate }) => predicate));
  const named = alternatives.map(({ candidates }) => candidates);
  if (named.length > 0 && named.every((candidates) => candidates !== undefined)) {
    for (const ordinal of [...new Set(named.flat() as number[])].sort((a, b) => a - b)) {
      table.checkRecord(ordinal);
      if (matches(ordinal) && !visit(ordinal)) return;
    }
    return;
  }
  for (let ordinal = 0; ordinal < table.recordCount; ) {
    for (const end = table.checkRun(ordinal); ordinal < end; ordinal++) if (matches(ordinal) && !visit(ordinal)) return;
  }
}

/** No alternatives: every record. */
function eitherOf(predicates: readonly Predicate[]): Predicate {
  if (predicates.length === 0) return () => true;
  if (predicates.length === 1) return predicates[0]!;
  return (ordinal) => {
    for (const predicate of predicates) if (predicate(ordinal)) return true;
    return false;
  };
}

/**
 * The only ordinals that can satisfy conditions which name the whole key, or all fields of an index; undefined when they name neither.
 * A condition with several values is looked up value by value where it is the only one.
 */
function candidatesOf(table: RecordTable, conditions: readonly Condition[]): number[] | undefined {
  const { key, indexes } = table.entity;
  const onKey = lookedUp(key, conditions);
  if (onKey) return onKey.map((values) => table.keyLookup.ordinalOf(values)).filter((ordinal) => ordinal >= 0);
  let best: number[] | undefined;
  for (const [number, index] of indexes.entries()) {
    const found = lookedUp(indexFields(table.entity, index).map(pathTextOf), conditions)?.flatMap((values) =>
      table.indexLookup(number).findAll(values),
    );
    if (found && index.unique) return found;
    if (found && (best === undefined || found.length < best.length)) best = found;
  }
  return best;
}

/** The values to look up for fields that conditions name, one list a lookup; null equals nothing. Undefined when they do not name them all. */
function lookedUp(names: readonly string[], conditions: readonly Condition[]): unknown[][] | undefined {
  const named = names.map((name) => conditions.find((condition) => condition.field === name));
  if (named.some((condition) => condition === undefined)) return undefined;
  if (names.length > 1 && named.some((condition) => condition!.operator !== 'equal')) return undefined;
  const lists =
    names.length === 1 ? named[0]!.values.map((value) => [value]) : [named.map((condition) => condition!.values[0])];
  return lists.filter((values) => values.every((value) => value !== null && value !== undefined));
}
