/** Time of small operations: rounds of many, the median round. One machine, one process; trust ratios. */

/** Nanoseconds an operation: median of `rounds` rounds of `count` operations each, after two rounds that do not count. */
export function medianNanoseconds(count: number, rounds: number, run: (count: number) => number): number {
  for (let warmup = 0; warmup < 2; warmup++) consume(run(count));
  return median(
    Array.from({ length: rounds }, () => {
      const start = process.hrtime.bigint();
      consume(run(count));
      return Number(process.hrtime.bigint() - start) / count;
    }),
  );
}

export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[ordered.length >> 1]!;
}

let sink = 0;
/** Keeps a result alive, so that the work that made it is not optimized away. */
export function consume(value: number): void {
  sink = (sink + value) % 1_000_003;
}

/** A cheap pseudo-random sequence (Numerical Recipes' LCG), the same in every run. */
export function randomSequence(seed = 12345): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
