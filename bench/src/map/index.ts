/**
 * The snapshot against a Map of ordinary objects: 1,000,000 users and 2,000,000 orders, each side in fresh processes, the median of five.
 * Prints a table and writes `bench/results/<date>.json`. A ratio above 1 says that the snapshot is better. SCALE makes it smaller.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import * as path from 'node:path';
import { createSnapshot, schemaFromClasses } from '@permafrost/core';
import { median } from '../timing';
import { Order, orderRows, payloadOf, SEED, User, userRows } from './people';
import type { Measured } from './process';
import { type WorkloadName, workloads } from './workloads';

const PROCESSES = 5;
const WORKERS = 8;
/** As services run: without the checks of development mode. */
const production = { ...process.env, NODE_ENV: 'production' };
const processFile = path.join(__dirname, 'process.js');
const resultsDirectory = path.resolve(__dirname, '../../results');

type Side = 'map' | 'permafrost';
interface Compared {
  readonly map: number;
  readonly permafrost: number;
  /** Above 1 where Permafrost is better. */
  readonly ratio: number;
}

/** What is expected of the ratios, and what bounds one that is missed. */
const expected: Readonly<Record<string, { readonly ratio: number; readonly boundBy: string }>> = {
  'get-int': { ratio: 3, boundBy: 'the lookup and two cache misses: one for the index, one for the record' },
  'get-five': { ratio: 1, boundBy: 'a Date that is made at each read' },
  'get-email': { ratio: 1.8, boundBy: 'cache misses: directory, tags, ordinal, record, text' },
  'scan-sum': { ratio: 3, boundBy: 'one step of the iterator and one getter a record' },
  walk: { ratio: 3, boundBy: 'a proxy for each order and user, and a cache miss for each' },
  open: { ratio: 1000, boundBy: 'reading the directory and the schema' },
  'pss-8-workers': { ratio: 30, boundBy: 'the JavaScript heap of each worker' },
};
const MAX_FILE_PER_PAYLOAD = 1.6;

export async function benchMap(directory: string, scale = 1): Promise<string[]> {
  const userCount = Math.round(1_000_000 * scale);
  const files = { map: path.join(directory, 'people.jsonl'), permafrost: path.join(directory, 'people.permafrost') };
  const payload = await makeFiles(files, userCount);
  const recordCount = 3 * userCount;

  const runs: Record<Side, Measured[]> = { map: [], permafrost: [] };
  for (let number = 0; number < PROCESSES; number++)
    for (const side of ['map', 'permafrost'] as const) runs[side].push(runProcess(side, files[side]));
  requireSameChecksums(runs);

  const results: Record<string, Compared> = {};
  const note = (name: string, map: number, permafrost: number) => {
    results[name] = { map: rounded(map), permafrost: rounded(permafrost), ratio: rounded(map / permafrost) };
  };
  for (const name of Object.keys(workloads) as WorkloadName[]) {
    const of = (side: Side) => median(runs[side].map((run) => run.workloads[name]!.nanoseconds));
    note(name, of('map'), of('permafrost'));
  }
  const openOf = (side: Side) => median(runs[side].map(({ openMs }) => openMs));
  note('open', openOf('map'), openOf('permafrost'));
  const idle = await pssOf('idle', files.map);
  note('pss-8-workers', (await pssOf('map', files.map)) - idle, (await pssOf('permafrost', files.permafrost)) - idle);
  const fileSize = statSync(files.permafrost).size;
  note('bytes-per-record', median(runs.map.map(({ heapBytes }) => heapBytes)) / recordCount, fileSize / recordCount);

  const filePerPayload = fileSize / payload;
  print(results, { userCount, filePerPayload });
  if (scale === 1) save(results);
  return filePerPayload > MAX_FILE_PER_PAYLOAD
    ? [`map: the file takes ${filePerPayload.toFixed(2)} × the payload; at most ${MAX_FILE_PER_PAYLOAD} is allowed`]
    : [];
}

/** Writes both files and gives the bytes of all values. */
async function makeFiles(files: Record<Side, string>, userCount: number): Promise<number> {
  let payload = 0;
  const lines = createWriteStream(files.map);
  const writer = createSnapshot({ path: files.permafrost, schema: schemaFromClasses([User, Order]) });
  for (const [entity, rows] of [
    [User, userRows(userCount)],
    [Order, orderRows(userCount)],
  ] as const) {
    for (const row of rows) {
      payload += payloadOf(row);
      writer.add(entity, row);
      if (!lines.write(`${JSON.stringify(row)}\n`)) await once(lines, 'drain');
    }
  }
  lines.end();
  await once(lines, 'finish');
  await writer.finish();
  return payload;
}

function runProcess(side: Side, file: string): Measured {
  const node = ['--expose-gc', '--max-old-space-size=8192', processFile, side, file, ...Object.keys(workloads)];
  const child = spawnSync(process.execPath, node, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: production,
  });
  if (child.status !== 0) throw new Error(`map: the process of the ${side} failed.`);
  return JSON.parse(child.stdout) as Measured;
}

function requireSameChecksums(runs: Record<Side, readonly Measured[]>): void {
  for (const name of Object.keys(workloads)) {
    const sums = [...runs.map, ...runs.permafrost].map((run) => run.workloads[name]!.checksum);
    if (sums.some((sum) => Math.abs(sum - sums[0]!) > 1e-6 * Math.abs(sums[0]!)))
      throw new Error(`map: the checksums of ${name} differ: ${[...new Set(sums)].join(', ')}.`);
  }
}

/** Proportional set size of all workers together, in bytes, when each has read every user and collected its garbage. */
async function pssOf(kind: Side | 'idle', file: string): Promise<number> {
  const workers: ChildProcess[] = [];
  try {
    for (let number = 0; number < WORKERS; number++)
      workers.push(
        spawn(process.execPath, ['--expose-gc', '--max-old-space-size=8192', processFile, kind, file, '--stay'], {
          stdio: ['pipe', 'pipe', 'inherit'],
          env: production,
        }),
      );
    await Promise.all(workers.map((worker) => once(worker.stdout!, 'data')));
    return workers.reduce((sum, { pid }) => sum + pssOfProcess(pid!), 0);
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
  }
}

function pssOfProcess(pid: number): number {
  const [, kibibytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))!;
  return Number(kibibytes) * 1024;
}

const units: Readonly<Record<string, string>> = { open: 'ms', 'pss-8-workers': 'bytes', 'bytes-per-record': 'bytes' };

function print(results: Readonly<Record<string, Compared>>, of: { userCount: number; filePerPayload: number }): void {
  console.log(
    `\nA Map of ordinary objects against a snapshot: ${of.userCount} users, ${2 * of.userCount} orders; fresh processes, median of ${PROCESSES}`,
  );
  console.log(`${''.padEnd(18)}${'Map'.padStart(16)}${'snapshot'.padStart(16)}${'ratio'.padStart(10)}  expected`);
  for (const [name, { map, permafrost, ratio }] of Object.entries(results)) {
    const bound = expected[name];
    const wanted =
      bound === undefined ? '' : `≥ ${bound.ratio}${ratio < bound.ratio ? `  MISSED: bound by ${bound.boundBy}` : ''}`;
    const unit = units[name] ?? 'ns';
    const show = (value: number) =>
      `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 })} ${unit}`;
    console.log(
      `${name.padEnd(18)}${show(map).padStart(16)}${show(permafrost).padStart(16)}${ratio.toFixed(2).padStart(10)}  ${wanted}`,
    );
  }
  console.log(`file / payload    ${of.filePerPayload.toFixed(2).padStart(32)}            ≤ ${MAX_FILE_PER_PAYLOAD}`);
}

function save(results: Readonly<Record<string, Compared>>): void {
  mkdirSync(resultsDirectory, { recursive: true });
  const file = path.join(resultsDirectory, `${new Date().toISOString().slice(0, 10)}.json`);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${Math.round(freemem() / 2 ** 30)} GiB free`;
  writeFileSync(
    file,
    `${JSON.stringify({ machine, node: process.version, seed: SEED, workloads: results }, undefined, 2)}\n`,
  );
  console.log(`written to ${path.relative(process.cwd(), file)}`);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
