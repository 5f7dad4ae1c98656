/** Pagila's business: stores and their staff, who rent copies of films to customers, who pay. */
import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { Film } from './film-entities';
import { Address } from './place-entities';

@Entity('store')
export class Store {
  @PrimaryGeneratedColumn({ name: 'store_id' }) id!: number;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  /** Never null in the data, but TypeORM refuses a cycle of relations that are all required. */
  @OneToOne(
    () => Staff,
    (staff) => staff.managedStore,
    { nullable: true },
  )
  @JoinColumn({ name: 'manager_staff_id' })
  manager!: Relation<Staff>;
  @ManyToOne(
    () => Address,
    (address) => address.stores,
    { nullable: false },
  )
  @JoinColumn({ name: 'address_id' })
  address!: Relation<Address>;
  @OneToMany(
    () => Staff,
    (staff) => staff.store,
  )
  staff!: Relation<Staff[]>;
  @OneToMany(
    () => Customer,
    (customer) => customer.store,
  )
  customers!: Relation<Customer[]>;
  @OneToMany(
    () => Inventory,
    (inventory) => inventory.store,
  )
  inventories!: Relation<Inventory[]>;
}

@Entity('staff')
export class Staff {
  @PrimaryGeneratedColumn({ name: 'staff_id' }) id!: number;
  @Column('text', { name: 'first_name' }) firstName!: string;
  @Column('text', { name: 'last_name' }) lastName!: string;
  @Column('text', { nullable: true }) email!: string | null;
  @Column('boolean') active!: boolean;
  @Column('text') username!: string;
  @Column('text', { nullable: true, select: false }) password?: string | null;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @Column('bytea', { nullable: true }) picture!: Buffer | null;
  @ManyToOne(
    () => Address,
    (address) => address.staff,
    { nullable: false },
  )
  @JoinColumn({ name: 'address_id' })
  address!: Relation<Address>;
  @ManyToOne(
    () => Store,
    (store) => store.staff,
    { nullable: false },
  )
  @JoinColumn({ name: 'store_id' })
  store!: Relation<Store>;
  /** The store this person manages, if any. */
  @OneToOne(
    () => Store,
    (store) => store.manager,
  )
  managedStore!: Relation<Store> | null;
  @OneToMany(
    () => Rental,
    (rental) => rental.staff,
  )
  rentals!: Relation<Rental[]>;
  @OneToMany(
    () => Payment,
    (payment) => payment.staff,
  )
  payments!: Relation<Payment[]>;
}

@Entity('customer')
export class Customer {
  @PrimaryGeneratedColumn({ name: 'customer_id' }) id!: number;
  @Column('text', { name: 'first_name' }) firstName!: string;
  @Column('text', { name: 'last_name' }) lastName!: string;
  @Column('text', { nullable: true }) email!: string | null;
  @Column('boolean', { name: 'activebool' }) isActive!: boolean;
  /** "2022-02-14" */
  @Column('date', { name: 'create_date' }) createDate!: string;
  @Column('timestamptz', { name: 'last_update', nullable: true }) lastUpdate!: Date | null;
  @Column('integer', { nullable: true }) active!: number | null;
  @ManyToOne(
    () => Store,
    (store) => store.customers,
    { nullable: false },
  )
  @JoinColumn({ name: 'store_id' })
  store!: Relation<Store>;
  @ManyToOne(
    () => Address,
    (address) => address.customers,
    { nullable: false },
  )
  @JoinColumn({ name: 'address_id' })
  address!: Relation<Address>;
  @OneToMany(
    () => Rental,
    (rental) => rental.customer,
  )
  rentals!: Relation<Rental[]>;
  @OneToMany(
    () => Payment,
    (payment) => payment.customer,
  )
  payments!: Relation<Payment[]>;
}

@Entity('inventory')
export class Inventory {
  @PrimaryGeneratedColumn({ name: 'inventory_id' }) id!: number;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @ManyToOne(
    () => Film,
    (film) => film.inventories,
    { nullable: false },
  )
  @JoinColumn({ name: 'film_id' })
  film!: Relation<Film>;
  @ManyToOne(
    () => Store,
    (store) => store.inventories,
    { nullable: false },
  )
  @JoinColumn({ name: 'store_id' })
  store!: Relation<Store>;
  @OneToMany(
    () => Rental,
    (rental) => rental.inventory,
  )
  rentals!: Relation<Rental[]>;
}

@Entity('rental')
export class Rental {
  @PrimaryGeneratedColumn({ name: 'rental_id' }) id!: number;
  @Column('timestamptz', { name: 'rental_date' }) rentalDate!: Date;
  @Column('timestamptz', { name: 'return_date', nullable: true }) returnDate!: Date | null;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @ManyToOne(
    () => Inventory,
    (inventory) => inventory.rentals,
    { nullable: false },
  )
  @JoinColumn({ name: 'inventory_id' })
  inventory!: Relation<Inventory>;
  @ManyToOne(
    () => Customer,
    (customer) => customer.rentals,
    { nullable: false },
  )
  @JoinColumn({ name: 'customer_id' })
  customer!: Relation<Customer>;
  @ManyToOne(
    () => Staff,
    (staff) => staff.rentals,
    { nullable: false },
  )
  @JoinColumn({ name: 'staff_id' })
  staff!: Relation<Staff>;
  @OneToMany(
    () => Payment,
    (payment) => payment.rental,
  )
  payments!: Relation<Payment[]>;
}

/** Partitioned by month. Its key holds microseconds in the database; a Date holds milliseconds. */
@Entity('payment')
export class Payment {
  @PrimaryColumn('timestamptz', { name: 'payment_date' }) paymentDate!: Date;
  @PrimaryGeneratedColumn({ name: 'payment_id' }) id!: number;
  @Column('numeric', { precision: 5, scale: 2 }) amount!: string;
  @ManyToOne(
    () => Customer,
    (customer) => customer.payments,
    { nullable: false },
  )
  @JoinColumn({ name: 'customer_id' })
  customer!: Relation<Customer>;
  @ManyToOne(
    () => Staff,
    (staff) => staff.payments,
    { nullable: false },
  )
  @JoinColumn({ name: 'staff_id' })
  staff!: Relation<Staff>;
  @ManyToOne(
    () => Rental,
    (rental) => rental.payments,
    { nullable: false },
  )
  @JoinColumn({ name: 'rental_id' })
  rental!: Relation<Rental>;
}
