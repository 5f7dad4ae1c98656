/** What the demo measures on one kind of worker, the same way for both kinds. */
import { type Fleet, type FleetOptions, startFleet } from '../fleet';
import type { Touched } from '../web/touch';
import { type IdCounts, type Load, load, sampleAnswers } from './requests';

/** A start this quick is at the mercy of the moment: it is repeated, and the median of three counts. */
const QUICK_START_MS = 3_000;
const QUICK_STARTS = 3;
const WARM_UP_SECONDS = 2;
/** The best of three rounds counts: what else the machine does for a moment costs a round, not the result. */
const ROUNDS = 3;
const ROUND_SECONDS = 3;

export interface MeasureOptions extends FleetOptions {
  /** The same worker without data. */
  readonly idle: Pick<FleetOptions, 'program' | 'args'>;
  readonly ids: IdCounts;
  readonly say: (text: string) => void;
}

export interface FleetResult extends Load {
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

export async function measureFleet({ idle, ids, say, ...options }: MeasureOptions): Promise<FleetResult> {
  const idleFleet = await startFleet({ ...options, ...idle });
  const idlePss = mean(idleFleet.pss());
  await idleFleet.stop();

  const { fleet, slowestStartMs, allStartedMs } = await startAndTime(options);
  say(`  answering after ${(slowestStartMs / 1000).toFixed(2)} s; now under load`);
  const answers = await sampleAnswers(fleet.url, ids);
  await load(fleet.url, { ids, seconds: WARM_UP_SECONDS });
  const measured = await betterRound(fleet.url, ids);
  say(`  ${measured.requestsPerSecond.toFixed(0)} requests/s; now each worker reads every field of every record`);
  const touched = await fleet.touchEverything();
  const pss = fleet.pss();
  await fleet.stop();
  return { ...measured, slowestStartMs, allStartedMs, pss, idlePss, touched, answers };
}

async function startAndTime(options: FleetOptions) {
  let fleet = await startFleet(options);
  const starts = [timesOf(fleet)];
  while (starts[0]!.slowestStartMs < QUICK_START_MS && starts.length < QUICK_STARTS) {
    await fleet.stop();
    fleet = await startFleet(options);
    starts.push(timesOf(fleet));
  }
  const median = starts.sort((a, b) => a.slowestStartMs - b.slowestStartMs)[Math.floor(starts.length / 2)]!;
  return { fleet, ...median };
}

const timesOf = ({ startMs, allStartedMs }: Fleet) => ({ slowestStartMs: Math.max(...startMs), allStartedMs });

async function betterRound(url: string, ids: IdCounts): Promise<Load> {
  const rounds: Load[] = [];
  while (rounds.length < ROUNDS) rounds.push(await load(url, { ids, seconds: ROUND_SECONDS }));
  return rounds.reduce((best, round) => (round.requestsPerSecond > best.requestsPerSecond ? round : best));
}

export const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;
export const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
