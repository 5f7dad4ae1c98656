/** Errors of the command itself; the others are core's. docs/ERRORS.md lists every code, and a test holds it against this table. */

/** Every code that only the command prints. */
export const cliErrorCodes = {
  USAGE: 'The command line names a command, option or argument that there is not, or lacks one.',
  DATA_SOURCE_INVALID: 'The file given with --data-source does not load, or exports no TypeORM DataSource.',
  ADAPTER_MISSING: 'The package that reads from the ORM is not installed.',
} as const;

export type CliErrorCode = keyof typeof cliErrorCodes;

export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}

/** The reason of the signal that a Ctrl-C aborts. */
export class Interrupted extends Error {
  constructor(readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`Ended by ${signal}.`);
    this.name = 'Interrupted';
  }
}
