import fc from 'fast-check';
import {
  compareDecimals,
  decimalKind,
  decimalText,
  fitsDecimalSlot,
  heapSlotOfDecimal,
  IN_HEAP,
  INLINE,
  inlineDecimalText,
  normalizedDecimalText,
  packDecimal,
  packHeapDecimal,
  packSpecialDecimal,
  parseDecimal,
} from '../../src/structure/decimal';
import { compareValues, givenBack, decimalText as texts } from '../support/fields';
import { answerOrCode, holds } from '../support/property';

const slot = () => new DataView(new ArrayBuffer(8));

describe('decimals', () => {
  it('keep their scale and every digit', () =>
    holds(
      fc.property(texts, (text) => {
        const parts = parseDecimal(text)!;
        const canonical = decimalText(parts);
        expect(canonical).toBe(givenBack('decimal', text));
        expect(parseDecimal(canonical)).toEqual(parts);
      }),
      1000,
    ));

  it('are compared as fractions; NaN is above everything, as in PostgreSQL', () =>
    holds(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(compareDecimals(parseDecimal(a)!, parseDecimal(b)!))).toBe(
          Math.sign(compareValues('decimal', a, b)),
        );
      }),
      1000,
    ));

  it('have one normalized text for equal values', () =>
    holds(
      fc.property(
        fc.oneof(
          fc.tuple(texts, texts),
          texts.map((text) => [text, /^-?\d+\.\d+$/.test(text) ? `${text}00` : text] as const),
        ),
        ([a, b]) => {
          const same = normalizedDecimalText(parseDecimal(a)!) === normalizedDecimalText(parseDecimal(b)!);
          expect(same).toBe(compareValues('decimal', a, b) === 0);
        },
      ),
      1000,
    ));

  it('fit a slot up to a safe coefficient and a scale of 127', () =>
    holds(
      fc.property(fc.maxSafeInteger(), fc.nat(127), (coefficient, scale) => {
        expect(fitsDecimalSlot(coefficient, scale)).toBe(true);
        const view = slot();
        packDecimal(view, 0, coefficient, scale);
        expect(decimalKind(view, 0)).toBe(INLINE);
        expect(inlineDecimalText(view, 0)).toBe(givenBack('decimal', `${coefficient}e-${scale}`));
      }),
      1000,
    ));

  it('have this slot', () => {
    const view = slot();
    packDecimal(view, 0, -(2 ** 53 - 1), 127);
    expect(view.getBigUint64(0, true)).toBe((127n << 54n) | (1n << 53n) | (2n ** 53n - 1n));
    packDecimal(view, 0, 150, 2);
    expect(view.getBigUint64(0, true)).toBe((2n << 54n) | 150n);
    for (const [kind, text] of [
      [2, 'NaN'],
      [3, 'Infinity'],
      [4, '-Infinity'],
    ] as const) {
      packSpecialDecimal(view, 0, kind);
      expect(view.getBigUint64(0, true)).toBe(BigInt(kind) << 61n);
      expect(inlineDecimalText(view, 0)).toBe(text);
    }
    packHeapDecimal(view, 0, 2 ** 40 - 2, 2 ** 21 - 1);
    expect(view.getBigUint64(0, true)).toBe((1n << 61n) | ((2n ** 21n - 1n) << 40n) | (2n ** 40n - 2n));
    expect(decimalKind(view, 0)).toBe(IN_HEAP);
    expect(heapSlotOfDecimal(view, 0)).toEqual({ offset: 2 ** 40 - 2, size: 2 ** 21 - 1 });
    expect([
      fitsDecimalSlot(2 ** 53, 0),
      fitsDecimalSlot(1, 128),
      fitsDecimalSlot(1, -1),
      fitsDecimalSlot(0.5, 0),
    ]).toEqual([false, false, false, false]);
  });

  it.each([
    '',
    '-',
    '.',
    '-.',
    'e5',
    '1e',
    '1e5.5',
    '0x10',
    'nan',
    'infinity',
    '1,5',
    ' 1',
    '1 ',
    '1\n',
    '--1',
    '1e1234567',
    '١',
  ])('refuse %j', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  it('damaged give a coded error or a text that is a decimal', () =>
    holds(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bits) => {
        const view = slot();
        view.setBigUint64(0, bits, true);
        if (decimalKind(view, 0) === IN_HEAP) return;
        const text = answerOrCode(() => inlineDecimalText(view, 0));
        if (text !== undefined) expect(parseDecimal(text)).toBeDefined();
      }),
      1000,
    ));
});
