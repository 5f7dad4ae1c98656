/**
 * One measured process: `process.js map|permafrost FILE workload …` loads or opens FILE, runs each workload and prints one line of JSON.
 * `process.js idle|map|permafrost FILE --stay` says "ready" when it has read every user, and stays until its input ends.
 */
import { performance } from 'node:perf_hooks';
import { median } from '../timing';
import { loadMap } from './map-people';
import { ID_STEP, idOf } from './people';
import { openPeople } from './snapshot-people';
import { type People, type Workload, workloads } from './workloads';

const ROUNDS = 5;
/** Fewer reads of fewer records. */
const scale = Number(process.env['SCALE'] ?? 1);

export interface Measured {
  /** Milliseconds from nothing in memory to the first field read. */
  readonly openMs: number;
  /** Bytes that the data takes in this process alone; for the snapshot that is the file's. */
  readonly heapBytes: number;
  readonly workloads: Readonly<Record<string, { readonly nanoseconds: number; readonly checksum: number }>>;
}

async function main([kind, file, ...wanted]: readonly string[]): Promise<void> {
  if (kind === 'idle') return stay();
  const before = usedMemory();
  const start = performance.now();
  const people = await (kind === 'map' ? loadMap(file!) : openPeople(file!));
  if (people.byId(ID_STEP)!.age < 0) throw new Error('No age is negative.');
  const openMs = performance.now() - start;
  if (wanted[0] === '--stay') {
    for (let place = 0; place < people.userCount; place++) people.plain(people.byId(idOf(place))!);
    return stay();
  }
  const heapBytes = usedMemory() - before;
  const measured: Measured = { openMs, heapBytes, workloads: {} };
  for (const name of wanted) Object.assign(measured.workloads, { [name]: measure(people, workloads[name as never]) });
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

/** The median of some rounds, after one that does not count. */
function measure(people: People, { run, count: wholeCount }: Workload) {
  const count = wholeCount === undefined ? 1 : Math.ceil(wholeCount * scale);
  let checksum = run(people, count);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    checksum = run(people, count);
    rounds.push(Number(process.hrtime.bigint() - start) / count);
  }
  return { nanoseconds: median(rounds), checksum };
}

function usedMemory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

/** With its garbage collected: what stays is what the data takes. */
function stay(): Promise<void> {
  usedMemory();
  process.stdout.write('ready\n');
  return new Promise((resolve) => process.stdin.resume().once('end', resolve));
}

main(process.argv.slice(2));
