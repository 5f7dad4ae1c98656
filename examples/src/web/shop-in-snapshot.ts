/** The shop in a snapshot: nothing is loaded, and no database is asked. Records are read where they lie in the mapped file. */
import { openStore } from '@permafrost/typeorm-adapter';
import { Category, Company, Customer, Order, OrderLine, Product, shopEntities } from '../shop/entities';
import type { Shop, Table } from './shop';

/** Opens the current generation of a directory. Some milliseconds, whatever the size of the data. */
export async function openShopInSnapshot(directory: string): Promise<Shop> {
  const { snapshot } = await openStore({ directory, entities: shopEntities });
  const table = <T extends object>(entity: new () => T): Table<T> => ({
    get: (id) => snapshot.get(entity, id),
    values: () => snapshot.scan(entity),
  });
  return {
    companies: table(Company),
    customers: table(Customer),
    categories: table(Category),
    products: table(Product),
    orders: table(Order),
    orderLines: table(OrderLine),
  };
}
