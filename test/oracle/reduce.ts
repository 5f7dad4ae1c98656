/** Cuts a query that shows a difference down to a least one that still shows it: nothing more can be left out of what this gives. */
import { type Described, isMade } from './described';
import { printQuery, type Query } from './query';

/** Tries at most this many smaller queries: each is run on both sides. */
const MOST_TRIES = 400;

export async function reduceQuery(query: Query, stillDiffers: (smaller: Query) => Promise<boolean>): Promise<Query> {
  let tries = 0;
  let current = query;
  for (let found = true; found && tries < MOST_TRIES; ) {
    found = false;
    for (const smaller of smallerQueries(current)) {
      if (++tries > MOST_TRIES) break;
      if (printQuery(smaller).length >= printQuery(current).length || !(await stillDiffers(smaller))) continue;
      current = smaller;
      found = true;
      break;
    }
  }
  return current;
}

/** Queries one step smaller than this one. */
export function* smallerQueries(query: Query): Generator<Query> {
  for (const args of smallerLists(query.args)) yield { ...query, args };
}

/** One step smaller each, the largest steps first. */
function* smallerLists(items: readonly Described[]): Generator<readonly Described[]> {
  for (const place of items.keys()) yield items.filter((_, other) => other !== place);
  for (const [place, item] of items.entries())
    for (const smaller of smallerValues(item)) yield items.map((kept, other) => (other === place ? smaller : kept));
}

function* smallerValues(value: Described): Generator<Described> {
  if (Array.isArray(value)) {
    yield* smallerLists(value as readonly Described[]);
    return;
  }
  if (isMade(value)) {
    // And(a, b) becomes a; Not(a) becomes a.
    if (['And', 'Or', 'Not', 'Equal'].includes(value.$)) yield* value.args;
    if (value.$ === 'And' || value.$ === 'Or' || value.$ === 'In')
      for (const args of smallerLists(value.args)) yield { ...value, args };
    else
      for (const [place, item] of value.args.entries())
        for (const smaller of smallerValues(item))
          yield { ...value, args: value.args.map((kept, other) => (other === place ? smaller : kept)) };
    return;
  }
  if (typeof value === 'string') {
    if (value.length > 8) yield value.slice(0, value.length >> 1);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const members = Object.entries(value);
  for (const [name] of members) yield Object.fromEntries(members.filter(([other]) => other !== name)) as Described;
  for (const [name, held] of members)
    for (const smaller of smallerValues(held)) yield { ...value, [name]: smaller } as Described;
}
