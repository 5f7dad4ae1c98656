/** The demo's table and what must hold of it. */
import { type FleetResult, mean, medianBy, sum } from './measure';
import type { Load } from './requests';

/** What was measured on one kind of worker. */
export interface KindResult extends FleetResult {
  readonly rounds: readonly Load[];
}

export interface ResultOptions {
  /** Bytes of the snapshot file. */
  readonly fileSize: number;
  /** A smaller shop shows the same, but the ratios are promised for the full one alone. */
  readonly isFullSize: boolean;
}

const MAX_MEMORY_RATIO = 1 / 10;
const MIN_START_RATIO = 50;
const MIN_RATE_RATIO = 0.9;
const MIN_SAME_ANSWERS = 1_000;

/** Prints all, and gives whether all holds. */
export function printResult(
  snapshot: KindResult,
  objects: KindResult,
  { fileSize, isFullSize }: ResultOptions,
): boolean {
  const memoryRatio = sum(net(snapshot)) / sum(net(objects));
  const startRatio = objects.slowestStartMs / snapshot.slowestStartMs;
  const pairs = snapshot.rounds.map(
    ({ requestsPerSecond }, round) => requestsPerSecond / objects.rounds[round]!.requestsPerSecond,
  );
  const rateRatio = medianBy(pairs, (ratio) => ratio);
  const row = (name: string, value: (result: KindResult) => number, show: (value: number) => string) => {
    const [left, right] = [value(snapshot), value(objects)];
    return [name, show(left), show(right), left < right ? `1 : ${times(right / left)}` : `${times(left / right)} : 1`];
  };
  printTable([
    [`${snapshot.pss.length} workers of each kind`, 'snapshot', 'objects', 'ratio'],
    row('start: fork to first answer, slowest', (result) => result.slowestStartMs, seconds),
    row('start: all have answered', (result) => result.allStartedMs, seconds),
    row(
      'requests/s, median of three rounds in turn',
      (result) => medianRound(result).requestsPerSecond,
      (value) => value.toFixed(0),
    ),
    row(
      'p99 latency in that round',
      (result) => medianRound(result).p99Ms,
      (value) => `${value} ms`,
    ),
    row('Pss per worker, net of an idle one', (result) => mean(net(result)), megabytes),
    row('Pss in total, net of idle ones', (result) => sum(net(result)), megabytes),
    row('Pss in total, as it is', (result) => sum(result.pss), megabytes),
    row('processor time per field read', nanosecondsPerField, (value) => `${value.toFixed(1)} ns`),
  ]);

  const [{ records, values, checksum }] = objects.touched as [FleetResult['touched'][0]];
  const touched = [...snapshot.touched, ...objects.touched];
  const sameAnswers = [...snapshot.answers].filter(([path, answer]) => objects.answers.get(path) === answer).length;
  const checks: [holds: boolean, text: string][] = [
    [
      sameAnswers === snapshot.answers.size && sameAnswers >= MIN_SAME_ANSWERS,
      `${sameAnswers} of ${snapshot.answers.size} sampled answers are the same byte for byte (at least ${MIN_SAME_ANSWERS})`,
    ],
    [
      touched.every((one) => one.checksum === checksum && one.records === records),
      `all ${touched.length} workers read the same ${records} records, ${values} fields and relations: checksum ${checksum}`,
    ],
  ];
  if (isFullSize) {
    checks.push(
      [
        memoryRatio <= MAX_MEMORY_RATIO,
        `snapshot workers take ${memoryRatio.toFixed(3)} of the memory (at most ${MAX_MEMORY_RATIO})`,
      ],
      [startRatio >= MIN_START_RATIO, `they start ${startRatio.toFixed(0)} times faster (at least ${MIN_START_RATIO})`],
      [
        rateRatio >= MIN_RATE_RATIO,
        `they answer ${rateRatio.toFixed(2)} as many requests/s (median of the rounds' ${pairs.map((ratio) => ratio.toFixed(2)).join(', ')}; at least ${MIN_RATE_RATIO})`,
      ],
    );
  }
  for (const [holds, text] of checks) print(`${holds ? 'holds ' : 'FAILED'}  ${text}`);
  print(
    `\nWhere the snapshot loses: reading a field takes ${nanosecondsPerField(snapshot).toFixed(0)} ns against ${nanosecondsPerField(objects).toFixed(0)} ns from an object,` +
      ` and an answer is as old as the last export. Its file of ${megabytes(fileSize)} was in the page cache when the workers started.`,
  );
  return checks.every(([holds]) => holds);
}

const medianRound = ({ rounds }: KindResult) => medianBy(rounds, (round) => round.requestsPerSecond);
const net = (result: FleetResult) => result.pss.map((bytes) => bytes - result.idlePss);
const nanosecondsPerField = ({ touched }: FleetResult) =>
  mean(touched.map(({ cpuMs, values }) => (cpuMs * 1e6) / values));
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
const times = (ratio: number) => (ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0));
const print = (text: string) => process.stdout.write(`${text}\n`);

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  print(`\n${line}`);
  for (const [place, row] of rows.entries()) {
    const shown = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    print(`| ${shown.join(' | ')} |`);
    if (place === 0) print(line);
  }
  print(`${line}\n`);
}
