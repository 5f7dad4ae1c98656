/** The core as a whole against the model: any schema, any graph of records, written in any order, read back. */
import fc from 'fast-check';
import { createSnapshot, isSameRecord, materialize, type OpenedSnapshot, openSnapshot } from '../../src/index';
import { anyCase, Dice } from '../support/dice';
import { comparable } from '../support/fields';
import {
  addables,
  drawGraph,
  drawSchema,
  expectedValue,
  keyOf,
  type ModelGraph,
  type ModelRecord,
} from '../support/graph';
import { MemoryStorage } from '../support/memory-storage';
import { holds } from '../support/property';

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
function modelOf(graph: ModelGraph, snapshot: OpenedSnapshot, entity: string, proxy: unknown): ModelRecord | undefined {
  return graph.records.get(entity)!.find((record) => isSameRecord(snapshot.get(entity, keyOf(record)), proxy));
}

const sorted = (graph: ModelGraph, entity: string, records: ModelRecord[]) =>
  records.map((record) => graph.records.get(entity)!.indexOf(record)).sort((a, b) => a - b);

function expectEqual(graph: ModelGraph, snapshot: OpenedSnapshot, record: ModelRecord, proxy: Proxy): void {
  for (const field of record.entity.fields) {
    expect([field.name, comparable(proxy[field.name])]).toEqual([field.name, comparable(expectedValue(record, field))]);
  }
  for (const relation of record.entity.relations) {
    const link = record.links.get(relation.name);
    const value = proxy[relation.name];
    if (!Array.isArray(link)) {
      expect([relation.name, link ? modelOf(graph, snapshot, relation.target, value) === link : value]).toEqual([
        relation.name,
        link ? true : link,
      ]);
      expect(proxy[relation.name]).toBe(value);
      continue;
    }
    const reached = [...(value as unknown[])].map((element) => modelOf(graph, snapshot, relation.target, element)!);
    if (relation.inverse === undefined)
      expect(reached.map((found, place) => found === link[place])).toEqual(link.map(() => true));
    else expect(sorted(graph, relation.target, reached)).toEqual(sorted(graph, relation.target, link));
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
              expect([form, snapshot.ordinalOf(entity.name, keyOf(record, form))]).toEqual([form, ordinal]);
            }
          }
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
      fc.asyncProperty(anyCase(4), async ({ seed, size }) => {
        const dice = new Dice(seed);
        const graph = drawGraph(dice, drawSchema(dice), size);
        const snapshot = await write(graph, dice);
        for (const entity of graph.schema.entities) {
          const tree = Object.fromEntries(entity.relations.map((relation) => [relation.name, true]));
          Object.setPrototypeOf(tree, null);
          for (const [ordinal, record] of graph.records.get(entity.name)!.entries()) {
            const [proxy] = snapshot.proxiesOf(entity.name, [ordinal]) as [Proxy];
            const copy = materialize(proxy);
            const present = entity.fields.filter((field) => expectedValue(record, field) !== undefined);
            expect(Object.keys(copy).sort()).toEqual(present.map((field) => field.name).sort());
            for (const field of present)
              expect(comparable(Object.getOwnPropertyDescriptor(copy, field.name)!.value)).toEqual(
                comparable(expectedValue(record, field)),
              );
            const plain: Proxy = Object.create(null);
            for (const field of present) plain[field.name] = expectedValue(record, field);
            const withoutBigInts =
              entity.fields.filter((field) => field.type === 'int64' || field.type === 'uint64').length === 0;
            if (withoutBigInts) expect(JSON.stringify(proxy)).toBe(JSON.stringify(plain));
          }
        }
        snapshot.close();
      }),
      80,
    ));
});
