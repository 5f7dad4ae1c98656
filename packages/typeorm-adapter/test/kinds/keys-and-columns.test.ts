/** Keys made of references, references to what is no key, generated and computed columns, names of every kind, EntitySchema. */
import 'reflect-metadata';
import {
  Column,
  CreateDateColumn,
  DefaultNamingStrategy,
  DeleteDateColumn,
  Entity,
  EntitySchema,
  IsNull,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  Not,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  type Relation,
  UpdateDateColumn,
  VersionColumn,
  VirtualColumn,
} from 'typeorm';
import { Snapshot } from '../../src';
import { expectAnswered, expectFound, withKind } from '../support/kinds';

abstract class Dated {
  @CreateDateColumn({ type: 'timestamptz' }) madeAt!: Date;
  @UpdateDateColumn() changedAt!: Date;
  @VersionColumn() version!: number;
  /** Hidden, but it marks what is deleted. */
  @DeleteDateColumn({ select: false }) goneAt?: Date | null;
}

@Entity('orders')
class Order extends Dated {
  @PrimaryColumn('bigint') id!: string;
  @Column('text', { unique: true }) code!: string;
  @OneToMany(
    () => Line,
    (line) => line.order,
  )
  lines!: Relation<Line[]>;
  @VirtualColumn({ query: (alias) => `SELECT count(*) FROM app.pre_line AS t WHERE t."orderId" = ${alias}.id` })
  lineCount!: string;
  @VirtualColumn({ type: 'int', query: (alias) => `CASE WHEN ${alias}.id > 1 THEN length(${alias}.code) END` })
  doubtful!: number | null;
}

/** The key is a reference and a column; the reference's column is a property too. */
@Entity()
class Line {
  @PrimaryColumn('bigint') orderId!: string;
  @PrimaryColumn('int') number!: number;
  @ManyToOne(
    () => Order,
    (order) => order.lines,
  )
  order!: Relation<Order>;
  @Column({ type: 'int', generatedType: 'STORED', asExpression: 'number * 2' }) twice!: number;
  @OneToMany(
    () => Note,
    (note) => note.line,
  )
  notes!: Relation<Note[]>;
}

/** The property of the key is the relation's. */
@Entity()
class Note {
  @PrimaryColumn('int', { name: 'note_no' }) no!: number;
  @ManyToOne(
    () => Line,
    (line) => line.notes,
  )
  @JoinColumn([
    { name: 'line_order', referencedColumnName: 'orderId' },
    { name: 'line_number', referencedColumnName: 'number' },
  ])
  line!: Relation<Line>;
  /** Refers to what is unique, but no key; there is no constraint, and one code is nobody's. */
  @ManyToOne(() => Order, { createForeignKeyConstraints: false, nullable: true })
  @JoinColumn({ name: 'about', referencedColumnName: 'code' })
  about!: Relation<Order> | null;
}

@Entity()
class Passport {
  @PrimaryColumn('bigint', { name: 'of' })
  @OneToOne(() => Order)
  @JoinColumn({ name: 'of' })
  of!: any;
  @Column('bigint', { name: 'about', nullable: true })
  @ManyToOne(() => Order, { nullable: true })
  @JoinColumn({ name: 'about' })
  about!: any;
  @Column('text') text!: string;
  @ManyToMany(() => Passport)
  @JoinTable({ name: 'friend', joinColumn: { name: 'one' }, inverseJoinColumn: { name: 'other' } })
  friends!: Relation<Passport[]>;
}

class Named {
  id!: number;
  ['constructor']!: any;
  get shout() {
    return `${(this as any)['then']}!`;
  }
}
Snapshot({ name: 'OddlyNamed' })(Named);
const NamedSchema = new EntitySchema<any>({
  name: 'Named',
  target: Named,
  tableName: 'odd',
  columns: Object.fromEntries(
    ['id', 'constructor', 'then', 'toString', 'a b"c', 'length'].map((name) => [
      name,
      name === 'id'
        ? { type: Number, primary: true, name: 'the id' }
        : { type: 'text', nullable: true, name: `n ${name.replace('"', '')}` },
    ]),
  ) as never,
  relations: {
    valueOf: { type: 'many-to-one', target: 'Named', nullable: true, joinColumn: { name: 'next' } },
  } as never,
});

/** Column names in capitals, unless they are given. */
class Shouting extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined, prefixes: string[]): string {
    return customName ?? [...prefixes, propertyName].join('_').toUpperCase();
  }
}

@Entity()
class Shouted {
  @PrimaryColumn('int') id!: number;
  @Column('text', { nullable: true }) someText!: string | null;
  @ManyToOne(() => Shouted, { nullable: true }) next!: Relation<Shouted> | null;
}

const kind = withKind(
  'columns',
  [Order, Line, Note, Passport, NamedSchema],
  [
    `INSERT INTO app.pre_orders (id, code, "goneAt", version) VALUES (1, 'one', NULL, 1), (9007199254740993, 'big', NULL, 2), (3, 'three', now(), 3)`,
    `INSERT INTO app.pre_line ("orderId", number) VALUES (1, 1), (1, 2), (9007199254740993, 1), (3, 1)`,
    `INSERT INTO app.pre_note (note_no, line_order, line_number, about) VALUES (1, 1, 2, 'big'), (2, 9007199254740993, 1, NULL), (3, 3, 1, 'three')`,
    `INSERT INTO app.pre_passport ("of", text, about) VALUES (1, 'p', 3), (9007199254740993, 'q', NULL), (3, 'r', 1)`,
    `INSERT INTO app.pre_friend VALUES (1, 3), (1, 9007199254740993), (3, 3)`,
    `INSERT INTO app.pre_odd ("the id", "n constructor", "n then", next) VALUES (1, 'c', 't', NULL), (2, 'x', NULL, 1)`,
  ],
  { schema: 'app', entityPrefix: 'pre_' } as never,
);

test('keys of references, with and without properties', async () => {
  await expectFound(kind, Order);
  await expectFound(kind, Line, { order: { lines: true }, notes: { about: true } });
  await expectFound(kind, Note, { line: { order: { lines: { notes: true } } }, about: true });
  const { snapshot } = kind.store;
  expect(snapshot.get(Passport, '9007199254740993')!.of.code).toBe('big');
  expect(snapshot.entitySchema(Passport)).toMatchObject({ key: ['of.id'] });
});

test('records whose key is a reference are what TypeORM finds with the relation', async () => {
  await expectFound(kind, Passport, { of: true, about: true, friends: { of: true, about: true } });
});

test('an entity shows the foreign key where its property is that of a relation, until that is loaded', async () => {
  const real = kind.dataSource.getRepository(Passport);
  const repository = kind.store.getRepository(Passport, { as: 'entity' });
  const byText = <T extends { text: string }>(rows: T[]) => rows.sort((a, b) => (a.text < b.text ? -1 : 1));
  for (const options of [
    {},
    { relations: { friends: true } },
    { relations: { about: true } },
    { where: { text: 'q' } },
  ])
    expect(byText(await repository.find(options))).toStrictEqual(byText(await real.find(options)));
  expect(await repository.findOneBy({ of: '1' })).toStrictEqual(await real.findOneBy({ of: '1' }));
});

test('what is asked of them is answered as TypeORM does', async () => {
  await expectAnswered(kind, [
    [Order, { where: { lineCount: '2' } }],
    [Order, { where: { doubtful: 3 } }],
    [Order, { order: { lineCount: 'DESC', id: 'ASC' } }],
    [Order, { select: { id: true, doubtful: true } }],
    [Order, { withDeleted: true, order: { id: 'ASC' } }],
    [Order, { where: { goneAt: IsNull() } }],
    [Order, { where: { goneAt: Not(IsNull()) }, withDeleted: true }],
    [Line, { where: { order: { code: 'one' } }, relations: { order: true } }],
    [Line, { where: { twice: 4 } }],
    [Line, { loadRelationIds: true }],
    [Note, { where: { about: { code: 'big' } } }],
    [Note, { where: { line: { number: 1 } }, relations: { line: true, about: true }, withDeleted: true }],
    [Note, { loadRelationIds: true }],
    [Note, { loadRelationIds: { relations: ['line'], disableMixedMap: true } }],
    [Passport, { where: { of: '3' } }],
    [Passport, { where: { about: '1' } }],
    [Passport, { where: { friends: { text: 'r' } }, relations: { friends: { about: true } } }],
    [Passport, { order: { of: 'DESC' } }],
    [Passport, { order: { about: 'DESC' }, relations: { about: true } }],
    [Passport, { select: { text: true }, where: { text: 'q' } }],
    [Passport, { loadRelationIds: true }],
    [NamedSchema, { where: { constructor: 'c' } }],
    [NamedSchema, { where: Object.fromEntries([['then', 't']]) }],
  ]);
});

test('a soft-deleted record is known by a date that records do not show', () => {
  const { snapshot } = kind.store;
  expect(snapshot.entitySchema(Order).deletedBy).toBe('goneAt');
  expect(snapshot.get(Order, '3')).not.toHaveProperty('goneAt');
  expect(snapshot.get(Line, ['3', 1])!.order).toBeNull();
});

test('names that objects have of their own', async () => {
  await expectFound(kind, NamedSchema);
  await expectFound(kind, NamedSchema, { valueOf: true });
  const { snapshot } = kind.store;
  const odd = snapshot.get('OddlyNamed', 1)! as any;
  expect(odd).toBeInstanceOf(Named);
  expect([odd.shout, odd.constructor]).toEqual(['t!', 'c']);
});

describe('a naming strategy, and a name for the type', () => {
  const shouted = withKind('naming', [Shouted], ["INSERT INTO shouted VALUES (1, 'a', NULL), (2, NULL, 1)"], {
    namingStrategy: new Shouting(),
    typename: '__type',
  });
  test('says how columns are called', async () => {
    await expectFound(shouted, Shouted, { next: true });
    const second = shouted.store.snapshot.get(Shouted, 2) as any;
    expect([second.__type, second.next.__type]).toEqual(['Shouted', 'Shouted']);
    expect(shouted.store.snapshot.entitySchema(Shouted).fields[1]).toMatchObject({
      name: 'someText',
      source: { column: 'SOMETEXT' },
    });
  });

  test('is told beside what is selected', async () => {
    for (const options of [
      { select: { id: true }, order: { id: 'ASC' } },
      { select: { id: true, next: { id: true } }, relations: { next: true }, order: { id: 'ASC' } },
    ] as object[]) {
      const found = await shouted.dataSource.getRepository(Shouted).find(options);
      const proxies = await shouted.store.getRepository(Shouted, { as: 'proxy' }).find(options);
      expect(JSON.parse(JSON.stringify(proxies))).toEqual(JSON.parse(JSON.stringify(found)));
    }
  });
});
