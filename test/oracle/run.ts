/**
 * `node test/oracle/dist/run.js`: generated queries over the zoo, the shop and Pagila, in every combination of database locale and time zone.
 * SEED= repeats a run (each combination prints the seed of its queries, which the data do not depend on), COUNT= says how many queries in
 * all, ONLY= runs one query of each combination, COMBINATION= runs those whose name holds this.
 * Exit code 1 where an answer differs, where too few queries find rows, or where a pair of operator and type was met too seldom.
 */
import { fork } from 'node:child_process';
import path from 'node:path';
import { startPostgres } from '@permafrost/test';
import { type Histogram, printHistogram } from './histogram';
import { type DatabaseLocale, makeLocales } from './locales';
import type { CombinationTask, WorldReport } from './run-one';
import { fillWorld, type WorldName, worldNames } from './worlds';

const timeZones = ['UTC', 'America/New_York'] as const;
/** Of a hundred queries, so many on each. */
const shares: Readonly<Record<WorldName, number>> = { zoo: 85, shop: 13, Pagila: 2 };
const LEAST_WITH_ROWS = 0.6;
const LEAST_HITS = 20;
/** A run of fewer queries says nothing of pairs. */
const FULL_RUN = 20_000;

interface Combination {
  readonly name: string;
  readonly timeZone: string;
  readonly task: CombinationTask;
}

async function main(): Promise<void> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  const count = Number(process.env['COUNT'] ?? 48_000);
  const only = process.env['ONLY'] === undefined ? undefined : Number(process.env['ONLY']);
  console.log(`oracle: SEED=${seed} COUNT=${count}`);
  const server = await startPostgres();
  const locales = await makeLocales(server.url);
  try {
    const named = process.env['COMBINATION'] ?? '';
    const all = locales.present.length * timeZones.length;
    const combinations: Combination[] = [];
    for (const locale of locales.present) {
      const wanted = timeZones.map((timeZone) => `${locale.name} × ${timeZone}`).filter((name) => name.includes(named));
      if (wanted.length === 0) continue;
      const worlds = await fillWorlds(locale, seed, count / all);
      for (const timeZone of timeZones)
        combinations.push({
          name: `${locale.name} × ${timeZone}`,
          timeZone,
          task: { worlds, seed: seed + combinations.length, ...(only === undefined ? {} : { only }) },
        });
    }
    const reports = await inParallel(combinations.filter(({ name }) => name.includes(named)));
    for (const reason of locales.absent) console.log(`skipped: ${reason}`);
    process.exitCode = judge(reports, count >= FULL_RUN && only === undefined && named === '') ? 0 : 1;
  } finally {
    await locales.drop();
    await server.stop();
  }
}

async function fillWorlds(locale: DatabaseLocale, seed: number, count: number): Promise<CombinationTask['worlds']> {
  const worlds: CombinationTask['worlds'][number][] = [];
  for (const name of worldNames) {
    const url = await locale.createDatabase(name.toLowerCase());
    if (await fillWorld(name, url, seed)) worlds.push({ name, url, count: Math.ceil((count * shares[name]) / 100) });
    else console.log(`skipped: ${name} has no data on this machine`);
  }
  return worlds;
}

/** Two at a time: each keeps one core and one connection busy. */
async function inParallel(combinations: readonly Combination[]): Promise<Map<string, WorldReport[]>> {
  const reports = new Map<string, WorldReport[]>();
  const left = [...combinations];
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const started = performance.now();
      const answer = await runInProcess(next);
      reports.set(next.name, answer);
      console.log(summary(next, answer, (performance.now() - started) / 1000));
    }
  };
  await Promise.all([work(), work()]);
  return reports;
}

function runInProcess({ name, timeZone, task }: Combination): Promise<WorldReport[]> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'run-one.js'), {
      env: { ...process.env, TZ: timeZone, NODE_NO_WARNINGS: '1' },
    });
    child.once('message', (reports) => resolve(reports as WorldReport[]));
    child.once('exit', (code) => reject(new Error(`${name} ended without a report: exit code ${code}.`)));
    child.send(task);
  });
}

function summary({ name, task: { seed } }: Combination, reports: readonly WorldReport[], seconds: number): string {
  const lines = reports.map((report) => {
    const share = ((report.withRows / report.queries) * 100).toFixed(0);
    const refused = Object.values(report.refused).reduce((sum, times) => sum + times, 0);
    return `  ${report.world}: ${report.queries} queries, ${share} % with rows, ${report.failed} failing as the database's, ${refused} refused, ${report.differences.length} differences`;
  });
  return [
    `${name}: SEED=${seed}, ${seconds.toFixed(0)} s`,
    ...lines,
    ...reports.flatMap(({ differences }) => differences),
  ].join('\n');
}

function judge(combinations: ReadonlyMap<string, readonly WorldReport[]>, isFull: boolean): boolean {
  const reports = [...combinations.values()].flat();
  const total = (of: (report: WorldReport) => number) => reports.reduce((sum, report) => sum + of(report), 0);
  const [queries, withRows, differences] = [
    total((one) => one.queries),
    total((one) => one.withRows),
    total((one) => one.differences.length),
  ];
  const histogram: Histogram = {};
  const refused: Record<string, number> = {};
  for (const report of reports) {
    for (const [pair, times] of Object.entries(report.histogram)) histogram[pair] = (histogram[pair] ?? 0) + times;
    for (const [reason, times] of Object.entries(report.refused)) refused[reason] = (refused[reason] ?? 0) + times;
  }
  console.log(`Operators by type:\n${printHistogram(histogram)}`);
  console.log('Refused:');
  for (const [reason, times] of Object.entries(refused).sort(([, one], [, other]) => other - one))
    console.log(`  ${times} × ${reason}`);
  const notExported = new Map(reports.flatMap((report) => Object.entries(report.notExported)));
  for (const [group, reason] of notExported) console.log(`  ${group} is not exported: ${reason}`);
  const seldom = isFull ? Object.entries(histogram).filter(([, times]) => times < LEAST_HITS) : [];
  const problems = [
    ...(differences > 0 ? [`${differences} differences`] : []),
    ...(isFull && withRows / queries < LEAST_WITH_ROWS ? [`only ${withRows} of ${queries} queries found rows`] : []),
    ...(seldom.length > 0
      ? [`pairs met too seldom: ${seldom.map(([pair, times]) => `${pair} (${times})`).join(', ')}`]
      : []),
    ...(notExported.size > 0 ? [`${notExported.size} groups of entities not exported`] : []),
  ];
  console.log(`${queries} queries, ${withRows} with rows: ${problems.join('; ') || 'no difference'}`);
  return problems.length === 0;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
