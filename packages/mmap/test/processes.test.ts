/**
 * Mappings across processes and threads: one copy in RAM, threads that end while they read, collection, writes, and
 * the fallback's one warning. The children run the built package, which is built here first.
 */
import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  describeNative,
  GIB,
  MIB,
  mappedOf,
  PAGE_SIZE,
  useTemporaryFolder,
  writePattern,
  writeSparse,
} from './support';

const packageFolder = join(__dirname, '..');
const children = join(__dirname, 'children');

beforeAll(() => {
  execFileSync(process.execPath, [
    join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc'),
    '-b',
    packageFolder,
  ]);
});

describeNative('forked processes', () => {
  const folder = useTemporaryFolder();

  it('share one copy: the Pss of 8 that touch every page of 256 MiB stays below 1.5 × the file', async () => {
    const path = join(folder.path, 'shared');
    const fileSize = 256 * MIB;
    writeFileSync(path, Buffer.alloc(fileSize, 7));
    const processes = Array.from({ length: 8 }, () =>
      fork(join(children, 'touch-every-page.cjs'), [path], { execArgv: [] }),
    );
    try {
      await Promise.all(processes.map((child) => nextMessage(child)));
      const reports = await Promise.all(
        processes.map((child) => {
          const report = nextMessage(child);
          child.send('measure');
          return report;
        }),
      );
      for (const report of reports) {
        expect(report).toMatchObject({ backend: 'mmap', size: fileSize, sum: (7 * fileSize) / PAGE_SIZE });
      }
      const totalPss = reports.reduce((sum, report) => sum + report.pss, 0);
      process.stdout.write(
        `8 processes, every page of one ${fileSize / MIB} MiB file: Pss ${(totalPss / MIB).toFixed(1)} MiB in total, ` +
          `${(totalPss / fileSize).toFixed(2)} × the file\n`,
      );
      // At least the file itself was resident, or the pages were not touched.
      expect(totalPss).toBeGreaterThan(fileSize);
      expect(totalPss).toBeLessThan(1.5 * fileSize);
    } finally {
      await Promise.all(processes.map(endOf));
    }
  });

  it('die by SIGSEGV when they write, and the file stays as it was', () => {
    const path = join(folder.path, 'written');
    writeFileSync(path, 'immutable');
    const script = `const { mapFile } = require(${JSON.stringify(packageFolder)});
      const fd = require('fs').openSync(process.argv[1], 'r+');
      mapFile(fd, { backend: 'mmap' }).bytes[0] = 1;`;
    const shell = 'ulimit -c 0; exec "$0" -e "$1" "$2"';
    const { signal, stderr } = spawnSync('sh', ['-c', shell, process.execPath, script, path], { encoding: 'utf8' });
    expect({ signal, stderr }).toEqual({ signal: 'SIGSEGV', stderr: '' });
    expect(readFileSync(path, 'utf8')).toBe('immutable');
  });

  it.each(['growable', 'external'])('give the address range back when mappings are collected (%s)', (kind) => {
    const path = join(folder.path, 'collected');
    writeSparse(path, GIB, new Map([[0, 'KEPT']]));
    const output = execFileSync(process.execPath, ['--expose-gc', join(children, 'drop-and-collect.cjs'), path, kind]);
    const { before, mapped, after, kept, keptKind } = JSON.parse(String(output));
    expect(mapped - before).toBeGreaterThanOrEqual(32 * GIB);
    expect(after - before).toBeLessThan(GIB / 2);
    expect({ kept, keptKind }).toEqual({ kept: 'KEPT', keptKind: kind });
  });

  it('open large files without one garbage collection', () => {
    const path = join(folder.path, 'quiet');
    writeSparse(path, GIB);
    const script = `const { mapFile } = require(${JSON.stringify(packageFolder)});
      const fd = require('fs').openSync(process.argv[1], 'r');
      for (let round = 0; round < 20; round++) mapFile(fd, { backend: 'mmap' }).close();
      console.log('done');`;
    const output = execFileSync(process.execPath, ['--trace-gc', '-e', script, path], { encoding: 'utf8' });
    expect(output).toBe('done\n');
  });

  it('fall back to an external buffer when V8 gets no writable memory, and map all the same', () => {
    const { status, stdout } = openAndClose('ulimit -d 2000000', 3 * GIB, 3);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'external HERE 0 '.repeat(3) });
  });

  it('collect dropped mappings before addresses run out', () => {
    const { status, stdout } = openAndClose('ulimit -v 8000000', GIB, 40);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'growable HERE 0 '.repeat(40) });
  });

  /** A process under the limit that maps a sparse file so many times, prints what it found, and closes and drops it. */
  function openAndClose(limit: string, size: number, count: number) {
    const path = join(folder.path, 'limited');
    writeSparse(path, size, new Map([[0, 'HERE']]));
    const script = `const { mapFile } = require(${JSON.stringify(packageFolder)});
      const fd = require('fs').openSync(process.argv[1], 'r');
      for (let round = 0; round < ${count}; round++) {
        const mapping = mapFile(fd, { backend: 'mmap' });
        const kind = require('util').types.isSharedArrayBuffer(mapping.bytes.buffer) ? 'growable' : 'external';
        const text = Buffer.from(mapping.bytes.subarray(0, 4)).toString();
        mapping.close();
        process.stdout.write(kind + ' ' + text + ' ' + mapping.bytes[0] + ' ');
      }`;
    const shell = `${limit}; exec "$0" -e "$1" "$2"`;
    return spawnSync('sh', ['-c', shell, process.execPath, script, path], { encoding: 'utf8' });
  }
});

describeNative('the check for emulated machines', () => {
  const folder = useTemporaryFolder();

  it('passes on this one', () => {
    const output = execFileSync(process.execPath, [join(children, 'check-binary.cjs'), folder.path], {
      encoding: 'utf8',
    });
    expect(output).toMatch(/^[4-9]\d checks passed on \S+, memory: growable\n$/);
  });
});

describeNative('worker threads', () => {
  const folder = useTemporaryFolder();
  const path = () => join(folder.path, 'pattern');
  let expectedSum = 0;
  beforeAll(() => {
    writePattern(path(), MIB);
    expectedSum = readFileSync(path()).reduce((sum, byte) => sum + byte, 0);
  });

  it('load and read 8 at once, and unmap when they are terminated while they read', async () => {
    const workers = Array.from(
      { length: 8 },
      () => new Worker(join(children, 'read-in-thread.cjs'), { workerData: { path: path(), backend: 'mmap' } }),
    );
    try {
      const reports = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
      expect(reports).toEqual(Array(8).fill({ sum: expectedSum, backend: 'mmap' }));
      expect(mappedOf(path()).size).toBe(8 * MIB);
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    for (let waited = 0; mappedOf(path()).size > 0 && waited < 5000; waited += 10) await sleep(10);
    expect(mappedOf(path()).size).toBe(0);
  });

  it('may load the addon before the main thread does, round after round', () => {
    const output = execFileSync(process.execPath, [join(children, 'threads-first.cjs'), path()]);
    expect(JSON.parse(String(output))).toEqual(Array(13).fill(expectedSum));
  });
});

describe('fallback', () => {
  const folder = useTemporaryFolder();
  const path = () => join(folder.path, 'text');
  beforeAll(() => writeFileSync(path(), 'frozen'));

  it('is forced by PERMAFROST_MMAP_BACKEND=read, with one warning per process that says what it costs', () => {
    const { results, warnings } = fallBack(packageFolder, '', { PERMAFROST_MMAP_BACKEND: 'read' });
    expect(results).toEqual(Array(5).fill({ backend: 'read', text: 'frozen' }));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/PERMAFROST_MMAP_BACKEND=read.*own copy.* 6 bytes/);
  });

  it('gives no warning when the caller names the read backend', () => {
    const { results, warnings } = fallBack(packageFolder, 'read', {});
    expect(results).toEqual(Array(5).fill({ backend: 'read', text: 'frozen' }));
    expect(warnings).toEqual([]);
  });

  it.each([
    ['no binary for this platform', undefined, /no binary for \w+-\w+/],
    ['a binary that does not load', 'not an ELF file', /does not load/],
  ])('is taken with %s, and forcing mmap is NATIVE_MISSING', (name, content, reason) => {
    const copy = join(folder.path, name.replaceAll(' ', '-'));
    cpSync(join(packageFolder, 'dist'), join(copy, 'dist'), { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{ "main": "./dist/index.js" }');
    if (content !== undefined) {
      const binaryFolder = join(copy, 'prebuilds', `${process.platform}-${process.arch}`);
      mkdirSync(binaryFolder, { recursive: true });
      writeFileSync(join(binaryFolder, 'mmap.node'), content);
    }
    const { results, warnings, forced, native } = fallBack(copy, '', {});
    expect(results).toEqual(Array(5).fill({ backend: 'read', text: 'frozen' }));
    expect(native).toBe(false);
    expect(forced).toMatch(/^NATIVE_MISSING: /);
    expect(forced).toMatch(reason);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(reason);
  });

  it.each([
    ['darwin', 'arm64'],
    ['darwin', 'x64'],
    ['win32', 'x64'],
    ['freebsd', 'x64'],
    ['linux', 'riscv64'],
  ])('is taken on %s-%s, in the main thread and in threads, with one warning that names it', (platform, arch) => {
    const disguise = join(children, 'disguise.cjs');
    const { results, warnings, forced, native } = fallBack(packageFolder, '', {
      NODE_OPTIONS: `--require ${JSON.stringify(disguise)}`,
      DISGUISE: `${platform} ${arch}`,
    });
    expect(results).toEqual(Array(5).fill({ backend: 'read', text: 'frozen' }));
    expect({ native, forced: forced.slice(0, 16) }).toEqual({ native: false, forced: 'NATIVE_MISSING: ' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`no binary for ${platform}-${arch}`);
  });

  it('is an error with PERMAFROST_MMAP_BACKEND=mmap where mmap is not to be had', () => {
    const environment = { ...process.env, PERMAFROST_MMAP_BACKEND: 'mmap', DISGUISE: 'darwin arm64' };
    const script = join(children, 'fall-back.cjs');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--require', join(children, 'disguise.cjs'), script, packageFolder, path(), ''],
      { encoding: 'utf8', env: environment },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/MmapError: .*no binary for darwin-arm64.*\(NATIVE_MISSING\)/);
  });

  it('refuses an unknown word in the variable', () => {
    const environment = { ...process.env, PERMAFROST_MMAP_BACKEND: 'mmapp' };
    const script = join(children, 'fall-back.cjs');
    const { status, stderr } = spawnSync(process.execPath, [script, packageFolder, path(), ''], {
      encoding: 'utf8',
      env: environment,
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`PERMAFROST_MMAP_BACKEND: expected one of 'mmap', 'read', 'mmap-io', found "mmapp"`);
  });

  function fallBack(builtPackage: string, backend: string, variables: Record<string, string>) {
    const environment: NodeJS.ProcessEnv = { ...process.env, ...variables };
    if (!('PERMAFROST_MMAP_BACKEND' in variables)) delete environment['PERMAFROST_MMAP_BACKEND'];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(children, 'fall-back.cjs'), builtPackage, path(), backend],
      { encoding: 'utf8', env: environment },
    );
    if (status !== 0) throw new Error(`fall-back.cjs ended with ${status}: ${stderr}`);
    const warnings = stderr.split('\n').filter((line) => line.includes('PERMAFROST_READ_FALLBACK'));
    return { ...JSON.parse(stdout), warnings };
  }
});

/** What the child sends next; rejects when it ends instead. */
function nextMessage(child: ChildProcess): Promise<any> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the child ended with ${code} before it answered`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message);
    });
  });
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
