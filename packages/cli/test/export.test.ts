/** `permafrost export` against a real database, from modules as projects have them. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openGeneration } from '@permafrost/core';
import { withDatabase } from '../../../test/src/postgres/suite';
import { CUSTOMER_COUNT, makeProject, type Project, requireInstalled, seed } from './project';
import { permafrost, start } from './support';

const database = withDatabase('cli_export');
let root: string;
let project: Project;
let directory: string;
let runs = 0;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'permafrost-cli-export-'));
  project = makeProject(root);
  await seed(project, database.url);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  directory = path.join(root, `snapshots-${++runs}`);
});

/** A module that exports a DataSource as default. */
function dataSource(): string {
  return project.file(
    'data-source.cjs',
    `module.exports = { default: require('./entities.cjs').makeDataSource(${JSON.stringify(database.url)}) };`,
  );
}

describe('a module that exports its DataSource', () => {
  test.each([
    ['as default of CommonJS', 'a.cjs', (make: string) => `module.exports = ${make};`],
    [
      'as default of compiled TypeScript',
      'b.js',
      (make: string) => `exports.__esModule = true; exports.default = ${make};`,
    ],
    ['by name', 'c.cjs', (make: string) => `exports.AppDataSource = ${make}; exports.other = 1;`],
    ['by name and as default', 'd.cjs', (make: string) => `const it = ${make}; module.exports = { it, default: it };`],
    ['as a promise', 'e.cjs', (make: string) => `module.exports.default = ${make}.initialize();`],
    [
      'from an ES module',
      'f.mjs',
      (make: string) =>
        `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); export default ${make};`,
    ],
  ])('%s', async (_, name, text) => {
    const file = project.file(name, text(`require('./entities.cjs').makeDataSource(${JSON.stringify(database.url)})`));
    const { code, stdout, stderr } = await permafrost(
      'export',
      '--data-source',
      file,
      '--directory',
      directory,
      '--json',
    );
    expect(stderr).toContain(`Customer: ${CUSTOMER_COUNT.toLocaleString('en-US')} records in `);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ generation: 1, entities: expect.any(Array) });
  });
});

test('exports what is decorated, reports it, and what it wrote is whole', async () => {
  const { code, stdout, stderr } = await permafrost('export', '--data-source', dataSource(), '--directory', directory);
  expect(stderr).toMatch(
    /^Company: 10 records in \d.*\nCustomer: 20,000 records in \d.*\nAll records are read\. .*\n$|^Customer: 20,000 records in \d.*\nCompany: 10 records in \d.*\nAll records are read\. .*\n$/,
  );
  expect(stdout).toMatch(/^Customer +20,000 +[\d,]+ +\d+\.\d s$/m);
  const file = path.join(directory, 'generation-0000000001.permafrost');
  expect(stdout).toContain(`\ngeneration 1 is current: ${file}, `);
  expect(code).toBe(0);

  const { snapshot } = await openGeneration(directory);
  expect([snapshot.count('Company'), snapshot.count('Customer')]).toEqual([10, CUSTOMER_COUNT]);
  expect((snapshot.get('Customer', 77) as { company: { name: string } }).company.name).toBe('Company 8');
  expect(snapshot.schema.entities.map(({ name }) => name).sort()).toEqual(['Company', 'Customer']);
  snapshot.close();
  expect(await permafrost('verify', directory)).toMatchObject({ code: 0 });
  expect(await permafrost('inspect', directory)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Customer: 20,000 records'),
  });
});

test('--entities names them', async () => {
  const args = ['--data-source', dataSource(), '--directory', directory, '--json', '--entities'];
  const { code, stdout } = await permafrost('export', ...args, 'Company, Customer,AuditLine');
  expect(code).toBe(0);
  const names = JSON.parse(stdout).entities.map(({ entity }: { entity: string }) => entity);
  expect(names.sort()).toEqual(['AuditLine', 'Company', 'Customer']);

  expect(await permafrost('export', ...args, 'Custmer')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'ENTITY_UNKNOWN: The DataSource has no entity "Custmer". Did you mean "Customer"?\n',
  });
  expect(await permafrost('export', ...args, 'Customer')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^RELATION_TARGET_MISSING: /),
  });
  expect(readdirSync(directory).sort()).toEqual(['generation-0000000001.permafrost', 'manifest.json']);
});

test('--dangling says what becomes of foreign keys to nothing, and the report what became of them', async () => {
  const client = await connect();
  try {
    await client.query('ALTER TABLE audit_line DISABLE TRIGGER ALL');
    await client.query('INSERT INTO audit_line (id, "customerId") VALUES (1, 1), (2, 999999), (3, 999998)');
    const args = ['--data-source', dataSource(), '--directory', directory];
    const named = ['--entities', 'Company,Customer,AuditLine'];
    expect(await permafrost('export', ...args, ...named)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('REFERENCE_DANGLING: AuditLine.customer: '),
    });
    const { code, stdout } = await permafrost('export', ...args, ...named, '--dangling', 'null');
    expect(code).toBe(0);
    expect(stdout).toContain('\nAuditLine.customer: 2 references to nothing became null\ngeneration 1 is current: ');
    expect(await permafrost('export', ...args, ...named, '--dangling', 'skip')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('\nAuditLine.customer: 2 records that refer to nothing were left out\n'),
    });
    expect(await permafrost('export', ...args, '--dangling', 'skp')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^USAGE: .*error, null, skip/),
    });
  } finally {
    await client.query('DELETE FROM audit_line');
    await client.end();
  }
});

describe('a module that does not', () => {
  test.each([
    ['is not there', undefined, /there is no such file/],
    ['does not parse', 'module.exports = {', /it does not load: .*SyntaxError/s],
    ['throws', 'throw new Error("no DATABASE_URL")', /it does not load: Error: no DATABASE_URL/],
    [
      'exports something else',
      'exports.config = { type: "postgres", initialize() {} };',
      /exports no TypeORM DataSource, but config/,
    ],
    [
      'exports several',
      'const { makeDataSource } = require("./entities.cjs"); exports.one = makeDataSource(""); exports.two = makeDataSource("");',
      /several DataSources \(one, two\)/,
    ],
  ])('%s', async (name, text, message) => {
    const fileName = `${name.replaceAll(' ', '-')}.cjs`;
    const file = text === undefined ? path.join(root, fileName) : project.file(fileName, text);
    const { code, stdout, stderr } = await permafrost('export', '--data-source', file, '--directory', directory);
    expect(stderr).toMatch(/^DATA_SOURCE_INVALID: /);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('is a kind of file that Node does not load', async () => {
    const file = project.file('data-source.coffee', 'x');
    expect(await permafrost('export', '--data-source', file, '--directory', directory)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^DATA_SOURCE_INVALID: .*Compile it/),
    });
  });
});

test('a database that does not answer is said so', async () => {
  const file = project.file(
    'nowhere.cjs',
    `module.exports = require('./entities.cjs').makeDataSource('postgres://nobody@127.0.0.1:1/nothing');`,
  );
  const { code, stdout, stderr } = await permafrost('export', '--data-source', file, '--directory', directory);
  expect(stderr).toMatch(/^EXPORT_FAILED: .*could not be initialized: .*ECONNREFUSED/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('an adapter that is not installed is said so', async () => {
  // A copy of the command outside the workspace, where no adapter is to be found.
  const elsewhere = mkdtempSync(path.join(tmpdir(), 'permafrost-cli-alone-'));
  const copy = path.join(elsewhere, 'cli');
  const own = path.resolve(__dirname, '..');
  mkdirSync(path.join(copy, 'node_modules/@permafrost'), { recursive: true });
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(path.join(own, name), path.join(copy, name), { recursive: true });
  for (const name of ['commander', 'cli-progress', '@permafrost/core'])
    symlinkSync(realpathSync(path.join(own, 'node_modules', name)), path.join(copy, 'node_modules', name));
  const typeorm = realpathSync(path.join(root, 'node_modules/typeorm'));
  const file = path.join(copy, 'data-source.cjs');
  writeFileSync(file, `module.exports = new (require(${JSON.stringify(typeorm)}).DataSource)({ type: 'postgres' });`);
  const args = ['export', '--data-source', file, '--directory', directory];
  const { code, stderr } = await start(args, { bin: path.join(copy, 'bin/permafrost.js') }).ended;
  rmSync(elsewhere, { recursive: true });
  expect(stderr).toMatch(/^ADAPTER_MISSING: @permafrost\/typeorm-adapter is not installed\..*npm install/);
  expect(code).toBe(2);
});

test('what nobody foresaw is called a bug, with its stack', async () => {
  const broken = path.join(root, 'broken');
  mkdirSync(path.join(broken, 'node_modules/@permafrost/typeorm-adapter'), { recursive: true });
  project.file(
    'broken/node_modules/@permafrost/typeorm-adapter/index.js',
    'exports.exportSnapshot = async () => { undefined.oops; };',
  );
  const file = project.file('broken/data-source.cjs', `module.exports = require('../data-source.cjs');`);
  dataSource();
  const { code, stdout, stderr } = await permafrost('export', '--data-source', file, '--directory', directory);
  expect(stderr).toMatch(/^This is a bug in Permafrost; please report it\.\nTypeError: .*oops.*\n +at /);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

describe('interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s while it waits for the database: nothing is left, the old generation stays',
    async (signal) => {
      const args = ['export', '--data-source', dataSource(), '--directory', directory];
      expect(await permafrost(...args)).toMatchObject({ code: 0 });
      const before = readdirSync(directory).sort();
      const [holder, watcher] = [await connect(), await connect()];
      try {
        await holder.query('BEGIN; LOCK TABLE customer IN ACCESS EXCLUSIVE MODE');
        const { child, ended } = start(args);
        await waitUntil(async () => {
          const { rows } = await watcher.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return rows.length > 0;
        });
        child.kill(signal);
        expect(await ended).toEqual({
          code: signal === 'SIGINT' ? 130 : 143,
          stdout: '',
          stderr: expect.stringContaining(`Ended by ${signal}.\n`),
        });
      } finally {
        await Promise.all([holder.end(), watcher.end()]);
      }
      expect(readdirSync(directory).sort()).toEqual(before);
      expect(await permafrost('verify', directory)).toMatchObject({ code: 0 });
    },
  );

  test('while it connects to a server that never answers', async () => {
    let connected: () => void;
    const arrived = new Promise<void>((resolve) => (connected = resolve));
    const silent = createServer(() => connected());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const file = project.file(
      'silent.cjs',
      `module.exports = require('./entities.cjs').makeDataSource('postgres://nobody@127.0.0.1:${port}/nothing');`,
    );
    const { child, ended } = start(['export', '--data-source', file, '--directory', directory]);
    await arrived;
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 130, stdout: '', stderr: 'Ended by SIGINT.\n' });
    silent.close();
  });
});

/** What the suite uses of a client of pg. */
interface Client {
  connect(): Promise<void>;
  query(sql: string): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
}

async function connect(): Promise<Client> {
  const client: Client = new (requireInstalled('pg').Client)({ connectionString: database.url });
  await client.connect();
  return client;
}

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('It did not come to that within 20 s.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
