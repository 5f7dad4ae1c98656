/** Letters in lower case as the field's database has them, for conditions that ignore case. */
import type { LowerCase } from '../../schema/database-order';
import type { FieldSchema } from '../../schema/schema';

/** How a database makes text lower case. */
export interface TextFold {
  readonly text: (text: string) => string;
  /** What becomes of each ASCII byte where there is nothing but ASCII; undefined when it does not stay that. */
  readonly ascii: Uint8Array | undefined;
  /** Whether all other code points stay as they are. */
  readonly isAsciiOnly: boolean;
}

/** Chosen once a query. */
export function foldOf({ lowerCase = { rule: 'code-points' } }: FieldSchema): TextFold {
  const exceptions = new Map(Object.entries(lowerCase.exceptions ?? {}));
  const text = exceptFor(exceptions, ruleOf(lowerCase));
  return { text, ascii: asciiBy(text), isAsciiOnly: lowerCase.rule === 'ascii' && exceptions.size === 0 };
}

function ruleOf({ rule, language }: LowerCase): (text: string) => string {
  if (rule === 'ascii') return (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  // Of these two alone JavaScript asks for neighbours, or makes two code points of one.
  if (rule === 'code-points') return (text) => text.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase();
  return language === undefined ? (text) => text.toLowerCase() : (text) => text.toLocaleLowerCase(language);
}

/** The rule for what lies between the exceptions. */
function exceptFor(exceptions: ReadonlyMap<string, string>, rule: (text: string) => string): (text: string) => string {
  if (exceptions.size === 0) return rule;
  return (text) => {
    let folded = '';
    let run = '';
    for (const character of text) {
      const exception = exceptions.get(character);
      if (exception === undefined) run += character;
      else {
        folded += rule(run) + exception;
        run = '';
      }
    }
    return folded + rule(run);
  };
}

function asciiBy(fold: (text: string) => string): Uint8Array | undefined {
  const folded = Array.from({ length: 128 }, (_, byte) => fold(String.fromCharCode(byte)));
  const isAscii = folded.every((text) => text.length === 1 && text.charCodeAt(0) < 128);
  return isAscii ? Uint8Array.from(folded, (text) => text.charCodeAt(0)) : undefined;
}
