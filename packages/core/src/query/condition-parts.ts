/** Conditions taken apart: which row sources they use, and which parts must all hold. */
import type { Expression } from './plan';

/** Adds the numbers of the row sources that an expression uses. */
export function addSources(expression: Expression, used: Set<number>): void {
  switch (expression.kind) {
    case 'and':
    case 'or':
      for (const term of expression.terms) addSources(term, used);
      return;
    case 'not':
      addSources(expression.term, used);
      return;
    case 'constant':
      return;
    case 'is-missing':
    case 'target-count':
      used.add(expression.source);
      return;
    case 'test':
      for (const { source } of expression.operands) used.add(source);
      return;
    default:
      used.add(expression.operand.source);
  }
}

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
    const used = new Set([0]);
    addSources(term, used);
    const last = Math.max(...used);
    terms.set(last, [...(terms.get(last) ?? []), term]);
  }
  return new Map(
    [...terms].map(([source, all]) => [source, all.length === 1 ? all[0]! : { kind: 'and' as const, terms: all }]),
  );
}
