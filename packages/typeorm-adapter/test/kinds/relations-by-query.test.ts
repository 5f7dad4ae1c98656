/** Relations that TypeORM loads by queries of their own: of deleted records, of references that are members too, of keys that classes make up or that hold times. */
import 'reflect-metadata';
import { Column, DeleteDateColumn, Entity, In, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { Finder } from '../support/finder';
import { withKind } from '../support/kinds';

@Entity()
class Shelf {
  @PrimaryColumn('int') id!: number;
  @DeleteDateColumn() goneAt!: Date | null;
  @OneToMany(
    () => Volume,
    (volume) => volume.shelf,
  )
  volumes!: Relation<Volume[]>;
}

@Entity()
class Volume {
  @PrimaryColumn('int') id!: number;
  @DeleteDateColumn() goneAt!: Date | null;
  @Column('int', { nullable: true }) shelfId!: number | null;
  @ManyToOne(
    () => Shelf,
    (shelf) => shelf.volumes,
  )
  shelf!: Relation<Shelf> | null;
  /** Its column is no member. */
  @ManyToOne(() => Shelf) lentFrom!: Relation<Shelf> | null;
}

/** Has a key also where none is selected. */
@Entity()
class Card {
  @PrimaryColumn('int') id = 2;
  @Column('text') title!: string;
  @ManyToOne(
    () => Card,
    (card) => card.following,
  )
  previous!: Relation<Card> | null;
  @OneToMany(
    () => Card,
    (card) => card.previous,
  )
  following!: Relation<Card[]>;
}

/** TypeORM asks for it by a Date, which has lost the microseconds. */
@Entity()
class Lending {
  @PrimaryColumn('int') number!: number;
  @PrimaryColumn('timestamp') at!: Date;
  @Column('int', { nullable: true }) shelfId!: number | null;
  @ManyToOne(() => Shelf)
  shelf!: Relation<Shelf> | null;
  @ManyToOne(() => Shelf) backTo!: Relation<Shelf> | null;
}

const kind = withKind(
  'by_query',
  [Shelf, Volume, Card, Lending],
  [
    'INSERT INTO shelf (id, "goneAt") VALUES (1, NULL), (2, now())',
    `INSERT INTO volume (id, "goneAt", "shelfId", "lentFromId")
       VALUES (1, now(), 1, 1), (2, NULL, 1, 2), (3, now(), 2, 2), (4, now(), NULL, NULL), (5, NULL, NULL, 1)`,
    `INSERT INTO lending (number, at, "shelfId", "backToId")
       VALUES (1, '2024-05-01 10:00:00.123', 1, 1), (2, '2024-05-01 10:00:00.123456', 1, 1), (3, '2024-05-02', NULL, 1), (4, '2024-05-03', 1, NULL)`,
    `INSERT INTO card (id, title, "previousId") VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2), (4, 'd', 2)`,
  ],
);

const byQuery = { relationLoadStrategy: 'query', order: { id: 'ASC' } } as const;

test.each([
  [{ where: { id: 1 } }],
  [{ where: { id: In([1, 2, 3]) } }],
  [{ where: { id: In([1, 4]) } }],
  [{ where: { id: In([2, 5]) } }],
  [{ where: { id: In([1, 2, 3]) }, select: { id: true } }],
  [{ where: { id: In([1, 2, 3]) }, select: { id: true, shelfId: true, shelf: { id: true } } }],
  [{}],
])('with and without what is deleted: %p', async (options) => {
  const finder = new Finder(kind.store, kind.dataSource);
  const relations = { shelf: { volumes: true }, lentFrom: true };
  for (const withDeleted of [true, false]) {
    await finder.expectAsLive(Volume, { ...byQuery, ...options, relations, withDeleted });
    await finder.expectAsLive(Volume, { ...byQuery, ...options, relations: { shelf: true }, withDeleted });
  }
});

test.each([
  [{ select: { title: true }, relations: { following: true } }],
  [{ select: { title: true }, relations: { previous: true } }],
  [{ select: { id: true }, relations: { following: true, previous: true } }],
  [{ select: { title: true, following: { title: true } }, relations: { following: true } }],
  [{ select: { id: true, following: { title: true } }, relations: { following: true } }],
  [{ select: { id: true, previous: { title: true } }, relations: { previous: true } }],
])('without its key: %p', async (options) => {
  const finder = new Finder(kind.store, kind.dataSource);
  await finder.expectAsLive(Card, { relationLoadStrategy: 'query', order: { title: 'ASC' }, ...options });
});

test.each([[[1]], [[2]], [[1, 2]], [[1, 4]], [[1, 3]], [[1, 2, 3, 4]]])(
  'with times in the keys: %p',
  async (numbers) => {
    const finder = new Finder(kind.store, kind.dataSource);
    const options = {
      where: { number: In(numbers) },
      order: { number: 'ASC' },
      relationLoadStrategy: 'query',
    } as const;
    await finder.expectAsLive(Lending, { ...options, relations: { shelf: true } });
    await finder.expectAsLive(Lending, { ...options, relations: { backTo: true } });
  },
);
