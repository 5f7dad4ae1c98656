/**
 * `withDatabase` gives a Jest suite an empty database of its own, in the one server that all suites of a run share.
 * The server is started by the first suite that asks, and goes with all databases at the end of the run.
 */
import { connectPostgres, type PostgresServer, startKeeper, type TestDatabase } from './server';

/** Holds the address of the run's keeper; set by globalSetup, inherited by Jest's workers. */
export const KEEPER_VARIABLE = 'PERMAFROST_TEST_KEEPER';
const START_TIMEOUT_MS = 60_000;

/** Call it in a describe block; the URL can be read from the first `beforeAll` after it on. */
export function withDatabase(name: string): { readonly url: string } {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    const server = await sharedServer();
    database = await server.createDatabase(name);
  }, START_TIMEOUT_MS);
  // Not dropped after the suite: its own afterAll hooks, which close connections, run later than one registered here would.
  return {
    get url() {
      if (!database)
        throw new Error(`The database "${name}" exists only while tests run: read its URL inside a test or hook.`);
      return database.url;
    },
  };
}

/** The server of this run of Jest, which stops it. */
export async function sharedServer(): Promise<PostgresServer> {
  const address = process.env[KEEPER_VARIABLE];
  // Without a keeper the package was not built, and starting one says so.
  return connectPostgres(address ? JSON.parse(address) : (await startKeeper()).address);
}
