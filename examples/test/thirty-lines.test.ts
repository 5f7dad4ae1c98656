/** The README's program runs as it stands there: test/src/readme.test.ts holds the two together. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withDatabase } from '@permafrost/test';

const root = path.resolve(__dirname, '../..');

describe('the program, as built', () => {
  const database = withDatabase('thirty_lines');
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'permafrost-thirty-lines-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('runs to its end, and again on the same database', async () => {
    const run = () =>
      promisify(execFile)(process.execPath, [path.join(root, 'examples/dist/thirty-lines.js')], {
        cwd: directory,
        env: { ...process.env, DATABASE_URL: database.url },
      });
    await run();
    await run();
    expect(
      readdirSync(path.join(directory, 'snapshots')).filter((name) => name.startsWith('generation-')),
    ).toHaveLength(2);
  });
});
