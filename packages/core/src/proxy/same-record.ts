/** Identity of records: proxies are many, the record they show is one. */
import { stateOf } from './record-state';

/** True when both are proxies of the same record of the same snapshot content. False for anything else. */
export function isSameRecord(a: unknown, b: unknown): boolean {
  const [first, second] = [stateOf(a), stateOf(b)];
  if (!first || !second) return false;
  const [one, other] = [first.table.records, second.table.records];
  return (
    one.entityId === other.entityId && // asked first: a stale cursor refuses it
    first.ordinal === second.ordinal &&
    (one.reader === other.reader || one.reader.contentHash === other.reader.contentHash)
  );
}

/** True for a proxy of any snapshot. */
export function isRecord(value: unknown): boolean {
  return stateOf(value) !== undefined;
}
