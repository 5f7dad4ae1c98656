/**
 * Snapshots are written, published, read and closed alike on every backend: on a copy of the file where there is no binary for the
 * platform, and through the package mmap-io, which cannot unmap.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeOrSkip } from '../support/skips';

const child = path.join(__dirname, '../../dist/platforms/publish-child.js');
const disguise = path.join(__dirname, '../../../packages/mmap/test/children/disguise.cjs');
const folder = mkdtempSync(path.join(tmpdir(), 'permafrost-platforms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function publish(name: string, variables: Record<string, string>) {
  const directory = path.join(folder, name);
  const { PERMAFROST_MMAP_BACKEND: _, ...environment } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, directory], {
    encoding: 'utf8',
    env: { ...environment, ...variables },
  });
  if (status !== 0) throw new Error(`the child ended with ${status}: ${stderr}`);
  const warnings = stderr.split('\n').filter((line) => line.includes('PERMAFROST_READ_FALLBACK'));
  return { ...JSON.parse(stdout), files: readdirSync(directory).sort(), warnings };
}

let usual: ReturnType<typeof publish>;
beforeAll(() => {
  usual = publish('usual', {});
});

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 'riscv64'],
])('on %s-%s', (platform, arch) => {
  const { lines, files } = usual;
  const found = publish(`${platform}-${arch}`, {
    NODE_OPTIONS: `--require ${JSON.stringify(disguise)}`,
    DISGUISE: `${platform} ${arch}`,
  });
  expect(lines).toHaveLength(500);
  expect(found).toEqual({
    backend: 'read',
    lines,
    findings: [],
    isLoaded: true,
    afterClose: 'SNAPSHOT_CLOSED',
    files,
    warnings: [expect.stringContaining(`no binary for ${platform}-${arch}`)],
  });
});

test('forced by PERMAFROST_MMAP_BACKEND=read', () => {
  const found = publish('forced', { PERMAFROST_MMAP_BACKEND: 'read' });
  expect(found).toMatchObject({ backend: 'read', lines: usual.lines, findings: [], afterClose: 'SNAPSHOT_CLOSED' });
  expect(found.warnings).toHaveLength(1);
});

const { status: mmapIoStatus } = spawnSync(process.execPath, ['-e', "require('mmap-io')"], { cwd: __dirname });
describeOrSkip(
  mmapIoStatus === 0,
  'mmap-io is not compiled (it is where a C++ compiler is found at install)',
  'snapshots through mmap-io',
  () => {
    test('forced by PERMAFROST_MMAP_BACKEND=mmap-io', () => {
      const found = publish('mmap-io', { PERMAFROST_MMAP_BACKEND: 'mmap-io' });
      const { lines, files } = usual;
      // A field of a record that was kept gives its value beyond close(), as the pages stay.
      const afterClose = 'p7@mail.example';
      expect(found).toEqual({
        backend: 'mmap-io',
        lines,
        files,
        findings: [],
        isLoaded: true,
        afterClose,
        warnings: [],
      });
    });
  },
  'REQUIRE_NATIVE',
);
