/** Pagila's films: a many-to-many relation here is also an entity, as the link tables have a column of their own. */
import {
  Column,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { Inventory } from './shop-entities';

@Entity('language')
export class Language {
  @PrimaryGeneratedColumn({ name: 'language_id' }) id!: number;
  /** The database pads it with blanks to 20 characters. */
  @Column('char', { length: 20 }) name!: string;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @OneToMany(
    () => Film,
    (film) => film.language,
  )
  films!: Relation<Film[]>;
  @OneToMany(
    () => Film,
    (film) => film.originalLanguage,
  )
  originals!: Relation<Film[]>;
}

@Entity('category')
export class Category {
  @PrimaryGeneratedColumn({ name: 'category_id' }) id!: number;
  @Column('text') name!: string;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @OneToMany(
    () => FilmCategory,
    (link) => link.category,
  )
  filmLinks!: Relation<FilmCategory[]>;
  @ManyToMany(
    () => Film,
    (film) => film.categories,
  )
  films!: Relation<Film[]>;
}

@Entity('actor')
export class Actor {
  @PrimaryGeneratedColumn({ name: 'actor_id' }) id!: number;
  @Column('text', { name: 'first_name' }) firstName!: string;
  @Column('text', { name: 'last_name' }) lastName!: string;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @OneToMany(
    () => FilmActor,
    (link) => link.actor,
  )
  filmLinks!: Relation<FilmActor[]>;
  @ManyToMany(
    () => Film,
    (film) => film.actors,
  )
  films!: Relation<Film[]>;

  get fullName(): string {
    return `${this.firstName} ${this.lastName}`;
  }
}

export type Rating = 'G' | 'PG' | 'PG-13' | 'R' | 'NC-17';
const ratings: Rating[] = ['G', 'PG', 'PG-13', 'R', 'NC-17'];

@Entity('film')
export class Film {
  @PrimaryGeneratedColumn({ name: 'film_id' }) id!: number;
  @Column('text') title!: string;
  @Column('text', { nullable: true }) description!: string | null;
  /** A domain over integer in the database. */
  @Column('integer', { name: 'release_year', nullable: true }) releaseYear!: number | null;
  @Column('smallint', { name: 'rental_duration' }) rentalDuration!: number;
  @Column('numeric', { name: 'rental_rate', precision: 4, scale: 2 }) rentalRate!: string;
  @Column('smallint', { nullable: true }) length!: number | null;
  @Column('numeric', { name: 'replacement_cost', precision: 5, scale: 2 }) replacementCost!: string;
  @Column('enum', { enum: ratings, enumName: 'mpaa_rating', nullable: true }) rating!: Rating | null;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @Column('text', { name: 'special_features', array: true, nullable: true }) specialFeatures!: string[] | null;
  @Column('tsvector', { select: false }) fulltext?: string;
  @ManyToOne(
    () => Language,
    (language) => language.films,
    { nullable: false },
  )
  @JoinColumn({ name: 'language_id' })
  language!: Relation<Language>;
  @ManyToOne(
    () => Language,
    (language) => language.originals,
    { nullable: true },
  )
  @JoinColumn({ name: 'original_language_id' })
  originalLanguage!: Relation<Language> | null;
  @OneToMany(
    () => FilmActor,
    (link) => link.film,
  )
  actorLinks!: Relation<FilmActor[]>;
  @OneToMany(
    () => FilmCategory,
    (link) => link.film,
  )
  categoryLinks!: Relation<FilmCategory[]>;
  @OneToMany(
    () => Inventory,
    (inventory) => inventory.film,
  )
  inventories!: Relation<Inventory[]>;
  @ManyToMany(
    () => Actor,
    (actor) => actor.films,
  )
  @JoinTable({ name: 'film_actor', joinColumn: { name: 'film_id' }, inverseJoinColumn: { name: 'actor_id' } })
  actors!: Relation<Actor[]>;
  @ManyToMany(
    () => Category,
    (category) => category.films,
  )
  @JoinTable({ name: 'film_category', joinColumn: { name: 'film_id' }, inverseJoinColumn: { name: 'category_id' } })
  categories!: Relation<Category[]>;
}

@Entity('film_actor')
export class FilmActor {
  @PrimaryColumn('integer', { name: 'actor_id' }) actorId!: number;
  @PrimaryColumn('integer', { name: 'film_id' }) filmId!: number;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @ManyToOne(
    () => Actor,
    (actor) => actor.filmLinks,
  )
  @JoinColumn({ name: 'actor_id' })
  actor!: Relation<Actor>;
  @ManyToOne(
    () => Film,
    (film) => film.actorLinks,
  )
  @JoinColumn({ name: 'film_id' })
  film!: Relation<Film>;
}

@Entity('film_category')
export class FilmCategory {
  @PrimaryColumn('integer', { name: 'film_id' }) filmId!: number;
  @PrimaryColumn('integer', { name: 'category_id' }) categoryId!: number;
  @Column('timestamptz', { name: 'last_update' }) lastUpdate!: Date;
  @ManyToOne(
    () => Film,
    (film) => film.categoryLinks,
  )
  @JoinColumn({ name: 'film_id' })
  film!: Relation<Film>;
  @ManyToOne(
    () => Category,
    (category) => category.filmLinks,
  )
  @JoinColumn({ name: 'category_id' })
  category!: Relation<Category>;
}
