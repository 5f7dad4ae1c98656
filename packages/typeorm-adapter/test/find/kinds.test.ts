/** Finds over entities of every kind against TypeORM: embeddeds with relations, classes that share a table, computed columns, keys made of relations, views. */
import { runPlan } from '@permafrost/core';
import { Snapshot } from '@permafrost/typeorm-adapter';
import {
  ChildEntity,
  Column,
  DeleteDateColumn,
  Entity,
  type FindManyOptions,
  In,
  IsNull,
  JoinColumn,
  JoinTable,
  LessThan,
  Like,
  ManyToMany,
  ManyToOne,
  MoreThan,
  Not,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  type Relation,
  TableInheritance,
  ViewColumn,
  ViewEntity,
  VirtualColumn,
} from 'typeorm';
import { FindPlanner } from '../../src/find/find-plan';
import type { StoreContext } from '../../src/store-context';
import { withKind } from '../support/kinds';
import { expectSameAnswer } from '../support/same-answer';

@Entity({ orderBy: { code: 'DESC' } })
@Snapshot()
class Country {
  @PrimaryColumn('text') code!: string;
  @Column('text') name!: string;
  @ManyToOne(
    () => Country,
    (country) => country.parts,
    { nullable: true },
  )
  whole!: Relation<Country> | null;
  @OneToMany(
    () => Country,
    (country) => country.whole,
  )
  parts!: Relation<Country[]>;
  @DeleteDateColumn() deletedAt!: Date | null;
}

class Geo {
  @Column('int', { nullable: true }) zone!: number | null;
  @ManyToOne(() => Country, { nullable: true })
  country!: Relation<Country> | null;
}

class Address {
  @Column('text', { nullable: true }) city!: string | null;
  @Column(() => Geo) geo!: Geo;
  @ManyToOne(() => Country, { nullable: false })
  @JoinColumn({ name: 'country_code' })
  country!: Relation<Country>;
}

@Entity()
@Snapshot()
class Person {
  @PrimaryColumn('int') id!: number;
  @Column(() => Address) home!: Address;
  @Column(() => Address, { prefix: 'w' }) work!: Address;
  @VirtualColumn({ query: (alias) => `SELECT COUNT(*)::int FROM animal WHERE "keeperId" = ${alias}.id`, type: 'int' })
  animalCount!: number;
  @OneToMany(
    () => Animal,
    (animal) => animal.keeper,
  )
  animals!: Relation<Animal[]>;
  @OneToMany(
    () => Dog,
    (dog) => dog.owner,
  )
  dogs!: Relation<Dog[]>;
  @ManyToOne(() => Person, { nullable: true })
  boss!: Promise<Person | null>;
}

@Entity()
@Snapshot()
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Animal {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @ManyToOne(
    () => Person,
    (person) => person.animals,
    { eager: true, nullable: true },
  )
  keeper!: Relation<Person> | null;
  @ManyToMany(() => Animal)
  @JoinTable()
  friends!: Relation<Animal[]>;
}

@ChildEntity()
@Snapshot()
class Dog extends Animal {
  @Column('int', { nullable: true }) tricks!: number | null;
  @ManyToOne(
    () => Person,
    (person) => person.dogs,
    { nullable: true },
  )
  owner!: Relation<Person> | null;
}

@ChildEntity()
@Snapshot()
class Puppy extends Dog {
  @Column('int', { nullable: true }) weeks!: number | null;
}

@ChildEntity('feline')
@Snapshot()
class Cat extends Animal {
  @Column('int', { nullable: true }) lives!: number | null;
}

/** Its key is a relation's, and a number. */
@Entity()
@Snapshot()
class Vaccination {
  @ManyToOne(() => Animal, { primary: true } as never)
  animal!: Relation<Animal>;
  @PrimaryColumn('int') animalId!: number;
  @PrimaryColumn('int') number!: number;
  @Column('text') against!: string;
}

@Entity()
@Snapshot()
class Passport {
  @PrimaryColumn('int') ownerId!: number;
  @OneToOne(() => Person)
  @JoinColumn({ name: 'ownerId' })
  owner!: Relation<Person>;
  @Column('text') stamp!: string;
}

@ViewEntity({
  expression: `SELECT "keeperId" AS keeper, COUNT(*)::int AS animals, MIN(name) AS first FROM animal GROUP BY "keeperId"`,
})
@Snapshot()
class Keeping {
  @ViewColumn() keeper!: number | null;
  @ViewColumn() animals!: number;
  @ViewColumn() first!: string;
}

const entities = [Country, Person, Animal, Dog, Puppy, Cat, Vaccination, Passport, Keeping];
const kind = withKind('find', entities, [
  `INSERT INTO country (code, name, "deletedAt") VALUES ('at', 'Austria', NULL), ('de', 'Germany', NULL), ('dd', 'GDR', now())`,
  `INSERT INTO person (id, "homeCity", "homeGeoZone", "homeGeoCountrycode", "homeCountry_code", "wCity", "wGeoZone", "wGeoCountrycode", "wCountry_code", "bossId")
   SELECT i, nullif('city ' || i % 3, 'city 0'), nullif(i % 4, 0), (ARRAY['at', 'de', 'dd', NULL])[i % 4 + 1], (ARRAY['at', 'de', 'dd'])[i % 3 + 1],
          'office ' || i, i, NULL, 'de', NULL FROM generate_series(1, 12) i`,
  'UPDATE person SET "bossId" = id - 3 WHERE id > 3',
  `INSERT INTO animal (id, name, kind, tricks, weeks, lives, "keeperId", "ownerId")
   SELECT i, 'pet ' || i % 7, (ARRAY['Animal', 'Dog', 'Puppy', 'feline'])[i % 4 + 1], CASE WHEN i % 4 IN (1, 2) THEN i % 5 END, CASE WHEN i % 4 = 2 THEN i END,
          CASE WHEN i % 4 = 3 THEN 9 END, CASE WHEN i % 5 > 0 THEN i % 12 + 1 END, CASE WHEN i % 4 IN (1, 2) THEN i % 6 + 1 END FROM generate_series(1, 24) i`,
  'INSERT INTO animal_friends_animal SELECT a, b FROM generate_series(1, 24) a, generate_series(1, 24) b WHERE (a * 5 + b) % 11 = 0',
  `INSERT INTO vaccination ("animalId", number, against) SELECT i % 24 + 1, i, 'illness ' || i % 3 FROM generate_series(1, 30) i`,
  `INSERT INTO passport SELECT i, 'stamp ' || i FROM generate_series(1, 12, 2) i`,
]);

let context: StoreContext;
let planner: FindPlanner;
beforeAll(() => {
  const { store, dataSource } = kind;
  context = {
    snapshot: store.snapshot,
    dataSource,
    metadatas: dataSource.entityMetadatas,
    bugCompatible: false,
    strictRelations: false,
  };
  planner = new FindPlanner(context);
});

const finds: [(typeof entities)[number], FindManyOptions<any>][] = [
  [Person, { where: { home: { city: Like('%1') } } }],
  [Person, { where: { home: { city: IsNull() }, work: { geo: { zone: MoreThan(3) } } } }],
  [Person, { where: { home: [{ city: 'city 1' }, { geo: { zone: 2 } }] } }],
  [Person, { where: { home: { geo: { country: { code: 'at' } } } } }],
  [Person, { where: { home: { geo: { country: IsNull() } } } }],
  [Person, { where: { home: { geo: { country: Not(In(['at'])) } } } }],
  [Person, { where: { home: { country: { name: Not('Austria') } } } }],
  [Person, { where: { home: { country: { name: 'GDR' } } }, withDeleted: true }],
  [Person, { relations: { home: { country: true, geo: { country: true } }, work: { country: true } } }],
  [Person, { relations: { home: { country: true } }, withDeleted: true }],
  [Person, { order: { home: { geo: { zone: 'DESC' } }, id: 'ASC' } }],
  [Person, { order: { home: { country: { name: 'DESC' }, city: { direction: 'ASC', nulls: 'first' } }, id: 'ASC' } }],
  [Person, { order: { home: { geo: { country: { code: 'ASC' } } }, id: 'DESC' } }],
  [Person, { where: { animalCount: MoreThan(1) } }],
  [Person, { select: { id: true, animalCount: true }, order: { animalCount: 'DESC', id: 'ASC' } }],
  [Person, { where: { boss: { home: { city: 'city 1' } } } as never, relations: { boss: { boss: true } } as never }],
  [Person, { relations: { animals: true, dogs: true } }],
  [Person, { relations: { dogs: { friends: true } }, where: { dogs: { tricks: MoreThan(1) } } }],
  [Person, { where: { animals: MoreThan(1) } }],
  [Person, { where: { animals: { friends: { id: 3 } } } }],
  [Animal, {}],
  [Animal, { loadEagerRelations: false, order: { id: 'DESC' }, skip: 3, take: 9 }],
  [Animal, { where: { name: 'pet 3' }, relations: { friends: true } }],
  [Animal, { where: { tricks: MoreThan(1) } as never }],
  [Animal, { where: { owner: { id: 2 } } as never, relations: { owner: { dogs: true } } as never }],
  [Animal, { order: { lives: 'ASC', id: 'ASC' } as never }],
  [Dog, {}],
  [Dog, { where: { tricks: LessThan(3) }, relations: { owner: true, friends: true } }],
  [Dog, { where: { owner: { home: { city: 'city 2' } } }, order: { id: 'ASC' }, take: 3 }],
  [Puppy, { where: { weeks: MoreThan(5) }, relations: { owner: true } }],
  [Cat, { where: [{ lives: 9, id: LessThan(10) }, { keeper: { id: 3 } }] }],
  [Vaccination, { where: { animal: { name: 'pet 1' } }, relations: { animal: true } }],
  [Vaccination, { where: { animalId: 3 }, order: { number: 'DESC' } }],
  [Passport, { where: { owner: { id: MoreThan(3) } }, relations: { owner: { home: { country: true } } } }],
  [Passport, { where: { owner: In([3, 5]) as never } }],
  [Keeping, { where: { animals: MoreThan(1) }, order: { keeper: 'ASC' } }],
  [Keeping, { where: { keeper: IsNull() } }],
  [Country, {}],
  [Country, { order: { code: 'ASC' }, withDeleted: true }],
];

test.each(finds)('%# %p %p', (entity, options) => expectSameAnswer(kind, planner, entity, () => options));

test('TypeORM cannot count targets that have an order of their own', async () => {
  const options = { where: { parts: MoreThan(0) } };
  const refusal: Error = await kind.dataSource
    .getRepository(Country)
    .find(options)
    .catch((error) => error);
  expect(refusal.message).toMatch(/GROUP BY/);
  expect(() => planner.plan(kind.dataSource.getMetadata(Country), options, 'find')).toThrow(refusal.message);
});

test('what is computed of no record, only the database knows', () => {
  for (const options of [
    { where: { keeper: { animalCount: 0 } } },
    {
      order: { keeper: { animalCount: 'ASC' } },
      select: { keeper: { animalCount: true } },
      relations: { keeper: true },
    },
  ] as FindManyOptions[])
    expect(() => planner.plan(kind.dataSource.getMetadata(Animal), options, 'find')).toThrow(
      /a computed column of a relation/,
    );
});

test('a computed column that is not selected cannot be ordered by', async () => {
  const options = { order: { animalCount: 'ASC' } } as const;
  const refusal: Error = await kind.dataSource
    .getRepository(Person)
    .find(options)
    .catch((error) => error);
  expect(() => planner.plan(kind.dataSource.getMetadata(Person), options, 'find')).toThrow(refusal.message);
});

test('nor can it be added up', async () => {
  const refusal: Error = await kind.dataSource
    .getRepository(Person)
    .sum('animalCount')
    .catch((error) => error);
  expect(() => planner.planAggregate(kind.dataSource.getMetadata(Person), 'animalCount', {})).toThrow(refusal.message);
});

test('TypeORM cannot page by a relation two embeddeds deep; neither can a store with its bugs', async () => {
  const options = { order: { home: { geo: { country: { code: 'ASC' } } } }, take: 5 } as const;
  const metadata = kind.dataSource.getMetadata(Person);
  const refusal: Error = await kind.dataSource
    .getRepository(Person)
    .find(options)
    .catch((error) => error);
  expect(() => new FindPlanner({ ...context, bugCompatible: true }).plan(metadata, options, 'find')).toThrow(
    refusal.message,
  );
  expect(runPlan(kind.store.snapshot, planner.plan(metadata, options, 'find').plan).ordinals).toHaveLength(5);
});
