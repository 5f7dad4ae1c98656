/** The core as a whole against the model: any schema, any graph of records, written in any order, read back. */
import fc from 'fast-check';
import {
  createSnapshot,
  type IndexSchema,
  isRecord,
  isSameRecord,
  materialize,
  type OpenedSnapshot,
  openSnapshot,
  pathTextOf,
  type RelationSchema,
  runQuery,
} from '../../src/index';
import { indexFields, targetNames } from '../../src/schema/schema';
import { anyCase, Dice } from '../support/dice';
import { ExpectedEmbedded, expectedMembers, own } from '../support/embedded';
import { comparable, inJson } from '../support/fields';
import {
  addables,
  drawGraph,
  drawSchema,
  keyOf,
  type ModelGraph,
  type ModelRecord,
  sameInIndex,
} from '../support/graph';
import { MemoryStorage } from '../support/memory-storage';
import { holds, thrownBy } from '../support/property';

type Proxy = Record<string, unknown>;

async function write(graph: ModelGraph, dice: Dice): Promise<OpenedSnapshot> {
  const storage = new MemoryStorage();
  const writer = createSnapshot({ path: 'm/x', schema: graph.schema, storage });
  for (const { entity, record } of addables(graph, dice)) writer.add(entity, record);
  const summary = await writer.finish();
  expect(storage.names).toEqual(['m/x']);
  expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 0, 0]);
  expect(summary.entities.map(({ records }) => records)).toEqual(
    graph.schema.entities.map((entity) => graph.records.get(entity.name)!.length),
  );
  return openSnapshot('m/x', { storage });
}

/** Which of the model's records a proxy shows, told by its key alone. */
function modelOf(
  graph: ModelGraph,
  snapshot: OpenedSnapshot,
  relation: RelationSchema,
  proxy: unknown,
): ModelRecord | undefined {
  return targetNames(relation)
    .flatMap((entity) => graph.records.get(entity)!)
    .find((record) => isSameRecord(snapshot.get(record.entity.name, keyOf(record)), proxy));
}

const sorted = (graph: ModelGraph, entity: string, records: ModelRecord[]) =>
  records.map((record) => graph.records.get(entity)!.indexOf(record)).sort((a, b) => a - b);

function expectEqual(graph: ModelGraph, snapshot: OpenedSnapshot, record: ModelRecord, proxy: Proxy): void {
  expectMembers(expectedMembers(record), proxy);
  const names = proxyMembers(record);
  for (const name of names)
    if (!expectedMembers(record).members.has(name)) expect([name, proxy[name]]).toEqual([name, undefined]);
  for (const relation of record.entity.relations) {
    const link = record.links.get(relation.name);
    const value = proxy[relation.name];
    if (!Array.isArray(link)) {
      expect([relation.name, link ? modelOf(graph, snapshot, relation, value) === link : value]).toEqual([
        relation.name,
        link ? true : link,
      ]);
      expect(proxy[relation.name]).toBe(value);
      continue;
    }
    const reached = [...(value as unknown[])].map((element) => modelOf(graph, snapshot, relation, element)!);
    if (relation.inverse === undefined)
      expect(reached.map((found, place) => found === link[place])).toEqual(link.map(() => true));
    else expect(sorted(graph, relation.target!, reached)).toEqual(sorted(graph, relation.target!, link));
  }
}

/** Each record is found by its values with all that share them, in key order; without a value in one of them it is refused. */
function expectFound(snapshot: OpenedSnapshot, index: IndexSchema, model: readonly ModelRecord[]): void {
  for (const record of model) {
    const { name } = record.entity;
    const values = index.fields.map((field) => record.values.get(field) ?? null);
    if (values.includes(null)) {
      expect(thrownBy(() => snapshot.find(name, index.fields, values)).code).toBe('KEY_INVALID');
      continue;
    }
    const twins = model.filter((other) => sameInIndex(index, record, other)).map((twin) => model.indexOf(twin));
    const ordinals = [...snapshot.find(name, index.fields, values)].map((found) =>
      model.findIndex((other) => isSameRecord(snapshot.get(name, keyOf(other)), found)),
    );
    expect(ordinals).toEqual(twins);
    const first = index.fields.length === 1 ? snapshot.findOne(name, index.fields[0]!, values[0]) : undefined;
    if (index.fields.length === 1) expect(isSameRecord(first, snapshot.get(name, keyOf(model[twins[0]!]!)))).toBe(true);
    const asked = indexFields(record.entity, index).map((field, part) => ({
      field: pathTextOf(field),
      operator: 'equal' as const,
      values: [values[part]],
    }));
    expect([...runQuery(snapshot, { entity: name, where: [asked] })]).toEqual(twins);
  }
}

describe('any graph', () => {
  it('is read back as it was written', () =>
    holds(
      fc.asyncProperty(anyCase(12), async ({ seed, size }) => {
        const dice = new Dice(seed);
        const graph = drawGraph(dice, drawSchema(dice), size);
        const snapshot = await write(graph, dice);
        for (const entity of graph.schema.entities) {
          const model = graph.records.get(entity.name)!;
          expect(snapshot.count(entity.name)).toBe(model.length);
          const all = [...snapshot.all(entity.name)];
          for (const [ordinal, record] of model.entries()) {
            expectEqual(graph, snapshot, record, all[ordinal]!);
            for (const form of ['list', 'object', 'shortest'] as const) {
              expect([form, snapshot.byOrdinal.ordinalOf(entity.name, keyOf(record, form))]).toEqual([form, ordinal]);
            }
          }
          for (const index of entity.indexes) expectFound(snapshot, index, model);
          let ordinal = 0;
          for (const cursor of snapshot.scan(entity.name)) expectEqual(graph, snapshot, model[ordinal++]!, cursor);
          expect(ordinal).toBe(model.length);
        }
        expect(await snapshot.verify()).toEqual([]);
        snapshot.close();
      }),
      150,
    ));

  it('has copies and JSON equal to it', () =>
    holds(
      fc.asyncProperty(anyCase(5), async ({ seed, size }) => {
        const dice = new Dice(seed);
        const graph = drawGraph(dice, drawSchema(dice), size);
        const snapshot = await write(graph, dice);
        for (const entity of graph.schema.entities) {
          const relations: Record<string, true> = Object.create(null);
          for (const relation of entity.relations) relations[relation.name] = true;
          for (const [ordinal, record] of graph.records.get(entity.name)!.entries()) {
            const [proxy] = snapshot.byOrdinal.proxiesOf(entity.name, [ordinal]) as [Proxy];
            expectCopy(record, materialize(proxy));
            const shared = materialize(proxy, { relations });
            expectCopy(record, shared, shared);
            expectCopy(record, materialize(proxy, { relations, shared: false }), null);
            const plain = plainOf(expectedMembers(record));
            expect(JSON.stringify(proxy, bigintAsText)).toBe(JSON.stringify(plain, bigintAsText));
          }
        }
        snapshot.close();
      }),
      80,
    ));
});

/** Compares what an object has with what it should have; an embedded is the same object at every read. */
function expectMembers({ members }: ExpectedEmbedded, object: Proxy): void {
  for (const [name, value] of members) {
    if (value instanceof ExpectedEmbedded) {
      expect(object[name]).toBe(object[name]);
      expect(isRecord(object[name])).toBe(false);
      expectMembers(value, object[name] as Proxy);
    } else expect([name, comparable(object[name])]).toEqual([name, comparable(value)]);
  }
}

/** The names that a record's fields and embeddeds have in it. */
const proxyMembers = ({ entity }: ModelRecord) => new Set(entity.fields.map(({ name, path = [name] }) => path[0]!));

function plainOf({ members }: ExpectedEmbedded): Proxy {
  const plain: Proxy = Object.create(null);
  for (const [name, value] of members) plain[name] = value instanceof ExpectedEmbedded ? plainOf(value) : inJson(value);
  return plain;
}

const bigintAsText = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);

/** Compares the own members of a copy, those named aside. */
function expectOwnMembers({ members }: ExpectedEmbedded, copy: object, others: string[] = []): void {
  expect(Object.keys(copy).sort()).toEqual([...members.keys(), ...others].sort());
  for (const [name, value] of members) {
    if (value instanceof ExpectedEmbedded) expectOwnMembers(value, own(copy, name) as object);
    else expect([name, comparable(own(copy, name))]).toEqual([name, comparable(value)]);
  }
}

/**
 * A copy has the record's fields as own members; its relations too where they were asked for, `itself` being what stands for the record
 * in them (null: instances of their own).
 */
function expectCopy(record: ModelRecord, copy: object, itself?: object | null): void {
  const relations = itself === undefined ? [] : record.entity.relations;
  expectOwnMembers(
    expectedMembers(record),
    copy,
    relations.map(({ name }) => name),
  );
  for (const { name, kind, inverse } of relations) {
    const link = record.links.get(name);
    const value = own(copy, name);
    const targets = kind === 'to-many' ? (link as ModelRecord[]) : link ? [link as ModelRecord] : [];
    const copies = kind === 'to-many' ? (value as object[]) : value ? [value as object] : [];
    if (kind === 'to-many') expect(Array.isArray(value)).toBe(true);
    else if (!link) expect(value).toBe(link);
    expect(copies.length).toBe(targets.length);
    expect(copies.some((target) => isRecord(target))).toBe(false);
    if (itself !== null)
      expect(copies.filter((target) => target === itself).length).toBe(
        targets.filter((target) => target === record).length,
      );
    else expect(copies).not.toContain(copy);
    if (inverse !== undefined) continue; // derived lists have an order of their own
    for (const [place, target] of targets.entries()) if (copies[place] !== itself) expectCopy(target, copies[place]!);
  }
}
