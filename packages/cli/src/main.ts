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
import { runQueryCommand } from './query-command';
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
    .option('--data-source <file>', 'module that exports the DataSource (.js, .cjs, .mjs); required')
    .option('--directory <directory>', 'where generations lie; made when it is not there; required')
    .option('--entities <names>', 'entities to export, with commas (default: those decorated with @Snapshot)', nameList)
    .addOption(
      new Option('--dangling <policy>', 'what becomes of foreign keys to rows that are not exported')
        .choices(['error', 'null', 'skip'])
        .default('error'),
    )
    .option('--json', 'print the report as JSON')
    .action(async (options, command) => {
      requireOptions(command, ['dataSource', 'directory']);
      done(await runExport({ ...options, signal }));
    });

  program
    .command('inspect')
    .description('print what a snapshot holds: sections, entities, fields, indexes and their bytes')
    .argument('<path>', 'a snapshot file, or a directory for its current generation')
    .option(
      '--values',
      'read all data: bytes in the heap, nulls, distinct values and what sharing saves, for each field',
    )
    .option('--json', 'print it as JSON')
    .action(async (target, options) => done(await runInspect(target, { ...options, signal })));

  program
    .command('verify')
    .description('read all of a snapshot and print what is damaged')
    .argument('<path>', 'a snapshot file, or a directory for its current generation')
    .option('--max-findings <count>', 'stop after so many findings', wholeNumberFrom(1), 100)
    .option('--json', 'print the findings as JSON')
    .action(async (target, options) => done(await runVerify(target, { ...options, signal })));

  program
    .command('query')
    .description('print some records of an entity')
    .argument('<path>', 'a snapshot file, or a directory for its current generation')
    .argument('<entity>', 'name of the entity')
    .option('--where <condition>', "'member=value' or 'member in [value, …]'; several must all hold", collect, [])
    .option('--order <terms>', 'members with commas, each with :asc (default) or :desc', nameList, [])
    .option('--skip <count>', 'records to leave out at the start', wholeNumberFrom(0), 0)
    .option('--take <count>', 'most records to print', wholeNumberFrom(1), 10)
    .option('--fields <names>', 'fields to print, with commas (default: all)', nameList)
    .option('--relations <names>', 'relations to print besides, with commas', nameList, [])
    .option('--json', 'print one JSON object a line')
    .action(async (target, entity, options) => done(await runQueryCommand(target, entity, options)));

  return program;
}

/** What commander's requiredOption does, but after unknown options have been refused: a typing error is not called a missing option. */
function requireOptions(command: Command, names: readonly string[]): void {
  for (const name of names) {
    if (command.getOptionValue(name) !== undefined) continue;
    const { flags } = command.options.find((option) => option.attributeName() === name)!;
    command.error(`error: required option '${flags}' not specified`);
  }
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

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

function wholeNumberFrom(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${least} on.`);
  };
}

function ownVersion(): string {
  return JSON.parse(readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8')).version;
}
