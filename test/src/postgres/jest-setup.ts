/** Jest's globalSetup: starts the keeper of the run's server. The server itself waits for the first suite that wants one. */
import { existsSync } from 'node:fs';
import { type Keeper, keeperProgram, startKeeper } from './server';
import { KEEPER_VARIABLE } from './suite';

declare global {
  var permafrostKeeper: Keeper | undefined;
}

export default async function setup(): Promise<void> {
  // Suites without a database also run before anything was built; the others say what is missing.
  if (!existsSync(keeperProgram)) return;
  globalThis.permafrostKeeper = await startKeeper();
  process.env[KEEPER_VARIABLE] = JSON.stringify(globalThis.permafrostKeeper.address);
}
