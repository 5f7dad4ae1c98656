/**
 * The process that owns a test server: `node keeper.js <folder>`. Tells its address on stdout, serves requests one at a time, and lives
 * until its stdin ends or a signal comes. Then it drops what it made, stops what it started and removes the folder, in this order.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Client } from 'pg';
import { Cluster } from './cluster';
import { type KeeperReply, type KeeperRequest, PostgresServerError } from './protocol';

const MAX_IDENTIFIER = 63;
const CONNECT_TIMEOUT_MS = 20_000;

const folder = process.argv[2]!;
const databaseUrl = process.env['PERMAFROST_KEEPER_DATABASE_URL'];
const token = randomBytes(16).toString('hex');
const createdDatabases = new Set<string>();
let cluster: Cluster | undefined;
let started: Promise<KeeperReply> | undefined;
let queue: Promise<unknown> = Promise.resolve();
let ending = false;

process.stdin.resume();
for (const event of ['end', 'close', 'error']) process.stdin.on(event, () => end(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));
process.on('uncaughtException', (error) => {
  process.stderr.write(`The keeper of the test server failed: ${error.stack}\n`);
  end(1);
});
// Our reader may have gone; stdin tells us.
process.stdout.on('error', () => {});

const control = createServer((socket) => {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk;
    if (!text.endsWith('\n')) return;
    const [given, json] = [text.slice(0, token.length), text.slice(token.length)];
    if (given !== token) return socket.destroy();
    const answer = queue.then(() => serve(JSON.parse(json)));
    queue = answer.catch(() => {});
    answer.then(
      (reply) => socket.end(JSON.stringify(reply)),
      (error) => socket.end(JSON.stringify({ code: error.code ?? 'POSTGRES_FAILED', message: error.message })),
    );
  });
});
control.listen(0, '127.0.0.1', () => {
  const { port } = control.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ port, token })}\n`);
});

async function serve(request: KeeperRequest): Promise<KeeperReply> {
  if (ending) throw new PostgresServerError('POSTGRES_STOPPED', 'The test server is being stopped.');
  const server = await start();
  if (request.command === 'create') return { ...server, url: await createDatabase(server.url, request.prefix) };
  if (request.command === 'drop') await dropDatabase(server.url, databaseName(request.url));
  return server;
}

function start(): Promise<KeeperReply> {
  started ??= databaseUrl ? useServer(databaseUrl) : startCluster();
  return started;
}

async function startCluster(): Promise<KeeperReply> {
  cluster = new Cluster(folder);
  return { url: await cluster.start(), source: 'embedded' };
}

async function useServer(url: string): Promise<KeeperReply> {
  await withClient(url, (client) => client.query('SELECT 1'));
  return { url, source: 'DATABASE_URL' };
}

async function createDatabase(url: string, prefix: string): Promise<string> {
  const unique = `_${process.pid}_${randomBytes(4).toString('hex')}`;
  const readable = `permafrost_${prefix
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/_$/, '')}`;
  const name = readable.slice(0, MAX_IDENTIFIER - unique.length) + unique;
  // Noted before it exists, so that it is dropped also when we end in between.
  createdDatabases.add(name);
  await withClient(url, (client) => client.query(`CREATE DATABASE "${name}" TEMPLATE template0`));
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

async function dropDatabase(url: string, name: string): Promise<void> {
  // Only what was made here: the name comes from outside.
  if (!createdDatabases.has(name)) return;
  await withClient(url, (client) => client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`));
  createdDatabases.delete(name);
}

function databaseName(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    const which = databaseUrl ? 'The server of DATABASE_URL' : 'The test server';
    const todo = databaseUrl
      ? 'Its user must be allowed to create databases; without DATABASE_URL a server is started.'
      : '';
    const reason = error instanceof AggregateError ? error.errors.join(', ') : (error as Error).message;
    throw new PostgresServerError('POSTGRES_QUERY_FAILED', `${which} refused: ${reason}. ${todo}`.trim());
  } finally {
    await client.end().catch(() => {});
  }
}

async function end(exitCode: number): Promise<void> {
  if (ending) return;
  ending = true;
  control.close();
  // Stopping first is what makes a start in progress fail; then nobody writes into the folder any more.
  await cluster?.stop();
  const server = await started?.catch(() => undefined);
  if (server?.source === 'DATABASE_URL') {
    await queue;
    for (const name of createdDatabases) await dropDatabase(server.url, name).catch(report);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch(report);
  process.exit(exitCode);
}

function report(error: Error): void {
  process.stderr.write(`The keeper of the test server left something behind: ${error.message}\n`);
}
