/** Conditions on fields of every kind, with the answers written out; the comparison with PostgreSQL is in test/src/query. */
import type { FieldDefinition } from '../../../src';
import { compileExpression } from '../../../src/query/expressions/compile-expression';
import type { Comparison, Expression } from '../../../src/query/plan';
import { tableOf, truths } from './tables';

const comparisons: Comparison[] = ['equal', 'not-equal', 'less', 'less-or-equal', 'greater', 'greater-or-equal'];
const value = { source: 0, field: 'value' };
const compare = (operator: Comparison, wanted: unknown): Expression => ({
  kind: 'compare',
  operand: value,
  operator,
  value: wanted,
});

test.each<[string, Omit<FieldDefinition, 'name'>, unknown[], unknown, string[]]>([
  ['integers', { type: 'int32' }, [-5, 0, 7, null], 0, ['ftfu', 'tftu', 'tffu', 'ttfu', 'fftu', 'fttu']],
  ['integers and a number beyond them', { type: 'int8' }, [-5, null], 300, ['fu', 'tu', 'tu', 'tu', 'fu', 'fu']],
  [
    '64-bit integers',
    { type: 'int64' },
    [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n, -1n, null],
    2n ** 53n + 1n,
    ['ftffu', 'tfttu', 'tfftu', 'ttftu', 'fftfu', 'fttfu'],
  ],
  [
    'unsigned integers',
    { type: 'uint64' },
    [0n, 2n ** 63n, 2n ** 64n - 1n, null],
    2n ** 63n,
    ['ftfu', 'tftu', 'tffu', 'ttfu', 'fftu', 'fttu'],
  ],
  [
    'floats with NaN above all',
    { type: 'float64' },
    [-1, -0, 1 / 0, Number.NaN, null],
    0,
    ['ftffu', 'tfttu', 'tfffu', 'ttffu', 'ffttu', 'ftttu'],
  ],
  [
    'floats and NaN',
    { type: 'float32' },
    [1, Number.NaN, null],
    Number.NaN,
    ['ftu', 'tfu', 'tfu', 'ttu', 'ffu', 'ftu'],
  ],
  [
    'decimals by value',
    { type: 'decimal' },
    ['1.4', '1.500', '1.5000000000000000000000001', 'NaN', '-Infinity', null],
    '1.5',
    ['ftfffu', 'tftttu', 'tffftu', 'ttfftu', 'ffttfu', 'ftttfu'],
  ],
  [
    'timestamps by the microsecond',
    { type: 'timestamptz' },
    [999n, 1000n, 1001n, 1 / 0, -1 / 0, null],
    1000n,
    ['ftfffu', 'tftttu', 'tffftu', 'ttfftu', 'ffttfu', 'ftttfu'],
  ],
  [
    'enums by declaration',
    { type: 'enum', values: ['low', 'high', 'Above'] },
    ['low', 'high', 'Above', null],
    'high',
    ['ftfu', 'tftu', 'tffu', 'ttfu', 'fftu', 'fttu'],
  ],
  [
    'intervals by length',
    { type: 'interval' },
    ['P29D', 'P30D', 'P1M', 'P1M1D', null],
    'P1M',
    ['fttfu', 'tfftu', 'tfffu', 'tttfu', 'ffftu', 'ftttu'],
  ],
  [
    'text by code points',
    { type: 'text' },
    ['Z', 'a', '\uffff', '😀', null],
    '\uffff',
    ['fftfu', 'ttftu', 'ttffu', 'tttfu', 'ffftu', 'ffttu'],
  ],
  [
    'UUIDs',
    { type: 'uuid' },
    ['00000000-0000-0000-0000-000000000001', 'F0000000-0000-0000-0000-000000000000', null],
    'f0000000-0000-0000-0000-000000000000',
    ['ftu', 'tfu', 'tfu', 'ttu', 'ffu', 'ftu'],
  ],
])('%s are compared', async (_, field, values, wanted, expected) => {
  const table = await tableOf(field, values);
  expect(comparisons.map((operator) => truths(table, compare(operator, wanted)))).toEqual(expected);
  expect(comparisons.map((operator) => truths(table, compare(operator, null)))).toEqual(
    comparisons.map(() => 'u'.repeat(values.length)),
  );
});

describe('three-valued logic', () => {
  const all: Expression[] = [true, false, null].map((given) => ({ kind: 'constant', value: given }));
  const grid = (kind: 'and' | 'or', more: Expression[]) =>
    all.map((a) =>
      all
        .map((b) => compileExpression([], { kind, terms: [a, b, ...more] }))
        .map((run) => 'ftu'[run(Int32Array.of())])
        .join(''),
    );
  test.each<['and' | 'or', Expression[], string[]]>([
    ['and', [], ['tfu', 'fff', 'ufu']],
    ['or', [], ['ttt', 'tfu', 'tuu']],
    ['and', [{ kind: 'constant', value: true }], ['tfu', 'fff', 'ufu']],
    ['or', [{ kind: 'constant', value: null }], ['ttt', 'tuu', 'tuu']],
  ])('of %s', (kind, more, expected) => {
    expect(grid(kind, more)).toEqual(expected);
  });
});
