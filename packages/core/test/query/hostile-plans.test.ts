/** Plans over files of a hostile writer, nonsense under right checksums: each gives some answer or a coded error, soon. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  aggregatePlan,
  countPlan,
  isPermafrostError,
  materialize,
  type OpenedSnapshot,
  type Plan,
  type ResultNode,
  recordsInRowWindow,
  runPlan,
} from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { anyPlan } from '../support/any-plan';
import { holds } from '../support/property';
import { assemble, disassemble } from '../support/reseal';
import { anyWriters, openWriters } from '../support/writers';

const MOST_MS = 20_000;
const kinds = ['records', 'heap', 'stringTable', 'adjacencyList', 'hashIndex', 'rankBitmap', 'secondaryIndex'] as const;
const anyChange = fc.record({
  kind: fc.constantFrom(...kinds, 'records' as const, 'adjacencyList' as const),
  at: fc.nat(),
  byte: fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff),
});

function walk(nodes: readonly ResultNode[]): void {
  for (const { joined } of nodes) for (const below of Object.values(joined)) walk(below);
}

const uses: ((snapshot: OpenedSnapshot, plan: Plan) => unknown)[] = [
  (snapshot, plan) => walk(runPlan(snapshot, plan).nodes),
  (snapshot, plan) =>
    inspect(snapshot.byOrdinal.proxiesOfNodes(plan.entity, runPlan(snapshot, plan).nodes, plan.joins!)),
  (snapshot, plan) =>
    snapshot.byOrdinal
      .proxiesOf(plan.entity, runPlan(snapshot, plan).ordinals)
      .map((record) => materialize(record, { relations: Object.fromEntries(plan.joins!.map(askedFirst)) })),
  (snapshot, plan) => countPlan(snapshot, plan),
  (snapshot, plan) => recordsInRowWindow(snapshot, plan),
  (snapshot, plan) => aggregatePlan(snapshot, plan, 'count'),
  (snapshot, plan) => aggregatePlan(snapshot, plan, 'count-distinct', { source: 0, field: 'id' }),
  (snapshot, plan) => aggregatePlan(snapshot, plan, 'maximum', { source: 0, field: 'id' }),
];

function askedFirst({ parent, relation }: NonNullable<Plan['joins']>[number]): [string, boolean] {
  return [relation, parent === 0];
}

test('they answer or refuse, whatever the bytes of records, texts, lists and indexes are', async () => {
  const outcomes = { answers: 0, refusals: 0 };
  await holds(
    fc.asyncProperty(
      anyWriters,
      fc.array(anyPlan(), { minLength: 1, maxLength: 6 }),
      fc.array(anyChange, { minLength: 1, maxLength: 12 }),
      async (tables, plans, changes) => {
        using snapshot = await openWriters(tables, (file) => {
          const parts = disassemble(file);
          for (const { kind, at, byte } of changes) {
            const candidates = parts.sections.filter(
              ({ section, bytes }) => section.kind === sectionKinds[kind] && bytes.length > 0,
            );
            if (candidates.length === 0) continue;
            const { bytes } = candidates[at % candidates.length]!;
            bytes[at % bytes.length] = byte;
          }
          return assemble(parts);
        });
        const start = performance.now();
        for (const plan of plans)
          for (const use of uses) {
            try {
              use(snapshot, plan);
              outcomes.answers++;
            } catch (error) {
              if (!isPermafrostError(error)) throw error;
              outcomes.refusals++;
            }
          }
        expect(performance.now() - start).toBeLessThan(MOST_MS);
      },
    ),
    200,
  );
  expect(outcomes.answers).toBeGreaterThan(500);
  expect(outcomes.refusals).toBeGreaterThan(100);
}, 60_000);
