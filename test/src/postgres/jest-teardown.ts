/** Jest's globalTeardown: ends the keeper that globalSetup started, and with it the server. */
export default async function teardown(): Promise<void> {
  await globalThis.permafrostKeeper?.stop();
}
