/** Single-table inheritance: classes by discriminator, their own members, relations to a base and to its subclasses. */
import 'reflect-metadata';
import { openStore } from '@permafrost/typeorm-adapter';
import {
  ChildEntity,
  Column,
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
import { expectFound, withKind } from '../support/kinds';

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

const kind = withKind(
  'inheritance',
  [Animal, Cat, Kitten, Mouse, Keeper, Step, FirstStep],
  [
    'INSERT INTO keeper (id) VALUES (1), (2)',
    `INSERT INTO animal (id, name, kind, lives, "collarColour", weeks, "keeperId") VALUES
       (1, 'Tom', 'Cat', 9, 'red', NULL, 1), (2, 'Kit', 'kitty', 8, NULL, 5, 1), (3, 'Jerry', 'Mouse', 1, NULL, NULL, 1),
       (4, 'Rex', 'Dog', 3, 'blue', 7, 2), (5, 'Beast', 'Animal', 2, NULL, NULL, NULL), (6, 'Pixie', 'Mouse', 2, NULL, NULL, 2)`,
    'UPDATE animal SET "fearsId" = 1 WHERE id IN (3, 6)',
    'UPDATE keeper SET "favouriteId" = 2 WHERE id = 2',
    'INSERT INTO animal_prey_animal VALUES (1, 3), (1, 6), (2, 6)',
    "INSERT INTO step VALUES (1, 1, 'go'), (2, 2, 'not shown'), (3, 1, NULL)",
  ],
);

test('records are of the classes that TypeORM makes, with their members alone', async () => {
  await expectFound(kind, Animal);
  for (const entity of [Cat, Kitten, Mouse, Keeper, Step, FirstStep]) await expectFound(kind, entity);
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
  await expectFound(kind, Keeper, { animals: true, mice: true, favourite: { prey: true } });
  const keeper = kind.store.snapshot.get(Keeper, 1)!;
  expect(keeper.mice.map(({ name }) => name)).toEqual(['Jerry']);
  expect(keeper.mice[0]).toBeInstanceOf(Mouse);
});

test('repositories of subclasses', async () => {
  expect((await kind.store.getRepository(Kitten).find()).map(({ name }) => name)).toEqual(['Kit']);
  expect(await kind.store.getRepository(Cat).count()).toBe(2);
});

test('naming one class brings all that share its table', async () => {
  const directory = kind.store.snapshot.path.replace(/[^/]*$/, '');
  for (const entities of [[Kitten, Keeper], [Animal], [Mouse]]) {
    const store = await openStore({ directory, entities });
    expect(store.snapshot.get('Animal', 2)).toBeInstanceOf(Kitten);
    store.close();
  }
});
