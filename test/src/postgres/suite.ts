/**
 * `withDatabase` gives a Jest suite an empty database of its own, in the one server that all suites of a run share.
 * The server is started by the first suite that asks. A run of Jest without our globalSetup starts one per suite.
 */
import { connectPostgres, type PostgresServer, startPostgres, type TestDatabase } from './server';

/** Holds the address of the run's keeper; set by globalSetup, inherited by Jest's workers. */
export const KEEPER_VARIABLE = 'PERMAFROST_TEST_KEEPER';
const START_TIMEOUT_MS = 60_000;

/** Call it in a describe block; the URL can be read from the first `beforeAll` on. The database goes after the last test. */
export function withDatabase(name: string): { readonly url: string } {
  let server: PostgresServer | undefined;
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    server = await sharedServer();
    database = await server.createDatabase(name);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await database?.drop();
    await server?.stop();
  }, START_TIMEOUT_MS);
  return {
    get url() {
      if (!database)
        throw new Error(`The database "${name}" exists only while tests run: read its URL inside a test or hook.`);
      return database.url;
    },
  };
}

/** The server of this run. `stop` leaves it to the others, unless it had to be started for the caller alone. */
export function sharedServer(): Promise<PostgresServer> {
  const address = process.env[KEEPER_VARIABLE];
  return address ? connectPostgres(JSON.parse(address)) : startPostgres();
}
