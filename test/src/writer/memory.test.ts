/** The writer streams: its memory does not grow with the records but for the few bytes a record that order, keys and relations take. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { describeOrSkip } from '../support/skips';

const child = path.join(__dirname, '../../dist/writer/memory-child.js');
const FEW = 100_000;
const MANY = 1_000_000;
/** Ordinals of references, keys that came unsorted and their order (24), the key index. */
const MAX_BYTES_PER_RECORD = 64;

describeOrSkip(
  existsSync('/proc/self/status'),
  'it reads /proc, which this system lacks',
  'writing in bounded memory',
  () => {
    test(`${MANY} records that come in the wrong order take at most ${MAX_BYTES_PER_RECORD} bytes each`, () => {
      const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-memory-'));
      try {
        const few = write(directory, FEW);
        const many = write(directory, MANY);
        const perRecord = (many.peak - few.peak) / (MANY - FEW);
        console.log(
          `anonymous memory at its peak: ${megabytes(few.peak)} for ${FEW} records, ${megabytes(many.peak)} for ${MANY} (a file of ${megabytes(many.size)}): ${perRecord.toFixed(1)} bytes a record`,
        );
        expect(perRecord).toBeLessThan(MAX_BYTES_PER_RECORD);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  },
);

function write(directory: string, count: number): { peak: number; size: number } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    // Garbage that has not been collected yet is not what is measured here.
    ['--max-semi-space-size=1', child, path.join(directory, `${count}.permafrost`), String(count)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
