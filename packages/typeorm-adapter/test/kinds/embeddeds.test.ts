/** Embeddeds: nested, with prefixes, in keys, with relations; their instances are never null. */
import 'reflect-metadata';
import {
  Column,
  Entity,
  EntitySchema,
  IsNull,
  ManyToOne,
  MoreThan,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { expectAnswered, expectFound, withKind } from '../support/kinds';

class Point {
  @Column('float8', { nullable: true }) x!: number | null;
  @Column('float8', { name: 'why', nullable: true }) y!: number | null;
  get isOrigin() {
    return this.x === 0 && this.y === 0;
  }
}

class Address {
  @Column('text', { nullable: true }) city!: string | null;
  @Column('text', { nullable: true, select: false }) secret!: string | null;
  @Column(() => Point) point!: Point;
  @Column(() => Point, { prefix: false }) flat!: Point;
  @ManyToOne(
    () => Country,
    (country) => country.towns,
    { nullable: true },
  )
  country!: Relation<Country> | null;
}

/** Relations alone. */
class Places {
  @ManyToOne(() => Country, { nullable: true }) first!: Relation<Country> | null;
  @ManyToOne(() => Country, { nullable: true }) last!: Relation<Country> | null;
}

class Serial {
  @PrimaryColumn('int') batch!: number;
  @PrimaryColumn('text') number!: string;
}

@Entity()
class Country {
  @PrimaryColumn('char', { length: 2 }) code!: string;
  @OneToMany(
    () => Town,
    (town) => town.home.country,
  )
  towns!: Relation<Town[]>;
}

@Entity()
class Town {
  @PrimaryColumn('int') id!: number;
  @Column(() => Address) home!: Address;
  @Column(() => Address, { prefix: 'work_' }) work!: Address;
}

@Entity()
class Trip {
  @PrimaryColumn('int') id!: number;
  @Column(() => Places) places!: Places;
}

@Entity()
class Machine {
  @Column(() => Serial) serial!: Serial;
  @Column('text') name!: string;
  @ManyToOne(() => Machine, { nullable: true })
  partOf!: Relation<Machine> | null;
}

/** Without classes: plain objects. */
const Bare = new EntitySchema<any>({
  name: 'Bare',
  columns: { id: { type: Number, primary: true } },
  embeddeds: {
    size: {
      schema: new EntitySchema<any>({ name: 'Size', columns: { width: { type: Number, nullable: true } } }),
      prefix: 'the_',
    },
  },
});

const kind = withKind(
  'embeddeds',
  [Country, Town, Trip, Machine, Bare],
  [
    "INSERT INTO country VALUES ('de'), ('fr'), ('xx')",
    `INSERT INTO town (id, "homeCity", "homeSecret", "homePointX", "homePointWhy", "homeX", "homeWhy", "homeCountrycode", "work_City", "work_pointX", "work_pointWhy", "work_Countrycode")
     VALUES (1, 'Ulm', 's', 48, 10, 0, 0, 'de', 'Lyon', 45, 4, 'fr'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 'Köln', NULL, NULL, 7, 1, 1, 'de', NULL, NULL, NULL, 'de')`,
    "INSERT INTO machine (\"serialBatch\", \"serialNumber\", name, \"partOfBatch\", \"partOfNumber\") VALUES (1, 'a', 'frame', NULL, NULL), (1, 'b', 'wheel', 1, 'a'), (2, 'a', 'spoke', 1, 'b')",
    'INSERT INTO bare VALUES (1, 7), (2, NULL)',
    `INSERT INTO trip (id, "placesFirstcode", "placesLastcode") VALUES (1, 'de', 'fr'), (2, NULL, NULL)`,
  ],
);

test('values, classes and relations of embeddeds are what TypeORM finds', async () => {
  await expectFound(kind, Town);
  await expectFound(kind, Bare);
  await expectFound(kind, Town, { home: { country: true } });
  await expectFound(kind, Town, { home: { country: { towns: { work: { country: true } } } }, work: { country: true } });
  await expectFound(kind, Country, { towns: { home: { country: true } } });
});

test('an embedded of relations alone is there for those that were asked for', async () => {
  await expectFound(kind, Trip);
  await expectFound(kind, Trip, { places: { last: true } });
  const json = JSON.stringify(await kind.store.getRepository(Trip).findOneBy({ id: 1 }));
  expect(JSON.parse(json)).toEqual({ id: 1 });
});

test('what is asked of embeddeds is answered as TypeORM does', async () => {
  await expectAnswered(kind, [
    [Town, { where: { home: { city: 'Ulm' } } }],
    [Town, { where: { home: { point: { x: 48 }, flat: { y: 0 } } } }],
    [Town, { where: [{ home: { city: 'Ulm' } }, { work: { point: { x: MoreThan(1) } } }] }],
    [Town, { where: { home: { city: IsNull() } } }],
    [Town, { where: { home: { country: { code: 'de' } } }, relations: { home: { country: true } } }],
    [Town, { where: { work: { country: { towns: { id: 3 } } } } }],
    [Town, { select: { id: true, home: { city: true } } }],
    [Town, { select: { home: { point: { y: true } } } }],
    [Town, { order: { home: { point: { y: 'DESC' } }, id: 'ASC' }, take: 2 }],
    [Town, { order: { work: { country: { code: 'ASC' } }, id: 'DESC' }, relations: { work: { country: true } } }],
    [Town, { loadRelationIds: true }],
    [Country, { where: { towns: { home: { city: 'Ulm' } } }, relations: { towns: true } }],
    [Country, { relations: { towns: { work: { country: true } } }, relationLoadStrategy: 'query' }],
    [Machine, { where: { serial: { batch: 1 } } }],
    [Machine, { where: { serial: { batch: 1, number: 'a' } } }],
    [Machine, { where: { partOf: { serial: { number: 'b' } } }, relations: { partOf: true } }],
    [Machine, { order: { serial: { number: 'ASC', batch: 'DESC' } }, skip: 1, take: 1 }],
    [Machine, { select: { name: true }, relations: { partOf: true } }],
    [Machine, { loadRelationIds: true }],
    [Bare, { where: { size: { width: 7 } } }],
    [Town, { where: { home: { nope: 1 } } }],
  ]);
});

test('a member of an embedded that was not exported is refused by name', async () => {
  await expect(kind.store.getRepository(Town).findBy({ home: { secret: 's' } })).rejects.toMatchObject({
    code: 'QUERY_UNSUPPORTED',
    message: expect.stringMatching(/^Town\.home\.secret: .*include: \['home\.secret'\]/),
  });
});

test('keys in embeddeds, and references to them', async () => {
  await expectFound(kind, Machine);
  await expectFound(kind, Machine, { partOf: { partOf: true } });
  const { snapshot } = kind.store;
  expect(snapshot.get(Machine, { serial: { batch: 1, number: 'b' } })!.name).toBe('wheel');
  const frame = snapshot.get(Machine, [2, 'a'])!.partOf!.partOf!;
  expect([frame.name, frame.serial.batch, frame.serial.number]).toEqual(['frame', 1, 'a']);
});

test('they are never null, and have the methods of their classes', () => {
  const { snapshot } = kind.store;
  const empty = snapshot.get(Town, 2)!;
  expect(empty.home).toBeInstanceOf(Address);
  expect(empty.home.point).toBeInstanceOf(Point);
  expect([empty.home.city, empty.home.country, empty.home.point.x]).toEqual([null, null, null]);
  const ulm = snapshot.get(Town, 1)!;
  expect([ulm.home.flat.isOrigin, ulm.home.point.isOrigin]).toEqual([true, false]);
  expect(ulm.work.country!.towns[0]).toBeUndefined();
  expect(ulm.home.country!.towns.map(({ id }) => id)).toEqual([1, 3]);
});

test('the file names their fields and relations by path', () => {
  const schema = kind.store.snapshot.entitySchema('Town');
  expect(schema.fields.map(({ name }) => name)).toContain('home.point.x');
  expect(schema.fields.map(({ name }) => name)).not.toContain('home.secret');
  expect(schema.relations.map(({ name, path }) => [name, path])).toEqual([
    ['home.country', ['home', 'country']],
    ['work.country', ['work', 'country']],
  ]);
});
