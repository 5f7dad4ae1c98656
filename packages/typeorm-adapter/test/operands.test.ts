/** Operands of every kind beside columns of every type: rows, or the error of the database, or a refusal by name; in several time zones. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withDatabase } from '../../../test/src/postgres/suite';

const program = path.join(__dirname, 'children/operand-zoo.cjs');
const database = withDatabase('adapter_operands');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'permafrost-operands-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ['UTC', {}],
  ['America/New_York', { PGTZ: 'Asia/Kathmandu' }],
])('in %s, with %j', async (timeZone, variables) => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, database.url, directory], {
    env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1', ZOO_STRIDE: '17', ...variables, TZ: timeZone },
    maxBuffer: 2 ** 26,
  });
  const { compared, answered, failed, refused, differences } = JSON.parse(stdout);
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(8000);
  expect(answered).toBeGreaterThan(1000);
  expect(failed).toBeGreaterThan(4000);
  // What everybody compares is answered; how integers are written in code is not, which only newer servers read.
  const isAnswerable = (line: string) => !/QueryFailedError|'0x1F'|'1_000'/.test(line);
  for (const name of ['integer', 'bigint', 'numeric', 'scaled', 'boolean', 'uuid'])
    expect(refused[name]?.filter(isAnswerable) ?? []).toEqual([]);
});
