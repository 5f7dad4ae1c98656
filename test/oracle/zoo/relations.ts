/** Every kind of relation, with what makes it hard: composite keys, references to other columns than keys, soft-deleted targets, self references. */
import {
  Column,
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

@Entity('rel_keeper')
export class Keeper {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @Column('numeric', { nullable: true }) wage!: string | null;
  @OneToOne(
    () => Badge,
    (badge) => badge.keeper,
  )
  badge!: Relation<Badge> | null;
  @OneToMany(
    () => Animal,
    (animal) => animal.keeper,
  )
  animals!: Relation<Animal[]>;
  @OneToMany(
    () => Enclosure,
    (enclosure) => enclosure.head,
  )
  leads!: Relation<Enclosure[]>;
}

/** The owning side of a one-to-one relation, under a text key. */
@Entity('rel_badge')
export class Badge {
  @PrimaryColumn('text') code!: string;
  @Column('timestamptz', { nullable: true }) issued!: Date | null;
  @OneToOne(
    () => Keeper,
    (keeper) => keeper.badge,
    { nullable: true },
  )
  @JoinColumn()
  keeper!: Relation<Keeper> | null;
}

@Entity('rel_enclosure')
export class Enclosure {
  @PrimaryColumn('varchar') region!: string;
  @PrimaryColumn('bigint') number!: string;
  @Column('text', { nullable: true }) title!: string | null;
  @ManyToOne(
    () => Keeper,
    (keeper) => keeper.leads,
    { nullable: true },
  )
  head!: Relation<Keeper> | null;
  @OneToMany(
    () => Animal,
    (animal) => animal.enclosure,
  )
  animals!: Relation<Animal[]>;
  /** Many-to-many between composite keys. */
  @ManyToMany(
    () => Enclosure,
    (enclosure) => enclosure.seenFrom,
  )
  @JoinTable({ name: 'rel_sight' })
  sees!: Relation<Enclosure[]>;
  @ManyToMany(
    () => Enclosure,
    (enclosure) => enclosure.sees,
  )
  seenFrom!: Relation<Enclosure[]>;
}

@Entity('rel_family')
export class Family {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @OneToMany(
    () => Species,
    (species) => species.family,
  )
  species!: Relation<Species[]>;
}

@Entity('rel_species')
export class Species {
  @PrimaryGeneratedColumn() id!: number;
  @Column('varchar', { length: 40, unique: true }) code!: string;
  @Column('text', { nullable: true }) name!: string | null;
  @ManyToOne(
    () => Family,
    (family) => family.species,
    { eager: true, nullable: true },
  )
  family!: Relation<Family> | null;
  @OneToMany(
    () => Animal,
    (animal) => animal.species,
  )
  animals!: Relation<Animal[]>;
}

@Entity('rel_animal')
export class Animal {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @Column('int', { nullable: true }) age!: number | null;
  @Column('float8', { nullable: true }) weight!: number | null;
  @Column('varchar', { nullable: true }) speciesCode!: string | null;
  /** By a unique column that is not the key; the foreign key is a property too. */
  @ManyToOne(
    () => Species,
    (species) => species.animals,
    { nullable: true },
  )
  @JoinColumn({ name: 'speciesCode', referencedColumnName: 'code' })
  species!: Relation<Species> | null;
  @ManyToOne(
    () => Keeper,
    (keeper) => keeper.animals,
    { nullable: false },
  )
  keeper!: Relation<Keeper>;
  @ManyToOne(
    () => Enclosure,
    (enclosure) => enclosure.animals,
    { nullable: true },
  )
  @JoinColumn([
    { name: 'in_region', referencedColumnName: 'region' },
    { name: 'in_number', referencedColumnName: 'number' },
  ])
  enclosure!: Relation<Enclosure> | null;
  @ManyToOne(
    () => Animal,
    (animal) => animal.young,
    { nullable: true },
  )
  mother!: Relation<Animal> | null;
  @OneToMany(
    () => Animal,
    (animal) => animal.mother,
  )
  young!: Relation<Animal[]>;
  @ManyToMany(
    () => Mark,
    (mark) => mark.animals,
  )
  @JoinTable()
  marks!: Relation<Mark[]>;
  @ManyToMany(
    () => Food,
    (food) => food.animals,
  )
  @JoinTable({ name: 'rel_diet', joinColumn: { name: 'eater' }, inverseJoinColumn: { name: 'eaten' } })
  foods!: Relation<Food[]>;
  @ManyToMany(() => Animal) @JoinTable({ name: 'rel_friend' }) friends!: Relation<Animal[]>;
  @OneToMany(
    () => Ticket,
    (ticket) => ticket.animal,
  )
  tickets!: Relation<Ticket[]>;
}

/** Soft-deleted marks are as good as absent. */
@Entity('rel_mark')
export class Mark {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') word!: string;
  @DeleteDateColumn() deletedAt!: Date | null;
  @ManyToOne(() => Mark, { nullable: true }) broader!: Relation<Mark> | null;
  @ManyToMany(
    () => Animal,
    (animal) => animal.marks,
  )
  animals!: Relation<Animal[]>;
}

@Entity('rel_food')
export class Food {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @ManyToMany(
    () => Animal,
    (animal) => animal.foods,
  )
  animals!: Relation<Animal[]>;
}

/** Soft-deletable itself, with required relations to what is deletable and what is not. */
@Entity('rel_ticket')
export class Ticket {
  @PrimaryColumn('int') id!: number;
  @Column('numeric', { precision: 10, scale: 2 }) price!: string;
  @Column('timestamp') soldAt!: Date;
  @DeleteDateColumn({ type: 'timestamptz' }) deletedAt!: Date | null;
  @ManyToOne(
    () => Animal,
    (animal) => animal.tickets,
    { nullable: false },
  )
  animal!: Relation<Animal>;
  @ManyToOne(() => Mark, { nullable: false, eager: true }) mark!: Relation<Mark>;
}

export const relationEntities = [Keeper, Badge, Enclosure, Family, Species, Animal, Mark, Food, Ticket] as const;
