/** Every method of Repository and TreeRepository. */
import { type AnyRepository, type Case, check, empty, op, read, refused, type Section } from './case';

const young = { age: op('LessThan', 20) };
const byName = { order: { name: 'ASC', id: 'ASC' } } as const;
const writes = (run: (repository: any) => unknown): Case[] => [refused('READ_ONLY', check('Animal', run))];
const sql = (run: (repository: any) => unknown): Case[] => [refused('QUERY_UNSUPPORTED', check('Animal', run))];
const treeNames = ['PlainNode', 'ClosureNode', 'NestedNode', 'PathNode'];

/** Of each kind of tree that TypeORM can ask: an adjacency list has no such queries. */
const ofTrees = (run: (repository: AnyRepository) => unknown, names = treeNames.slice(1)): Case[] =>
  names.map((name) => check(name, run));
const node = async (repository: AnyRepository) =>
  (await repository.find({ order: { id: 'ASC' }, skip: 3, take: 1 }))[0];

export const methods: Section = {
  metadata: [check('Animal', (repository) => repository.metadata.name)],
  find: [
    read('Animal', 'find'),
    read('Animal', 'find', { where: young, ...byName, relations: { keeper: true, marks: true } }),
  ],
  findBy: [read('Animal', 'findBy', young), read('Keeper', 'findBy', [{ id: 1 }, { name: op('IsNull') }])],
  findAndCount: [
    read('Animal', 'findAndCount', { where: young, order: { id: 'ASC' }, take: 2 }),
    read('Animal', 'findAndCount', { relations: { marks: true }, order: { id: 'ASC' }, skip: 3, take: 4 }),
  ],
  findAndCountBy: [read('Animal', 'findAndCountBy', young)],
  findOne: [
    read('Animal', 'findOne', { where: young, order: { id: 'DESC' }, relations: { species: true } }),
    empty('Animal', 'findOne', { where: { id: -1 } }),
    empty('Animal', 'findOne', {}),
  ],
  findOneBy: [read('Keeper', 'findOneBy', { id: 1 }), empty('Keeper', 'findOneBy', { id: -1 })],
  findOneOrFail: [
    read('Keeper', 'findOneOrFail', { where: { id: 1 } }),
    empty('Keeper', 'findOneOrFail', { where: { id: -1, name: op('In', ['x']) } }),
  ],
  findOneByOrFail: [read('Keeper', 'findOneByOrFail', { id: 1 }), empty('Keeper', 'findOneByOrFail', { id: -1 })],
  count: [
    read('Animal', 'count'),
    read('Animal', 'count', { where: { marks: { word: op('Not', 'x') } }, take: 1 }),
    read('Keeper', 'count', { select: { wage: true } }),
  ],
  countBy: [read('Animal', 'countBy', young)],
  exists: [read('Animal', 'exists', { where: young }), empty('Animal', 'exists', { where: { id: -1 } })],
  existsBy: [read('Animal', 'existsBy', young), empty('Animal', 'existsBy', { id: -1 })],
  sum: [
    read('Ticket', 'sum', 'id'),
    read('Animal', 'sum', 'age', { marks: { id: op('MoreThan', 0) } }),
    empty('Ticket', 'sum', 'id', { id: -1 }),
  ],
  average: [read('Ticket', 'average', 'id'), read('Animal', 'average', 'age', young)],
  minimum: [read('Ticket', 'minimum', 'price'), read('Animal', 'minimum', 'age'), read('Animal', 'minimum', 'name')],
  maximum: [read('Ticket', 'maximum', 'price'), read('Animal', 'maximum', 'age', young)],
  hasId: [
    check('Enclosure', (repository) => [
      repository.hasId({ region: 'a', number: '1' }),
      repository.hasId({ region: 'a' }),
    ]),
  ],
  getId: [
    check('Enclosure', (repository) => repository.getId({ region: 'a', number: '1' })),
    check('Animal', (repository) => repository.getId({ id: 4 })),
  ],
  create: [check('Person', (repository) => repository.create({ name: { first: 'A' }, boss: { id: 2 } }))],
  merge: [
    check('Person', (repository) =>
      repository.merge(repository.create({ name: { first: 'A' } }), { name: { last: 'B' } }),
    ),
  ],
  preload: [
    check('Keeper', (repository) => repository.preload({ id: 1, name: 'changed' })),
    check('Keeper', (repository) => repository.preload({ id: -1 })),
  ],
  extend: [
    check('Keeper', (repository) =>
      repository
        .extend({
          first(this: AnyRepository) {
            return this.findOneBy({ id: 1 });
          },
        })
        .first(),
    ),
  ],
  createQueryBuilder: sql((repository) => repository.createQueryBuilder('a').getMany()),
  query: sql((repository) => repository.query('SELECT 1')),
  sql: sql((repository) => repository.sql`SELECT 1`),
  save: writes((repository) => repository.save({ name: 'x' })),
  remove: writes((repository) => repository.remove({ id: 1 })),
  softRemove: writes((repository) => repository.softRemove({ id: 1 })),
  recover: writes((repository) => repository.recover({ id: 1 })),
  insert: writes((repository) => repository.insert({ name: 'x' })),
  update: writes((repository) => repository.update({ id: 1 }, { name: 'x' })),
  updateAll: writes((repository) => repository.updateAll({ name: 'x' })),
  upsert: writes((repository) => repository.upsert({ id: 1, name: 'x' }, ['id'])),
  delete: writes((repository) => repository.delete({ id: 1 })),
  deleteAll: writes((repository) => repository.deleteAll()),
  softDelete: writes((repository) => repository.softDelete({ id: 1 })),
  restore: writes((repository) => repository.restore({ id: 1 })),
  clear: writes((repository) => repository.clear()),
  increment: writes((repository) => repository.increment({ id: 1 }, 'age', 1)),
  decrement: writes((repository) => repository.decrement({ id: 1 }, 'age', 1)),
};

export const treeMethods: Section = {
  findTrees: ofTrees((repository) => repository.findTrees()),
  findRoots: ofTrees((repository) => repository.findRoots(), treeNames),
  findDescendants: ofTrees(async (repository) => repository.findDescendants(await node(repository))),
  findDescendantsTree: ofTrees(async (repository) =>
    repository.findDescendantsTree(await node(repository), { depth: 2 }),
  ),
  countDescendants: ofTrees(async (repository) => repository.countDescendants(await node(repository))),
  findAncestors: ofTrees(async (repository) => repository.findAncestors(await node(repository))),
  findAncestorsTree: ofTrees(async (repository) =>
    repository.findAncestorsTree(await node(repository), { relations: ['children'] }),
  ),
  countAncestors: ofTrees(async (repository) => repository.countAncestors(await node(repository))),
  createDescendantsQueryBuilder: [
    refused(
      'QUERY_UNSUPPORTED',
      check('ClosureNode', (repository) =>
        repository.createDescendantsQueryBuilder('a', 'b', repository.create()).getMany(),
      ),
    ),
  ],
  createAncestorsQueryBuilder: [
    refused(
      'QUERY_UNSUPPORTED',
      check('ClosureNode', (repository) =>
        repository.createAncestorsQueryBuilder('a', 'b', repository.create()).getMany(),
      ),
    ),
  ],
};
