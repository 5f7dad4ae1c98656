/**
 * What the web server needs of the shop's data. A Map of objects is a `Table`, and so is an entity of a snapshot: the code that answers
 * requests cannot tell which it has.
 */
import type { Category, Company, Customer, Order, OrderLine, Product } from '../shop/entities';

export interface Table<T> {
  get(id: number): T | undefined;
  /** Every record in key order. Do not keep what it yields: it may be the same object at each step. */
  values(): Iterable<T>;
}

export interface Shop {
  readonly companies: Table<Company>;
  readonly customers: Table<Customer>;
  readonly categories: Table<Category>;
  readonly products: Table<Product>;
  readonly orders: Table<Order>;
  readonly orderLines: Table<OrderLine>;
}
