/**
 * The service's routes: a path in, JSON text out. It reads entities through their fields, relations and getters alone, so it
 * is the same code whether they are ordinary objects or proxies.
 */
import type { Customer, Order, Product } from '../shop/entities';
import type { Shop } from './shop';

/** The JSON of GET /customers/:id, /products/:id or /orders/:id, or undefined when there is nothing. */
export function answer(shop: Shop, path: string): string | undefined {
  const [, resource, id] = path.split('/');
  const found = find(shop, resource!, Number(id));
  return found && JSON.stringify(found);
}

function find(shop: Shop, resource: string, id: number): object | undefined {
  if (!Number.isInteger(id)) return undefined;
  if (resource === 'customers') {
    const customer = shop.customers.get(id);
    return customer && customerView(customer);
  }
  if (resource === 'products') {
    const product = shop.products.get(id);
    return product && productView(product);
  }
  if (resource === 'orders') {
    const order = shop.orders.get(id);
    return order && { order: orderView(order), customer: personView(order.customer) };
  }
  return undefined;
}

const LAST_ORDERS = 3;

function customerView(customer: Customer) {
  const { company, manager, orders } = customer;
  return {
    id: customer.id,
    name: customer.name,
    email: customer.email,
    reference: customer.reference,
    phone: customer.phone,
    address: { street: customer.street, city: customer.city, country: customer.country },
    segment: customer.segment,
    isActive: customer.isActive,
    creditLimit: customer.creditLimit,
    loyaltyNumber: customer.loyaltyNumber,
    score: customer.score,
    tags: customer.tags,
    preferences: customer.preferences,
    createdAt: customer.createdAt,
    lastSeenAt: customer.lastSeenAt,
    company: company && { id: company.id, name: company.name, country: company.country, foundedOn: company.foundedOn },
    manager: manager && personView(manager),
    orderCount: orders.length,
    lastOrders: orders.slice(-LAST_ORDERS).reverse().map(orderView),
  };
}

function personView(customer: Customer) {
  return { id: customer.id, name: customer.name, email: customer.email };
}

function orderView(order: Order) {
  return {
    id: order.id,
    number: order.number,
    status: order.status,
    total: order.total,
    currency: order.currency,
    placedAt: order.placedAt,
    shippedAt: order.shippedAt,
    note: order.note,
    lines: order.lines.map((line) => ({
      position: line.position,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      discountPercent: line.discountPercent,
      taxRate: line.taxRate,
      warehouse: line.warehouse,
      isGift: line.isGift,
      product: { id: line.product.id, sku: line.product.sku, name: line.product.name },
    })),
  };
}

function productView(product: Product) {
  return {
    id: product.id,
    sku: product.sku,
    name: product.name,
    description: product.description,
    price: product.price,
    barcode: product.barcode,
    weightGrams: product.weightGrams,
    rating: product.rating,
    attributes: product.attributes,
    labels: product.labels,
    isDiscontinued: product.isDiscontinued,
    category: product.category.path,
  };
}
