import fc from 'fast-check';
import { buildRankBitmap, RankBitmapView, suitsRankBitmap } from '../../src/structure/rank-bitmap';
import { answerOrCode, holds } from '../support/property';
import { damagedVariants, SECTION_OFFSET, viewOf, watchfulGuard } from '../support/structures';

const MAX = Number.MAX_SAFE_INTEGER;
/** Distinct keys in ascending order, near zero, near either end of the safe integers, or anywhere. */
const keys = fc
  .tuple(
    fc.constantFrom(0, -500, 2 ** 31, -(2 ** 31), 2 ** 32 - 7, MAX - 999, -MAX, 12345678901),
    fc.uniqueArray(fc.nat(999), { minLength: 1, maxLength: 60 }),
  )
  .map(([base, offsets]) => offsets.map((offset) => base + offset).sort((a, b) => a - b));
const build = (sorted: number[]) =>
  buildRankBitmap(sorted[0]!, sorted.at(-1)!, sorted.length, (ordinal) => sorted[ordinal]!);
const open = (section: Buffer) => new RankBitmapView(viewOf(section), watchfulGuard(section.length), SECTION_OFFSET);

describe('rank bitmap', () => {
  it('finds each key at its place among the sorted keys and no other', () =>
    holds(
      fc.property(keys, fc.array(fc.integer({ min: -100, max: 1100 })), (sorted, probes) => {
        const view = open(build(sorted));
        expect(view.keyCount).toBe(sorted.length);
        for (const [ordinal, key] of sorted.entries()) expect(view.find(key)).toBe(ordinal);
        for (const probe of [...probes.map((distance) => sorted[0]! + distance), 0, -1, MAX, -MAX]) {
          expect(view.find(probe)).toBe(sorted.indexOf(probe));
        }
      }),
      300,
    ));

  it('finds nothing where there are no keys', () => {
    const view = open(buildRankBitmap(0, 0, 0, () => 0));
    expect([0, 1, -1].map((key) => view.find(key))).toEqual([-1, -1, -1]);
  });

  it('suits keys whose range is at most 32 times their count, and few keys in a small range', () => {
    expect(suitsRankBitmap(1, 32_000, 1000)).toBe(true);
    expect(suitsRankBitmap(0, 32_000, 1000)).toBe(false);
    expect(suitsRankBitmap(0, 2047, 1)).toBe(true);
    expect(suitsRankBitmap(0, 2048, 1)).toBe(false);
    expect(suitsRankBitmap(MAX + 1, MAX + 2, 1)).toBe(false);
    expect(suitsRankBitmap(-MAX, MAX, 1e9)).toBe(false);
  });

  it('has these bytes', () => {
    expect(build([-3, 0, 29, 30]).toString('hex').match(/.{8}/g)).toMatchInlineSnapshot(`
[
  "fdffffff",
  "ffffffff",
  "02000000",
  "04000000",
  "00000000",
  "09000000",
  "02000000",
  "03000000",
]
`);
  });

  it('damaged gives a coded error or an answer', () =>
    holds(
      fc.property(damagedVariants(keys.map(build)), fc.array(fc.maxSafeInteger()), (section, probes) => {
        const view = answerOrCode(() => open(section));
        if (!view) return;
        for (const probe of [...probes, view.minimum, view.minimum + 31, view.minimum + 32, 0])
          expect(typeof view.find(probe)).toBe('number');
      }),
      2000,
    ));
});
