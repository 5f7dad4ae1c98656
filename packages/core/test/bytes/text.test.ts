import fc from 'fast-check';
import {
  ASCII,
  compareBytes,
  encodeText,
  equalBytes,
  equalsAscii,
  isAscii,
  maxTextSize,
  readText,
  textDefect,
  UTF8,
  WTF8,
  writeText,
  writtenTextSize,
} from '../../src/bytes/text';
import { anyBytes, anyText, holds } from '../support/property';

/** Code points of a string, lone surrogates as they are, each in the bits of UTF-8. */
function model(text: string): number[] {
  return [...text].flatMap((character) => {
    const code = character.codePointAt(0)!;
    const tail = (shift: number) => 0x80 | ((code >> shift) & 0x3f);
    if (code < 0x80) return [code];
    if (code < 0x800) return [0xc0 | (code >> 6), tail(0)];
    if (code < 0x10000) return [0xe0 | (code >> 12), tail(6), tail(0)];
    return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
  });
}

const write = (text: string, offset = 0) => {
  const target = Buffer.alloc(offset + maxTextSize(text) + 3, 0xee);
  const encoding = writeText(target, offset, text);
  return { target, encoding, end: offset + writtenTextSize };
};

describe('text', () => {
  it('comes back whatever it is, lone surrogates included', () =>
    holds(
      fc.property(anyText, fc.nat(9), (text, offset) => {
        const { target, encoding, end } = write(text, offset);
        expect(readText(target, offset, end, encoding)).toBe(text);
        expect([...target.subarray(offset, end)]).toEqual(model(text));
        expect(encoding).toBe(/^[\0-\x7f]*$/.test(text) ? ASCII : text.isWellFormed() ? UTF8 : WTF8);
      }),
      2000,
    ));

  it.each([
    ['a\ud800', WTF8],
    ['\udc00\ud800', WTF8],
    ['\ud83d\ude00', UTF8],
    ['\ud83d😀', WTF8],
    ['é', UTF8],
    ['\x7f', ASCII],
    ['\x80', UTF8],
    ['', ASCII],
  ])('%j has one form', (text, encoding) => {
    expect(write(text).encoding).toBe(encoding);
    expect([...encodeText(text)]).toEqual(model(text));
  });

  it('is found equal by its bytes alone', () =>
    holds(
      fc.property(anyText, anyText, (a, b) => {
        const [x, y] = [encodeText(a), encodeText(b)];
        expect(x.equals(y)).toBe(a === b);
        expect(x.length === y.length && equalBytes(x, 0, y, 0, x.length)).toBe(a === b);
      }),
      500,
    ));

  it('is ordered by code points, as under the collation "C"', () =>
    holds(
      fc.property(anyText, anyText, (a, b) => {
        const [x, y] = [encodeText(a), encodeText(b)];
        const codes = (text: string) => [...text].map((character) => character.codePointAt(0)!);
        const [p, q] = [codes(a), codes(b)];
        const at = p.findIndex((code, place) => code !== q[place]);
        const expected = at < 0 ? (p.length === q.length ? 0 : -1) : at >= q.length ? 1 : Math.sign(p[at]! - q[at]!);
        expect(Math.sign(compareBytes(x, 0, x.length, y, 0, y.length))).toBe(expected);
      }),
      500,
    ));

  it('of ASCII is recognised', () =>
    holds(
      fc.property(anyBytes(10), fc.string({ unit: 'binary-ascii', maxLength: 10 }), (bytes, text) => {
        expect(isAscii(bytes, 0, bytes.length)).toBe(bytes.every((byte) => byte < 0x80));
        expect(equalsAscii(bytes, 0, bytes.length, text)).toBe(bytes.equals(Buffer.from(text, 'latin1')));
        expect(equalsAscii(Buffer.from(`x${text}y`), 1, text.length + 1, text)).toBe(true);
      }),
      300,
    ));

  it('of damaged bytes is some string, in every encoding', () =>
    holds(
      fc.property(anyBytes(30), fc.constantFrom(0, 1, 2, 3), (bytes, encoding) => {
        const text = readText(bytes, 0, bytes.length, encoding);
        expect(typeof text).toBe('string');
        expect(text.length).toBeLessThanOrEqual(2 * bytes.length);
      }),
      1000,
    ));

  it('is told from what is not text in its encoding', () => {
    const defectOf = (hex: string, encoding: number) => {
      const bytes = Buffer.from(`ff${hex}ff`, 'hex');
      return textDefect(bytes, 1, bytes.length - 1, encoding);
    };
    for (const [hex, encoding] of [
      ['', 0],
      ['6162', 0],
      ['c3a9', 1],
      ['61', 1],
      ['', 1],
      ['eda080', 2],
      ['eda08061', 2],
      ['c3a9', 2],
    ] as const)
      expect(defectOf(hex, encoding)).toBeUndefined();
    for (const [hex, encoding] of [
      ['c3a9', 0],
      ['80', 0],
      ['c3', 1],
      ['eda080', 1],
      ['c080', 1],
      ['f5808080', 1],
      ['eda0', 2],
      ['80', 2],
      ['eda080edb080', 2],
      ['c080', 2],
      ['61', 3],
    ] as const)
      expect([hex, defectOf(hex, encoding)]).toEqual([hex, expect.stringContaining('its text')]);
  });

  it('of a million lone surrogates takes memory in proportion', () => {
    const text = '\ud800x'.repeat(500_000);
    const { target, encoding, end } = write(text);
    expect(encoding).toBe(WTF8);
    expect(readText(target, 0, end, encoding) === text).toBe(true);
  });
});
