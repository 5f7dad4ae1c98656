/**
 * Runs one task of this repository from any state of a clone: `node scripts/bootstrap.mjs <task> [arguments of the task]`.
 * Needs Node and npm, nothing else: it installs what the lockfile says when that was not done yet, builds, then runs.
 * Ctrl-C and SIGTERM reach every process of the task once; this process leaves last, with the task's exit code or 128 + signal,
 * and removes the folder that was the task's TMPDIR.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, constants as osConstants, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@12.21.0';
/** A task that has not ended this long after a signal is killed. */
const KILL_AFTER_MS = 15_000;
/** The keepers of test servers notice within milliseconds that their user has gone, and need about 0.1 s more. */
const KEEPERS_END_WITHIN_MS = 10_000;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const modules = (file) => path.join(root, 'node_modules', file);
const node = (...args) => [process.execPath, ...args];
const jest = (...args) => node(modules('jest/bin/jest.js'), ...args);
const tsc = (...args) => node(modules('typescript/bin/tsc'), ...args);
const biome = (...args) => node(modules('@biomejs/biome/bin/biome'), ...args);
const knip = (...args) => node(modules('knip/bin/knip.js'), ...args);

/** Unit tests that try every byte, every step or very much: `npm test` runs them, a check of about a minute does not. */
const thorough = '(damage|hostile|large|crash|walk|text-places|any-graph|object-graph)[.]test';

/** Each task gives the commands it runs, all of them even after one failed. */
const tasks = {
  demo: (args) => [node(path.join(root, 'examples/dist/demo.js'), ...args)],
  bench: (args) => [node(path.join(root, 'bench/dist/index.js'), ...args)],
  test: (args) => [jest('--maxWorkers=100%', ...args)],
  check: (args) => [
    biome('check'),
    tsc('-b', 'tsconfig.json', 'tsconfig.tests.json'),
    knip('--no-progress'),
    jest(
      '--maxWorkers=100%',
      ...args,
      ...['--testPathPatterns', 'packages/(core|mmap)/test/', 'test/src/[^/]*floors'],
      ...['--testPathIgnorePatterns', '/node_modules/', thorough],
    ),
  ],
};

let stoppedBy;
let running;
let temporary;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
watchNpm();

const [taskName, ...taskArguments] = process.argv.slice(2);
if (!Object.keys(tasks).includes(taskName)) {
  fail(2, `unknown task "${taskName ?? ''}". The tasks are ${Object.keys(tasks).join(', ')}.`);
}
checkNodeVersion();
process.chdir(root);
const environment = withTemporaryFolder();
await install();
// Check reports type errors among its own results; the others run what was built only if all of it was.
if (taskName !== 'check') await setUp('build', tsc('-b'), environment);
let exitCode = 0;
for (const command of tasks[taskName](taskArguments)) {
  const ended = await run(command, { stdio: 'inherit', env: environment });
  exitCode ||= ended.code;
  if (stoppedBy) break;
}
await keepersEnded();
process.exit(exitCode);

function checkNodeVersion() {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const found = process.versions.node.split('.').map(Number);
  const fits = engines.node.split('||').some((range) => {
    const [, operator, version] = /^\s*(\^|>=)(\d+\.\d+\.\d+)\s*$/.exec(range);
    const least = version.split('.').map(Number);
    if (operator === '^' && found[0] !== least[0]) return false;
    const different = found.findIndex((part, position) => part !== least[position]);
    return different === -1 || found[different] > least[different];
  });
  if (!fits)
    fail(2, `this is Node ${process.versions.node}, but Node ${engines.node} is needed. Switch to one of these.`);
}

/** Gives the environment of everything we run. What a task that was stopped has left in its temp folder goes with the folder. */
function withTemporaryFolder() {
  temporary = mkdtempSync(path.join(tmpdir(), 'permafrost-'));
  process.once('exit', () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));
  // A test server that root starts runs as another user, who has to get through.
  chmodSync(temporary, 0o711);
  const PATH = `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`;
  return { ...process.env, PATH, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
}

async function keepersEnded() {
  const deadline = Date.now() + KEEPERS_END_WITHIN_MS;
  const hasKeeper = () => readdirSync(temporary).some((name) => name.startsWith('permafrost-postgres-'));
  while (hasKeeper() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Installs when the stamp of the last complete install does not match the lockfile. */
async function install() {
  const stampFile = modules('.permafrost-install');
  const stamp = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) stamp.update(readFileSync(path.join(root, file)));
  const wanted = `${PNPM} ${stamp.digest('hex')}\n`;
  if (existsSync(modules('.modules.yaml')) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted)
    return;

  const home = isWritable(homedir()) ? homedir() : path.join(temporary, 'home');
  // pnpm's locks would otherwise stay in /tmp. They must be the same for every install that shares a store, and private.
  const lockFolder = process.env.XDG_RUNTIME_DIR || path.join(home, '.cache', 'pnpm-locks');
  mkdirSync(lockFolder, { recursive: true, mode: 0o700 });
  process.stderr.write(`permafrost: installing packages with ${PNPM} …\n`);
  const install = ['npx', '--yes', PNPM, 'install', '--frozen-lockfile'];
  const variables = { CI: 'true', HOME: home, XDG_RUNTIME_DIR: lockFolder, ...ownHeaders() };
  await setUp('install', install, { ...environment, ...variables });
  writeFileSync(stampFile, wanted);
}

/** Where the headers of this very Node lie, if it brought any: the optional packages that are compiled then need no download of them. */
function ownHeaders() {
  const nodedir = path.resolve(realpathSync(process.execPath), '../..');
  const file = path.join(nodedir, 'include/node/node_version.h');
  const version = new RegExp(`^#define NODE_MODULE_VERSION ${process.versions.modules}$`, 'm');
  return existsSync(file) && version.test(readFileSync(file, 'utf8')) ? { npm_config_nodedir: nodedir } : {};
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a step of the set-up without output, unless it fails. */
async function setUp(what, command, env) {
  const ended = await run(command, { stdio: ['ignore', 'pipe', 'pipe'], env });
  if (stoppedBy) process.exit(128 + osConstants.signals[stoppedBy]);
  if (ended.code === 0) return;
  process.stderr.write(ended.output);
  fail(1, `the ${what} failed: ${command.join(' ')}`);
}

function fail(code, message) {
  process.stderr.write(`permafrost: ${message}\n`);
  process.exit(code);
}

/**
 * Runs one command in a process group of its own, so that a signal reaches each of its processes exactly once,
 * and so that none of them outlives it.
 */
function run([file, ...args], options) {
  const ownGroup = process.platform !== 'win32';
  const shell = process.platform === 'win32' && file === 'npx';
  return new Promise((resolve) => {
    let output = '';
    running = spawn(file, args, { ...options, detached: ownGroup, shell });
    const { pid } = running;
    for (const stream of [running.stdout, running.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    const ended = (code, signal) => {
      running = undefined;
      if (pid) signalGroup(pid, 'SIGKILL');
      resolve({ code: code ?? 128 + osConstants.signals[signal], signal, output });
    };
    running.on('error', (error) => {
      output += `${error.message}\n`;
      if (!pid) ended(127, null);
    });
    // "close" waits for the pipes too, which a daemon could keep open; those of the set-up start none.
    running.on('close', ended);
  });
}

function stop(signal) {
  // npm passes on the Ctrl-C that the terminal has sent to us already: once is enough.
  if (stoppedBy) return;
  stoppedBy = signal;
  const { pid } = running ?? {};
  if (!pid) process.exit(128 + osConstants.signals[signal]);
  signalGroup(pid, signal);
  setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_AFTER_MS).unref();
}

/** A SIGTERM to npm ends npm and its shell, and does not get as far as us. */
function watchNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop('SIGTERM'), 100).unref();
}

function signalGroup(pid, signal) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // The group has no process left, or (on Windows) the process has gone.
  }
}
