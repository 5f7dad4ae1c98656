/** Counting distinct words, against a Set of their text. */
import fc from 'fast-check';
import { WordSet } from '../../src/bytes/word-set';
import { holds } from '../support/property';

const half = fc.oneof(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1), fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

test('counts like a Set, up to its limit', () =>
  holds(
    fc.property(fc.array(fc.tuple(half, half), { maxLength: 200 }), fc.nat(100), (words, limit) => {
      const counted = new WordSet(limit);
      const seen = new Set<string>();
      for (const [low, high] of words) {
        // What is not counted is taken for new each time.
        const isNew = !seen.has(`${low},${high}`);
        if (isNew && seen.size < limit) seen.add(`${low},${high}`);
        expect(counted.add(low, high)).toBe(isNew);
      }
      const { size } = new Set(words.map(String));
      expect([counted.count, counted.isBeyond]).toEqual([Math.min(size, limit), size > limit]);
    }),
  ));

test('grows', () => {
  const counted = new WordSet(2 ** 20);
  for (let round = 0; round < 2; round++) for (let word = 0; word < 100_000; word++) counted.add(word % 7, word);
  expect([counted.count, counted.isBeyond]).toEqual([100_000, false]);
});
