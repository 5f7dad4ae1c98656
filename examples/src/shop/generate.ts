/**
 * Fills a database with the shop. Every value is a function of the seed and the row's number, computed inside PostgreSQL, so the same
 * seed and size give the same rows everywhere. 240,000 customers with all that belongs to them take some 12 s.
 */
import type { DataSource } from 'typeorm';

interface ShopSize {
  companies: number;
  customers: number;
  categories: number;
  products: number;
  orders: number;
}

/** The number of rows of each table. Ids count from 1. */
export type ShopRows = Record<'Company' | 'Customer' | 'Category' | 'Product' | 'Order' | 'OrderLine', number>;

export interface GenerateOptions {
  /** 1 is the full shop: 240,000 customers and more than 1,000,000 order lines. Default 1. */
  scale?: number;
  seed?: number;
}

/** Makes the tables and fills them. The database must be empty. */
export async function generateShop(
  dataSource: DataSource,
  { scale = 1, seed = 20_26 }: GenerateOptions = {},
): Promise<ShopRows> {
  const size = sizeOf(scale);
  const rows = (table: number) => new RowSql(seed, table);
  const run = (sql: string) => dataSource.query(sql);
  await dataSource.synchronize();
  const constraints = await takeForeignKeysOff(dataSource);
  const middle = Math.floor(size.orders / 2);
  // What is long goes in two halves at once.
  const inHalves = (sql: (first: number, last: number) => string) =>
    Promise.all([run(sql(1, middle)), run(sql(middle + 1, size.orders))]);
  await Promise.all([
    run(companies(size, rows(1))).then(() => run(customers(size, rows(2)))),
    run(categories(size))
      .then(() => run(products(size, rows(3))))
      .then(() => inHalves((first, last) => orderLines(size, rows(4), { first, last })))
      .then(() => inHalves((first, last) => orders(size, rows(5), { first, last }))),
  ]);
  // Adding a constraint checks all rows at once, which is many times faster than checking each as it comes.
  for (const sql of constraints) await run(sql);
  // As the database of a service is, so that its planner knows what it reads.
  await run('ANALYZE');
  return countRows(dataSource);
}

/** 8 categories at the top, 5 below each, 5 below each of these. */
const TOP_CATEGORIES = 8;
const CATEGORIES_ABOVE_LEAVES = TOP_CATEGORIES + TOP_CATEGORIES * 5;
const CATEGORIES = CATEGORIES_ABOVE_LEAVES + TOP_CATEGORIES * 25;
const MAX_LINES_PER_ORDER = 5;
const ORDERS_PER_CUSTOMER = 2.4;

function sizeOf(scale: number): ShopSize {
  const customers = Math.ceil(240_000 * scale);
  return {
    customers,
    companies: Math.ceil(customers / 40),
    categories: CATEGORIES,
    products: Math.ceil(customers / 10),
    orders: Math.ceil(customers * ORDERS_PER_CUSTOMER),
  };
}

/**
 * SQL of values that depend on the seed, the table, the column and the row's number `n`. `hashint8extended` also places rows in hash partitions, so
 * it gives the same in every version of PostgreSQL.
 */
class RowSql {
  #column = 0;
  constructor(
    private readonly seed: number,
    private readonly table: number,
  ) {}

  /** An integer in [0, 2^31). */
  hash(n = 'n'): string {
    this.#column += 1;
    return `(hashint8extended(${n}, ${this.seed * 10_000 + this.table * 100 + this.#column}) & 2147483647)`;
  }
  /** An integer in [0, count). */
  below(count: number, n?: string): string {
    return `(${this.hash(n)} % ${count})`;
  }
  oneOf(values: readonly string[], n?: string): string {
    return `(ARRAY[${values.map(quote).join(',')}])[1 + ${this.below(values.length, n)}]`;
  }
  /** NULL in one of `every` rows. */
  sometimesNull(every: number, sql: string): string {
    return `CASE WHEN ${this.below(every)} > 0 THEN ${sql} END`;
  }
  moment(from: string, days: number): string {
    return `timestamptz '${from} UTC' + make_interval(secs => ${this.below(days * 86_400)} + ${this.below(1_000_000)} / 1e6)`;
  }
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
const words = (text: string) => text.split(' ');

const firstNames = words(
  'Anna Ben Chloé Dmitri Elif Farid Grace Hiroshi Ingrid José Kofi Lena Łukasz Mia Noah Olga Priya Søren Tomás Uma Victor Wei Zoë Амина 美咲 Óscar',
);
const lastNames = words(
  "Andersson Becker Chen Dupont Evans Fischer García Haddad Ivanova Jansen Kowalski López Müller Nakamura O'Brien Patel Quist Rossi Şahin Taylor Ueda Vogel Weber Young Zając Žukas",
);
const cities = words(
  'Aarhus Berlin Chicago Dublin Essen Florence Ghent Hamburg İzmir Jakarta Kraków Lyon Malmö Nice Oslo Porto Québec Rome Seville Turin Utrecht Vienna Warsaw Zürich',
);
const countries = words('DE FR US GB PL SE JP TR ES IT NL AT CH DK NO PT');
const adjectives = words(
  'blue compact durable elegant folding heavy insulated light modern oval padded quiet robust silent tall vintage waterproof wide',
);
const things = words(
  'backpack blanket bottle chair clock desk drill fan grill jacket kettle keyboard ladder lamp mirror pan rug scooter shelf tent',
);
const materials = words('aluminium bamboo ceramic cotton glass leather linen oak steel wool');

function companies({ companies: count }: ShopSize, rows: RowSql): string {
  return `INSERT INTO company (id, name, country, "vatNumber", "employeeCount", "foundedOn", "isPartner")
    SELECT n, ${rows.oneOf(lastNames)} || ' ' || ${rows.oneOf(things)} || ' ' || ${rows.oneOf(['GmbH', 'Ltd', 'SA', 'AB', 'Inc'])},
      ${rows.oneOf(countries)}, ${rows.sometimesNull(4, `'VAT' || ${rows.hash()}`)}, ${rows.sometimesNull(5, `1 + ${rows.below(9000)}`)},
      date '1950-01-01' + ${rows.below(25_000)}::int, ${rows.below(6)} = 0
    FROM generate_series(1, ${count}) n`;
}

/** A customer's manager works for the same company; each manages up to four. One in ten customers has no company. */
function customers({ customers: count, companies: companyCount }: ShopSize, rows: RowSql): string {
  const place = `((n - 1) / ${companyCount})`;
  const manager = `CASE WHEN ${place} > 0 THEN (${place} - 1) / 4 * ${companyCount} + (n - 1) % ${companyCount} + 1 END`;
  return `INSERT INTO customer (id, reference, "firstName", "lastName", email, phone, street, city, country, segment, "isActive", "creditLimit",
      "loyaltyNumber", score, tags, preferences, "createdAt", "lastSeenAt", "passwordHash", "companyId", "managerId")
    SELECT n, md5(n || 'reference')::uuid, ${rows.oneOf(firstNames)}, ${rows.oneOf(lastNames)}, 'customer' || n || '@mail' || ${rows.below(50)} || '.example',
      ${rows.sometimesNull(3, `'+49 ' || ${rows.hash()}`)}, ${rows.oneOf(materials)} || ' street ' || 1 + ${rows.below(300)}, ${rows.oneOf(cities)},
      ${rows.oneOf(countries)}, ${rows.oneOf(['consumer', 'consumer', 'business', 'reseller'])}::customer_segment_enum, ${rows.below(8)} > 0,
      ${rows.sometimesNull(3, `${rows.below(5_000_000)} / 100.0`)}, 4000000000000 + n * 7919::bigint + ${rows.below(7000)}, ${rows.hash()} / 2147483648.0::float8,
      (ARRAY['newsletter','vip','early','late','b2b'])[1 + ${rows.below(5)} : ${rows.below(4)}],
      ${rows.sometimesNull(2, `jsonb_build_object('theme', ${rows.oneOf(['dark', 'light'])}, 'pageSize', 10 * (1 + ${rows.below(5)}), 'mail', ${rows.below(2)} = 0)`)},
      ${rows.moment('2015-01-01', 3600)}, ${rows.sometimesNull(6, rows.moment('2025-01-01', 300))}, md5(n || 'password'),
      ${rows.sometimesNull(10, `(n - 1) % ${companyCount} + 1`)}, ${manager}
    FROM generate_series(1, ${count}) n`;
}

function categories({ categories: count }: ShopSize): string {
  return `INSERT INTO category (id, name, level, "parentId")
    SELECT n, (ARRAY[${things.map(quote).join(',')}])[1 + n % ${things.length}] || 's ' || n,
      CASE WHEN n <= ${TOP_CATEGORIES} THEN 1 WHEN n <= ${CATEGORIES_ABOVE_LEAVES} THEN 2 ELSE 3 END,
      CASE WHEN n > ${TOP_CATEGORIES} THEN (n - ${TOP_CATEGORIES} - 1) / 5 + 1 END
    FROM generate_series(1, ${count}) n`;
}

function products({ products: count, categories: categoryCount }: ShopSize, rows: RowSql): string {
  const material = rows.oneOf(materials);
  const sentence = `'A ' || ${rows.oneOf(adjectives)} || ' and ' || ${rows.oneOf(adjectives)} || ' ' || ${rows.oneOf(things)} || ' of ' || ${material}`;
  return `INSERT INTO product (id, sku, name, description, price, barcode, "weightGrams", rating, attributes, labels, "isDiscontinued", "categoryId")
    SELECT n, 'SKU-' || lpad(n::text, 8, '0'), ${rows.oneOf(adjectives)} || ' ' || ${rows.oneOf(things)} || ' No. ' || n,
      ${sentence} || '. Ships within ' || 1 + ${rows.below(9)} || ' days, with ' || 1 + ${rows.below(5)} || ' years of guarantee.',
      (99 + ${rows.below(90_000)}) / 100.0, 4006381000000 + ${rows.below(1_000_000)}, 50 + ${rows.below(20_000)}, ${rows.sometimesNull(4, `(10 + ${rows.below(41)}) / 10.0`)},
      jsonb_build_object('material', ${material}, 'width', ${rows.below(200)}, 'dimmable', ${rows.below(2)} = 0),
      ARRAY['new', NULL, 'sale', 'eco']::text[], ${rows.below(20)} = 0, ${CATEGORIES_ABOVE_LEAVES + 1} + ${rows.below(categoryCount - CATEGORIES_ABOVE_LEAVES)}
    FROM generate_series(1, ${count}) n`;
}

interface OrderRange {
  first: number;
  last: number;
}

/** An order has 1 to 5 lines, and its lines the ids from five times its own on, with gaps where it has fewer. */
function orderLines({ products: productCount }: ShopSize, rows: RowSql, { first, last }: OrderRange): string {
  const lineCount = `1 + ${rows.below(MAX_LINES_PER_ORDER, '"orderId"')}`;
  return `INSERT INTO order_line (id, position, quantity, "unitPrice", "discountPercent", "taxRate", warehouse, "isGift", "orderId", "productId")
    SELECT n, position, 1 + ${rows.below(4)}, price, 5 * ${rows.below(4)}, ${rows.oneOf(['19.00', '7.00', '21.00'])}::numeric,
      ${rows.oneOf(['BER', 'LYO', 'GDN', 'MAD'])}, ${rows.sometimesNull(3, `${rows.below(5)} = 0`)}, "orderId", product.id
    FROM (
      SELECT "orderId" * ${MAX_LINES_PER_ORDER} + position - ${MAX_LINES_PER_ORDER} AS n, "orderId", position
      FROM generate_series(${first}, ${last}) "orderId", LATERAL generate_series(1, ${lineCount}) position
    ) line
    JOIN product ON product.id = 1 + ${rows.below(productCount)}
    ORDER BY n`;
}

/** One in four orders belongs to the tenth of the customers who buy most; some customers have no order. */
function orders(
  { orders: count, customers: customerCount }: ShopSize,
  rows: RowSql,
  { first, last }: OrderRange,
): string {
  const frequent = Math.max(1, Math.floor(customerCount / 10));
  const customer = `1 + CASE WHEN ${rows.below(4)} = 0 THEN ${rows.below(frequent)} * 10 % ${customerCount} ELSE ${rows.below(customerCount)} END`;
  const placedAt = `timestamptz '2020-01-01 UTC' + make_interval(secs => n * ${((5 * 365 * 86_400) / count).toFixed(3)})`;
  return `INSERT INTO "order" (id, number, status, currency, total, "placedAt", "shippedAt", note, "customerId")
    SELECT n, 202600000000000 + n * 1009::bigint, ${rows.oneOf(['paid', 'shipped', 'shipped', 'shipped', 'returned', 'cart'])}::order_status_enum,
      ${rows.oneOf(['EUR', 'EUR', 'USD', 'GBP', 'PLN', 'SEK'])}, total, ${placedAt},
      ${rows.sometimesNull(5, `${placedAt} + make_interval(mins => ${rows.below(8000)}::int)`)},
      CASE WHEN ${rows.below(10)} = 0 THEN 'Please ring ' || ${rows.oneOf(firstNames)} || ' before ' || 8 + ${rows.below(10)} || ' o’clock' END, ${customer}
    FROM (SELECT "orderId" AS n, round(sum(quantity * "unitPrice" * (100 - "discountPercent") / 100), 2) AS total FROM order_line
      WHERE "orderId" BETWEEN ${first} AND ${last} GROUP BY "orderId") line
    ORDER BY n`;
}

/** Drops the foreign keys and gives the statements that put them back. */
async function takeForeignKeysOff(dataSource: DataSource): Promise<string[]> {
  const found: { table: string; name: string; definition: string }[] = await dataSource.query(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' ORDER BY conname`,
  );
  for (const { table, name } of found) await dataSource.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  return found.map(({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
}

async function countRows(dataSource: DataSource): Promise<ShopRows> {
  const counts: Record<string, number> = {};
  for (const { name, tablePath } of dataSource.entityMetadatas) {
    const [{ count }] = await dataSource.query(`SELECT count(*)::int AS count FROM "${tablePath}"`);
    counts[name] = count;
  }
  return counts as unknown as ShopRows;
}
