/** The README's program without an ORM runs to its end, in a folder of its own, and leaves nothing there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const program = path.resolve(__dirname, '../dist/forty-lines.js');

test('two threads answer from one file', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'permafrost-forty-lines-'));
  try {
    await promisify(execFile)(process.execPath, [program], { cwd: folder });
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
