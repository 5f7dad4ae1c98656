/** Embeddeds: nested, with prefixes, in keys, with relations; their instances are never null. */
import 'reflect-metadata';
import { Column, Entity, EntitySchema, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { expectFound, withKind } from '../support/kinds';

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
  [Country, Town, Machine, Bare],
  [
    "INSERT INTO country VALUES ('de'), ('fr'), ('xx')",
    `INSERT INTO town (id, "homeCity", "homeSecret", "homePointX", "homePointWhy", "homeX", "homeWhy", "homeCountrycode", "work_City", "work_pointX", "work_pointWhy", "work_Countrycode")
     VALUES (1, 'Ulm', 's', 48, 10, 0, 0, 'de', 'Lyon', 45, 4, 'fr'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 'Köln', NULL, NULL, 7, 1, 1, 'de', NULL, NULL, NULL, 'de')`,
    "INSERT INTO machine (\"serialBatch\", \"serialNumber\", name, \"partOfBatch\", \"partOfNumber\") VALUES (1, 'a', 'frame', NULL, NULL), (1, 'b', 'wheel', 1, 'a'), (2, 'a', 'spoke', 1, 'b')",
    'INSERT INTO bare VALUES (1, 7), (2, NULL)',
  ],
);

test('values, classes and relations of embeddeds are what TypeORM finds', async () => {
  await expectFound(kind, Town);
  await expectFound(kind, Bare);
  await expectFound(kind, Town, { home: { country: true } });
  await expectFound(kind, Town, { home: { country: { towns: { work: { country: true } } } }, work: { country: true } });
  await expectFound(kind, Country, { towns: { home: { country: true } } });
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
