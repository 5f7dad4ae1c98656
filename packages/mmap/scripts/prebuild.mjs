/**
 * Builds prebuilds/<platform>-<arch>/mmap.node from src/native/mmap.c for every target whose C compiler is there: the machine's
 * own with $CC (else cc), linux-arm64 with a cross compiler elsewhere. A target without a compiler is named and keeps its binary.
 * `--check` builds beside them instead and compares: exit 0 when the committed binaries have the same bytes, 1 when not.
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
const isCheck = process.argv.includes('--check');
/** Compilers that make binaries for other machines, by their names in Debian; a variable names another one. */
const crossCompilers = {
  arm64: process.env.CC_LINUX_ARM64 || 'aarch64-linux-gnu-gcc',
};

if (process.platform !== 'linux') {
  fail(`No native backend exists for ${process.platform}; there the package reads files into memory. Build on Linux.`);
}
const compiler = process.env.CC || 'cc';
const version = versionOf(compiler);
if (version === undefined) {
  fail(
    `No C compiler: "${compiler}" could not be run. Install gcc or clang (Debian: apt install gcc libc6-dev), or name ` +
      'one in CC. It is needed only to rebuild the binaries; using the package needs none.',
  );
}
build(process.arch, compiler, version);
for (const [arch, crossCompiler] of Object.entries(crossCompilers)) {
  if (arch === process.arch) continue;
  const crossVersion = versionOf(crossCompiler);
  if (crossVersion !== undefined) build(arch, crossCompiler, crossVersion);
  else {
    console.log(
      `linux-${arch}: skipped, as there is no ${crossCompiler} (Debian: apt install gcc-aarch64-linux-gnu ` +
        'libc6-dev-arm64-cross)',
    );
  }
}

/** The first line of `--version`; undefined when there is no such compiler. */
function versionOf(name) {
  const { error, status, stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' });
  return error || status !== 0 ? undefined : stdout.split('\n')[0];
}

function build(arch, compilerOfArch, compilerVersion) {
  const binary = `prebuilds/linux-${arch}/mmap.node`;
  const folder = join(packageDirectory, dirname(binary));
  mkdirSync(folder, { recursive: true });
  const buildFolder = mkdtempSync(join(folder, '.build-'));
  try {
    const built = join(buildFolder, 'mmap.node');
    compile(compilerOfArch, built);
    const report = `${binary}: ${readFileSync(built).length} bytes, sha256 ${sha256(built)}, ${compilerVersion}`;
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
}

function compile(compilerOfArch, output) {
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
  execFileSync(compilerOfArch, [...options, '-o', output, source], { cwd: packageDirectory, stdio: 'inherit' });
}

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function fail(message) {
  console.error(`prebuild: ${message}`);
  process.exit(1);
}
