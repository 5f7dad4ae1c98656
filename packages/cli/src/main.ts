/**
 * The command line: which command runs, what becomes of its errors, and how the process ends.
 * Data goes to stdout, everything else to stderr. Signals abort the running command, which cleans up before the process ends.
 */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { isPermafrostError } from '@permafrost/core';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliError, Interrupted } from './errors';
import { EXIT_BUG, EXIT_CLEAN, EXIT_NOT_RUN, exitCodeOfSignal, type StoppingSignal } from './exit-codes';
import { runExport } from './export-command';
import { runInspect } from './inspect-command';
import { runVerify } from './verify-command';

/** Runs one command and ends the process when its output has left. */
export async function runAndExit(args: readonly string[]): Promise<void> {
  // A reader like `head` that has seen enough is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT_CLEAN : EXIT_NOT_RUN);
  });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies StoppingSignal[]) {
    process.once(signal, () => stopping.abort(new Interrupted(signal))); // once: a second Ctrl-C ends the process at once
  }
  const exitCode = await main(args, stopping.signal);
  process.stderr.write('', () => process.stdout.write('', () => process.exit(exitCode)));
}

/** Runs one command; gives its exit code and never throws. */
export async function main(
  args: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  let exitCode = EXIT_CLEAN;
  const program = describeProgram(signal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error);
  }
}

function describeProgram(signal: AbortSignal, done: (exitCode: number) => void): Command {
  const program = new Command('permafrost')
    .description('Makes and looks into snapshots: immutable files of ORM entities that Node processes map into memory.')
    .version(ownVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'USAGE: ')) });

  program
    .command('export')
    .description('export the entities of a TypeORM DataSource into a new generation and make it current')
    .requiredOption('--data-source <file>', 'module that exports the DataSource (.js, .cjs, .mjs)')
    .requiredOption('--directory <directory>', 'where generations lie; made when it is not there')
    .option('--entities <names>', 'entities to export, with commas (default: those decorated with @Snapshot)', nameList)
    .addOption(
      new Option('--dangling <policy>', 'what becomes of foreign keys to rows that are not exported')
        .choices(['error', 'null', 'skip'])
        .default('error'),
    )
    .option('--json', 'print the report as JSON')
    .action(async (options) => done(await runExport({ ...options, signal })));

  program
    .command('inspect')
    .description('print what a snapshot holds: sections, entities, fields and their bytes; reads no data')
    .argument('<path>', 'a snapshot file, or a directory for its current generation')
    .option('--json', 'print it as JSON')
    .action(async (target, options) => done(await runInspect(target, options)));

  program
    .command('verify')
    .description('read all of a snapshot and print what is damaged')
    .argument('<path>', 'a snapshot file, or a directory for its current generation')
    .option('--max-findings <count>', 'stop after so many findings', wholeNumber, 100)
    .option('--json', 'print the findings as JSON')
    .action(async (target, options) => done(await runVerify(target, { ...options, signal })));

  return program;
}

/** Says on stderr what went wrong, and which exit code that is. */
function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CLEAN : EXIT_NOT_RUN; // it has printed already
  if (error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`);
    return exitCodeOfSignal(error.signal);
  }
  if (error instanceof CliError || isPermafrostError(error)) {
    process.stderr.write(`${error.code}: ${error.message}\n`);
    return EXIT_NOT_RUN;
  }
  process.stderr.write(`This is a bug in Permafrost; please report it.\n${(error as Error)?.stack ?? String(error)}\n`);
  return EXIT_BUG;
}

function nameList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Expected names with commas, such as Customer,Company.');
  return names;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Expected a whole number from 1 on.');
  return number;
}

function ownVersion(): string {
  return JSON.parse(readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8')).version;
}
