/** Conditions taken apart: which parts must all hold, and when each can be told. */
import { sourcesOf } from './expressions/compile-expression';
import type { Expression } from './plan';

/** The terms that must all be true. */
export function conjunctsOf(expression: Expression | undefined): readonly Expression[] {
  if (expression === undefined) return [];
  return expression.kind === 'and' ? expression.terms.flatMap(conjunctsOf) : [expression];
}

/**
 * The condition cut up by when it can be told: by the number of the last row source that each of its terms uses. Row sources are filled
 * in the order of their numbers, so a row is given up as early as can be.
 */
export function conditionsBySource(where: Expression | undefined): Map<number, Expression> {
  const terms = new Map<number, Expression[]>();
  for (const term of conjunctsOf(where)) {
    const last = Math.max(0, ...sourcesOf(term));
    terms.set(last, [...(terms.get(last) ?? []), term]);
  }
  return new Map(
    [...terms].map(([source, all]) => [source, all.length === 1 ? all[0]! : { kind: 'and' as const, terms: all }]),
  );
}
