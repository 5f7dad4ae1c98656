/** Conditions on text: patterns against a model and hostile ones, and the order that only ranks tell. */
import fc from 'fast-check';
import type { FieldDefinition } from '../../../src';
import { likePatternTest } from '../../../src/query/expressions/like-pattern';
import type { Comparison, Expression } from '../../../src/query/plan';
import { holds, thrownBy } from '../../support/property';
import { tableOf, truths } from './tables';

const operand = { source: 0, field: 'value' };
const compare = (operator: Comparison, value: unknown): Expression => ({ kind: 'compare', operand, operator, value });
const like = (pattern: string | null, ignoreCase = false): Expression => ({
  kind: 'like',
  operand,
  pattern,
  ignoreCase,
});
const matches = (pattern: string, text: string): boolean => {
  const bytes = Buffer.from(text);
  return likePatternTest(pattern)!(bytes, 0, bytes.length);
};

describe('LIKE', () => {
  it('matches what a table of all prefixes says', () => {
    const part = fc.constantFrom('%', '_', 'a', 'b', 'é', '😀', '\\%', '\\_', '\\\\', '\\a');
    const letter = fc.constantFrom('a', 'b', 'é', '😀', '%', '_', '\\', '\n');
    const parts = fc.array(part, { maxLength: 10 });
    return holds(
      fc.property(parts, fc.array(letter, { maxLength: 80 }), (pattern, text) => {
        expect(matches(pattern.join(''), text.join(''))).toBe(matchesByTable(pattern, text));
      }),
      2000,
    );
  });

  it('takes no longer than text times pattern', () => {
    const text = 'a'.repeat(20_000);
    expect(matches('%a'.repeat(2_000), text)).toBe(true);
    expect(matches(`${'%a'.repeat(2_000)}%b`, text)).toBe(false);
    expect(matches('%_a'.repeat(2_000), `${text}b`)).toBe(false);
    expect(matches('_'.repeat(20_000), text)).toBe(true);
    expect(matches('_'.repeat(20_001), text)).toBe(false);
    expect(matches(`%${'a'.repeat(200)}b%`, text)).toBe(false);
    expect(matches('%'.repeat(100_000), text)).toBe(true);
  }, 5_000);

  it('refuses a backslash that escapes nothing, as PostgreSQL does, and patterns of what is no text', async () => {
    const table = await tableOf({ type: 'text' }, ['a', null]);
    expect(thrownBy(() => truths(table, like('a\\')))).toMatchObject({
      code: 'VALUE_RANGE',
      message: expect.stringContaining('LIKE pattern must not end with escape character'),
      details: { entity: 'E', field: 'value', sqlState: '22025' },
    });
    expect(truths(table, like('a\\\\'))).toBe('fu');
    expect(truths(table, like(null))).toBe('uu');
    const numbers = await tableOf({ type: 'int32' }, [1]);
    expect(thrownBy(() => truths(numbers, like('1'))).code).toBe('QUERY_UNSUPPORTED');
    const loose = await tableOf({ type: 'text', looseEquality: true }, ['a']);
    expect(thrownBy(() => truths(loose, like('a'))).code).toBe('QUERY_UNSUPPORTED');
    const caseless = await tableOf({ type: 'text', looseEquality: 'lower-case' }, ['aB', 'b']);
    expect(truths(caseless, like('Ab'))).toBe('tf');
  });

  it('without case goes by what the field says of lower case', async () => {
    const words = ['I', 'ı', 'i', 'İ', 'ΑΣ', 'ας', 'Éa', 'x'];
    const ask = async (pattern: string, lowerCase?: FieldDefinition['lowerCase']) =>
      truths(await tableOf({ type: 'text', ...(lowerCase ? { lowerCase } : {}) }, words), like(pattern, true));
    expect(await ask('i')).toBe('tfttffff');
    expect(await ask('i', { rule: 'ascii' })).toBe('tftfffff');
    expect(await ask('i', { rule: 'text' })).toBe('tftfffff');
    expect(await ask('I', { rule: 'text', language: 'tr' })).toBe('ttffffff');
    expect(await ask('i', { rule: 'code-points', exceptions: { I: 'ı' } })).toBe('ffttffff');
    expect(await ask('ας', { rule: 'text' })).toBe('ffffttff');
    expect(await ask('ας', { rule: 'code-points' })).toBe('ffffftff');
    expect(await ask('éA', { rule: 'ascii' })).toBe('ffffffff');
    expect(await ask('éA', { rule: 'code-points' })).toBe('fffffftf');
  });
});

describe('equality', () => {
  it('holds for texts of every size', async () => {
    // From 2^22 bytes on the slot does not have the size.
    const long = 'a'.repeat(2 ** 22);
    const table = await tableOf({ type: 'text' }, [long, `${long}e`, 'a', '', null]);
    expect(truths(table, compare('equal', long))).toBe('tfffu');
    expect(truths(table, compare('not-equal', 'a'))).toBe('ttftu');
    expect(truths(table, like('a%e'))).toBe('ftffu');
  });
});

describe('the order of a collation', () => {
  const words = ['b', 'A', null, 'a', 'B', 'a'];
  const ranks = [40, 10, 1, 20, 30, 20];
  const german = { type: 'text', collation: 'de-DE', ranked: true } as const;

  it.each([
    ['a scan', { ranks }],
    ['an index', { ranks, indexes: [{ fields: ['value'] }] }],
  ])('is that of the ranks, where a record has the text; it is found by %s', async (_, options) => {
    const table = await tableOf(german, words, options);
    for (let time = 0; time < 2; time++) {
      expect(truths(table, compare('less', 'a'))).toBe('ftufff');
      expect(truths(table, compare('less-or-equal', 'a'))).toBe('ftutft');
      expect(truths(table, compare('greater', 'a'))).toBe('tfuftf');
      expect(truths(table, compare('equal', 'c'))).toBe('ffufff');
    }
    expect(thrownBy(() => truths(table, compare('less', 'c')))).toMatchObject({
      code: 'TEXT_ORDER_UNKNOWN',
      message:
        'E.value: no record holds "c", and only the database knows its place in the collation de-DE. Compare with a value that occurs, declare the column COLLATE "C", or let the database answer.',
      details: { entity: 'E', field: 'value', collation: 'de-DE', actual: 'c' },
    });
  });

  it('is unknown without ranks', async () => {
    const table = await tableOf({ type: 'text', collation: 'de-DE' }, words);
    expect(thrownBy(() => truths(table, compare('less', 'a')))).toMatchObject({
      code: 'QUERY_UNSUPPORTED',
      details: { entity: 'E', field: 'value' },
    });
    expect(truths(table, compare('equal', 'a'))).toBe('ffutft');
  });

  it('says what is equal, where the database calls different texts equal', async () => {
    const loose = { ...german, looseEquality: true };
    const table = await tableOf(loose, words, { ranks: [2, 1, 3, 1, 2, 1] });
    expect(truths(table, compare('equal', 'A'))).toBe('ftutft');
    expect(truths(table, compare('not-equal', 'A'))).toBe('tfuftf');
    expect(truths(table, { kind: 'in', operand, values: ['b', null] })).toBe('tuuutu');
    expect(thrownBy(() => truths(table, compare('equal', 'c'))).code).toBe('TEXT_ORDER_UNKNOWN');
  });
});

/** Whether each prefix of the text matches each prefix of the pattern. */
function matchesByTable(pattern: readonly string[], text: readonly string[]): boolean {
  let row = [true, ...text.map(() => false)];
  for (const part of pattern) {
    const next = [part === '%' && row[0]!];
    for (const [place, letter] of text.entries()) {
      const isSame = part === '_' || (part.length > 1 && part.startsWith('\\') ? part.slice(1) : part) === letter;
      next.push(part === '%' ? row[place + 1]! || next[place]! : isSame && row[place]!);
    }
    row = next;
  }
  return row[text.length]!;
}
