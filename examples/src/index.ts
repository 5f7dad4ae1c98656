/** The demo's shop, for whoever in this repository needs a database of some size. Private: never published. */
export { Category, Company, Customer, Order, OrderLine, Product, shopEntities } from './shop/entities';
export { type GenerateOptions, generateShop, type ShopRows } from './shop/generate';
