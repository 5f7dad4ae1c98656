/**
 * One web worker: serves a shop over HTTP, on the port that all workers share and on one of its own, and does what the primary asks.
 * It ends with the primary, which is what `cluster` does by itself.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer } from './routes';
import type { Shop } from './shop';
import { type Touched, touchEverything } from './touch';

/** Environment variable that names the address to listen on. */
export const HOST_VARIABLE = 'SHOP_HOST';

export type ToWorker = 'touch everything';
export type FromWorker =
  | { readonly event: 'listening'; readonly sharedPort: number; readonly ownPort: number }
  | { readonly event: 'touched'; readonly touched: Touched };

/** Listens, and tells the primary where. Without a shop every answer is 404. */
export async function serve(shop?: Shop): Promise<void> {
  const tell = (message: FromWorker) => process.send!(message);
  process.on('message', (request: ToWorker) => {
    if (request === 'touch everything' && shop) tell({ event: 'touched', touched: touchEverything(shop) });
  });
  const host = process.env[HOST_VARIABLE] ?? '127.0.0.1';
  const sharedPort = await listen(shop, { port: 0, host });
  const ownPort = await listen(shop, { port: 0, host, exclusive: true });
  tell({ event: 'listening', sharedPort, ownPort });
}

function listen(shop: Shop | undefined, where: { port: number; host: string; exclusive?: boolean }): Promise<number> {
  const server: Server = createServer((request, response) => {
    const body = shop && answer(shop, request.url!);
    const status = body === undefined ? 404 : 200;
    const bytes = Buffer.from(body ?? '{"error":"not found"}');
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
    response.end(bytes);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => resolve((server.address() as AddressInfo).port));
  });
}
