/** From what a database makes of single code points to how it differs from JavaScript, which is little: that is what a schema keeps. */
import type { LowerCase, Neighbour } from '../../schema/database-order';
import { neighbourOf, TEXT_START } from './final-sigma';
import { ruleOf } from './fold';

/** Code points of planes 0 and 1: no other has letters with case. */
const LETTERS_END = 0x20000;

/** What a database was found to do. */
export interface ObservedLowerCase {
  /** What becomes of each code point that it changes. */
  readonly lowered: ReadonlyMap<string, string>;
  /** Those beside which a capital sigma is a final one; all others are 'neither'. Only for the rule 'text'. */
  readonly neighbours?: ReadonlyMap<string, Neighbour>;
  /** Whether a sigma is a final one where all before it is ignorable; Unicode says that it is not. */
  readonly isStartCased?: boolean;
  /** Whether a code point was looked at. */
  readonly isKnown: (codePoint: number) => boolean;
}

/** A rule with what a database does otherwise. Cost: 2 ms; 50 the first time. */
export function lowerCaseFrom(rule: Pick<LowerCase, 'rule' | 'language'>, observed: ObservedLowerCase): LowerCase {
  const { lowered, neighbours: beside, isKnown } = observed;
  known ??= knownLetters();
  const letters = known;
  const lower = ruleOf(rule);
  const exceptions: Record<string, string> = {};
  for (const letter of inOrder(letters.lowered, lowered.keys(), isKnown)) {
    const expected = lowered.get(letter) ?? letter;
    if (lower(letter) !== expected) exceptions[letter] = expected;
  }
  const neighbours: Partial<Record<Neighbour, string>> = {};
  for (const letter of beside ? inOrder(letters.neighbours, beside.keys(), isKnown) : []) {
    const neighbour = beside!.get(letter) ?? 'neither';
    if (neighbour !== neighbourOf(letter)) neighbours[neighbour] = (neighbours[neighbour] ?? '') + letter;
  }
  if (observed.isStartCased) neighbours.cased = TEXT_START + (neighbours.cased ?? '');
  return {
    ...rule,
    ...(Object.keys(exceptions).length > 0 ? { exceptions } : {}),
    ...(Object.keys(neighbours).length > 0 ? { neighbours } : {}),
  };
}

interface KnownLetters {
  readonly lowered: readonly string[];
  readonly neighbours: readonly string[];
}
let known: KnownLetters | undefined;

/** The letters that JavaScript changes, and those that it takes for neighbours: no other can be an exception unless the database has it. */
function knownLetters(): KnownLetters {
  const letters = { lowered: [] as string[], neighbours: [] as string[] };
  for (let codePoint = 1; codePoint < LETTERS_END; codePoint++) {
    const letter = String.fromCodePoint(codePoint);
    if (letter.toLowerCase() !== letter) letters.lowered.push(letter);
    if (neighbourOf(letter) !== 'neither') letters.neighbours.push(letter);
  }
  return letters;
}

/** Each once, those alone that were looked at. */
function inOrder(ours: readonly string[], theirs: Iterable<string>, isKnown: (codePoint: number) => boolean): string[] {
  const letters = [...new Set([...ours, ...theirs])].filter((letter) => isKnown(letter.codePointAt(0)!));
  return letters.sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
}
