/** Embedded values, single-table inheritance, lazy relations and views. */
import {
  ChildEntity,
  Column,
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
  TableInheritance,
  ViewColumn,
  ViewEntity,
} from 'typeorm';

export class Place {
  @Column('float8', { nullable: true }) latitude!: number | null;
  @Column('float8', { nullable: true }) longitude!: number | null;
}

export class Address {
  @Column('text', { nullable: true }) street!: string | null;
  @Column('text', { nullable: true, name: 'town' }) city!: string | null;
  @Column(() => Place) place!: Place;
  /** A relation of an embedded value. */
  @ManyToOne(() => Country, { nullable: true }) country!: Relation<Country> | null;
  get line(): string {
    return `${this.street}, ${this.city}`;
  }
}

export class FullName {
  @Column('text') first!: string;
  @Column('text', { nullable: true }) last!: string | null;
}

@Entity('shape_country')
export class Country {
  @PrimaryColumn('char', { length: 2 }) code!: string;
  @Column('text') name!: string;
}

@Entity('shape_person')
export class Person {
  @PrimaryGeneratedColumn() id!: number;
  @Column(() => FullName) name!: FullName;
  @Column(() => Address) home!: Address;
  @Column(() => Address, { prefix: 'w_' }) work!: Address;
  @ManyToOne(() => Person, { nullable: true }) boss!: Relation<Person> | null;
  @OneToMany(
    () => Vehicle,
    (vehicle) => vehicle.owner,
  )
  vehicles!: Relation<Vehicle[]>;
}

@Entity('shape_vehicle')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
export class Vehicle {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') label!: string;
  @ManyToOne(
    () => Person,
    (person) => person.vehicles,
    { nullable: true },
  )
  owner!: Relation<Person> | null;
}

@ChildEntity()
export class Car extends Vehicle {
  @Column('int', { nullable: true }) doors!: number | null;
  @OneToMany(
    () => Race,
    (race) => race.car,
  )
  races!: Relation<Race[]>;
}

@ChildEntity('lorry')
export class Truck extends Vehicle {
  @Column('numeric', { nullable: true }) load!: string | null;
  @ManyToOne(() => Car, { nullable: true }) carries!: Relation<Car> | null;
}

@ChildEntity()
export class Taxi extends Car {
  @Column('text', { nullable: true }) sign!: string | null;
}

/** Relations to the base and to a child. */
@Entity('shape_race')
export class Race {
  @PrimaryColumn('int') id!: number;
  @Column('text', { nullable: true }) title!: string | null;
  @ManyToOne(
    () => Car,
    (car) => car.races,
    { nullable: true },
  )
  car!: Relation<Car> | null;
  @ManyToMany(() => Vehicle) @JoinTable({ name: 'shape_race_guest' }) guests!: Relation<Vehicle[]>;
}

export const embeddedEntities = [Country, Person, Vehicle, Car, Truck, Taxi, Race] as const;

@Entity('lazy_room')
export class Room {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @OneToMany(
    () => Guest,
    (guest) => guest.room,
  )
  guests!: Promise<Guest[]>;
  @OneToOne(
    () => RoomKey,
    (key) => key.room,
  )
  key!: Promise<RoomKey | null>;
}

@Entity('lazy_guest')
export class Guest {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text', { nullable: true }) name!: string | null;
  @ManyToOne(
    () => Room,
    (room) => room.guests,
    { nullable: true },
  )
  room!: Promise<Room | null>;
  @ManyToMany(() => Guest) @JoinTable({ name: 'lazy_friend' }) friends!: Promise<Guest[]>;
}

@Entity('lazy_key')
export class RoomKey {
  @PrimaryColumn('text') code!: string;
  @OneToOne(
    () => Room,
    (room) => room.key,
    { nullable: true, lazy: true },
  )
  @JoinColumn()
  room!: Promise<Room | null>;
}

export const lazyEntities = [Room, Guest, RoomKey] as const;

/**
 * Of the relations' tables; rows that are equal in every column come once. To TypeORM null and '' are equal then, and which of them comes
 * nobody knows, so there is no ''.
 */
@ViewEntity({
  name: 'view_age',
  expression: `SELECT age, NULLIF("in_region", '') AS region FROM rel_animal`,
  synchronize: true,
})
export class AgeView {
  @ViewColumn() age!: number | null;
  @ViewColumn({ name: 'region' }) area!: string | null;
}

@ViewEntity({
  name: 'view_keeper',
  expression: `SELECT k.id, k.name, count(a.id)::int AS animals FROM rel_keeper k LEFT JOIN rel_animal a ON a."keeperId" = k.id GROUP BY k.id`,
  materialized: true,
})
export class KeeperView {
  @PrimaryColumn('int') id!: number;
  @ViewColumn() name!: string;
  @ViewColumn() animals!: number;
}

export const viewEntities = [AgeView, KeeperView] as const;
