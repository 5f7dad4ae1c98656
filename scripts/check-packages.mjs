/**
 * Packs every package as it would be published, and looks at what is in the packs: `node scripts/check-packages.mjs`, after a build.
 * No tests, no path of this machine and no dependency that only this workspace has; publint (strict) and attw find nothing to say.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const PNPM = 'pnpm@12.21.0';
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const attw = path.join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
const folder = mkdtempSync(path.join(tmpdir(), 'permafrost-packs-'));
let found = 0;
try {
  for (const name of readdirSync(path.join(root, 'packages')).sort()) {
    const findings = await findingsOf(path.join(root, 'packages', name));
    console.log(`${findings.length === 0 ? 'ok  ' : 'FAIL'} packages/${name}`);
    for (const finding of findings) console.log(`     ${finding}`);
    found += findings.length;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = found === 0 ? 0 : 1;

async function findingsOf(directory) {
  const packed = run('npx', ['--yes', PNPM, 'pack', '--pack-destination', folder], directory);
  if (packed.status !== 0) return [`pnpm pack: ${packed.output}`];
  const tarball = path.join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
  run('tar', ['-xzf', tarball], folder);
  const unpacked = path.join(folder, 'package');
  const findings = [...findingsInFiles(unpacked), ...findingsInManifest(unpacked)];
  const { messages, pkg } = await publint({ pkgDir: unpacked, pack: false, strict: true });
  for (const message of messages) findings.push(`publint: ${formatMessage(message, pkg)}`);
  const checked = run(process.execPath, [attw, tarball, '--format', 'ascii', '--no-emoji'], folder);
  if (checked.status !== 0) findings.push(`attw: ${checked.output}`);
  rmSync(tarball);
  rmSync(unpacked, { recursive: true });
  return findings;
}

function findingsInFiles(unpacked) {
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap((entry) => {
    const file = path.relative(unpacked, path.join(entry.parentPath, entry.name));
    const findings = [];
    if (/(^|\/)(tests?|children)\/|\.test\.|\.tsbuildinfo$/.test(file)) findings.push(`${file} is packed`);
    if (readFileSync(path.join(unpacked, file)).includes(root)) findings.push(`${file} names a path of this machine`);
    return findings;
  });
}

function findingsInManifest(unpacked) {
  const manifest = JSON.parse(readFileSync(path.join(unpacked, 'package.json'), 'utf8'));
  const needed = ['name', 'version', 'description', 'license', 'engines', 'exports', 'main', 'types', 'files'];
  const missing = needed.filter((member) => manifest[member] === undefined);
  const findings = missing.map((member) => `package.json has no "${member}"`);
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }))
    if (/^(workspace|file|link):/.test(range)) findings.push(`package.json: ${name} is ${range}`);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
    if (manifest.scripts?.[script] !== undefined) findings.push(`package.json has a script "${script}"`);
  if (!readdirSync(unpacked).includes('LICENSE')) findings.push('there is no LICENSE');
  return findings;
}

function run(file, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8' });
  return { status, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trim() };
}
