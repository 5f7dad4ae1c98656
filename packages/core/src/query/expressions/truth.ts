/** SQL's three-valued logic over tests of anything: of a record's ordinal, or of a row of them. Order of terms never changes an answer. */

export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;
/** False, true or unknown. A row is kept where it is {@link TRUE}. */
export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN;

/** What a condition says at a place: an ordinal, or a row of ordinals. */
export type Test<Place> = (place: Place) => Truth;

export function truthOf(value: boolean | null): Truth {
  if (value === null) return UNKNOWN;
  return value ? TRUE : FALSE;
}

export function negated(truth: Truth): Truth {
  if (truth === UNKNOWN) return UNKNOWN;
  return truth === TRUE ? FALSE : TRUE;
}

export function notOf<Place>(term: Test<Place>): Test<Place> {
  return (place) => negated(term(place));
}

/** True where all are; without terms it is true. */
export function andOf<Place>(terms: readonly Test<Place>[]): Test<Place> {
  return combined(terms, FALSE, TRUE);
}

/** True where one is; without terms it is false. */
export function orOf<Place>(terms: readonly Test<Place>[]): Test<Place> {
  return combined(terms, TRUE, FALSE);
}

/** `decisive` where a term is that, else unknown where a term is, else `neutral`. */
function combined<Place>(terms: readonly Test<Place>[], decisive: Truth, neutral: Truth): Test<Place> {
  const [first, second] = terms;
  if (terms.length === 0) return () => neutral;
  if (terms.length === 1) return first!;
  if (terms.length === 2)
    return (place) => {
      const truth = first!(place);
      if (truth === decisive) return decisive;
      const other = second!(place);
      return other === neutral ? truth : other;
    };
  return (place) => {
    let truth = neutral;
    for (const term of terms) {
      const found = term(place);
      if (found === decisive) return decisive;
      if (found === UNKNOWN) truth = UNKNOWN;
    }
    return truth;
  };
}
