/** Deriving and merging stream: memory does not grow with the records but for the few bytes a record that any export takes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { describeOrSkip } from '../support/skips';

const child = path.join(__dirname, '../../dist/derive/derive-child.js');
const FEW = 30_000;
const MANY = 300_000;
/** Ordinals of references and links, the key index, adjacency lists; the merger has more records than either source. */
const MAX_BYTES_PER_RECORD = 128;

interface Result {
  readonly peak: number;
  readonly counts: readonly number[];
  readonly mergeSpeed: number;
  readonly deriveSpeed: number;
}

describeOrSkip(
  existsSync('/proc/self/status'),
  'it reads /proc, which this system lacks',
  'deriving and merging in bounded memory',
  () => {
    test(`two snapshots of ${MANY} records take at most ${MAX_BYTES_PER_RECORD} bytes for each`, () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'permafrost-derive-'));
      try {
        const few = run(folder, FEW);
        const many = run(folder, MANY);
        const perRecord = (many.peak - few.peak) / (MANY - FEW);
        console.log(
          `${perRecord.toFixed(1)} bytes a record; records read a second: ${thousands(many.mergeSpeed)} merged, ${thousands(many.deriveSpeed)} filtered`,
        );
        // Every second id is in both; of the union every even id is active, and all of them come of the first.
        expect(many.counts).toEqual([1.5 * MANY, MANY / 2]);
        expect(perRecord).toBeLessThan(MAX_BYTES_PER_RECORD);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);

function run(folder: string, count: number): Result {
  // Garbage that has not been collected yet is not what is measured here.
  const flags = ['--expose-gc', '--max-semi-space-size=1'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, child, folder, String(count)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function thousands(speed: number): string {
  return (1000 * Math.round(speed / 1000)).toLocaleString('en');
}
