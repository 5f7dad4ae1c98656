import fc from 'fast-check';
import { RepeatedTexts } from '../../src/structure/repeated-texts';
import { holds } from '../support/property';

const textOf = (low: number, high: number) => `${low}/${high}`;

function read(texts: RepeatedTexts, low: number, high: number): { text: string; isKnown: boolean } {
  const known = texts.find(low, high);
  if (known !== undefined) return { text: known, isKnown: true };
  texts.remember(low, high, textOf(low, high));
  return { text: textOf(low, high), isKnown: false };
}

describe('repeated texts', () => {
  it('are those of their slots, whichever share a place', () =>
    holds(
      fc.property(
        fc.array(fc.tuple(fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 })), fc.integer({ min: -2, max: 2 })), {
          maxLength: 200,
        }),
        (slots) => {
          const texts = new RepeatedTexts();
          for (const [low, high] of [...slots, ...slots]) expect(read(texts, low, high).text).toBe(textOf(low, high));
        },
      ),
      300,
    ));

  it('are made once where they repeat', () => {
    const texts = new RepeatedTexts();
    let made = 0;
    for (let count = 0; count < 20_000; count++) if (!read(texts, count % 100, 7).isKnown) made++;
    expect(made).toBe(100);
    expect(texts.isWorthwhile).toBe(true);
  });

  it('are given up where they do not', () => {
    const texts = new RepeatedTexts();
    for (let count = 0; count < 5000 && texts.isWorthwhile; count++) read(texts, count, 7);
    expect(texts.isWorthwhile).toBe(false);
    expect(texts.find(4000, 7)).toBeUndefined();
  });

  it('are given up when they stop repeating', () => {
    const texts = new RepeatedTexts();
    for (let count = 0; count < 10_000; count++) read(texts, count % 10, 7);
    expect(texts.isWorthwhile).toBe(true);
    for (let count = 0; count < 10_000; count++) read(texts, count, 8);
    expect(texts.isWorthwhile).toBe(false);
  });
});
