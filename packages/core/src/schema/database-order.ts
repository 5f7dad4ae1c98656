/**
 * What a schema says of the order and the equality that a database has for a field: its collation, whether ranks tell the order, and how
 * letters become lower case where case is ignored.
 * Ranks are a matter of the layout, and none of this changes which values records hold: it is not in the fingerprint.
 */
import { describeValue } from '../errors';
import { isCollection } from './collections';
import type { FieldDefinition } from './schema';

/** The collation whose order is that of the UTF-8 bytes. */
export const BYTE_ORDER = 'C';

/** How a database makes text lower case; all of it concerns ILIKE alone. */
export interface LowerCase {
  /**
   * 'ascii': the letters A to Z alone. 'code-points': each code point by itself, by Unicode's simple mapping, as libc has it. 'text': by
   * Unicode's full mapping, for which neighbours and the language matter, as ICU has it.
   */
  readonly rule: 'ascii' | 'code-points' | 'text';
  /** For 'text': whose language, as ICU and JavaScript call it ("tr"). Default: none in particular. */
  readonly language?: string;
  /** Code points and what becomes of them where the database does not follow the rule, e.g. because its Unicode is older. */
  readonly exceptions?: Readonly<Record<string, string>>;
  /**
   * For 'text': code points that the database takes otherwise than Unicode does today when it looks whether a capital sigma ends a word:
   * those of each member, one behind another. U+0000 is the start of a text that ignorable ones follow.
   */
  readonly neighbours?: Readonly<Partial<Record<Neighbour, string>>>;
}

/** What stands beside a letter: one that has case, one that is looked past, or neither. */
export type Neighbour = 'cased' | 'ignorable' | 'neither';
const neighbours: readonly string[] = ['cased', 'ignorable', 'neither'] satisfies Neighbour[];

const lowerCaseRules = ['ascii', 'code-points', 'text'];

/** What is wrong with what a field says of its order, or undefined. */
export function orderDefect(field: FieldDefinition): string | undefined {
  const { type, collation, ranked, looseEquality, lowerCase } = field;
  if (collation !== undefined) {
    if (typeof collation !== 'string' || collation === '')
      return `\`collation\` is the name of a collation, found ${describeValue(collation)}`;
    if (type !== 'text') return '`collation` is for text only';
  }
  if (lowerCase !== undefined) {
    if (type !== 'text') return '`lowerCase` is for text only';
    if (!lowerCaseRules.includes(lowerCase?.rule))
      return `the rule of \`lowerCase\` is ${lowerCaseRules.map(describeValue).join(' or ')}, found ${describeValue(lowerCase?.rule)}`;
    if (!isLanguage(lowerCase.language))
      return `the language of \`lowerCase\` is one such as "tr", found ${describeValue(lowerCase.language)}`;
    if (!isTextMap(lowerCase.exceptions)) return 'the exceptions of `lowerCase` lead from code points to texts';
    if (!isNeighbours(lowerCase.neighbours))
      return `the neighbours of \`lowerCase\` are texts by ${neighbours.join(', ')}`;
  }
  if (ranked !== undefined && typeof ranked !== 'boolean')
    return `\`ranked\` is true or false, found ${describeValue(ranked)}`;
  if (looseEquality !== undefined && typeof looseEquality !== 'boolean' && looseEquality !== 'lower-case')
    return `\`looseEquality\` is true, false or "lower-case", found ${describeValue(looseEquality)}`;
  if (looseEquality === 'lower-case' && type !== 'text') return '`looseEquality` in lower case is for text only';
  return undefined;
}

/** Whether the order of the stored values is that of the database, so that no rank is needed: by the bytes of text, by value elsewhere. */
export function isInOwnOrder(field: FieldDefinition): boolean {
  if (field.looseEquality || isCollection(field) || field.type === 'json' || field.type === 'interval') return false;
  return field.type !== 'text' || (field.collation ?? BYTE_ORDER) === BYTE_ORDER;
}

function isLanguage(language: unknown): boolean {
  if (language === undefined) return true;
  try {
    return typeof language === 'string' && Intl.getCanonicalLocales(language).length === 1;
  } catch {
    return false;
  }
}

function isTextMap(map: unknown): boolean {
  if (map === undefined) return true;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return false;
  return Object.entries(map).every(([from, to]) => [...from].length === 1 && typeof to === 'string');
}

function isNeighbours(given: unknown): boolean {
  if (given === undefined) return true;
  if (typeof given !== 'object' || given === null) return false;
  return Object.entries(given).every(([name, text]) => neighbours.includes(name) && typeof text === 'string');
}
