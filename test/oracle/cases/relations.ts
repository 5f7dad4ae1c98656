/** Every kind of relation and of entity, loaded, filtered by, ordered by. */
import { check, find, op, read, type Section } from './case';

export const relationKinds: Section = {
  'one-to-one': [
    find('Badge', { relations: { keeper: true } }),
    find('Keeper', { relations: { badge: true } }),
    find('Keeper', { where: { badge: { code: op('Not', 'x') } } }),
    find('Badge', { where: { keeper: op('IsNull') } }),
  ],
  'many-to-one': [
    find('Animal', { relations: { keeper: true, mother: true } }),
    find('Animal', { order: { keeper: { name: 'ASC', id: 'ASC' }, id: 'ASC' }, relations: { keeper: true } }),
    find('Animal', { where: { mother: { age: op('Not', op('IsNull')) } } }),
  ],
  'one-to-many': [
    find('Keeper', { relations: { animals: true } }),
    find('Keeper', { relations: { animals: true }, order: { id: 'ASC', animals: { id: 'DESC' } } }),
    find('Keeper', { where: { animals: op('MoreThan', 1) } }),
  ],
  'many-to-many': [
    find('Animal', { relations: { marks: true, foods: true } }),
    find('Food', { relations: { animals: true } }),
    find('Animal', { where: { foods: { name: op('Not', 'x') } } }),
  ],
  'one-sided many-to-many': [
    find('Animal', { relations: { friends: true } }),
    find('Race', { relations: { guests: true } }),
  ],
  'self reference': [
    find('Animal', { relations: { mother: { mother: true }, young: true } }),
    find('Mark', { relations: { broader: true } }),
  ],
  'composite key': [
    find('Animal', { relations: { enclosure: true } }),
    find('Enclosure', { relations: { animals: true, sees: true, seenFrom: true } }),
  ],
  'column other than the key': [
    find('Animal', { relations: { species: true } }),
    find('Species', { relations: { animals: true } }),
    read('Animal', 'findBy', { speciesCode: op('Not', op('IsNull')) }),
  ],
  'nullable and required': [
    find('Ticket', { relations: { animal: true, mark: true } }),
    find('Ticket', { where: { animal: { mother: { id: op('Not', -1) } } } }),
  ],
  eager: [find('Species', {}), find('Ticket', {}), find('Animal', { relations: { tickets: true } })],
  lazy: [
    find('Room', { relations: { guests: true, key: true } }),
    check(
      'Room',
      async (repository) => (await Promise.all((await repository.find()).map((room) => room.guests))).flat().length,
    ),
    check('Guest', async (repository) =>
      Promise.all(
        (await repository.find({ order: { id: 'ASC' } })).map(async (guest) => (await guest.room)?.name ?? null),
      ),
    ),
  ],
  'soft-deleted target': [
    find('Animal', { relations: { marks: true } }),
    find('Ticket', { relations: { mark: true } }),
    find('Ticket', { relations: { mark: true }, withDeleted: true }),
  ],
  'in an embedded value': [
    find('Person', { relations: { home: { country: true }, work: { country: true } } }),
    find('Person', { where: { home: { country: { name: op('Not', 'x') } } } }),
  ],
  'to a base of single-table inheritance': [
    find('Person', { relations: { vehicles: true } }),
    find('Race', { relations: { guests: true } }),
  ],
  'to a child of single-table inheritance': [
    find('Race', { relations: { car: true } }),
    find('Truck', { relations: { carries: true } }),
    find('Car', { relations: { races: true } }),
  ],
  '@RelationId': [find('Article', { order: { id: 'ASC' } })],
};

export const entityKinds: Section = {
  'embedded values': [find('Person', {}), find('Person', { order: { home: { city: 'ASC' }, id: 'ASC' } })],
  'single-table inheritance': [
    find('Vehicle', {}),
    find('Car', {}),
    find('Truck', {}),
    find('Taxi', {}),
    find('Vehicle', { where: { label: op('Not', 'x') }, order: { id: 'DESC' } }),
  ],
  'abstract base class': [find('Author', {}), find('Article', {})],
  view: [find('KeeperView', { order: { animals: 'DESC', id: 'ASC' } }), read('AgeView', 'count')],
  'materialized view': [find('KeeperView', {})],
  'EntitySchema with a class': [find('Song', { relations: { singer: true } })],
  'EntitySchema without a class': [find('Singer', { relations: { songs: true } })],
  'adjacency list': [find('PlainNode', { relations: { parent: true, children: true } })],
  'closure table': [find('ClosureNode', { relations: { parent: true, children: true } })],
  'nested set': [find('NestedNode', { relations: { parent: true, children: true } })],
  'materialized path': [find('PathNode', { relations: { parent: true, children: true } })],
  '@CreateDateColumn, @UpdateDateColumn, @DeleteDateColumn, @VersionColumn': [find('Author', { withDeleted: true })],
  '@AfterLoad': [
    check('Article', async (repository) =>
      (await repository.find()).map((article) => [article.id, article.loadedTitle]),
    ),
  ],
  'constructor with defaults, #private members, getters': [
    check('Article', async (repository) => (await repository.find()).map((article) => [article.shout, article.tags])),
  ],
};
