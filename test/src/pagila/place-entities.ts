/** Where Pagila's people and stores are: address, city, country. */
import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { Customer, Staff, Store } from './shop-entities';

@Entity('country')
export class Country {
  @PrimaryGeneratedColumn({ name: 'country_id' }) id!: number;
  @Column('text', { name: 'country' }) name!: string;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @OneToMany(
    () => City,
    (city) => city.country,
  )
  cities!: Relation<City[]>;
}

@Entity('city')
export class City {
  @PrimaryGeneratedColumn({ name: 'city_id' }) id!: number;
  @Column('text', { name: 'city' }) name!: string;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @ManyToOne(
    () => Country,
    (country) => country.cities,
    { nullable: false },
  )
  @JoinColumn({ name: 'country_id' })
  country!: Relation<Country>;
  @OneToMany(
    () => Address,
    (address) => address.city,
  )
  addresses!: Relation<Address[]>;
}

@Entity('address')
export class Address {
  @PrimaryGeneratedColumn({ name: 'address_id' }) id!: number;
  @Column('text', { name: 'address' }) line1!: string;
  @Column('text', { name: 'address2', nullable: true }) line2!: string | null;
  @Column('text') district!: string;
  @Column('text', { name: 'postal_code', nullable: true }) postalCode!: string | null;
  @Column('text') phone!: string;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @ManyToOne(
    () => City,
    (city) => city.addresses,
    { nullable: false },
  )
  @JoinColumn({ name: 'city_id' })
  city!: Relation<City>;
  @OneToMany(
    () => Customer,
    (customer) => customer.address,
  )
  customers!: Relation<Customer[]>;
  @OneToMany(
    () => Staff,
    (staff) => staff.address,
  )
  staff!: Relation<Staff[]>;
  @OneToMany(
    () => Store,
    (store) => store.address,
  )
  stores!: Relation<Store[]>;
}
