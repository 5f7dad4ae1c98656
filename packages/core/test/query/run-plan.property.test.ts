/** Any plan over any writers and books gives what nested loops over plain objects give: records, nodes, counts, order. */
import fc from 'fast-check';
import { aggregatePlan, countPlan, existsPlan, runPlan } from '../../src';
import { anyField, anyPlan, entitiesOf, idOf, relationKind, shown } from '../support/any-plan';
import { compareValues, type ModelNode, PlanModel } from '../support/plan-model';
import { holds } from '../support/property';
import { anyWriters, openWriters, writersEntities } from '../support/writers';

it('runPlan, countPlan and existsPlan answer as SQL does', () =>
  holds(
    fc.asyncProperty(anyWriters, fc.array(anyPlan(), { minLength: 1, maxLength: 12 }), async (tables, plans) => {
      using snapshot = await openWriters(tables);
      const model = new PlanModel(writersEntities, tables);
      for (const plan of plans) {
        const expected = model.nodes(plan);
        const { ordinals, nodes, explanation } = runPlan(snapshot, plan);
        expect([...ordinals].map((ordinal) => idOf(snapshot, plan.entity, ordinal))).toEqual(
          expected.map(({ id }) => id),
        );
        expect(nodes.map((node) => shown(snapshot, plan, 0, node))).toEqual(expected);
        const all = model.nodes({ ...plan, skip: 0, take: Number.POSITIVE_INFINITY });
        expect(countPlan(snapshot, plan)).toBe(all.length);
        expect(existsPlan(snapshot, plan)).toBe(all.length > 0);
        expect(explanation.recordsReturned).toBe(expected.length);
        expect(explanation.recordsExamined).toBeLessThanOrEqual(tables[plan.entity]!.length);
      }
    }),
    150,
  ));

it('isPlain holds only where relations lead wherever the nodes do', () =>
  holds(
    fc.asyncProperty(anyWriters, anyPlan(), async (tables, plan) => {
      using snapshot = await openWriters(tables);
      const result = runPlan(snapshot, plan);
      if (!result.isPlain) return;
      const free = runPlan(snapshot, {
        entity: plan.entity,
        joins: (plan.joins ?? []).map((join) => ({ ...join, kind: 'left' })),
      });
      for (const [place, ordinal] of result.ordinals.entries())
        expect(shown(snapshot, plan, 0, result.nodes[place]!)).toEqual(
          shown(snapshot, plan, 0, free.nodes[[...free.ordinals].indexOf(ordinal)]!),
        );
    }),
    150,
  ));

it('proxies of nodes show what the nodes say, and lead on freely', () =>
  holds(
    fc.asyncProperty(anyWriters, anyPlan(), async (tables, plan) => {
      using snapshot = await openWriters(tables);
      const { nodes } = runPlan(snapshot, plan);
      // A relation that is joined twice shows the first of its joins.
      const joins = (plan.joins ?? []).filter(
        (join, place, all) =>
          all.findIndex(({ parent, relation }) => parent === join.parent && relation === join.relation) === place,
      );
      if (joins.length < (plan.joins ?? []).length) return;
      const proxies = snapshot.byOrdinal.proxiesOfNodes(plan.entity, nodes, joins);
      const seen = (proxy: never, source: number): ModelNode => ({
        id: proxy['id'],
        joined: Object.fromEntries(
          joins.flatMap(({ parent, relation }, place) => {
            if (parent !== source) return [];
            const value: unknown = proxy[relation];
            const targets =
              value === null || value === undefined
                ? []
                : relationKind(plan, place) === 'to-many'
                  ? [...(value as [])]
                  : [value];
            return [[place + 1, targets.map((target) => seen(target as never, place + 1))]];
          }),
        ),
      });
      expect(proxies.map((proxy) => seen(proxy as never, 0))).toEqual(
        nodes.map((node) => shown(snapshot, plan, 0, node)),
      );
    }),
    100,
  ));

it('aggregatePlan counts every row of all joins', () =>
  holds(
    fc.asyncProperty(
      anyWriters,
      anyPlan().chain((plan) =>
        fc.tuple(fc.constant(plan), fc.array(anyField(entitiesOf(plan)), { minLength: 1, maxLength: 3 })),
      ),
      async (tables, [plan, operands]) => {
        using snapshot = await openWriters(tables);
        const model = new PlanModel(writersEntities, tables);
        const names = entitiesOf(plan);
        const rows = model.rows({ ...plan, order: [] });
        expect(aggregatePlan(snapshot, plan, 'count')).toBe(rows.length);
        const [operand] = operands as [(typeof operands)[0]];
        const values = rows.map((row) => model.value(names, row, operand)).filter((value) => value !== null);
        const sorted = values.toSorted(compareValues);
        expect(aggregatePlan(snapshot, plan, 'minimum', operand)).toEqual((sorted[0] as number) ?? null);
        expect(Number(aggregatePlan(snapshot, plan, 'maximum', operand) ?? 7)).toEqual(Number(sorted.at(-1) ?? 7));
        expect(aggregatePlan(snapshot, plan, 'count-distinct', operand)).toBe(new Set(values).size);
        const parts = rows.map((row) =>
          operands.map((one) => `${model.value(names, row, one)}`.replace(/^-0$/, '0')).join(),
        );
        if (operands.length > 1)
          expect(aggregatePlan(snapshot, plan, 'count-distinct', ...operands)).toBe(new Set(parts).size);
        if (
          values.every((value) => typeof value === 'bigint' || Number.isInteger(value)) &&
          operand.field !== 'seen' &&
          operand.field !== 'score' &&
          operand.field !== 'weight' &&
          operand.field !== 'city'
        ) {
          const sum = values.reduce<bigint>((total, value) => total + BigInt(value as number), 0n);
          expect(aggregatePlan(snapshot, plan, 'sum', operand)).toBe(values.length === 0 ? null : String(sum));
        }
      },
    ),
    150,
  ));
