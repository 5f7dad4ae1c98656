/** A snapshot that holds some of a graph's records and no other, and of their links those that lead to one of them. */
import { isSameRecord, type OpenedSnapshot } from '../../src';
import { keyOf, type ModelGraph, type ModelRecord } from './graph';

type Proxy = Record<string, unknown>;

/** To-one relations that lead elsewhere must be null. */
export function expectPart(graph: ModelGraph, snapshot: OpenedSnapshot, part: ReadonlySet<ModelRecord>): void {
  const proxyOf = (record: ModelRecord) => snapshot.get(record.entity.name, keyOf(record)) as Proxy;
  for (const [entity, records] of graph.records) {
    const remaining = records.filter((record) => part.has(record));
    const all = [...snapshot.all(entity)] as Proxy[];
    expect([entity, all.length]).toEqual([entity, remaining.length]);
    for (const [ordinal, record] of remaining.entries()) {
      expect(isSameRecord(proxyOf(record), all[ordinal])).toBe(true);
      expectLinks(record, all[ordinal]!, part, proxyOf);
    }
    for (const record of records) if (!part.has(record)) expect(proxyOf(record)).toBeUndefined();
  }
}

function expectLinks(
  record: ModelRecord,
  proxy: Proxy,
  part: ReadonlySet<ModelRecord>,
  proxyOf: (record: ModelRecord) => Proxy,
): void {
  for (const relation of record.entity.relations) {
    const link = record.links.get(relation.name);
    const value = proxy[relation.name];
    if (Array.isArray(link)) {
      const targets = link.filter((target) => part.has(target));
      const reached = [...(value as Proxy[])];
      expect([relation.name, reached.length]).toEqual([relation.name, targets.length]);
      for (const target of targets)
        expect(reached.some((candidate) => isSameRecord(candidate, proxyOf(target)))).toBe(true);
    } else if (link && part.has(link)) expect(isSameRecord(value, proxyOf(link))).toBe(true);
    else if (relation.inverse !== undefined) expect(value).toBeNull();
    else expect(value).toBe(link ? null : link);
  }
}
