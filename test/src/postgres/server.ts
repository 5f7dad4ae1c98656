/**
 * A PostgreSQL server for tests, examples and benchmarks: the one of DATABASE_URL, or else one of our own that is gone afterwards.
 * A keeper process of its own session owns the server, its files and every database made here. It lives as long as the pipe to us,
 * so nothing is left behind however we end, SIGKILL included; where we can, we also wait for it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { createServerFolder } from './folder';
import { type KeeperAddress, type KeeperReply, type KeeperRequest, PostgresServerError } from './protocol';

/** The keeper runs as built: a process of its own cannot use Jest's transform. Right from src/ and from dist/. */
export const keeperProgram = path.resolve(__dirname, '../../dist/postgres/keeper.js');
/** How long an ending process waits for its keeper. It takes about 0.1 s. */
const KEEPER_ENDS_WITHIN_MS = 10_000;

export interface TestDatabase {
  readonly url: string;
  /** Drops the database and closes whoever is connected to it. */
  drop(): Promise<void>;
}

export interface PostgresServer {
  /** A database for administration. Tests make their own with `createDatabase`. */
  readonly url: string;
  readonly source: 'DATABASE_URL' | 'embedded';
  /** Makes an empty database whose name starts with the prefix and is unique in the server. About 50 ms. */
  createDatabase(prefix: string): Promise<TestDatabase>;
  /** Drops the databases made here and ends an embedded server. Safe to call again. */
  stop(): Promise<void>;
}

export interface StartPostgresOptions {
  /** The server to use instead of starting one; by default the variable DATABASE_URL. An empty text starts one. */
  databaseUrl?: string;
}

/**
 * Starts a server, or connects to the one of DATABASE_URL. 1 to 2 s. Throws a `PostgresServerError` with a code.
 * Ctrl-C, SIGTERM, an uncaught error and an ordinary exit stop it too.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const keeper = await startKeeper(options);
  try {
    return await connectPostgres(keeper.address, keeper.stop);
  } catch (error) {
    await keeper.stop();
    throw error;
  }
}

/** The server of a keeper that runs already; it is started by the first who asks. */
export async function connectPostgres(
  address: KeeperAddress,
  stop: () => Promise<void> = async () => {},
): Promise<PostgresServer> {
  const { url, source } = await ask(address, { command: 'start' });
  return {
    url,
    source,
    stop,
    async createDatabase(prefix) {
      const created = await ask(address, { command: 'create', prefix });
      return {
        url: created.url,
        drop: async () => void (await ask(address, { command: 'drop', url: created.url })),
      };
    },
  };
}

export interface Keeper {
  readonly address: KeeperAddress;
  stop(): Promise<void>;
}

/** Starts the process that will own the server; the server itself starts with the first request. About 0.1 s. */
export async function startKeeper(options: StartPostgresOptions = {}): Promise<Keeper> {
  const databaseUrl = options.databaseUrl ?? process.env['DATABASE_URL'] ?? '';
  if (!existsSync(keeperProgram)) {
    const message = `${keeperProgram} is missing. Run "npx tsc -b test" first.`;
    throw new PostgresServerError('POSTGRES_KEEPER_MISSING', message);
  }
  const folder = createServerFolder();
  const child = spawn(process.execPath, [keeperProgram, folder], {
    // Not our session: a Ctrl-C in the terminal is for us, and it is we who end the keeper.
    detached: true,
    cwd: path.parse(folder).root,
    env: { ...process.env, NODE_OPTIONS: '', PERMAFROST_KEEPER_DATABASE_URL: databaseUrl },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const running: RunningKeeper = { child, folder };
  hold(running);
  try {
    const address = await readAddress(child);
    // The keeper must not keep alive a process that has nothing else to do.
    for (const part of [child, child.stdin, child.stdout] as { unref?(): void }[]) part.unref?.();
    return { address, stop: () => release(running) };
  } catch (error) {
    await release(running);
    throw error;
  }
}

function readAddress(child: ChildProcess): Promise<KeeperAddress> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.endsWith('\n')) resolve(JSON.parse(text));
    });
    const failed = (how: string) =>
      reject(
        new PostgresServerError('POSTGRES_KEEPER_DIED', `The process that keeps the server did not start: ${how}.`),
      );
    child.on('error', (error) => failed(error.message));
    child.on('exit', (code, signal) => failed(`exit ${code ?? signal}`));
  });
}

/** One request per connection; the keeper answers one at a time. */
function ask(address: KeeperAddress, request: KeeperRequest): Promise<KeeperReply> {
  return new Promise((resolve, reject) => {
    let text = '';
    const gone = (how: string) =>
      reject(new PostgresServerError('POSTGRES_STOPPED', `The test server has ended (${how}). Start it again.`));
    const socket = connect(address.port, '127.0.0.1', () =>
      socket.write(`${address.token} ${JSON.stringify(request)}\n`),
    );
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', (error) => gone(error.message));
    socket.on('end', () => {
      if (!text) return gone('no answer');
      const reply = JSON.parse(text) as KeeperReply | { code: string; message: string };
      if ('code' in reply) reject(new PostgresServerError(reply.code, reply.message));
      else resolve(reply);
    });
  });
}

interface RunningKeeper {
  child: ChildProcess;
  /** Its folder; the keeper removes it as the last thing it does. */
  folder: string;
}

const runningKeepers = new Set<RunningKeeper>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function hold(keeper: RunningKeeper): void {
  if (runningKeepers.size === 0) {
    process.on('exit', endAllNow);
    for (const signal of signals) process.on(signal, endBySignal);
  }
  runningKeepers.add(keeper);
}

async function release(keeper: RunningKeeper): Promise<void> {
  if (!runningKeepers.has(keeper)) return;
  const { child, folder } = keeper;
  if (child.exitCode === null && child.signalCode === null && child.pid) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.stdin!.destroy();
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
  runningKeepers.delete(keeper);
  if (runningKeepers.size > 0) return;
  process.off('exit', endAllNow);
  for (const signal of signals) process.off(signal, endBySignal);
}

/** Ends all keepers without the event loop, which an exiting process no longer has. */
function endAllNow(): void {
  // Closes the pipe at once. A signal would kill a keeper that has not got as far as to handle it.
  for (const { child } of runningKeepers) child.stdin!.destroy();
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const deadline = Date.now() + KEEPER_ENDS_WITHIN_MS;
  for (const { folder, child } of runningKeepers) {
    const isAlive = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    while (isAlive && existsSync(folder) && Date.now() < deadline) Atomics.wait(clock, 0, 0, 5);
    rmSync(folder, { recursive: true, force: true });
  }
  runningKeepers.clear();
}

/** The signal must still do to this process what it would have done without us. */
function endBySignal(signal: NodeJS.Signals): void {
  endAllNow();
  for (const name of signals) process.off(name, endBySignal);
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
