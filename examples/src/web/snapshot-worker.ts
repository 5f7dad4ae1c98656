/** A web worker that reads the shop from a snapshot: `snapshot-worker.js <directory>`. */
import { serve } from './server';
import { openShopInSnapshot } from './shop-in-snapshot';

openShopInSnapshot(process.argv[2]!).then(serve);
