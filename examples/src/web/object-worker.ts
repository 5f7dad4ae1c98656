/** A web worker that holds the shop as ordinary objects: `object-worker.js <database URL>`. */
import { serve } from './server';
import { loadShopInObjects } from './shop-in-objects';

loadShopInObjects(process.argv[2]!).then(serve);
