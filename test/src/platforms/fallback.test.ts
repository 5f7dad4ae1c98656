/** Where there is no binary for the platform, everything works on a copy of the file: written, published, read and closed as where it is mapped. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

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
