/**
 * Builds prebuilds/<platform>-<arch>/mmap.node from src/native/mmap.c with the machine's C compiler ($CC, else cc).
 * `--check` builds beside it instead and compares: exit 0 when the committed binary has the same bytes, 1 when not.
 *
 * The same compiler gives the same bytes: nothing of the time, the folder or the machine goes in. The binary names no
 * library it needs (-nostdlib): what it calls is found in the Node process, so no C library version is asked for.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const source = 'src/native/mmap.c';
const binary = `prebuilds/${process.platform}-${process.arch}/mmap.node`;
const compiler = process.env.CC || 'cc';
const isCheck = process.argv.includes('--check');

if (process.platform !== 'linux') {
  fail(`No native backend exists for ${process.platform}; there the package reads files into memory. Build on Linux.`);
}
const probe = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
if (probe.error || probe.status !== 0) {
  fail(
    `No C compiler: "${compiler}" could not be run (${probe.error?.code ?? `exit ${probe.status}`}). ` +
      'Install gcc or clang (Debian: apt install gcc libc6-dev), or name one in CC. ' +
      'It is needed only to rebuild this binary; using the package needs none.',
  );
}

const folder = join(packageDirectory, dirname(binary));
mkdirSync(folder, { recursive: true });
const buildFolder = mkdtempSync(join(folder, '.build-'));
try {
  const built = join(buildFolder, 'mmap.node');
  compile(built);
  const report = `${binary}: ${readFileSync(built).length} bytes, sha256 ${sha256(built)}, ${probe.stdout.split('\n')[0]}`;
  if (!isCheck) {
    renameSync(built, join(packageDirectory, binary));
    console.log(report);
  } else if (sha256(built) === sha256(join(packageDirectory, binary))) {
    console.log(`${report}: the same as the committed one`);
  } else {
    console.error(`${report}: differs from the committed one (another compiler, or another source)`);
    process.exitCode = 1;
  }
} finally {
  rmSync(buildFolder, { recursive: true, force: true });
}

function compile(output) {
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  // -z now: a function that is missing fails at load, where the package can fall back, and not at its first call.
  const options = [
    ...['-std=c11', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'],
    ...['-nostdlib', '-fno-stack-protector', '-U_FORTIFY_SOURCE', '-fno-ident', '-fno-asynchronous-unwind-tables'],
    ...[
      '-Wl,--build-id=none',
      '-Wl,--strip-all',
      '-Wl,-z,relro',
      '-Wl,-z,now',
      '-Wl,-z,noexecstack',
      '-Wl,--hash-style=both',
    ],
    ...['-isystem', headers, `-DSOURCE_SHA256="${sha256(join(packageDirectory, source))}"`],
  ];
  // The compiler runs in the package's folder with a relative source, so that no absolute path can end in the binary.
  execFileSync(compiler, [...options, '-o', output, source], { cwd: packageDirectory, stdio: 'inherit' });
}

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function fail(message) {
  console.error(`prebuild: ${message}`);
  process.exit(1);
}
