/** Conditions taken apart: which parts must all hold, and when each can be told. */
import { sourcesOf } from './expressions/compile-expression';
import type { Expression } from './plan';

/** The terms that must all be true, added to `terms`. */
export function conjunctsOf(expression: Expression | undefined, terms: Expression[] = []): readonly Expression[] {
  if (expression?.kind === 'and') for (const term of expression.terms) conjunctsOf(term, terms);
  else if (expression) terms.push(expression);
  return terms;
}

/**
 * The condition cut up by when it can be told: by the number of the last row source that each of its terms uses. Row sources are filled
 * in the order of their numbers, so a row is given up as early as can be.
 */
export function conditionsBySource(where: Expression | undefined): Map<number, Expression> {
  const terms = new Map<number, Expression[]>();
  for (const term of conjunctsOf(where)) {
    let last = 0;
    for (const source of sourcesOf(term)) last = Math.max(last, source);
    const known = terms.get(last);
    if (known) known.push(term);
    else terms.set(last, [term]);
  }
  const conditions = new Map<number, Expression>();
  for (const [source, all] of terms) conditions.set(source, all.length === 1 ? all[0]! : { kind: 'and', terms: all });
  return conditions;
}
