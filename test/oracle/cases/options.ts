/** Every find option and every operator. */
import { check, empty, find, op, read, refused, type Section } from './case';

const inOrder = { order: { id: 'ASC' } } as const;

export const options: Section = {
  where: [
    find('Animal', { where: { age: 1 } }),
    find('Animal', { where: [{ age: 1 }, { name: op('IsNull') }, {}] }),
    find('Animal', { where: [] }),
    find('Animal', {
      where: { marks: { word: op('Not', 'x') }, keeper: { name: op('Not', 'x') } },
      relations: { marks: true },
    }),
    find('Person', { where: { home: { place: { latitude: op('Not', 3) } }, name: { first: op('Not', 'x') } } }),
    find('Animal', { where: { keeper: 1, marks: true } }),
    empty('Animal', 'find', { where: { nothing: 1 } }),
    empty('Animal', 'find', { where: { age: null } }),
    empty('Animal', 'find', { where: { age: 'abc' } }),
    find('Animal', { where: { marks: op('MoreThan', 1) } }),
    find('Animal', { where: { mother: op('IsNull') } }),
  ],
  select: [
    find('Animal', { select: { name: true, age: true } }),
    find('Keeper', { select: { wage: true } }),
    find('Article', { select: { id: true, secret: true } }),
    find('Animal', { select: { id: true, keeper: { name: true } }, relations: { keeper: true } }),
    find('Person', { select: { id: true, name: { first: true } } }),
    empty('Animal', 'find', { select: ['name'] }),
  ],
  relations: [
    find('Animal', { relations: { enclosure: { head: { badge: true } }, young: true } }),
    find('Keeper', { relations: { animals: { marks: true, foods: true } } }),
    empty('Animal', 'find', { relations: ['keeper'] }),
    empty('Animal', 'find', { relations: { nothing: true } }),
  ],
  order: [
    find('Animal', { order: { name: 'ASC', id: 'DESC' } }),
    find('Animal', { order: { age: { direction: 'DESC', nulls: 'LAST' }, id: 1 } }),
    find('Animal', { order: { age: { nulls: 'first' }, id: -1 } }),
    find('Animal', { order: { species: { name: 'DESC' }, id: 'asc' } }),
    find('Animal', { order: { id: 'sideways' } }),
    find('Article', {}),
    empty('Animal', 'find', { order: { nothing: 'ASC' } }),
  ],
  skip: [
    find('Animal', { ...inOrder, skip: 4 }),
    find('Animal', { ...inOrder, skip: 2, take: 3, relations: { marks: true } }),
    empty('Animal', 'find', { ...inOrder, skip: 'x' }),
  ],
  take: [
    find('Animal', { ...inOrder, take: 4 }),
    find('Animal', { order: { name: 'DESC', id: 'ASC' }, take: 3, relations: { foods: true, marks: true } }),
    empty('Animal', 'find', { ...inOrder, take: 0 }),
    find('Animal', { ...inOrder, take: '2' }),
    empty('Animal', 'find', { ...inOrder, take: -1 }),
  ],
  withDeleted: [
    find('Mark', { withDeleted: true }),
    find('Mark', {}),
    find('Ticket', { withDeleted: true, relations: { mark: true } }),
    find('Animal', { withDeleted: true, relations: { marks: true } }),
  ],
  loadEagerRelations: [
    find('Species', { loadEagerRelations: false }),
    find('Species', {}),
    find('Animal', { relations: { species: true } }),
  ],
  loadRelationIds: [
    find('Animal', { loadRelationIds: true }),
    find('Animal', { loadRelationIds: { relations: ['marks', 'keeper'] } }),
    find('Animal', { loadRelationIds: { relations: ['mother'], disableMixedMap: true } }),
  ],
  relationLoadStrategy: [
    find('Animal', {
      relationLoadStrategy: 'query',
      relations: { marks: true, keeper: true },
      where: { marks: { word: op('Not', 'x') } },
    }),
    find('Animal', { relationLoadStrategy: 'join', relations: { marks: true } }),
    find('Article', { relationLoadStrategy: 'query', relations: { author: true }, withDeleted: true }),
    find('Keeper', { relationLoadStrategy: 'query', relations: { animals: { tickets: true } }, withDeleted: true }),
    find('PathNode', {
      relationLoadStrategy: 'query',
      relations: { children: true },
      where: { children: { children: { id: op('Any', [93]) } } },
    }),
    find('Person', { relationLoadStrategy: 'query', relations: { work: { country: true } } }),
  ],
  comment: [find('Keeper', { comment: 'why' })],
  transaction: [find('Keeper', { transaction: true })],
  cache: [
    find('Keeper', { cache: false }),
    check('Keeper', (repository) => repository.find({ cache: false, take: 0 })),
  ],
  lock: [
    empty('Keeper', 'findOne', { where: { id: 1 }, lock: { mode: 'pessimistic_read' } }),
    empty('Keeper', 'find', { lock: { mode: 'optimistic', version: 1 } }),
    find('Keeper', { lock: { mode: 'dirty_read' } }),
  ],
};

const where = (entity: string, condition: any) => read(entity, 'findBy', condition);

/** By TypeORM's FindOperatorType. */
export const operators: Section = {
  equal: [
    where('Animal', { age: op('Equal', 1) }),
    where('Keeper', { wage: op('Equal', '10.5') }),
    where('Texts', { char: op('Equal', 'a') }),
  ],
  not: [
    where('Animal', { age: op('Not', 1) }),
    where('Animal', { age: op('Not', op('IsNull')) }),
    where('Animal', { age: op('Not', op('In', [1, 2])) }),
    empty('Animal', 'findBy', { age: op('Not', op('In', [1, null])) }),
  ],
  lessThan: [
    where('Integers', { bigint: op('LessThan', '10') }),
    where('Decimals', { numeric: op('LessThan', '10') }),
    where('Moments', { timestamp: op('LessThan', op('Date', '2024-01-01T00:00:00.000Z')) }),
  ],
  lessThanOrEqual: [
    where('Integers', { int8: op('LessThanOrEqual', '9007199254740992') }),
    where('Floats', { real: op('LessThanOrEqual', 2) }),
  ],
  moreThan: [
    where('Integers', { int8: op('MoreThan', '9007199254740992') }),
    where('Floats', { float8: op('MoreThan', 10) }),
    where('Enums', { enum: op('MoreThan', 'Zed') }),
  ],
  moreThanOrEqual: [
    where('Decimals', { decimal: op('MoreThanOrEqual', '9') }),
    where('Moments', { date: op('MoreThanOrEqual', '2000-06-16') }),
  ],
  between: [
    where('Animal', { age: op('Between', 0, 10) }),
    empty('Animal', 'findBy', { age: op('Between', 10, 0) }),
    empty('Animal', 'findBy', { age: op('Between', 0, null) }),
  ],
  in: [
    where('Animal', { age: op('In', [1, 2, null]) }),
    empty('Animal', 'findBy', { age: op('In', []) }),
    where('Animal', { age: op('Not', op('In', [])) }),
  ],
  any: [
    where('Animal', { age: op('Any', [1, 2]) }),
    empty('Animal', 'findBy', { age: op('Any', []) }),
    empty('NumberLists', 'findBy', { int: op('Any', [[1]]) }),
    empty('EnumLists', 'findBy', { enum: op('Any', []) }),
  ],
  isNull: [where('Animal', { age: op('IsNull') }), where('Animal', { mother: op('IsNull') })],
  like: [
    where('Texts', { text: op('Like', 'a%') }),
    where('Texts', { varchar: op('Like', '_') }),
    empty('Texts', 'findBy', { text: op('Like', 'a\\%_') }),
    where('Texts', { char: op('Like', '%') }),
  ],
  ilike: [where('Texts', { text: op('ILike', 'A%') }), where('Texts', { text: op('ILike', '%E%') })],
  raw: [refused('QUERY_UNSUPPORTED', where('Animal', { age: op('Raw', '1') }))],
  arrayContains: [
    where('NumberLists', { int: op('ArrayContains', []) }),
    where('EnumLists', { enum: op('ArrayContains', ['red']) }),
  ],
  arrayContainedBy: [where('NumberLists', { int: op('ArrayContainedBy', [0, 1, -1, 2, 3, 10, 42]) })],
  arrayOverlap: [where('EnumLists', { enum: op('ArrayOverlap', ['red', 'Green']) })],
  jsonContains: [
    where('Jsons', { jsonb: op('JsonContains', {}) }),
    where('Jsons', { jsonb: op('JsonContains', { a: 1 }) }),
  ],
  and: [where('Animal', { age: op('And', op('MoreThan', -5), op('LessThan', 50)) })],
  or: [where('Animal', { age: op('Or', op('LessThan', 2), op('IsNull')) })],
};
