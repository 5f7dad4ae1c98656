/**
 * The entities of the demo's shop, as a TypeORM service has them; `@Snapshot()` is all that Permafrost adds.
 * Relations are declared on both sides: a customer knows its orders, an order its customer.
 */
import 'reflect-metadata';
import { Snapshot } from '@permafrost/typeorm-adapter';
import { Column, Entity, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';

export type Segment = 'consumer' | 'business' | 'reseller';
export type OrderStatus = 'cart' | 'paid' | 'shipped' | 'returned';

@Entity()
@Snapshot()
export class Company {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @Column('varchar', { length: 2 }) country!: string;
  @Column('varchar', { length: 20, nullable: true }) vatNumber!: string | null;
  @Column('int', { nullable: true }) employeeCount!: number | null;
  @Column('date') foundedOn!: string;
  @Column('boolean') isPartner!: boolean;

  @OneToMany(() => Customer, 'company') customers!: Relation<Customer[]>;
}

@Entity()
@Snapshot()
export class Customer {
  @PrimaryColumn('int') id!: number;
  @Column('uuid') reference!: string;
  @Column('text') firstName!: string;
  @Column('text') lastName!: string;
  @Column('varchar', { length: 120 }) email!: string;
  @Column('varchar', { length: 30, nullable: true }) phone!: string | null;
  @Column('text') street!: string;
  @Column('text') city!: string;
  @Column('varchar', { length: 2 }) country!: string;
  @Column('enum', { enum: ['consumer', 'business', 'reseller'] }) segment!: Segment;
  @Column('boolean') isActive!: boolean;
  @Column('numeric', { precision: 12, scale: 2, nullable: true }) creditLimit!: string | null;
  @Column('bigint') loyaltyNumber!: string;
  @Column('double precision') score!: number;
  @Column('text', { array: true }) tags!: string[];
  @Column('jsonb', { nullable: true }) preferences!: Record<string, unknown> | null;
  @Column('timestamptz') createdAt!: Date;
  @Column('timestamptz', { nullable: true }) lastSeenAt!: Date | null;
  /** Hidden by TypeORM, so it is not exported. */
  @Column('text', { select: false }) passwordHash!: string;
  @Column('int', { nullable: true }) companyId!: number | null;
  @Column('int', { nullable: true }) managerId!: number | null;

  @ManyToOne(() => Company, 'customers', { nullable: true }) company!: Relation<Company> | null;
  @ManyToOne(() => Customer, 'reports', { nullable: true }) manager!: Relation<Customer> | null;
  @OneToMany(() => Customer, 'manager') reports!: Relation<Customer[]>;
  @OneToMany(() => Order, 'customer') orders!: Relation<Order[]>;

  get name(): string {
    return `${this.firstName} ${this.lastName}`;
  }
}

@Entity()
@Snapshot()
export class Category {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @Column('smallint') level!: number;
  @Column('int', { nullable: true }) parentId!: number | null;

  @ManyToOne(() => Category, 'children', { nullable: true }) parent!: Relation<Category> | null;
  @OneToMany(() => Category, 'parent') children!: Relation<Category[]>;
  @OneToMany(() => Product, 'category') products!: Relation<Product[]>;

  /** The names from the root to this category. */
  get path(): string[] {
    return this.parent ? [...this.parent.path, this.name] : [this.name];
  }
}

@Entity()
@Snapshot()
export class Product {
  @PrimaryColumn('int') id!: number;
  @Column('varchar', { length: 20 }) sku!: string;
  @Column('text') name!: string;
  @Column('text') description!: string;
  @Column('numeric', { precision: 10, scale: 2 }) price!: string;
  @Column('bigint') barcode!: string;
  @Column('int') weightGrams!: number;
  @Column('real', { nullable: true }) rating!: number | null;
  @Column('jsonb') attributes!: Record<string, unknown>;
  @Column('text', { array: true }) labels!: (string | null)[];
  @Column('boolean') isDiscontinued!: boolean;
  @Column('int') categoryId!: number;

  @ManyToOne(() => Category, 'products', { nullable: false }) category!: Relation<Category>;
}

@Entity()
@Snapshot()
export class Order {
  @PrimaryColumn('int') id!: number;
  @Column('bigint') number!: string;
  @Column('enum', { enum: ['cart', 'paid', 'shipped', 'returned'] }) status!: OrderStatus;
  @Column('varchar', { length: 3 }) currency!: string;
  @Column('numeric', { precision: 12, scale: 2 }) total!: string;
  @Column('timestamptz') placedAt!: Date;
  @Column('timestamptz', { nullable: true }) shippedAt!: Date | null;
  @Column('text', { nullable: true }) note!: string | null;
  @Column('int') customerId!: number;

  @ManyToOne(() => Customer, 'orders', { nullable: false }) customer!: Relation<Customer>;
  @OneToMany(() => OrderLine, 'order') lines!: Relation<OrderLine[]>;
}

@Entity()
@Snapshot()
export class OrderLine {
  @PrimaryColumn('int') id!: number;
  @Column('smallint') position!: number;
  @Column('int') quantity!: number;
  @Column('numeric', { precision: 10, scale: 2 }) unitPrice!: string;
  @Column('smallint') discountPercent!: number;
  @Column('numeric', { precision: 4, scale: 2 }) taxRate!: string;
  @Column('varchar', { length: 3 }) warehouse!: string;
  @Column('boolean', { nullable: true }) isGift!: boolean | null;
  @Column('int') orderId!: number;
  @Column('int') productId!: number;

  @ManyToOne(() => Order, 'lines', { nullable: false }) order!: Relation<Order>;
  @ManyToOne(() => Product, { nullable: false }) product!: Relation<Product>;
}

export const shopEntities = [Company, Customer, Category, Product, Order, OrderLine] as const;
