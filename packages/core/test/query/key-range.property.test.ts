/** Ranges of keys leave what a look at every record leaves, whatever the key's type; and only the records in them are looked at. */
import fc from 'fast-check';
import {
  type Comparison,
  countPlan,
  createSnapshot,
  defineSchema,
  type Expression,
  type FieldDefinition,
  memoryStorage,
  openSnapshot,
  runPlan,
} from '../../src';
import { holds } from '../support/property';

interface KeyKind {
  readonly field: Omit<FieldDefinition, 'name'>;
  readonly values: fc.Arbitrary<unknown>;
  /** Values to compare with beside those that the field can hold. */
  readonly others?: readonly unknown[];
  readonly compare: (a: never, b: never) => number;
}

const byValue = (a: number | bigint | string, b: number | bigint | string) => (a < b ? -1 : a > b ? 1 : 0);
const kinds: Readonly<Record<string, KeyKind>> = {
  int32: {
    field: { type: 'int32' },
    values: fc.integer({ min: -20, max: 20 }),
    others: [1.5, -(2 ** 40), 2 ** 40, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    compare: byValue,
  },
  uint64: {
    field: { type: 'uint64' },
    values: fc.bigInt({ min: 2n ** 63n - 9n, max: 2n ** 63n + 9n }),
    others: [0, -1, 2n ** 70n],
    compare: byValue,
  },
  float64: {
    field: { type: 'float64' },
    values: fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, -1, 0, 0.5, 7, Number.POSITIVE_INFINITY),
    compare: (a: number, b: number) =>
      Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : byValue(a, b),
  },
  text: {
    field: { type: 'text', collation: 'C' },
    values: fc.constantFrom('', 'A', 'B', 'a', 'aa', 'b', 'ß', '\u{1f600}', '\uffee'),
    compare: (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)),
  },
  decimal: {
    field: { type: 'decimal' },
    values: fc.constantFrom('-10', '-9.5', '0', '0.25', '2', '10', '123456789012345678901'),
    compare: (a: string, b: string) => Number(a) - Number(b),
  },
  enum: {
    field: { type: 'enum', values: ['low', 'high', 'above'] },
    values: fc.constantFrom('low', 'high', 'above'),
    compare: (a: string, b: string) => ['low', 'high', 'above'].indexOf(a) - ['low', 'high', 'above'].indexOf(b),
  },
};

const operators: Readonly<Record<Exclude<Comparison, 'not-equal'>, (order: number) => boolean>> = {
  equal: (order) => order === 0,
  less: (order) => order < 0,
  'less-or-equal': (order) => order <= 0,
  greater: (order) => order > 0,
  'greater-or-equal': (order) => order >= 0,
};

test.each(Object.entries(kinds))('comparisons of keys of %s', (_, { field, values, others = [], compare }) => {
  const schema = defineSchema([
    {
      name: 'E',
      key: ['first', 'second'],
      fields: [
        { ...field, name: 'first' },
        { name: 'second', type: 'int32' },
      ],
    },
  ]);
  const anyComparison = fc.tuple(
    fc.constantFrom(...(Object.keys(operators) as (keyof typeof operators)[])),
    others.length > 0 ? fc.oneof(values, fc.constantFrom(...others)) : values,
  );
  return holds(
    fc.asyncProperty(
      fc.array(fc.tuple(values, fc.integer({ min: 0, max: 2 })), { maxLength: 30 }),
      fc.array(fc.array(anyComparison, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
      async (given, conditions) => {
        const rows = given
          .toSorted((a, b) => compare(a[0] as never, b[0] as never) || a[1] - b[1])
          .filter(
            (row, place, all) =>
              place === 0 ||
              compare(row[0] as never, all[place - 1]![0] as never) !== 0 ||
              row[1] !== all[place - 1]![1],
          );
        const storage = memoryStorage();
        using writer = createSnapshot({ path: 'snapshot', schema, storage });
        for (const [first, second] of rows) writer.add('E', { first, second });
        await writer.finish();
        using snapshot = await openSnapshot('snapshot', { storage });
        for (const comparisons of conditions) {
          const terms = comparisons.map(
            ([operator, value]): Expression => ({
              kind: 'compare',
              operand: { source: 0, field: 'first' },
              operator,
              value,
            }),
          );
          const expected = rows.flatMap(([first], ordinal) =>
            comparisons.every(([operator, value]) => operators[operator](compare(first as never, value as never)))
              ? [ordinal]
              : [],
          );
          const plan = { entity: 'E', where: { kind: 'and', terms } as const };
          const { ordinals, explanation } = runPlan(snapshot, plan);
          expect([...ordinals]).toEqual(expected);
          expect(explanation.recordsExamined).toBe(rows.length > 1 ? expected.length : explanation.recordsExamined);
          expect(explanation.access === 'scan' && rows.length > 1 && expected.length < rows.length).toBe(false);
          expect(countPlan(snapshot, plan)).toBe(expected.length);
          const backwards = { direction: 'descending', nulls: 'last', source: 0 } as const;
          const order = ['first', 'second'].map((name) => ({ ...backwards, field: name }));
          expect([...runPlan(snapshot, { ...plan, order }).ordinals]).toEqual(expected.toReversed());
          expect([...runPlan(snapshot, { ...plan, skip: 1, take: 2 }).ordinals]).toEqual(expected.slice(1, 3));
        }
      },
    ),
    60,
  );
});
