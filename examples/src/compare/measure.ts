/** What the demo measures on one kind of worker, the same way for both kinds. */
import { type Fleet, type FleetOptions, startFleet } from '../fleet';
import type { Touched } from '../web/touch';
import { type IdCounts, type Load, load, sampleAnswers } from './requests';

/** A start this quick is at the mercy of the moment: it is repeated, and the median of five counts. */
const QUICK_START_MS = 3_000;
const QUICK_STARTS = 5;
const WARM_UP_SECONDS = 2;
/** Rounds of the two kinds alternate, and the median of their ratios counts: what else the machine does for a moment costs a round, not the result. */
const ROUNDS = 3;
const ROUND_SECONDS = 3;

export interface MeasureOptions extends FleetOptions {
  /** The same worker without data. */
  readonly idle: Pick<FleetOptions, 'program' | 'args'>;
  readonly ids: IdCounts;
  readonly say: (text: string) => void;
}

export interface FleetResult {
  /** From the fork to the first answered request. */
  readonly slowestStartMs: number;
  readonly allStartedMs: number;
  /** Proportional set size in bytes of each worker, when it had touched everything. */
  readonly pss: readonly number[];
  /** Of an idle worker with the same modules. */
  readonly idlePss: number;
  readonly touched: readonly Touched[];
  readonly answers: ReadonlyMap<string, string>;
}

/** A fleet that goes on running, and what was measured on it. */
export interface MeasuredFleet {
  readonly fleet: Fleet;
  readonly result: FleetResult;
}

/** Starts a fleet and measures its start, its answers and its memory. */
export async function measureFleet({ idle, ids, say, ...options }: MeasureOptions): Promise<MeasuredFleet> {
  const idleFleet = await startFleet({ ...options, ...idle });
  const idlePss = mean(idleFleet.pss());
  await idleFleet.stop();

  const { fleet, slowestStartMs, allStartedMs } = await startAndTime(options);
  say(`  answering after ${(slowestStartMs / 1000).toFixed(2)} s; now each worker reads every field of every record`);
  const answers = await sampleAnswers(fleet.url, ids);
  const touched = await fleet.touchEverything();
  const result = { slowestStartMs, allStartedMs, pss: fleet.pss(), idlePss, touched, answers };
  return { fleet, result };
}

/** The same load on two fleets in turn: one list of rounds for each. */
export async function loadInTurn(first: Fleet, second: Fleet, ids: IdCounts): Promise<[Load[], Load[]]> {
  const rounds: [Load[], Load[]] = [[], []];
  for (const { url } of [first, second]) await load(url, { ids, seconds: WARM_UP_SECONDS });
  for (let round = 0; round < ROUNDS; round++)
    for (const [place, { url }] of [first, second].entries())
      rounds[place]!.push(await load(url, { ids, seconds: ROUND_SECONDS }));
  return rounds;
}

async function startAndTime(options: FleetOptions) {
  let fleet = await startFleet(options);
  const starts = [timesOf(fleet)];
  while (starts[0]!.slowestStartMs < QUICK_START_MS && starts.length < QUICK_STARTS) {
    await fleet.stop();
    fleet = await startFleet(options);
    starts.push(timesOf(fleet));
  }
  return { fleet, ...medianBy(starts, (start) => start.slowestStartMs) };
}

const timesOf = ({ startMs, allStartedMs }: Fleet) => ({ slowestStartMs: Math.max(...startMs), allStartedMs });

/** The middle one of an odd number of items. */
export function medianBy<T>(items: readonly T[], value: (item: T) => number): T {
  return [...items].sort((a, b) => value(a) - value(b))[items.length >>> 1]!;
}

export const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;
export const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
