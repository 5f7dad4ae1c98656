/**
 * A service as any application on TypeORM has it: written against `Repository<T>`, knowing nothing of snapshots. Its test runs it on the
 * database, on a snapshot's records and on ordinary entities from a snapshot.
 */
import {
  And,
  Between,
  type FindOptionsWhere,
  ILike,
  In,
  IsNull,
  LessThan,
  LessThanOrEqual,
  Like,
  MoreThan,
  MoreThanOrEqual,
  Not,
  Or,
  type Repository,
} from 'typeorm';
import type { Category, Company, Customer, Order, Product, Segment } from '../shop/entities';

/** What the service needs; any of TypeORM's repositories will do. */
export interface Repositories {
  readonly customers: Repository<Customer>;
  readonly companies: Repository<Company>;
  readonly orders: Repository<Order>;
  readonly products: Repository<Product>;
  readonly categories: Repository<Category>;
}

/** One page of a list. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

export class OrderDesk {
  constructor(private readonly repositories: Repositories) {}

  /** Throws TypeORM's EntityNotFoundError. */
  async customerCard(id: number) {
    const customer = await this.repositories.customers.findOneOrFail({
      where: { id },
      relations: { company: true, manager: true, orders: { lines: { product: true } } },
      order: { orders: { placedAt: 'DESC', id: 'ASC', lines: { position: 'ASC' } } },
    });
    return {
      name: customer.name,
      company: customer.company?.name ?? null,
      manager: customer.manager?.name ?? null,
      orders: customer.orders.map((order) => ({
        number: order.number,
        placedAt: order.placedAt.toISOString(),
        lines: order.lines.map(({ quantity, product }) => `${quantity} × ${product.name} (${product.sku})`),
      })),
    };
  }

  async customerByEmail(email: string): Promise<{ id: number; country: string } | null> {
    const customer = await this.repositories.customers.findOne({
      where: { email },
      select: { id: true, country: true },
    });
    return customer && { id: customer.id, country: customer.country };
  }

  /** Customers of a country or segment that were seen lately or never, the best first. */
  async shortlist(country: string, segments: Segment[], since: Date, page: number): Promise<Page<string>> {
    const reachable: FindOptionsWhere<Customer> = { phone: Not(IsNull()), isActive: true };
    const [rows, total] = await this.repositories.customers.findAndCount({
      where: [
        { ...reachable, country, lastSeenAt: MoreThanOrEqual(since) },
        { ...reachable, segment: In(segments), lastSeenAt: IsNull() },
      ],
      order: { score: 'DESC', id: 'ASC' },
      skip: page * 20,
      take: 20,
    });
    return { rows: rows.map((customer) => `${customer.id} ${customer.name} ${customer.score}`), total };
  }

  /** Companies with customers whose orders are still to be paid; only those customers and orders come along. */
  async openCarts(country: string) {
    const companies = await this.repositories.companies.find({
      where: { country, customers: { orders: { status: 'cart', total: MoreThan('100') } } },
      relations: { customers: { orders: true } },
      order: { id: 'ASC', customers: { id: 'ASC', orders: { id: 'ASC' } } },
    });
    return companies.map(({ name, customers }) => ({
      name,
      carts: customers.flatMap((customer) => customer.orders.map((order) => `${customer.id}: ${order.total}`)),
    }));
  }

  async productsLike(text: string, cheapest: string, dearest: string): Promise<string[]> {
    const products = await this.repositories.products.find({
      where: {
        name: Or(ILike(`%${text}%`), Like(`${text}%`)),
        price: Between(cheapest, dearest),
        weightGrams: And(MoreThan(10), LessThanOrEqual(100_000)),
        isDiscontinued: false,
        category: { level: MoreThanOrEqual(1) },
      },
      order: { price: { direction: 'ASC', nulls: 'LAST' }, id: 'DESC' },
    });
    return products.map(({ sku, price }) => `${sku} ${price}`);
  }

  /** The tree as menus show it: the products of each category only counted. */
  async menu() {
    const roots = await this.repositories.categories.find({
      where: { parent: IsNull() },
      relations: { children: { children: true } },
      order: { id: 'ASC', children: { id: 'ASC', children: { id: 'ASC' } } },
    });
    return Promise.all(
      roots.map(async ({ name, children }) => ({
        name,
        below: children.map((child) => [child.name, child.children.length]),
        products: await this.repositories.products.countBy({ category: { parent: { parent: { name } } } }),
      })),
    );
  }

  async figures(customerId: number) {
    const { orders } = this.repositories;
    const where: FindOptionsWhere<Order> = { customerId };
    return {
      orders: await orders.countBy(where),
      hasReturned: await orders.existsBy({ ...where, status: 'returned' }),
      spent: await orders.sum('total' as never, { ...where, status: Not(In(['cart', 'returned'])) }),
      first: await orders.minimum('id', where),
      mean: await orders.average('customerId', where),
      before2020: await orders.count({ where: { ...where, placedAt: LessThan(new Date('2020-01-01')) } }),
    };
  }
}
