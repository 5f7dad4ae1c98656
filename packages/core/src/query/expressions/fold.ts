/** Letters in lower case, as ILIKE compares them. */
import type { FieldSchema } from '../../schema/schema';

/** How a database makes text lower case. */
export interface TextFold {
  /** Whether letters beyond ASCII stay as they are. */
  readonly isAsciiOnly: boolean;
  /** The lower case of each ASCII byte. */
  readonly ascii: Uint8Array;
  readonly text: (text: string) => string;
}

/** The fold of a field's collation: under "C" that of ASCII letters, else that of all code points, each by itself. */
export function foldOf(field: FieldSchema): TextFold {
  return field.collation === 'C' ? asciiFold : codePointFold;
}

const ascii = Uint8Array.from({ length: 128 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));

const asciiFold: TextFold = {
  isAsciiOnly: true,
  ascii,
  text: (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
};

const codePointFold: TextFold = {
  isAsciiOnly: false,
  ascii,
  // In these two alone JavaScript looks at neighbours, or makes one code point two.
  text: (text) => text.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase(),
};
