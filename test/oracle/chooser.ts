/** Choices from a seed, by fast-check: the same seed makes the same choices on every machine. */
import * as fc from 'fast-check';

export class Chooser {
  readonly #generate: fc.GeneratorValue;

  constructor(generate: fc.GeneratorValue) {
    this.#generate = generate;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return bound <= 1 ? 0 : this.#generate(fc.nat, { max: bound - 1 });
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('There is nothing to pick from.');
    return items[this.below(items.length)]!;
  }

  /** Up to `most` different ones, in random order. */
  some<T>(items: readonly T[], most: number): T[] {
    const left = [...items];
    const chosen: T[] = [];
    while (left.length > 0 && chosen.length < most) chosen.push(...left.splice(this.below(left.length), 1));
    return chosen;
  }
}

/** Independent of each other: the n-th does not depend on how many were asked for. */
export function choosers(seed: number, count: number): Chooser[] {
  return fc.sample(fc.noBias(fc.gen()), { seed, numRuns: count }).map((generate) => new Chooser(generate));
}
