/** Derived and merged snapshots of any graph equal snapshots that are written from the objects that they should hold. */
import fc from 'fast-check';
import {
  type Condition,
  createSnapshot,
  type DuplicatePolicy,
  defineSchema,
  deriveSnapshot,
  type EntitySelection,
  type EntitySelections,
  isPermafrostError,
  mergeSnapshots,
  type OpenedSnapshot,
  type RelationSchema,
  type Schema,
} from '../../src';
import { targetNames } from '../../src/schema/schema';
import { anyCase, Dice } from '../support/dice';
import { dump, openExact } from '../support/dump';
import { addables, compareRecords, drawGraph, drawSchema, type ModelGraph, type ModelRecord } from '../support/graph';
import { MemoryStorage } from '../support/memory-storage';
import { holds } from '../support/property';

const policies = ['error', 'null', 'skip'] as const;
const duplicatePolicies: readonly DuplicatePolicy[] = ['error', 'first', 'last'];

/** The obvious way: every record that should be there, added as an object, in key order. */
async function write(
  storage: MemoryStorage,
  path: string,
  graphs: readonly ModelGraph[],
  dice: Dice,
  {
    schema = graphs[0]!.schema,
    keep = () => true,
    dangling = 'error',
  }: { schema?: Schema; keep?: (record: ModelRecord) => boolean; dangling?: (typeof policies)[number] } = {},
): Promise<OpenedSnapshot> {
  const writer = createSnapshot({ path, schema, storage, dangling });
  const all = graphs.flatMap((graph) => addables(graph, dice)).filter(({ model }) => keep(model));
  for (const { name } of schema.entities) {
    const records = all.filter(({ entity }) => entity === name);
    for (const { record } of records.sort((a, b) => compareRecords(a.model, b.model))) writer.add(name, record);
  }
  await writer.finish();
  return openExact(path, storage);
}

/** What a snapshot holds, or the code of the error that making it ends with. */
async function outcome(make: Promise<OpenedSnapshot>): Promise<unknown> {
  try {
    using snapshot = await make;
    expect(await snapshot.verify()).toEqual([]);
    return dump(snapshot);
  } catch (error) {
    if (isPermafrostError(error)) return error.code;
    throw error;
  }
}

const selections = (entries: Iterable<readonly [string, EntitySelection | false]>): EntitySelections =>
  Object.defineProperties(
    {},
    Object.fromEntries(Array.from(entries, ([name, value]) => [name, { value, enumerable: true }])),
  );

/** Conditions that these records satisfy and no others do. */
function conditionsFor(records: readonly ModelRecord[], key: readonly string[]): Condition[][] {
  if (records.length === 0) return [[{ field: key[0]!, operator: 'in', values: [] }]];
  return records.map(({ values }) => key.map((field) => ({ field, operator: 'equal', values: [values.get(field)] })));
}

test('a filter leaves what writing the records that pass it would', () =>
  holds(
    fc.asyncProperty(anyCase(12), async ({ seed, size }) => {
      const dice = new Dice(seed);
      const graph = drawGraph(dice, drawSchema(dice), size);
      const storage = new MemoryStorage();
      using source = await write(storage, 'm/source', [graph], dice);
      const rarity = dice.pick([1, 3, 20]);
      const left = new Set([...graph.records.values()].flat().filter(() => dice.chance(rarity)));
      const keep = (record: ModelRecord) => !left.has(record) || rarity === 1;
      const entities = selections(
        graph.schema.entities.map(({ name, key }) => [
          name,
          { where: conditionsFor(graph.records.get(name)!.filter(keep), key) },
        ]),
      );
      const dangling = dice.pick(policies);
      const derive = async () => {
        await deriveSnapshot(source, { path: 'm/derived', entities, dangling, storage });
        return openExact('m/derived', storage);
      };
      expect(await outcome(derive())).toEqual(
        await outcome(write(storage, 'm/twin', [graph], dice, { keep, dangling })),
      );
      expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 1, 0]);
    }),
    150,
  ));

/** The obvious projection of a schema, or the code of the error. */
function projected({ entities }: Schema, selected: ReadonlyMap<string, EntitySelection | false>): Schema | string {
  const kept = entities.filter(({ name }) => selected.get(name) !== false);
  if (kept.length === 0) return 'SCHEMA_INVALID';
  const selectionOf = (name: string) => selected.get(name) as EntitySelection;
  const wants = (entity: string, relation: string) => selectionOf(entity).relations?.includes(relation) ?? true;
  const hasTargets = (relation: RelationSchema) =>
    targetNames(relation).every((target) => selected.get(target) !== false);
  const storedSide = ({ target, inverse }: RelationSchema) =>
    entities.find(({ name }) => name === target)!.relations.find(({ name }) => name === inverse)!;
  const definitions = kept.map((entity) => {
    const { fields } = selectionOf(entity.name);
    const isField = (name: string) => !fields || fields.includes(name) || entity.key.includes(name);
    return {
      ...entity,
      fields: entity.fields.filter(({ name }) => isField(name)),
      indexes: entity.indexes.filter((index) => index.fields.every(isField)),
      relations: entity.relations.filter(
        (relation) =>
          wants(entity.name, relation.name) &&
          hasTargets(relation) &&
          (relation.inverse === undefined ||
            (wants(relation.target!, relation.inverse) && hasTargets(storedSide(relation)))),
      ),
    };
  });
  const isRefused = definitions.some(({ name, relations }) =>
    selectionOf(name).relations?.some((wanted) => !relations.some((relation) => relation.name === wanted)),
  );
  return isRefused ? 'RELATION_TARGET_MISSING' : defineSchema(definitions);
}

test('a projection leaves what writing the members that it names would', () =>
  holds(
    fc.asyncProperty(anyCase(8), async ({ seed, size }) => {
      const dice = new Dice(seed);
      const graph = drawGraph(dice, drawSchema(dice), size);
      const storage = new MemoryStorage();
      using source = await write(storage, 'm/source', [graph], dice);
      const some = (members: readonly { name: string }[]) =>
        members.filter(() => !dice.chance(3)).map(({ name }) => name);
      const selected = new Map(
        graph.schema.entities.map(({ name, fields, relations }): [string, EntitySelection | false] => [
          name,
          !dice.chance(5) && {
            ...(dice.chance(2) ? { fields: some(fields) } : {}),
            ...(dice.chance(3) ? { relations: some(relations) } : {}),
          },
        ]),
      );
      const derive = async () => {
        await deriveSnapshot(source, { path: 'm/derived', entities: selections(selected), storage });
        return openExact('m/derived', storage);
      };
      const schema = projected(graph.schema, selected);
      const twin =
        typeof schema === 'string' ? schema : await outcome(write(storage, 'm/twin', [graph], dice, { schema }));
      expect(await outcome(derive())).toEqual(twin);
    }),
    150,
  ));

/** Another graph of the schema, many of whose records have the key of one of `graph`. */
function overlapping(dice: Dice, graph: ModelGraph, size: number): ModelGraph {
  const other = drawGraph(dice, graph.schema, size);
  for (const { name, key } of graph.schema.entities) {
    const records = other.records.get(name)!;
    for (const record of records) {
      const twins = graph.records.get(name)!;
      if (twins.length === 0 || dice.chance(2)) continue;
      const wanted = dice.pick(twins);
      if (records.some((taken) => compareRecords(taken, wanted) === 0)) continue;
      for (const field of key) record.values.set(field, wanted.values.get(field));
    }
    records.sort(compareRecords);
  }
  return other;
}

test('a merger holds what writing the union would', () =>
  holds(
    fc.asyncProperty(anyCase(10), async ({ seed, size }) => {
      const dice = new Dice(seed);
      const graphs = [drawGraph(dice, drawSchema(dice), size)];
      while (graphs.length < 3 && !dice.chance(4)) graphs.push(overlapping(dice, graphs[0]!, size));
      const storage = new MemoryStorage();
      const sources: OpenedSnapshot[] = [];
      for (const [number, graph] of graphs.entries())
        sources.push(await write(storage, `m/source${number}`, [graph], dice));
      const duplicates = dice.pick(duplicatePolicies);
      const winners = duplicates === 'last' ? [...graphs].reverse() : graphs;
      const keep = (record: ModelRecord) => {
        const equals = winners.flatMap((graph) =>
          graph.records.get(record.entity.name)!.filter((other) => compareRecords(record, other) === 0),
        );
        return duplicates === 'error' || equals[0] === record;
      };
      const merge = async () => {
        await mergeSnapshots(sources, { path: 'm/merged', duplicates, storage });
        return openExact('m/merged', storage);
      };
      expect(await outcome(merge())).toEqual(await outcome(write(storage, 'm/twin', graphs, dice, { keep })));
      for (const source of sources) source.close();
      expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 0, 0]);
    }),
    150,
  ));
