/**
 * Reads the shop's snapshot that `npm run demo -- --keep DIRECTORY` left, with the built packages and without a database: some answers of the
 * service, then every field of every record. Its checksum must be the one that the demo printed. `node examples/dist/read-path.js DIRECTORY`.
 */
import assert from 'node:assert/strict';
import { answer } from './web/routes';
import { openShopInSnapshot } from './web/shop-in-snapshot';
import { touchEverything } from './web/touch';

async function main(directory: string): Promise<void> {
  const shop = await openShopInSnapshot(directory);
  for (const path of ['/customers/1', '/customers/4000', '/orders/7', '/products/3']) {
    const [, , id] = path.split('/');
    assert(answer(shop, path)!.includes(`"id":${id},`), path);
  }
  assert.equal(answer(shop, '/products/0'), undefined);
  const { id, customer } = shop.orders.get(7)!;
  assert(customer.orders.some((order) => order.id === id));
  assert.equal(shop.products.get(3)!.category.path.length, 3);
  const { records, values, checksum } = touchEverything(shop);
  console.log(
    `Node ${process.versions.node}: read ${records} records, ${values} fields and relations: checksum ${checksum}`,
  );
}

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write('Usage: read-path.js DIRECTORY, where `npm run demo -- --keep DIRECTORY` left the snapshot.\n');
  process.exit(2);
}
main(directory);
