/**
 * The package mmap-io behind the same seam: the same contract, and what it cannot do. It has to be compiled, and can be loaded once
 * in the life of a process: this is the only file of tests that loads it here.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { mappingContract } from './contract';
import { refusals } from './refusals';
import {
  GIB,
  MIB,
  mapPath,
  mappedOf,
  PAGE_SIZE,
  thrownBy,
  useTemporaryFolder,
  writePattern,
  writeSparse,
} from './support';

const children = join(__dirname, 'children');

/** Why mmap-io cannot be used here; empty when it can. */
function reasonAgainst(): string {
  const script = "require('mmap-io')";
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: __dirname, encoding: 'utf8' });
  return status === 0 ? '' : (/^(?:Error: )(.*)$/m.exec(stderr)?.[1] ?? 'mmap-io does not load');
}

const reason = reasonAgainst();
// With REQUIRE_NATIVE=1 the suite runs, and fails, where it cannot.
const describeMmapIo = (name: string, suite: () => void) =>
  reason === '' || process.env['REQUIRE_NATIVE'] === '1'
    ? describe(name, suite)
    : describe.skip(`${name} — mmap-io is not compiled: ${reason}`, suite);

describeMmapIo('mapping (mmap-io)', () => mappingContract('mmap-io', 'external'));
describeMmapIo('refusals (mmap-io)', () => refusals('mmap-io'));

describeMmapIo('mmap-io', () => {
  const folder = useTemporaryFolder();

  it('refuses every range that ends beyond 2 GiB, where it would map other bytes', () => {
    const path = join(folder.path, 'large');
    writeSparse(path, 5 * GIB, new Map([[0.5 * GIB, 'WRONG']]));
    for (const [offset, size] of [
      [0, 5 * GIB],
      [4.5 * GIB, MIB],
      [2 * GIB, 1],
      [2 * GIB - 1, 1],
    ] as const) {
      const error = thrownBy(() => mapPath(path, { offset, size, backend: 'mmap-io' }));
      expect(error).toMatchObject({ code: 'MAPPING_TOO_LARGE', details: { offset, size, limit: 2 * GIB - 1 } });
      expect(error.message).toMatch(/mmap-io .*32-bit/);
    }
    const mapping = mapPath(path, { offset: 0.5 * GIB, size: 1.5 * GIB - 1, backend: 'mmap-io' });
    expect(Buffer.from(mapping.bytes.subarray(0, 5)).toString()).toBe('WRONG');
    expect(mapping.bytes[mapping.size - 1]).toBe(0);
    mapping.close();
  });

  it("gives this process's pages back at close, though not the addresses", () => {
    const path = join(folder.path, 'closed');
    writePattern(path, MIB);
    const mapping = mapPath(path, { backend: 'mmap-io' });
    for (let offset = 0; offset < MIB; offset += PAGE_SIZE) mapping.bytes[offset];
    expect(mappedOf(path)).toEqual({ size: MIB, rss: MIB });
    mapping.close();
    expect(mappedOf(path)).toEqual({ size: MIB, rss: 0 });
  });

  it('is chosen by PERMAFROST_MMAP_BACKEND, and refused in worker threads with the reason', () => {
    const path = join(folder.path, 'text');
    writeSparse(path, PAGE_SIZE, new Map([[0, 'HERE']]));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(children, 'mmap-io-in-thread.cjs'), path], {
      encoding: 'utf8',
      env: { ...process.env, PERMAFROST_MMAP_BACKEND: 'mmap-io' },
    });
    expect([status, stderr]).toEqual([0, '']);
    const { here, thread } = JSON.parse(stdout);
    expect(here).toEqual({ backend: 'mmap-io', text: 'HERE' });
    expect(thread.code).toBe('NATIVE_MISSING');
    expect(thread.message).toMatch(/worker thread.*context-aware/);
  });
});

it('without the package, asking for mmap-io is NATIVE_MISSING', () => {
  const path = join(__dirname, 'mmap-io.test.ts');
  const script = `
    const Module = require('node:module');
    const load = Module._load;
    Module._load = function (name, ...rest) {
      if (name === 'mmap-io') throw Object.assign(new Error("Cannot find module 'mmap-io'"), { code: 'MODULE_NOT_FOUND' });
      return load.call(this, name, ...rest);
    };
    const { mapFile } = require(${JSON.stringify(join(__dirname, '..'))});
    try {
      mapFile(require('node:fs').openSync(process.argv[1], 'r'), { backend: 'mmap-io' });
    } catch (error) {
      process.stdout.write(error.message);
    }`;
  const { stdout } = spawnSync(process.execPath, ['-e', script, path], { encoding: 'utf8' });
  expect(stdout).toMatch(/mmap-io does not load.*Cannot find module.*\(NATIVE_MISSING\)/);
});
