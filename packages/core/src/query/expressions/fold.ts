/** Letters in lower case as the field's database has them, for conditions that ignore case. */
import { encodeText, readText, WTF8 } from '../../bytes/text';
import type { LowerCase } from '../../schema/database-order';
import type { FieldSchema } from '../../schema/schema';
import { sigmaRule } from './final-sigma';
import type { TextTest } from './text-test';

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

/** The test of the text in lower case. ASCII is folded byte by byte. */
export function foldedTest({ ascii, isAsciiOnly, text: fold }: TextFold, test: TextTest): TextTest {
  let folded = new Uint8Array(64);
  const testDecoded: TextTest = (bytes, start, end) => {
    const text = encodeText(fold(readText(bytes as Buffer, start, end, WTF8)));
    return test(text, 0, text.length);
  };
  if (!ascii) return testDecoded;
  return (bytes, start, end) => {
    const size = end - start;
    if (folded.length < size) folded = new Uint8Array(size * 2);
    for (let at = 0; at < size; at++) {
      const byte = bytes[start + at]!;
      if (byte < 0x80) folded[at] = ascii[byte]!;
      else if (isAsciiOnly) folded[at] = byte;
      else return testDecoded(bytes, start, end);
    }
    return test(folded, 0, size);
  };
}

/** What a database does but for its exceptions. */
export function ruleOf({ rule, language, neighbours }: LowerCase): (text: string) => string {
  if (rule === 'ascii') return (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  // Of these two alone JavaScript asks for neighbours, or makes two code points of one.
  if (rule === 'code-points') return (text) => text.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase();
  const lower = (text: string) => (language === undefined ? text.toLowerCase() : text.toLocaleLowerCase(language));
  if (!neighbours) return lower;
  const withSigmas = sigmaRule(neighbours);
  return (text) => lower(text.includes('Σ') ? withSigmas(text) : text);
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
