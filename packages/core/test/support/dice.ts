/** Random choices that depend on each other, from one seed: fast-check draws the seed and the size, and prints them when a case fails. */
import fc from 'fast-check';

/** A seed and how large the case may be; fast-check shrinks the size. */
export const anyCase = (maxSize: number): fc.Arbitrary<{ seed: number; size: number }> =>
  fc.record({ seed: fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 })), size: fc.nat(maxSize) });

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number in [0, end): Steele, Lea and Flood's SplitMix, cut to 32 bits. */
  below(end: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % end;
  }

  /** True once in `times`. */
  chance(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  list<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }

  shuffled<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let place = copy.length - 1; place > 0; place--) {
      const other = this.below(place + 1);
      [copy[place], copy[other]] = [copy[other]!, copy[place]!];
    }
    return copy;
  }

  values<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
    return count === 0 ? [] : fc.sample(arbitrary, { numRuns: count, seed: this.below(2 ** 31) });
  }
}
