/** The test server itself: what it makes, and that nothing of it is left however its user ends. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from './server';

const builtServer = path.resolve(__dirname, '../../dist/postgres/server.js');

async function query(url: string, text: string): Promise<any[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const databaseNames = async (url: string) =>
  (await query(url, 'SELECT datname FROM pg_database ORDER BY 1')).map((row) => row.datname);

describe('an embedded server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ databaseUrl: '' });
  });
  afterAll(() => server.stop());

  test('keeps text in UTF-8 and sorts by code point', async () => {
    expect(server.source).toBe('embedded');
    const [row] = await query(
      server.url,
      `SELECT upper('é') AS upper, 'Z' < 'a' AS by_code_point, current_setting('server_encoding') AS encoding`,
    );
    expect(row).toEqual({ upper: 'É', by_code_point: true, encoding: 'UTF8' });
  });

  test('makes databases with unique names and drops them under their users', async () => {
    const [one, other] = await Promise.all([server.createDatabase('My suite'), server.createDatabase('My suite')]);
    expect(one.url).not.toBe(other.url);
    await query(one.url, 'CREATE TABLE only_here (id int)');
    await expect(query(other.url, 'SELECT * FROM only_here')).rejects.toThrow('does not exist');
    const user = new Client(one.url);
    user.on('error', () => {});
    await user.connect();
    await one.drop();
    await other.drop();
    expect((await databaseNames(server.url)).filter((name) => name.startsWith('permafrost'))).toEqual([]);
  });

  test('a server of DATABASE_URL loses only the databases made in it', async () => {
    const mine = await server.createDatabase('mine');
    const second = await startPostgres({ databaseUrl: server.url });
    expect([second.source, second.url]).toEqual(['DATABASE_URL', server.url]);
    const made = await second.createDatabase('made');
    expect(await databaseNames(server.url)).toContain(new URL(made.url).pathname.slice(1));
    await second.stop();
    const names = await databaseNames(server.url);
    expect(names).not.toContain(new URL(made.url).pathname.slice(1));
    expect(names).toContain(new URL(mine.url).pathname.slice(1));
    await mine.drop();
  });
});

test('a server that does not answer is an error with a code, and leaves nothing', async () => {
  const started = startPostgres({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/nothing' });
  await expect(started).rejects.toMatchObject({ code: 'POSTGRES_QUERY_FAILED' });
  await expect(started).rejects.toThrow('DATABASE_URL');
});

test('a stopped server says so', async () => {
  const server = await startPostgres({ databaseUrl: '' });
  await server.stop();
  await server.stop();
  await expect(server.createDatabase('late')).rejects.toMatchObject({ code: 'POSTGRES_STOPPED' });
});

describe('nothing is left', () => {
  // Moments in the start of the keeper, in initdb, in the start of the server, and when it is up.
  const moments = [150, 500, 1000, 'up'] as const;
  const signals = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;
  const cases = signals.flatMap((signal) => moments.map((moment) => ({ signal, moment })));
  test.each(cases)('after $signal at $moment', async ({ signal, moment }) => {
    const temporary = mkdtempSync(path.join(tmpdir(), 'permafrost-left-'));
    // Else a server that root starts for another user would avoid it.
    chmodSync(temporary, 0o711);
    const program = `
      const { startPostgres } = require(${JSON.stringify(builtServer)});
      startPostgres({ databaseUrl: '' }).then(() => console.log('up'));
      setInterval(() => {}, 1000);`;
    const user = spawn(process.execPath, ['-e', program], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => user.once('exit', (_, by) => resolve(by)));
    await new Promise((resolve) => {
      if (moment === 'up') user.stdout.once('data', resolve);
      else setTimeout(resolve, moment);
    });
    if (moment === 'up') expect(leftIn(temporary)).not.toEqual([]);
    user.kill(signal);
    expect(await ended).toBe(signal);
    // Who is told to end waits until the keeper has removed all files, the last thing that it does; who is killed cannot.
    if (signal !== 'SIGKILL') expect(readdirSync(temporary)).toEqual([]);
    await waitUntil(() => leftIn(temporary).length === 0);
    expect(leftIn(temporary)).toEqual([]);
    rmSync(temporary, { recursive: true });
  });

  test('and the exit code stays, on every way out', async () => {
    const start = `const { startPostgres } = require(${JSON.stringify(builtServer)});
      const server = startPostgres({ databaseUrl: '' });`;
    const ways: [string, number][] = [
      ['server.then(() => process.exit(7))', 7],
      ['server.then(() => { process.exitCode = 5 })', 5],
      ['server.then((running) => { process.exitCode = 4; return running.stop() })', 4],
      ['server.then(() => { throw new Error("meant") })', 1],
    ];
    for (const [way, code] of ways) {
      const user = spawn(process.execPath, ['-e', start + way], { stdio: 'ignore' });
      expect([way, await new Promise((resolve) => user.once('exit', resolve))]).toEqual([way, code]);
    }
  });
});

/** Files below the folder and, where /proc tells, processes that have it in their command line. */
function leftIn(folder: string): string[] {
  const files = readdirSync(folder);
  if (process.platform !== 'linux') return files;
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return files.concat(
    processes.flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(folder) ? [command] : [];
      } catch {
        return [];
      }
    }),
  );
}

async function waitUntil(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !holds() && Date.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
