/** @permafrost/cli: the command `permafrost`. What is exported here is what bin/permafrost.js runs. */

export { type CliErrorCode, cliErrorCodes } from './errors';
export { EXIT_BUG, EXIT_CLEAN, EXIT_FINDINGS, EXIT_NOT_RUN } from './exit-codes';
export { main, runAndExit } from './main';
