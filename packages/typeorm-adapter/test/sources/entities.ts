/** Entities and rows that every database beside PostgreSQL is tested with, and what is asked of them. */
import {
  Between,
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
  LessThanOrEqual,
  ManyToMany,
  ManyToOne,
  MoreThan,
  Not,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  RelationId,
  TableInheritance,
  Tree,
  TreeChildren,
  TreeParent,
  VersionColumn,
  ViewColumn,
  ViewEntity,
} from 'typeorm';

export class Address {
  @Column({ type: 'varchar', length: 50, nullable: true }) city!: string | null;
  @Column({ type: 'int', nullable: true }) floor!: number | null;
  get line(): string {
    return `${this.city}, ${this.floor}`;
  }
}

@Entity()
export class Company {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'varchar', length: 40 }) name!: string;
  @OneToMany(() => Person, 'company') people!: Relation<Person[]>;
  @DeleteDateColumn() deletedAt!: Date | null;
}

@Entity()
export class Person {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'varchar', length: 40 }) name!: string;
  @Column({
    type: 'varchar',
    length: 40,
    nullable: true,
    transformer: { from: (v) => (v === null ? 'none' : `<${v}>`), to: (v) => String(v).slice(1, -1) },
  })
  nick!: string | null;
  @Column({ type: 'int', nullable: true }) age!: number | null;
  @Column({ type: 'bigint', nullable: true }) credit!: string | null;
  @Column({ type: 'double precision', nullable: true }) ratio!: number | null;
  @Column({ type: Boolean, default: true }) active!: boolean;
  @Column({ type: Date, nullable: true }) born!: Date | null;
  @Column(() => Address) address!: Address;
  @ManyToOne(() => Company, 'people', { nullable: true }) company!: Relation<Company> | null;
  @RelationId('company') companyId!: number | null;
  @ManyToMany(() => Person, 'friendOf') @JoinTable({ name: 'friends' }) friends!: Relation<Person[]>;
  @ManyToMany(() => Person, 'friends') friendOf!: Relation<Person[]>;
  @VersionColumn() version!: number;
}

@Entity()
@TableInheritance({ column: { type: 'varchar', name: 'kind', length: 20 } })
export class Animal {
  @PrimaryColumn({ type: 'varchar', length: 36 }) code!: string;
  @ManyToOne(() => Person, { nullable: true }) owner!: Relation<Person> | null;
}
@ChildEntity('dog')
export class Dog extends Animal {
  @Column({ type: 'int' }) barks!: number;
}
@ChildEntity('cat')
export class Cat extends Animal {
  @Column({ type: 'int' }) lives!: number;
}

/** Of a key of two parts, one of them a reference by text. */
@Entity()
export class Toy {
  @PrimaryColumn({ type: 'varchar', length: 36 }) animalCode!: string;
  @PrimaryColumn({ type: 'int' }) place!: number;
  @Column({ type: 'varchar', length: 20, unique: true }) label!: string;
  @ManyToOne(() => Animal) @JoinColumn({ name: 'animalCode' }) animal!: Relation<Animal>;
  @ManyToOne(() => Toy, { nullable: true }) partOf!: Relation<Toy> | null;
  /** By what is unique, and no key. */
  @ManyToOne(() => Toy, { nullable: true }) @JoinColumn({ referencedColumnName: 'label' }) twin!: Relation<Toy> | null;
}

@ViewEntity({ name: 'adult', expression: 'SELECT id AS id, name AS name, age AS age FROM person WHERE age > 20' })
export class Adult {
  @ViewColumn() id!: number;
  @ViewColumn() name!: string;
  @ViewColumn() age!: number;
}

@Entity()
@Tree('materialized-path')
export class Folder {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'varchar', length: 20 }) title!: string;
  @TreeParent() parent!: Relation<Folder> | null;
  @TreeChildren() children!: Relation<Folder[]>;
}

export const entities = [Company, Person, Animal, Dog, Cat, Toy, Adult, Folder];

/** Rows by TypeORM itself, so that every database has them in its own way. */
export async function fill(dataSource: import('typeorm').DataSource): Promise<void> {
  const { manager } = dataSource;
  const companies = await manager.save(Company, [
    { name: 'Äpfel' },
    { name: 'apple' },
    { name: 'Zoo' },
    { name: 'gone' },
  ]);
  await manager.softRemove(Company, companies[3]!);
  const people = await manager.save(
    Person,
    names.map((name, place) => ({
      name,
      nick: place % 3 === 0 ? (null as never) : `<n${place}>`,
      age: place % 4 === 0 ? null : place * 7,
      credit: place % 5 === 0 ? null : String(place * 1_000_003),
      ratio: place % 6 === 0 ? null : place / 8,
      active: place % 2 === 0,
      born: place % 3 === 1 ? null : new Date(Date.UTC(1970 + place, place % 12, 1 + place, place, 2, 3)),
      address: { city: place % 2 ? null : `City ${place}`, floor: place % 2 ? null : place },
      company: place % 4 === 3 ? null : companies[place % 4]!,
    })),
  );
  for (const [place, person] of people.entries())
    person.friends = people.slice(place + 1, place + 1 + (place % 3)) as never;
  await manager.save(Person, people);
  await manager.save(Dog, [
    { code: 'd-1', barks: 3, owner: people[1]! },
    { code: 'd-2', barks: 0 },
  ]);
  await manager.save(Cat, [{ code: 'c-1', lives: 9, owner: people[1]! }]);
  const ball = await manager.save(Toy, { animalCode: 'd-1', place: 1, label: 'Ball' });
  await manager.save(Toy, [
    { animalCode: 'd-1', place: 2, label: 'valve', partOf: ball, twin: ball },
    { animalCode: 'c-1', place: 1, label: 'Mouse', twin: ball },
  ]);
  const trees = manager.getTreeRepository(Folder);
  const root = await trees.save({ title: 'root' });
  const child = await trees.save({ title: 'child', parent: root });
  await trees.save({ title: 'leaf', parent: child });
}

const names = ['Ada', 'bob', 'Åsa', 'ada', 'Zoë', '', ' x ', "O'Neil", 'a%b_c\\d', '日本', '🧊 ice', 'z'];

/** Finds that must be answered as TypeORM does; each call makes its options anew, since operators are changed by transformers. */
export const finds: readonly (readonly [string, () => FindManyOptions<Person>])[] = [
  ['everything', () => ({})],
  ['relations', () => ({ relations: { company: true, friends: { company: true } } })],
  ['deleted', () => ({ relations: { company: true }, withDeleted: true })],
  ['a key', () => ({ where: { id: 3 } })],
  ['a key that is not there', () => ({ where: { id: 333 } })],
  ['keys', () => ({ where: { id: In([2, 4, 99]) } })],
  ['not keys', () => ({ where: { id: Not(In([2, 4])) } })],
  ['no keys', () => ({ where: { id: In([]) } })],
  ['digits', () => ({ where: { credit: '1000003' } })],
  ['a boolean', () => ({ where: { active: true } })],
  ['less', () => ({ where: { age: LessThan(30) } })],
  ['not less', () => ({ where: { age: Not(LessThanOrEqual(30)) } })],
  ['between', () => ({ where: { ratio: Between(0.25, 1) } })],
  ['null', () => ({ where: { age: IsNull() } })],
  ['not null', () => ({ where: [{ age: Not(IsNull()), active: false }, { id: 1 }] })],
  ['an embedded', () => ({ where: { address: { floor: MoreThan(3) } } })],
  ['a relation', () => ({ where: { company: { id: 1 } }, relations: { company: true } })],
  ['a relation that is null', () => ({ where: { company: IsNull() } })],
  ['a trimmed relation', () => ({ where: { friends: { age: MoreThan(20) } }, relations: { friends: true } })],
  ['nulls first', () => ({ order: { age: 'ASC', id: 'ASC' } })],
  ['nulls last', () => ({ order: { age: 'DESC', id: 'ASC' } })],
  ['a page', () => ({ order: { ratio: 'DESC', id: 'DESC' }, skip: 2, take: 5 })],
  ['a page over joins', () => ({ order: { id: 'DESC' }, relations: { friends: true }, skip: 1, take: 4 })],
  ['a selection', () => ({ select: { id: true, name: true, address: { city: true } }, where: { id: 1 } })],
  ['a Date', () => ({ where: { born: new Date(Date.UTC(1972, 2, 3, 2, 2, 3)) } })],
  ['order of Dates', () => ({ where: { born: MoreThan(new Date(Date.UTC(1973, 0, 1))) }, order: { born: 'ASC' } })],
  ['a text', () => ({ where: { name: 'Ada' } })],
  ['a transformed text', () => ({ where: { nick: '<n4>' } })],
  ['ids of relations', () => ({ loadRelationIds: true })],
  ['ids of relations as objects', () => ({ loadRelationIds: { relations: ['company'], disableMixedMap: true } })],
  ['relations by query', () => ({ relations: { company: true, friends: true }, relationLoadStrategy: 'query' })],
  ['texts', () => ({ where: { name: In(['Ada', 'bob']) } })],
  ['order of texts', () => ({ order: { name: 'ASC', id: 'ASC' } })],
  [
    'text of a relation',
    () => ({ where: { company: { name: 'Zoo' } }, order: { company: { name: 'DESC' }, id: 'ASC' } }),
  ],
];
