/**
 * Waiting that an AbortSignal ends: the statement is cancelled at the server, and the caller's reason is thrown.
 * Afterwards the connection is either ready for the next statement or ended; it never stays in the middle of one.
 */
import type { Client, ClientBase, Connection } from 'pg';

/** How long a cancelled statement, or the end of a transaction, may take before its connection is given up. */
const ANSWER_WITHIN_MS = 2_000;

/** Waits for `work`, a statement of `client`. Once the signal fires, throws its reason: in milliseconds, at most 2 s. */
export async function interruptible<T>(client: ClientBase, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  let onAbort = () => {};
  const aborted = new Promise<typeof ABORTED>((resolve) => {
    onAbort = () => resolve(ABORTED);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    const outcome = await Promise.race([work, aborted]);
    if (outcome !== ABORTED) return outcome as T;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  await cancel(client, work);
  throw signal.reason;
}

const ABORTED = Symbol('aborted');

/** Cancels the statement of `work`. When this resolves, the connection is free or ended. */
async function cancel(client: ClientBase, work: Promise<unknown>): Promise<void> {
  const request = requestCancel(client as CancellableClient);
  // Without waiting for the request too, it could cancel the next statement instead of this one.
  const inTime = await settlesInTime(Promise.allSettled([work, request.done]));
  request.close();
  if (!inTime) await endClient(client);
}

/** Waits until `answer` settles, either way, or for {@link ANSWER_WITHIN_MS}; whether it did. */
export async function settlesInTime(answer: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const outOfTime = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ANSWER_WITHIN_MS);
  });
  const settled = answer.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([settled, outOfTime]);
  clearTimeout(timer);
  return inTime;
}

/** Closes the connection, in the middle of a statement too. */
export async function endClient(client: ClientBase): Promise<void> {
  await (client as Client).end().catch(() => {});
}

/** What node-postgres keeps of a connection that its types do not tell. */
interface CancellableClient extends ClientBase {
  readonly host: string | undefined;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly connection: CancelConnection;
}

interface CancelConnection extends Connection {
  readonly constructor: new (config: object) => CancelConnection;
  readonly ssl: unknown;
  readonly sslNegotiation?: string;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

/** Sends a CancelRequest over a connection of its own, as the protocol wants it; `done` when the server has taken it, or never could. */
function requestCancel(client: CancellableClient): { done: Promise<void>; close(): void } {
  const { host, port, processID, secretKey } = client;
  if (processID === null || secretKey === null) return { done: Promise.resolve(), close: () => {} };
  const { constructor: ConnectionOfClient, ssl, sslNegotiation } = client.connection;
  const connection = new ConnectionOfClient({ ssl, sslNegotiation });
  const done = new Promise<void>((resolve) => {
    connection.on('error', () => resolve());
    connection.on('end', () => resolve());
  });
  const send = () => connection.cancel(processID, secretKey);
  connection.once('connect', () => {
    if (!ssl) send();
    else if (sslNegotiation !== 'direct') connection.requestSsl();
  });
  connection.once('sslconnect', send);
  if (host?.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
  return { done, close: () => connection.stream.destroy() };
}
