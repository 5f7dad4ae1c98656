/**
 * A shop with every kind of relation: both sides and one side declared, self references, composite keys that are referred to, a custom
 * join table, a schema of its own, a reference to something else than a key, soft deletion, eager relations.
 */
import 'reflect-metadata';
import { Snapshot } from '@permafrost/typeorm-adapter';
import {
  Column,
  CreateDateColumn,
  DataSource,
  DeleteDateColumn,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';

@Entity({ name: 'firm', schema: 'crm' })
@Snapshot({ include: ['apiKey'], exclude: ['internalNote'] })
export class Company {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { name: 'company_name' }) name!: string;
  @Column('char', { length: 3, unique: true }) code!: string;
  @Column('text', { select: false, nullable: true }) apiKey!: string | null;
  @Column('text', { nullable: true }) internalNote!: string | null;
  @OneToMany(
    () => Customer,
    (customer) => customer.company,
  )
  customers!: Relation<Customer[]>;
}

@Entity()
@Snapshot()
export class Customer {
  @PrimaryGeneratedColumn() id!: number;
  @Column('varchar', { length: 80, unique: true }) email!: string;
  @Column('text', { select: false, nullable: true }) passwordHash!: string | null;
  @Column('numeric', { precision: 12, scale: 2, default: 0 }) balance!: string;
  @Column('enum', { enum: ['new', 'active', 'gone'], default: 'new' }) status!: string;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @Column('date', { nullable: true }) born!: string | null;
  @Column('real', { nullable: true }) score!: number | null;
  /** The foreign key is a property too. */
  @Column('uuid', { nullable: true }) companyId!: string | null;
  @ManyToOne(
    () => Company,
    (company) => company.customers,
    { nullable: true },
  )
  company!: Relation<Company> | null;
  /** Refers to a unique column that is not the key. */
  @ManyToOne(() => Company, { nullable: true })
  @JoinColumn({ name: 'referrer_code', referencedColumnName: 'code' })
  referrer!: Relation<Company> | null;
  @ManyToOne(
    () => Customer,
    (customer) => customer.reports,
    { nullable: true },
  )
  manager!: Relation<Customer> | null;
  @OneToMany(
    () => Customer,
    (customer) => customer.manager,
  )
  reports!: Relation<Customer[]>;
  @OneToOne(
    () => Profile,
    (profile) => profile.customer,
  )
  profile!: Relation<Profile> | null;
  @OneToMany(
    () => Order,
    (order) => order.customer,
  )
  orders!: Relation<Order[]>;
  @ManyToMany(
    () => Customer,
    (customer) => customer.followers,
  )
  @JoinTable({ name: 'following', joinColumn: { name: 'follower' }, inverseJoinColumn: { name: 'followed' } })
  follows!: Relation<Customer[]>;
  @ManyToMany(
    () => Customer,
    (customer) => customer.follows,
  )
  followers!: Relation<Customer[]>;

  get domain(): string {
    return this.email.split('@')[1]!;
  }
}

@Entity()
@Snapshot()
export class Profile {
  /** Shares the customer's key. */
  @PrimaryColumn('int') customerId!: number;
  @Column('text') motto!: string;
  @OneToOne(
    () => Customer,
    (customer) => customer.profile,
    { nullable: false },
  )
  @JoinColumn({ name: 'customerId' })
  customer!: Relation<Customer>;
  /** Declared on this side only. */
  @OneToOne(() => Product, { nullable: true })
  @JoinColumn()
  favourite!: Relation<Product> | null;
}

@Entity()
@Snapshot({ name: 'PurchaseOrder' })
export class Order {
  @PrimaryColumn('int') year!: number;
  @PrimaryColumn('bigint') number!: string;
  @Column('timestamp') placedAt!: Date;
  @ManyToOne(
    () => Customer,
    (customer) => customer.orders,
    { nullable: false },
  )
  customer!: Relation<Customer>;
  @OneToMany(
    () => OrderLine,
    (line) => line.order,
  )
  lines!: Relation<OrderLine[]>;
}

@Entity()
@Snapshot()
export class OrderLine {
  @PrimaryColumn('int') orderYear!: number;
  @PrimaryColumn('bigint') orderNumber!: string;
  @PrimaryColumn('smallint') line!: number;
  @Column('int') quantity!: number;
  @ManyToOne(
    () => Order,
    (order) => order.lines,
    { nullable: false },
  )
  @JoinColumn([
    { name: 'orderYear', referencedColumnName: 'year' },
    { name: 'orderNumber', referencedColumnName: 'number' },
  ])
  order!: Relation<Order>;
  @ManyToOne(() => Product, { nullable: false, eager: true })
  product!: Relation<Product>;
  /** Refers to a composite key through columns of its own. */
  @ManyToOne(() => OrderLine, { nullable: true })
  @JoinColumn([
    { name: 'replaces_line', referencedColumnName: 'line' },
    { name: 'replaces_number', referencedColumnName: 'orderNumber' },
    { name: 'replaces_year', referencedColumnName: 'orderYear' },
  ])
  replaces!: Relation<OrderLine> | null;
}

@Entity()
@Snapshot()
export class Product {
  @PrimaryColumn('text') sku!: string;
  @Column('jsonb', { nullable: true }) details!: unknown;
  @Column('text', { array: true, default: '{}' }) labels!: string[];
  @ManyToOne(() => Category, { eager: true, nullable: true })
  category!: Relation<Category> | null;
  /** With the join table that TypeORM makes up. */
  @ManyToMany(
    () => Tag,
    (tag) => tag.products,
  )
  @JoinTable()
  tags!: Relation<Tag[]>;
  /** Declared on this side only. */
  @ManyToMany(() => Product)
  @JoinTable({ name: 'related' })
  related!: Relation<Product[]>;
}

@Entity()
@Snapshot()
export class Category {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') title!: string;
  @ManyToOne(
    () => Category,
    (category) => category.children,
    { nullable: true },
  )
  parent!: Relation<Category> | null;
  @OneToMany(
    () => Category,
    (category) => category.parent,
  )
  children!: Relation<Category[]>;
  /** Does not know Tag.categories. */
  @ManyToMany(() => Tag)
  @JoinTable()
  tags!: Relation<Tag[]>;
}

/** Soft-deleted tags are as good as absent. */
@Entity()
@Snapshot()
export class Tag {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') word!: string;
  @DeleteDateColumn() deletedAt!: Date | null;
  @ManyToMany(
    () => Product,
    (product) => product.tags,
  )
  products!: Relation<Product[]>;
  /** Its owner does not declare this side: TypeORM cannot load it. */
  @ManyToMany(
    () => Category,
    (category) => category.tags,
  )
  categories!: Relation<Category[]>;
  @ManyToOne(() => Tag, { nullable: true })
  broader!: Relation<Tag> | null;
}

export const shopEntities = [Company, Customer, Profile, Order, OrderLine, Product, Category, Tag] as const;

/** An initialized DataSource over a freshly made shop: about 60 customers. */
export async function makeShop(url: string): Promise<DataSource> {
  const dataSource = await new DataSource({ type: 'postgres', url, entities: [...shopEntities] }).initialize();
  await dataSource.query('CREATE SCHEMA crm');
  await dataSource.synchronize();
  for (const statement of shopData) await dataSource.query(statement);
  return dataSource;
}

const uuidOf = (number: string) => `('00000000-0000-4000-8000-' || lpad((${number})::text, 12, '0'))::uuid`;

const shopData = [
  `INSERT INTO crm.firm (id, company_name, code, "apiKey", "internalNote")
   SELECT ${uuidOf('i')}, 'Firm ' || i, chr(64 + i) || 'x', nullif('key ' || i, 'key 2'), 'note' FROM generate_series(1, 7) i`,
  `INSERT INTO customer (email, "passwordHash", balance, status, "createdAt", born, score, "companyId", referrer_code, "managerId")
   SELECT 'user' || i || '@' || (i % 5) || '.example', 'hash', i * 1.25 - 20, (ARRAY['new', 'active', 'gone'])[i % 3 + 1]::customer_status_enum,
          timestamptz '2024-01-01 00:00:00.123456+00' + i * interval '7 hours', nullif(date '1980-01-01' + i * 100, date '1980-01-01' + 700), nullif(i * 0.1, 0.5),
          CASE WHEN i % 6 = 0 THEN NULL ELSE ${uuidOf('i % 7 + 1')} END, CASE WHEN i % 4 = 0 THEN chr(65 + i % 7) || 'x' END, CASE WHEN i > 1 THEN i / 2 END
     FROM generate_series(1, 60) i`,
  'INSERT INTO following SELECT a, b FROM generate_series(1, 60) a, generate_series(1, 60) b WHERE (a * 7 + b) % 23 = 0',
  `INSERT INTO category (title, "parentId") SELECT 'Category ' || i, CASE WHEN i > 2 THEN i / 3 + 1 END FROM generate_series(1, 12) i`,
  `INSERT INTO tag (word, "deletedAt", "broaderId") SELECT 'tag' || i, CASE WHEN i % 3 = 0 THEN now() END, CASE WHEN i > 1 THEN i - 1 END FROM generate_series(1, 9) i`,
  `INSERT INTO product (sku, details, labels, "categoryId")
   SELECT 'SKU-' || i, CASE WHEN i % 3 > 0 THEN jsonb_build_object('size', i, 'parts', ARRAY[i, null]) END, ARRAY['l' || i % 2, NULL], CASE WHEN i % 5 > 0 THEN i % 12 + 1 END
     FROM generate_series(1, 30) i`,
  `INSERT INTO product_tags_tag SELECT 'SKU-' || i, t FROM generate_series(1, 30) i, generate_series(1, 9) t WHERE (i + t) % 4 = 0`,
  `INSERT INTO related SELECT 'SKU-' || a, 'SKU-' || b FROM generate_series(1, 30) a, generate_series(1, 30) b WHERE (a + 3 * b) % 17 = 0`,
  'INSERT INTO category_tags_tag SELECT c, t FROM generate_series(1, 12) c, generate_series(1, 9) t WHERE (c * t) % 5 = 1',
  `INSERT INTO profile SELECT i, 'Motto ' || i, CASE WHEN i <= 30 AND i % 2 = 0 THEN 'SKU-' || i END FROM generate_series(1, 60, 3) i`,
  `INSERT INTO "order" (year, number, "placedAt", "customerId")
   SELECT 2020 + i % 4, 9007199254740993 + i, timestamp '2024-03-10 02:30:00.5' + i * interval '13 hours', i % 60 + 1 FROM generate_series(1, 150) i`,
  `INSERT INTO order_line ("orderYear", "orderNumber", line, quantity, "productSku")
   SELECT o.year, o.number, l, l * 2, 'SKU-' || (o.number % 30 + 1) FROM "order" o, generate_series(1, 3) l`,
  `UPDATE order_line SET replaces_year = "orderYear", replaces_number = "orderNumber", replaces_line = line - 1 WHERE line > 1 AND "orderNumber" % 2 = 0`,
];
