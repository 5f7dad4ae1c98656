/** `npm run bench`: every benchmark in turn, in a temp folder that goes with it. Exit status 1 when a stated bound is missed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import * as path from 'node:path';
import { benchGetters } from './getters';
import { benchOpening } from './opening';

async function main(): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-bench-'));
  try {
    console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
    const failures = [...(await benchGetters(directory)), ...(await benchOpening(directory, Number(process.env['SCALE'] ?? 1)))];
    for (const failure of failures) console.error(`FAILED ${failure}`);
    process.exitCode = failures.length > 0 ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

void main();
