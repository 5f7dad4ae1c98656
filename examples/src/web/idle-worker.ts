/**
 * A web worker without data, but with the modules that the others have loaded: what a worker costs before it holds anything.
 * `idle-worker.js snapshot` or `idle-worker.js objects`.
 */
import { serve } from './server';

async function main(kind: string): Promise<void> {
  if (kind === 'snapshot') require('./shop-in-snapshot');
  if (kind === 'objects') {
    require('./shop-in-objects');
    // TypeORM loads the driver when it connects.
    require('pg');
  }
  await serve();
}

main(process.argv[2]!);
