/** `npm run bench [NAME …]`: benchmarks, each in a fresh process and a temp folder that goes with it. Exit status 1 when a stated bound is missed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import * as path from 'node:path';
import { benchGetters } from './getters';
import { benchJson } from './json';
import { benchMap } from './map';
import { benchNumericArrays } from './numeric-arrays';
import { benchOpening } from './opening';
import { benchOrm } from './orm';

const scale = Number(process.env['SCALE'] ?? 1);
const benchmarks: Readonly<Record<string, (directory: string) => Promise<string[]>>> = {
  getters: benchGetters,
  json: benchJson,
  opening: (directory) => benchOpening(directory, scale),
  map: (directory) => benchMap(directory, scale),
  'numeric-arrays': benchNumericArrays,
  orm: benchOrm,
};

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === '--run') return runHere(rest[0]!);
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
  const wanted = name === undefined ? Object.keys(benchmarks) : [name, ...rest];
  const unknown = wanted.filter((benchmark) => !Object.hasOwn(benchmarks, benchmark));
  if (unknown.length > 0) {
    console.error(`Unknown benchmark ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}.`);
    return 2;
  }
  const codes = wanted.map(
    (benchmark) => spawnSync(process.execPath, [__filename, '--run', benchmark], { stdio: 'inherit' }).status ?? 1,
  );
  return Math.max(...codes);
}

async function runHere(name: string): Promise<number> {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-bench-'));
  try {
    const failures = await benchmarks[name]!(directory);
    for (const failure of failures) console.error(`FAILED ${failure}`);
    return failures.length > 0 ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
