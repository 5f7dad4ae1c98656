/** Any expression over the tables: every kind of condition on every kind of column, of the item, the target joined to it, or the one referred to. */
import type { Comparison, Expression, FieldReference } from '@permafrost/core';
import fc from 'fast-check';
import { jsonTexts, listedKinds, present, scalarKinds } from './kinds';
import { lessTest } from './sql';

export const comparisons: Comparison[] = ['equal', 'not-equal', 'less', 'less-or-equal', 'greater', 'greater-or-equal'];

const anyComparison = fc.constantFrom(...comparisons);
const anyKind = fc.constantFrom(...scalarKinds);
/** A field of the item, of the target joined, or of the one referred to. */
const anyReference = (field: string): fc.Arbitrary<FieldReference> =>
  fc.constantFrom<FieldReference>({ source: 0, field }, { source: 1, field }, { source: 0, field, through: 'target' });
const nullable = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { freq: 8 });

const anyLeaf: fc.Arbitrary<Expression> = fc.oneof(
  {
    weight: 6,
    arbitrary: anyKind.chain(({ name, values }) =>
      fc.record({
        kind: fc.constant('compare' as const),
        operand: anyReference(name),
        operator: anyComparison,
        value: nullable(values),
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: anyKind.chain(({ name, values }) =>
      fc.record({
        kind: fc.constant('in' as const),
        operand: anyReference(name),
        values: fc.array(nullable(values), { maxLength: 5 }),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: anyKind.chain(({ name }) =>
      fc.record({ kind: fc.constant('is-null' as const), operand: anyReference(name) }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('like' as const),
      operand: fc
        .constantFrom(...present('bytewise', 'icu', 'own', 'english', 'repeated', 'squeezed', 'citext'))
        .chain(anyReference),
      pattern: fc.option(anyPattern(), { freq: 10 }),
      ignoreCase: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...listedKinds).chain(({ name, values }) =>
      fc.record({
        kind: fc.constant('list' as const),
        operand: anyReference(`${name}_list`),
        operator: fc.constantFrom('equal' as const, 'contains' as const, 'contained-by' as const, 'overlaps' as const),
        values: fc.option(fc.array(nullable(values), { maxLength: 4 }), { freq: 10 }),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('json-contains' as const),
      operand: anyReference('document'),
      value: fc.constantFrom(...jsonTexts.map((text) => JSON.parse(text))),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('constant' as const), value: fc.constantFrom(true, false, null) }),
  },
  { weight: 1, arbitrary: fc.constant<Expression>({ kind: 'is-missing', source: 1 }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('target-count' as const),
      source: fc.constant(1),
      relation: fc.constant('items'),
      operator: anyComparison,
      value: fc.integer({ min: -1, max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(anyReference('whole'), anyReference('whole'))
      .map((operands): Expression => ({ kind: 'test', operands, test: lessTest })),
  },
);

export const anyExpression: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 2, arbitrary: anyLeaf },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        terms: fc.array(tie('expression'), { maxLength: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('not' as const), term: tie('expression') }) },
  ),
})).expression;

/** Patterns of what the words are made of, which do not end with a lone backslash. */
function anyPattern(): fc.Arbitrary<string> {
  const part = fc.constantFrom(
    '%',
    '%',
    '_',
    'a',
    'b',
    'A',
    'ä',
    'É',
    '😀',
    'ab',
    '\\%',
    '\\_',
    '\\\\',
    '\n',
    'ss',
    'ß',
    'k',
    'σ',
    'Σ',
    'i',
  );
  return fc.array(part, { maxLength: 7 }).map((parts) => parts.join(''));
}
