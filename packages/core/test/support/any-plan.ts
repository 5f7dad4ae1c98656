/** Random plans over writers, books, tags and profiles: joins of any shape, conditions on any row source, orders, windows. */
import fc from 'fast-check';
import type { EntityDefinition, Expression, FieldReference, Join, OpenedSnapshot, Plan, ResultNode } from '../../src';
import type { ModelNode } from './plan-model';
import { writersEntities } from './writers';

export const definition = (name: string): EntityDefinition => writersEntities.find((entity) => entity.name === name)!;

/** Names of the entities of all row sources. */
export function entitiesOf({ entity, joins = [] }: Pick<Plan, 'entity' | 'joins'>): string[] {
  const names = [entity];
  for (const { parent, relation } of joins)
    names.push(definition(names[parent]!).relations!.find(({ name }) => name === relation)!.target!);
  return names;
}

export function relationKind(plan: Plan, place: number): string {
  const { parent, relation } = plan.joins![place]!;
  return definition(entitiesOf(plan)[parent]!).relations!.find(({ name }) => name === relation)!.kind;
}

export function idOf(snapshot: OpenedSnapshot, entity: string, ordinal: number): unknown {
  return snapshot.byOrdinal.valueReader(entity, 'id')(ordinal);
}

export function shown(snapshot: OpenedSnapshot, plan: Plan, source: number, node: ResultNode): ModelNode {
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

export function anyPlan(): fc.Arbitrary<Plan> {
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
            filtered
              ? fc
                  .tuple(anyCondition(names, place + 1), fc.boolean())
                  .map(([on, leavesGaps]): Join => ({ ...join, on, leavesGaps }))
              : fc.constant<Join>(join),
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

export function anyField(
  names: readonly string[],
  source?: number,
): fc.Arbitrary<FieldReference & { values: readonly unknown[] }> {
  return fc.tuple(fc.nat(), fc.nat(), fc.nat(11)).map(([sourceChoice, fieldChoice, throughChoice]) => {
    const number = source ?? sourceChoice % names.length;
    const own = definition(names[number]!);
    const through = own.relations!.filter(({ kind }) => kind === 'to-one')[throughChoice];
    const entity = through ? definition(through.target!) : own;
    const field = entity.fields[fieldChoice % entity.fields.length]!.name;
    const values = valuesOf[`${entity.name}.${field}`] ?? [1, 2, 3, 4];
    return { source: number, field, values, ...(through ? { through: through.name } : {}) };
  });
}

/** Conditions on relations themselves: on the keys of their targets, or on how many these are. */
function anyRelationCondition(names: readonly string[], source?: number): fc.Arbitrary<Expression> {
  return fc
    .tuple(fc.nat(), fc.nat(), fc.constantFrom(...comparisons), fc.option(fc.nat(4), { nil: null }), fc.nat(2))
    .chain(([sourceChoice, relationChoice, operator, value, variant]) => {
      const number = source ?? sourceChoice % names.length;
      const { relations } = definition(names[number]!);
      const { name, kind, target } = relations![relationChoice % relations!.length]!;
      const operand = { source: number, field: name };
      if (kind === 'to-one') {
        const equality: Expression = {
          kind: 'compare',
          operand,
          operator: operator === 'equal' ? operator : 'not-equal',
          value,
        };
        return fc.constant<Expression>(
          [equality, { kind: 'in', operand, values: [value, 1] }, { kind: 'is-null', operand }][variant] as Expression,
        );
      }
      const count: Expression = { kind: 'target-count', source: number, relation: name, operator, value: variant };
      return value === null
        ? fc.constant(count)
        : anyCondition([target!], 0).map((on): Expression => ({ ...count, on }));
    });
}

const comparisons = ['equal', 'not-equal', 'less', 'less-or-equal', 'greater', 'greater-or-equal'] as const;

function anyCondition(names: readonly string[], source?: number): fc.Arbitrary<Expression> {
  return anyField(names, source).chain(({ values, ...operand }) => {
    const value = fc.constantFrom(...values, null);
    return fc.oneof(
      fc.record({
        kind: fc.constant('compare' as const),
        operand: fc.constant(operand),
        operator: fc.constantFrom(...comparisons),
        value,
      }),
      fc.record({
        kind: fc.constant('in' as const),
        operand: fc.constant(operand),
        values: fc.array(value, { maxLength: 3 }),
      }),
      fc.constant<Expression>({ kind: 'is-null', operand }),
      anyRelationCondition(names, source),
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
    .map(([{ values: _, ...reference }, direction, nulls]) => ({ ...reference, direction, nulls }));
}
