/** Lower case as databases have it: what is kept is how they differ from JavaScript, and with that they are followed. */
import fc from 'fast-check';
import { defineSchema, lowerCaseFrom, type ObservedLowerCase } from '../../src';
import { foldOf } from '../../src/query/expressions/fold';
import type { LowerCase } from '../../src/schema/database-order';
import type { FieldDefinition } from '../../src/schema/schema';
import { holds, thrownBy } from '../support/property';

const isKnown = (codePoint: number) => codePoint < 0x20000 && (codePoint < 0xd800 || codePoint > 0xdfff);
const letters = Array.from({ length: 0x20000 }, (_, codePoint) => codePoint)
  .filter(isKnown)
  .map((codePoint) => String.fromCodePoint(codePoint));
/** A database that lowers each code point by a function. */
const observed = (lower: (letter: string) => string): ObservedLowerCase => ({
  lowered: new Map(letters.map((letter) => [letter, lower(letter)] as const).filter(([from, to]) => from !== to)),
  isKnown,
});
const fold = (lowerCase: LowerCase) => foldOf({ lowerCase } as never).text;

describe('lower case', () => {
  it('keeps nothing of a database that does what its rule says', () => {
    expect(
      lowerCaseFrom(
        { rule: 'text' },
        observed((letter) => letter.toLowerCase()),
      ),
    ).toEqual({ rule: 'text' });
    const simple = (letter: string) => (letter === 'İ' ? 'i' : letter.toLowerCase());
    expect(lowerCaseFrom({ rule: 'code-points' }, observed(simple))).toEqual({ rule: 'code-points' });
  });

  it('keeps what an older or a Turkish database does otherwise', () => {
    const turkish = (letter: string) =>
      letter === 'I' ? 'ı' : letter === 'İ' ? 'i' : letter === '𐐀' ? letter : letter.toLowerCase();
    const lowerCase = lowerCaseFrom({ rule: 'code-points' }, observed(turkish));
    expect(lowerCase).toEqual({ rule: 'code-points', exceptions: { I: 'ı', 𐐀: '𐐀' } });
    expect(fold(lowerCase)('IİA𐐀ΑΣ')).toBe('ıia𐐀ασ');
  });

  it('of a capital sigma hangs on what the database takes for a letter', () => {
    const neighbours = new Map<string, 'cased' | 'ignorable'>();
    for (const letter of letters) {
      if (/\p{Case_Ignorable}/u.test(letter)) neighbours.set(letter, 'ignorable');
      else if (/\p{Cased}/u.test(letter)) neighbours.set(letter, 'cased');
    }
    neighbours.delete('ა');
    neighbours.set('!', 'cased').set('·', 'cased').set('1', 'ignorable').delete('\u0301');
    const lowerCase = lowerCaseFrom({ rule: 'text' }, { ...observed((letter) => letter.toLowerCase()), neighbours });
    expect(lowerCase).toEqual({ rule: 'text', neighbours: { neither: '\u0301ა', cased: '!·', ignorable: '1' } });
    const lower = fold(lowerCase);
    expect(['აΣ', '!Σ', 'Α1Σ1', 'Α\u0301Σ', 'ΑΣ·', 'ΑΣ', 'Σ', 'ΑΣΑ'].map(lower)).toEqual([
      'აσ',
      '!ς',
      'α1ς1',
      'α\u0301σ',
      'ασ·',
      'ας',
      'σ',
      'ασα',
    ]);
  });

  it('of a capital sigma behind nothing but what is looked past is as the database has it', () => {
    const lower = fold({ rule: 'text', neighbours: { cased: '\0' } });
    expect(['\u0301Σ', 'Σ', ' \u0301Σ', 'Σ\u0301', '\u0301Σ\u0301'].map(lower)).toEqual([
      '\u0301ς',
      'σ',
      ' \u0301σ',
      'σ\u0301',
      '\u0301ς\u0301',
    ]);
    const observedStart = { ...observed((letter) => letter.toLowerCase()), isStartCased: true };
    expect(lowerCaseFrom({ rule: 'text' }, observedStart)).toEqual({ rule: 'text', neighbours: { cased: '\0' } });
  });

  it('without neighbours of its own is that of JavaScript, by the rule that needs them too', () =>
    holds(
      fc.property(
        fc.array(fc.constantFrom('Σ', 'α', 'Α', '\u0301', ' ', '1', "'", 'ა', '·', 'ʰ', 'Σ'), { maxLength: 8 }),
        (parts) => {
          const text = parts.join('');
          expect(fold({ rule: 'text', neighbours: { cased: '☃' } })(text)).toBe(text.toLowerCase());
        },
      ),
      500,
    ));

  it.each([
    ['a rule that there is not', { rule: 'words' }],
    ['a language that there is not', { rule: 'text', language: 'no language' }],
    ['exceptions of more than a code point', { rule: 'text', exceptions: { ab: 'c' } }],
    ['neighbours of another kind', { rule: 'text', neighbours: { upper: 'A' } }],
    ['neighbours that are no text', { rule: 'text', neighbours: { cased: 1 } }],
  ])('a schema refuses %s', (_, lowerCase) => {
    const field = { name: 'name', type: 'text', lowerCase } as unknown as FieldDefinition;
    const define = () => defineSchema([{ name: 'E', key: ['id'], fields: [{ name: 'id', type: 'int8' }, field] }]);
    expect(thrownBy(define)).toMatchObject({ code: 'SCHEMA_INVALID', details: { entity: 'E', field: 'name' } });
  });
});
