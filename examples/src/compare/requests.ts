/** The requests of the demo: a fixed pseudo-random mix over the whole shop, and two ways to send them. */
import { Agent, get } from 'node:http';
import autocannon from 'autocannon';

const CONNECTIONS = 20;
const PATHS_PER_CONNECTION = 2_000;
const SAMPLE_PATHS = 1_500;
const SAMPLE_AT_ONCE = 8;

export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

/** Sends as many requests as are answered, for some seconds. Each connection asks for other records. Throws when an answer was an error. */
export async function load(url: string, { ids, seconds }: { ids: IdCounts; seconds: number }): Promise<Load> {
  let connection = 0;
  const { requests, latency, errors, non2xx } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    setupClient(client) {
      connection += 1;
      client.setRequests(pathsOf(connection, PATHS_PER_CONNECTION, ids).map((path) => ({ path })));
    },
  });
  if (errors + non2xx > 0) throw new Error(`${errors} requests failed and ${non2xx} had a status other than 2xx.`);
  return { requestsPerSecond: requests.average, p99Ms: latency.p99 };
}

/** The answers to a fixed sample of paths, with some that lead to nothing: "status body" by path. */
export async function sampleAnswers(url: string, ids: IdCounts): Promise<Map<string, string>> {
  const agent = new Agent({ keepAlive: true, maxSockets: SAMPLE_AT_ONCE });
  const missing = ['/customers/0', `/orders/${ids.orders + 1}`, '/products/x', '/nothing/1'];
  const paths = [...new Set([...pathsOf(0, SAMPLE_PATHS, ids), ...missing])];
  try {
    const answers = await Promise.all(paths.map((path) => fetchText(url + path, agent)));
    return new Map(paths.map((path, place) => [path, answers[place]!]));
  } finally {
    agent.destroy();
  }
}

/** The largest id of each resource. */
export interface IdCounts {
  readonly customers: number;
  readonly products: number;
  readonly orders: number;
}

function pathsOf(seed: number, count: number, ids: IdCounts): string[] {
  const random = randomNumbers(seed);
  const id = (largest: number) => 1 + Math.floor(random() * largest);
  return Array.from({ length: count }, () => {
    const kind = random();
    if (kind < 0.6) return `/customers/${id(ids.customers)}`;
    return kind < 0.8 ? `/orders/${id(ids.orders)}` : `/products/${id(ids.products)}`;
  });
}

/** mulberry32 */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function fetchText(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = `${response.statusCode} `;
      // Latin-1 keeps every byte apart.
      response.setEncoding('latin1').on('data', (chunk) => (text += chunk));
      response.once('end', () => resolve(text)).once('error', reject);
    }).once('error', reject);
  });
}
