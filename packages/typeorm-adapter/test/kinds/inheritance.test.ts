/** Single-table inheritance: classes by discriminator, their own members, relations to a base and to its subclasses. */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ExportRoot, exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import {
  ChildEntity,
  Column,
  DataSource,
  DeleteDateColumn,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
  TableInheritance,
} from 'typeorm';
import { expectAnswered, expectFound, withKind } from '../support/kinds';

class Collar {
  @Column('text', { nullable: true }) colour!: string | null;
}

@Entity()
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Animal {
  @PrimaryColumn('int') id!: number;
  @Column('text') name!: string;
  @ManyToOne(
    () => Keeper,
    (keeper) => keeper.animals,
    { nullable: true },
  )
  keeper!: Relation<Keeper> | null;
  @ManyToOne(() => Cat, { nullable: true }) fears!: Relation<Cat> | null;
  title() {
    return `animal ${this.name}`;
  }
}

@ChildEntity()
class Cat extends Animal {
  @Column('int') lives!: number;
  @Column(() => Collar) collar!: Collar;
  @ManyToMany(() => Mouse)
  @JoinTable()
  prey!: Relation<Mouse[]>;
  override title() {
    return `cat ${this.name}`;
  }
}

@ChildEntity('kitty')
class Kitten extends Cat {
  @Column('int', { nullable: true }) weeks!: number | null;
}

@ChildEntity()
class Mouse extends Animal {
  @Column('int') lives!: number;
  @DeleteDateColumn() eatenAt!: Date | null;
}

@Entity()
class Keeper {
  @PrimaryColumn('int') id!: number;
  @OneToMany(
    () => Animal,
    (animal) => animal.keeper,
  )
  animals!: Relation<Animal[]>;
  /** TypeORM asks for the class here. */
  @OneToMany(
    () => Mouse,
    (mouse) => mouse.keeper,
  )
  mice!: Relation<Mouse[]>;
  /** Without kittens, which are cats of another class. */
  @OneToMany(
    () => Cat,
    (cat) => cat.keeper,
  )
  cats!: Relation<Cat[]>;
  @ManyToOne(() => Kitten, { nullable: true }) favourite!: Relation<Kitten> | null;
}

/** Told apart by numbers, in a property of its own. */
@Entity()
@TableInheritance({ column: 'level' })
class Step {
  @PrimaryColumn('int') id!: number;
  @Column('int') level!: number;
}
@ChildEntity(1)
class FirstStep extends Step {
  @Column('text', { nullable: true }) hint!: string | null;
}

enum Colour {
  Red = 'r',
  Blue = 'b',
}
/** Told apart by an enum; one class's value is none of its labels. */
@Entity()
@TableInheritance({ column: { type: 'enum', enum: Colour, name: 'colour' } })
class Ball {
  @PrimaryColumn('int') id!: number;
}
@ChildEntity(Colour.Red)
class RedBall extends Ball {}
@ChildEntity('green')
class GreenBall extends Ball {
  @Column('int', { nullable: true }) size!: number | null;
}

const kind = withKind(
  'inheritance',
  [Animal, Cat, Kitten, Mouse, Keeper, Step, FirstStep, Ball, RedBall, GreenBall],
  [
    'INSERT INTO keeper (id) VALUES (1), (2)',
    `INSERT INTO animal (id, name, kind, lives, "collarColour", weeks, "keeperId") VALUES
       (1, 'Tom', 'Cat', 9, 'red', NULL, 1), (2, 'Kit', 'kitty', 8, NULL, 5, 1), (3, 'Jerry', 'Mouse', 1, NULL, NULL, 1),
       (4, 'Rex', 'Dog', 3, 'blue', 7, 2), (5, 'Beast', 'Animal', 2, NULL, NULL, NULL), (6, 'Pixie', 'Mouse', 2, NULL, NULL, 2)`,
    'UPDATE animal SET "fearsId" = 1 WHERE id IN (3, 6)',
    'UPDATE keeper SET "favouriteId" = 2 WHERE id = 2',
    'INSERT INTO animal_prey_animal VALUES (1, 3), (1, 6), (2, 6)',
    "INSERT INTO ball (id, colour) VALUES (1, 'r'), (2, 'b')",
    "INSERT INTO step VALUES (1, 1, 'go'), (2, 2, 'not shown'), (3, 1, NULL)",
  ],
);

test('records are of the classes that TypeORM makes, with their members alone', async () => {
  await expectFound(kind, Animal);
  for (const entity of [Cat, Kitten, Mouse, Keeper, Step, FirstStep, Ball, RedBall]) await expectFound(kind, entity);
  const { snapshot } = kind.store;
  expect(snapshot.get(Animal, 2)).toBeInstanceOf(Kitten);
  expect(snapshot.get(Animal, 2)!.title()).toBe('cat Kit');
  // A class that nobody knows, and the base itself.
  for (const id of [4, 5])
    expect(Object.getPrototypeOf(Object.getPrototypeOf(snapshot.get(Animal, id)))).toBe(Animal.prototype);
  expect(snapshot.get(Cat, 3)).toBeUndefined();
  expect([snapshot.count(Cat), snapshot.count(Animal)]).toEqual([2, 6]);
});

test('relations to the base, to subclasses and of subclasses', async () => {
  await expectFound(kind, Animal, { keeper: true, fears: true });
  await expectFound(kind, Cat, { prey: true, keeper: { animals: true } });
  await expectFound(kind, Kitten, { prey: { fears: true } });
  await expectFound(kind, Keeper, { animals: true, mice: true, cats: true, favourite: { prey: true } });
  const keeper = kind.store.snapshot.get(Keeper, 1)!;
  expect(keeper.mice.map(({ name }) => name)).toEqual(['Jerry']);
  expect(keeper.mice[0]).toBeInstanceOf(Mouse);
});

test('repositories of subclasses', async () => {
  expect((await kind.store.getRepository(Kitten).find()).map(({ name }) => name)).toEqual(['Kit']);
  expect(await kind.store.getRepository(Cat).count()).toBe(2);
});

test('what is asked of a base and of its classes is answered as TypeORM does', async () => {
  await expectAnswered(kind, [
    [Animal, { where: { lives: 9 } }],
    [Animal, { where: { collar: { colour: 'blue' } } }],
    [Animal, { where: { weeks: 5 }, select: { id: true, name: true } }],
    [Animal, { relations: { prey: true } }],
    [Animal, { where: { prey: { name: 'Pixie' } }, relations: { prey: true } }],
    [Animal, { where: { fears: { lives: 9 } }, relations: { fears: true } }],
    [Animal, { withDeleted: true, order: { lives: 'DESC', id: 'ASC' } }],
    [Cat, { where: { name: 'Kit' } }],
    [Cat, { where: { weeks: 5 } }],
    [Cat, { order: { lives: 'ASC' }, take: 1 }],
    [Kitten, { relations: { prey: true, keeper: { mice: true, cats: true } } }],
    [Mouse, { where: { fears: { id: 1 } } }],
    [Keeper, { relations: { animals: true }, where: { animals: { lives: 1 } } }],
    [Keeper, { relations: { mice: true }, where: { mice: { name: 'Jerry' } } }],
    [Keeper, { relations: { favourite: true }, where: { favourite: { weeks: 5 } } }],
    [Keeper, { loadRelationIds: true }],
    [Keeper, { relations: { cats: true, mice: true }, relationLoadStrategy: 'query' }],
  ]);
});

test('naming one class brings all that share its table', async () => {
  const directory = kind.store.snapshot.path.replace(/[^/]*$/, '');
  for (const entities of [[Kitten, Keeper], [Animal], [Mouse]]) {
    const store = await openStore({ directory, entities });
    expect(store.snapshot.get('Animal', 2)).toBeInstanceOf(Kitten);
    store.close();
  }
});

test('a DataSource that does not know all classes of a table is refused', async () => {
  const directory = path.dirname(kind.store.snapshot.path);
  const dataSource = new DataSource({ type: 'postgres', entities: [Ball, RedBall] });
  await expect(openStore({ directory, dataSource, entities: [Ball] })).rejects.toMatchObject({
    code: 'SCHEMA_MISMATCH',
    message: expect.stringMatching(/Ball is declared otherwise .*(GreenBall|size)/),
  });
});

test('records of a subclass as roots of an export', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-inheritance-'));
  const entities = [Animal, Keeper];
  const countsOf = async (roots: ExportRoot[]) => {
    await exportSnapshot(kind.dataSource, { directory, entities, roots });
    const store = await openStore({ directory, entities });
    const ids = [...store.snapshot.all(Animal)].map(({ id }) => id);
    store.close();
    return ids;
  };
  expect(await countsOf([{ entity: Kitten }])).toEqual([2]);
  expect(await countsOf([{ entity: Cat, where: { name: 'Tom' }, relations: { prey: true } }])).toEqual([1, 3, 6]);
  expect(await countsOf([{ entity: Keeper, where: { id: 2 }, relations: { animals: true } }])).toEqual([4, 6]);
  rmSync(directory, { recursive: true });
});
