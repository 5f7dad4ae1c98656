/** Any plan over any writers and books gives what nested loops over plain objects give: records, nodes, counts, order. */
import fc from 'fast-check';
import {
  countPlan,
  type EntityDefinition,
  type Expression,
  existsPlan,
  type FieldReference,
  type Join,
  type OpenedSnapshot,
  type Plan,
  type ResultNode,
  runPlan,
} from '../../src';
import { type ModelNode, PlanModel } from '../support/plan-model';
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
      const proxies = snapshot.proxiesOfNodes(plan.entity, nodes, joins);
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

const definition = (name: string): EntityDefinition => writersEntities.find((entity) => entity.name === name)!;

/** Names of the entities of all row sources. */
function entitiesOf({ entity, joins = [] }: Pick<Plan, 'entity' | 'joins'>): string[] {
  const names = [entity];
  for (const { parent, relation } of joins)
    names.push(definition(names[parent]!).relations!.find(({ name }) => name === relation)!.target!);
  return names;
}

function relationKind(plan: Plan, place: number): string {
  const { parent, relation } = plan.joins![place]!;
  return definition(entitiesOf(plan)[parent]!).relations!.find(({ name }) => name === relation)!.kind;
}

function idOf(snapshot: OpenedSnapshot, entity: string, ordinal: number): unknown {
  return snapshot.valueReader(entity, 'id')(ordinal);
}

function shown(snapshot: OpenedSnapshot, plan: Plan, source: number, node: ResultNode): ModelNode {
  return {
    id: idOf(snapshot, entitiesOf(plan)[source]!, node.ordinal),
    joined: Object.fromEntries(
      Object.entries(node.joined).map(([below, nodes]) => [
        below,
        nodes.map((one) => shown(snapshot, plan, Number(below), one)),
      ]),
    ),
  };
}

function anyPlan(): fc.Arbitrary<Plan> {
  return fc
    .tuple(
      fc.constantFrom(...writersEntities.map(({ name }) => name)),
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean(), fc.boolean()), { maxLength: 4 }),
    )
    .chain(([entity, choices]) => {
      const joins: { parent: number; relation: string; kind: Join['kind']; filtered: boolean }[] = [];
      const names = [entity];
      for (const [parentChoice, relationChoice, isInner, filtered] of choices) {
        const parent = parentChoice % names.length;
        const relations = definition(names[parent]!).relations!;
        const { name, target } = relations[relationChoice % relations.length]!;
        joins.push({ parent, relation: name, kind: isInner ? 'inner' : 'left', filtered });
        names.push(target!);
      }
      return fc.record({
        entity: fc.constant(entity),
        joins: fc.tuple(
          ...joins.map(({ filtered, ...join }, place) =>
            filtered ? anyCondition(names, place + 1).map((on): Join => ({ ...join, on })) : fc.constant<Join>(join),
          ),
        ),
        where: fc.option(anyExpression(names), { nil: undefined, freq: 4 }),
        order: fc.array(anyOrder(names), { maxLength: 3 }),
        skip: fc.constantFrom(0, 0, 0, 1, 3),
        take: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1, 2, 0),
      }) as fc.Arbitrary<Plan>;
    });
}

const valuesOf: Readonly<Record<string, readonly unknown[]>> = {
  'Writer.age': [0, 1, 2],
  'Writer.score': [0, 1.5, Number.NaN],
  'Writer.seen': [0n, 2n ** 53n],
  'Writer.city': ['Ulm', 'Köln', 'Bonn'],
  'Book.pages': [0, 1],
  'Book.copies': [2n ** 60n, -5n],
  'Tag.weight': [0.5, 2],
  'Profile.stars': [0, 1],
};

function anyField(
  names: readonly string[],
  source?: number,
): fc.Arbitrary<FieldReference & { values: readonly unknown[] }> {
  return fc.tuple(fc.nat(), fc.nat()).map(([sourceChoice, fieldChoice]) => {
    const number = source ?? sourceChoice % names.length;
    const entity = definition(names[number]!);
    const field = entity.fields[fieldChoice % entity.fields.length]!.name;
    return { source: number, field, values: valuesOf[`${entity.name}.${field}`] ?? [1, 2, 3, 4] };
  });
}

function anyCondition(names: readonly string[], source?: number): fc.Arbitrary<Expression> {
  return anyField(names, source).chain(({ values, ...operand }) => {
    const value = fc.constantFrom(...values, null);
    return fc.oneof(
      fc.record({
        kind: fc.constant('compare' as const),
        operand: fc.constant(operand),
        operator: fc.constantFrom('equal' as const, 'not-equal' as const),
        value,
      }),
      fc.record({
        kind: fc.constant('in' as const),
        operand: fc.constant(operand),
        values: fc.array(value, { maxLength: 3 }),
      }),
      fc.constant<Expression>({ kind: 'is-null', operand }),
      fc.constant<Expression>({ kind: 'is-missing', source: operand.source }),
      fc.constant<Expression>({
        kind: 'test',
        operands: [operand],
        test: (one) => (one === null ? null : one !== values[0]),
      }),
    );
  });
}

function anyExpression(names: readonly string[]): fc.Arbitrary<Expression> {
  const twoSources = fc.tuple(anyField(names), anyField(names)).map(
    ([a, b]): Expression => ({
      kind: 'test',
      operands: [a, b],
      test: (x, y) => (x === null || y === null ? null : String(x) <= String(y)),
    }),
  );
  return fc.letrec<{ any: Expression; leaf: Expression }>((tie) => ({
    leaf: fc.oneof(
      { weight: 6, arbitrary: anyCondition(names) },
      twoSources,
      fc.constantFrom<Expression>({ kind: 'constant', value: true }, { kind: 'constant', value: null }),
    ),
    any: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        terms: fc.array(tie('any'), { maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('not' as const), term: tie('any') }),
    ),
  })).any;
}

function anyOrder(names: readonly string[]) {
  return fc
    .tuple(
      anyField(names),
      fc.constantFrom('ascending' as const, 'descending' as const),
      fc.constantFrom('first' as const, 'last' as const),
    )
    .map(([{ source, field }, direction, nulls]) => ({ source, field, direction, nulls }));
}
