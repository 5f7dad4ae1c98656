/** `node test/oracle/dist/run-mutants.js`: every seeded fault must be found by 2,000 generated queries. SEED= repeats a run. */
import { fork } from 'node:child_process';
import path from 'node:path';
import { startPostgres } from '@permafrost/test';
import type { MutantReport, MutantTask } from './mutant-child';
import { control, type Mutant, mutants } from './mutants';
import { fillWorld } from './worlds';

const MOST_QUERIES = 2000;

async function main(): Promise<void> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  console.log(`mutants: SEED=${seed}`);
  const server = await startPostgres();
  try {
    const database = await server.createDatabase('oracle_mutants');
    await fillWorld('zoo', database.url, seed);
    const ask = (mutant: Mutant, known: readonly number[]) =>
      runInProcess({ mutant, url: database.url, seed, mostQueries: MOST_QUERIES, known });
    const unfaulty = await ask(control, []);
    for (const { number, query } of unfaulty) console.log(`  without a fault: query ${number} differs: ${query}`);
    const known = unfaulty.map(({ number }) => number);
    let missed = unfaulty.length > 0 ? 1 : 0;
    const left = [...mutants];
    const work = async () => {
      for (let mutant = left.shift(); mutant; mutant = left.shift()) {
        const [first] = await ask(mutant, known);
        if (!first) missed++;
        console.log(`  ${mutant.name}: ${first ? `found by query ${first.number}: ${first.query}` : 'NOT FOUND'}`);
      }
    };
    await Promise.all([work(), work()]);
    const result = missed === 0 ? 'all found, and nothing without a fault' : `${missed} not as it should be`;
    console.log(`${mutants.length} faults, ${MOST_QUERIES} queries each: ${result}`);
    process.exitCode = missed === 0 ? 0 : 1;
    await database.drop();
  } finally {
    await server.stop();
  }
}

function runInProcess(task: MutantTask): Promise<MutantReport> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, 'mutant-child.js'), { env: { ...process.env, NODE_NO_WARNINGS: '1' } });
    child.once('message', (report) => resolve(report as MutantReport));
    child.once('exit', (code) => reject(new Error(`"${task.mutant.name}" ended without a report: exit code ${code}.`)));
    child.send(task);
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
