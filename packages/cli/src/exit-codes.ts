/** What the command's exit says. Ended by a signal, it is 128 + the signal's number, as shells have it. */
import { constants } from 'node:os';

/** Done; nothing found. */
export const EXIT_CLEAN = 0;
/** A bug of ours. */
export const EXIT_BUG = 1;
/** It could not run: wrong usage, a missing file, a database that does not answer. */
export const EXIT_NOT_RUN = 2;
/** It ran and found damage. */
export const EXIT_FINDINGS = 4;

export type StoppingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export function exitCodeOfSignal(signal: StoppingSignal): number {
  return 128 + constants.signals[signal];
}
