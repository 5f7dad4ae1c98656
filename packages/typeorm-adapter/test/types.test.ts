/** Every type at its limits, under time zones that shift, skip and repeat: what the snapshot gives is what TypeORM gives in that process. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withDatabase } from '../../../test/src/postgres/suite';

const program = path.join(__dirname, 'children/type-zoo.cjs');
const database = withDatabase('adapter_types');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'permafrost-types-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A session that writes values in ways that node-postgres does not read. */
const unusual =
  '-c datestyle=SQL,DMY -c intervalstyle=iso_8601 -c extra_float_digits=0 -c bytea_output=escape -c TimeZone=Asia/Kathmandu';

test.each([
  ['UTC', {}, {}],
  ['America/New_York', { PGTZ: 'Asia/Tokyo' }, {}],
  // Skipped the 30th of December 2011.
  ['Pacific/Apia', { PGTZ: 'UTC' }, {}],
  ['Europe/Berlin', {}, { parseInt8: true }],
  ['America/New_York', { PGTZ: 'Asia/Kathmandu' }, { replacesParsers: true }],
  ['America/New_York', {}, { extra: { options: unusual } }],
])('in %s, with %j and %j', async (timeZone, variables, options) => {
  const {
    compared,
    matches,
    differences,
    timeZone: actualZone,
  } = await run([database.url, directory], {
    ...variables,
    TZ: timeZone,
    ZOO_OPTIONS: JSON.stringify(options),
  });
  expect(differences).toEqual([]);
  expect(actualZone).toBe(timeZone);
  expect(compared).toBeGreaterThan(1400);
  if (!('replacesParsers' in options) && !('extra' in options)) expect(matches).toBeGreaterThan(80);
});

test('a process without pg gives what one with it gives', async () => {
  const { records } = await run([database.url, directory], { TZ: 'Europe/Berlin' });
  expect(await run([directory], { TZ: 'Europe/Berlin' })).toEqual({ records, drivers: [] });
});

async function run(given: string[], variables: Record<string, string>) {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...given], {
    env: { ...process.env, NODE_OPTIONS: '', ...variables },
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout);
}
