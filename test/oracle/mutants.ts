/**
 * Faults put into our own engine, to see that generated queries find each of them. They exist in the memory of a test's process alone: a text
 * of a built file is replaced as the file is loaded, and one that is not there any more is an error.
 */
export interface Mutant {
  readonly name: string;
  /** End of the built file's path. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Without a fault nothing must be found; queries that differ all the same do not count for the faults. */
export const control: Mutant = {
  name: 'no fault',
  file: 'core/dist/query/run-plan.js',
  from: 'return found.finish().slice(skip);',
  to: 'return found.finish().slice(skip);',
};

const expressions = 'core/dist/query/expressions';

export const mutants: readonly Mutant[] = [
  {
    name: 'Not keeps rows that hold null',
    file: `${expressions}/truth.js`,
    from: 'if (truth === exports.UNKNOWN)\n        return exports.UNKNOWN;',
    to: 'if (truth === exports.UNKNOWN)\n        return exports.TRUE;',
  },
  {
    name: 'In with null among its values is false where nothing matches',
    file: `${expressions}/in-list.js`,
    from: '=== truth_1.TRUE ? truth_1.TRUE : truth_1.UNKNOWN), ofMissing }',
    to: '=== truth_1.TRUE ? truth_1.TRUE : truth_1.FALSE), ofMissing }',
  },
  {
    name: 'bigint is compared as text',
    file: `${expressions}/number-tests.js`,
    from: 'satisfies(operator, read(slotAt), wanted)',
    to: 'satisfies(operator, String(read(slotAt)), String(wanted))',
  },
  {
    name: 'decimals are compared as floats',
    file: `${expressions}/decimal-order.js`,
    from: 'if (parts.kind !== decimal_1.INLINE)\n        return exact;',
    to: 'return (slotAt) => Math.sign(Number(read(view, slotAt, table, 0)) - Number(value)) || 0;',
  },
  {
    name: 'text is compared by code units',
    file: `${expressions}/text-comparison.js`,
    from: '(0, text_1.compareBytes)(bytes, start, end, wanted, 0, wanted.length)',
    to: "((a, b) => (a < b ? -1 : a > b ? 1 : 0))(Buffer.from(bytes.subarray(start, end)).toString('utf8'), Buffer.from(wanted).toString('utf8'))",
  },
  {
    name: 'nulls come last where they should come first',
    file: 'core/dist/query/order-key.js',
    from: "term.nulls === 'first' ?",
    to: "term.nulls === 'last' ?",
  },
  {
    name: 'Between leaves its upper bound out',
    file: 'typeorm-adapter/dist/find/operator-expression.js',
    from: "compare(column, 'less-or-equal', to)]",
    to: "compare(column, 'less', to)]",
  },
  {
    name: 'soft-deleted targets are joined',
    file: 'typeorm-adapter/dist/find/find-plan.js',
    from: 'const isThere = map.withDeleted ? undefined : this.#isNotDeleted(source, target);',
    to: 'const isThere = undefined;',
  },
  {
    name: 'related lists are not trimmed by where',
    file: 'core/dist/query/result-nodes.js',
    from: 'function isPlain({ plan, joins }) {',
    to: 'function isPlain({ plan, joins }) {\n    return true;',
  },
  {
    name: 'a record of single-table inheritance becomes an instance of the base',
    file: 'typeorm-adapter/dist/hydrate/entity-maker.js',
    from: '(byValue.get(read(ordinal)) ?? own)(ordinal, node)',
    to: 'own(ordinal, node)',
  },
  {
    name: 'a page begins one record late',
    file: 'core/dist/query/run-plan.js',
    from: 'return found.finish().slice(skip);',
    to: 'return found.finish().slice(skip === 0 ? 0 : skip + 1);',
  },
];
