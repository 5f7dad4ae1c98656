/**
 * A fleet: web workers forked with `cluster` that run one program and share one port, and what is measured on them. Fleets that run at
 * the same time need hosts of their own. No worker outlives `stop`, nor this process.
 */
import cluster, { type Worker } from 'node:cluster';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { type FromWorker, HOST_VARIABLE } from './web/server';
import type { Touched } from './web/touch';

export interface FleetOptions {
  /** Path of the worker's program, and what comes after it on its command line. */
  readonly program: string;
  readonly args: readonly string[];
  /** Options of Node, e.g. of V8. */
  readonly nodeOptions?: readonly string[];
  /** The loopback address to listen on. */
  readonly host: string;
  readonly workerCount: number;
}

export interface Fleet {
  /** Where all workers answer, without a slash at the end. */
  readonly url: string;
  /** Of each worker: from its fork to its first answered request. */
  readonly startMs: readonly number[];
  /** From the first fork until all workers have answered. */
  readonly allStartedMs: number;
  /** Each worker reads every field of every record; all at once. */
  touchEverything(): Promise<Touched[]>;
  /** Proportional set size of each worker in bytes: a page that n processes share counts as 1/n for each. */
  pss(): number[];
  stop(): Promise<void>;
}

const runningWorkers = new Set<Worker>();
process.on('exit', () => kill(runningWorkers));

/** Forks all workers at once and waits until each has answered a request. Rejects when one of them ends before. */
export async function startFleet({ program, args, nodeOptions = [], host, workerCount }: FleetOptions): Promise<Fleet> {
  // Options of this process (a port for its debugger) are not for workers.
  cluster.setupPrimary({ exec: program, args: [...args], execArgv: [...nodeOptions] });
  const firstForkAt = performance.now();
  const forked = Array.from({ length: workerCount }, () => forkWorker(host));
  const workers = forked.map(({ worker }) => worker);
  const stop = () => stopWorkers(workers);
  try {
    const started = await Promise.all(forked.map(waitForAnswer));
    return {
      url: `http://${host}:${started[0]!.sharedPort}`,
      startMs: started.map(({ startMs }) => startMs),
      allStartedMs: performance.now() - firstForkAt,
      touchEverything: () => Promise.all(workers.map(touch)),
      pss: () => workers.map((worker) => readPss(worker.process.pid!)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Forked {
  readonly worker: Worker;
  readonly host: string;
  readonly forkedAt: number;
}

function forkWorker(host: string): Forked {
  const forkedAt = performance.now();
  const worker = cluster.fork({ NODE_ENV: 'production', NODE_OPTIONS: '', [HOST_VARIABLE]: host });
  runningWorkers.add(worker);
  worker.process.once('exit', () => runningWorkers.delete(worker));
  return { worker, host, forkedAt };
}

async function waitForAnswer({ worker, host, forkedAt }: Forked) {
  const { sharedPort, ownPort } = await nextMessage(worker, 'listening');
  // Of the worker's own port, so that it is this worker who answers.
  await new Promise<void>((resolve, reject) => {
    const request = get(`http://${host}:${ownPort}/customers/1`, { agent: false }, (response) => {
      response.resume().once('end', resolve);
    });
    request.once('error', reject);
  });
  return { sharedPort, startMs: performance.now() - forkedAt };
}

async function touch(worker: Worker): Promise<Touched> {
  const answer = nextMessage(worker, 'touched');
  worker.send('touch everything');
  return (await answer).touched;
}

type Message<E extends FromWorker['event']> = Extract<FromWorker, { event: E }>;

function nextMessage<E extends FromWorker['event']>(worker: Worker, event: E): Promise<Message<E>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: FromWorker) => {
      if (message.event !== event) return;
      worker.process.off('exit', onExit);
      worker.off('message', onMessage);
      resolve(message as Message<E>);
    };
    const onExit = (code: number | null, signal: string | null) =>
      reject(
        new Error(
          `Worker ${worker.id} ended (${signal ?? `exit ${code}`}) before it was ${event}. See its output above.`,
        ),
      );
    worker.on('message', onMessage);
    worker.process.once('exit', onExit);
  });
}

/** Ends the workers of every fleet. */
export function stopAllWorkers(): Promise<void> {
  return stopWorkers([...runningWorkers]);
}

async function stopWorkers(workers: readonly Worker[]): Promise<void> {
  const running = workers.filter((worker) => runningWorkers.has(worker));
  const ended = running.map((worker) => new Promise((resolve) => worker.process.once('exit', resolve)));
  kill(running);
  await Promise.all(ended);
}

function kill(workers: Iterable<Worker>): void {
  for (const worker of workers) worker.process.kill('SIGKILL');
}

/** Throws where the system does not tell (only Linux does). */
export function readPss(processId: number | 'self'): number {
  const rollup = readFileSync(`/proc/${processId}/smaps_rollup`, 'utf8');
  const [, kibibytes] = /^Pss:\s+(\d+) kB$/m.exec(rollup)!;
  return Number(kibibytes) * 1024;
}
