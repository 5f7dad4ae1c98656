/**
 * The one letter whose lower case hangs on its neighbours in every language: a capital sigma is ς where a word ends, σ elsewhere. Which
 * letters make a word is not the same in all versions of Unicode, so a database may differ from JavaScript there.
 */
import type { LowerCase, Neighbour } from '../../schema/database-order';

/** What Unicode says of a code point, as JavaScript knows it. What is both counts as ignorable. */
export function neighbourOf(letter: string): Neighbour {
  if (/\p{Case_Ignorable}/u.test(letter)) return 'ignorable';
  return /\p{Cased}/u.test(letter) ? 'cased' : 'neither';
}

/** Stands among neighbours for the start of a text, which nothing but ignorable letters follow: no database has it in its text. */
export const TEXT_START = '\0';

/** Puts every capital sigma of a text in lower case, and leaves the rest as it is. */
export function sigmaRule(unlike: NonNullable<LowerCase['neighbours']>): (text: string) => string {
  const known = new Map<string, Neighbour>();
  for (const [neighbour, letters] of Object.entries(unlike))
    for (const letter of letters) known.set(letter, neighbour as Neighbour);
  const isCased = (letters: readonly string[], end: Neighbour | undefined): boolean => {
    for (const letter of letters) {
      const neighbour = known.get(letter) ?? neighbourOf(letter);
      if (neighbour !== 'ignorable') return neighbour === 'cased';
    }
    return letters.length > 0 && end === 'cased';
  };
  const start = known.get(TEXT_START);
  return (text) => {
    const letters = [...text];
    return letters
      .map((letter, place) => {
        if (letter !== 'Σ') return letter;
        const isFinal =
          isCased(letters.slice(0, place).reverse(), start) && !isCased(letters.slice(place + 1), undefined);
        return isFinal ? 'ς' : 'σ';
      })
      .join('');
  };
}
