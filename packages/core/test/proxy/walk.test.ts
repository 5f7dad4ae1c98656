/** Ten million steps of a walk over a cycle leave the heap where it was, whatever the cycle's length, while its first proxy is held. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as path from 'node:path';

const child = path.join(__dirname, 'children/walk.cjs');
const STEPS = 10_000_000;

test.each([2, 3, 1_000, 50_000])(
  'over a cycle of %p records',
  (cycle) => {
    if (!existsSync(path.join(__dirname, '../../dist/index.js'))) throw new Error('build first: npx tsc -b');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', child, String(cycle), String(STEPS)],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
    const { grownMegabytes, nanosecondsPerStep } = JSON.parse(stdout) as {
      grownMegabytes: number;
      nanosecondsPerStep: number;
    };
    console.log(
      `a cycle of ${cycle}: ${STEPS} steps, ${nanosecondsPerStep.toFixed(0)} ns each, heap ${grownMegabytes >= 0 ? '+' : ''}${grownMegabytes.toFixed(2)} MB`,
    );
    expect(grownMegabytes).toBeLessThan(5);
  },
  60_000,
);
