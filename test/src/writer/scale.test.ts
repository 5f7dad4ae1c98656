/**
 * The customers of the shop in numbers: how much memory writing them takes besides the mapped output, and how fast it is.
 * SCALE is a factor: 1 is 200,000 customers, as in the demo; 25 is the 5,000,000 of `.ci/run`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { residentMemory } from '../support/process-memory';
import { describeOrSkip } from '../support/skips';
import type { ScaleCase } from './scale-child';

const child = path.join(__dirname, '../../dist/writer/scale-child.js');
const COUNT = Math.ceil(200_000 * Number(process.env['SCALE'] ?? 1));
/** Resident at any time: V8, buffers, keys and ordinals, and mapped scratch files; all but the file that is written. */
const MAX_BYTES = 500e6;
const POLL_MS = 50;
const cases: readonly ScaleCase[] = ['integer keys in order', 'integer keys in any order', 'text keys in any order'];

interface Result {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Bytes. */
  readonly size: number;
  readonly records: number;
  /** At their peaks, in bytes. */
  readonly anonymous: number;
  readonly besidesMapped: number;
}

describeOrSkip(
  existsSync('/proc/self/smaps'),
  'it reads /proc, which this system lacks',
  `writing ${COUNT} customers`,
  () => {
    test.each(cases)(
      `with %s takes at most ${MAX_BYTES / 1e6} MB besides the mapped output`,
      async (which) => {
        const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-scale-'));
        try {
          const result = await write(path.join(directory, 'customers.permafrost'), which);
          console.log(describeResult(which, result));
          expect(result.records).toBe(COUNT);
          expect(result.besidesMapped).toBeLessThan(MAX_BYTES);
        } finally {
          rmSync(directory, { recursive: true, force: true });
        }
      },
      60_000 + COUNT / 5,
    );
  },
);

/** Runs the child and watches its memory from outside: nothing runs in it while it sorts. */
function write(file: string, which: ScaleCase): Promise<Result> {
  const writing = spawn(process.execPath, [child, file, String(COUNT), which], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  writing.stdout.on('data', (text) => {
    printed += text;
  });
  const peak = { anonymous: 0, besidesMapped: 0 };
  const timer = setInterval(() => {
    const memory = residentMemory(writing.pid!, path.basename(file));
    peak.anonymous = Math.max(peak.anonymous, memory?.anonymous ?? 0);
    peak.besidesMapped = Math.max(peak.besidesMapped, memory?.besidesMapped ?? 0);
  }, POLL_MS);
  return new Promise((resolve, reject) => {
    writing.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ ...JSON.parse(printed), ...peak });
      else reject(new Error(`The child ended with ${code}.`));
    });
  });
}

function describeResult(
  which: ScaleCase,
  { records, seconds, cpuSeconds, size, anonymous, besidesMapped }: Result,
): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const speed = (time: number) => (1000 * Math.round(records / time / 1000)).toLocaleString('en');
  return `${which}: ${speed(cpuSeconds)} records a second of processor time, ${speed(seconds)} by the clock; a file of ${megabytes(size)}; at the peak ${megabytes(besidesMapped)} resident besides it, ${megabytes(anonymous)} of that anonymous`;
}
