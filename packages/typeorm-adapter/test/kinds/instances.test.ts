/** Entities of every kind from a snapshot cannot be told from those that the live repository gives, nor by what listeners see. */
import { DataSource, type DataSourceOptions, type FindManyOptions, In, type ObjectLiteral } from 'typeorm';
import { Finder } from '../support/finder';
import { firstDifference } from '../support/identical';
import { withKind } from '../support/kinds';
import {
  Article,
  ArticleSubscriber,
  Chief,
  calls,
  Editor,
  Person,
  pressEntities,
  pressRows,
  RoadSchema,
  Seal,
  Topic,
  Town,
  Weight,
  Writer,
} from '../support/press';

const press = withKind('press', pressEntities, pressRows, { subscribers: [ArticleSubscriber] });
const finder = () => new Finder(press.store, press.dataSource);

test.each([
  [Town, {}],
  [Town, { relations: { topics: true } }],
  [Town, { select: { name: true } }],
  [Town, { select: { id: true } }],
  [Topic, { select: { weight: true }, order: { word: 'ASC' } }],
  [Person, {}],
  [Person, { withDeleted: true }],
  [Person, { relations: { contact: { town: true } } }],
  [Person, { select: { id: true, contact: { email: true } }, order: { id: 'ASC' } }],
  [Person, { select: { contact: { phone: { digits: true } } }, order: { id: 'ASC' } }],
  [Person, { select: { name: true }, order: { id: 'ASC' }, withDeleted: true }],
  [Person, { relations: { pupils: true }, withDeleted: true, relationLoadStrategy: 'query' }],
  [Writer, {}],
  [Writer, { relations: { articles: { topics: true } } }],
  [Writer, { relations: { articles: true }, where: { articles: { version: In([1, 2, 7, 9]) } } }],
  [Editor, {}],
  [Editor, { loadRelationIds: { disableMixedMap: true } }],
  [Chief, { relations: { seal: { owner: true } } }],
  [Seal, { relations: { owner: true } }],
  [Article, {}],
  [Article, { relations: { topics: true } }],
  [Article, { loadEagerRelations: false, loadRelationIds: true }],
  [Article, { select: { title: true }, loadEagerRelations: false, order: { id: 'ASC' } }],
  [Article, { select: { id: true, body: true, topicCount: true }, loadEagerRelations: false }],
  [Article, { relations: { writer: { articles: true } } }],
  [Article, { relations: { topics: true }, relationLoadStrategy: 'query' }],
  [Topic, { relations: { articles: true } }],
  [Weight, {}],
  [Weight, { where: { heavy: true } }],
  [RoadSchema, {}],
  [RoadSchema, { relations: { crosses: { leadsTo: true }, leadsTo: true } }],
  [RoadSchema, { loadRelationIds: true }],
] as const)('%p found with %p', async (entity, options) => {
  expect((await finder().expectAsLive(entity as never, options as object)).length).toBeGreaterThan(0);
});

test('a class of its own for a record that no child claims, private members, getters', async () => {
  const people = (await finder().entities(Person, { order: { id: 'ASC' }, withDeleted: true })) as Person[];
  expect(people.slice(0, 5).map((person) => person.constructor)).toEqual([Editor, Chief, Person, Person, Writer]);
  expect([people[0]!.ask(), people[0]!.ask(), people[1]!.ask()]).toEqual([1, 2, 1]);
  expect(people[4]!.contact.phone.whole).toBe('05 555');
});

test.each([
  [Article, { relations: { writer: true }, order: { id: 'ASC' } }],
  [Person, { relations: { contact: { town: true } }, order: { id: 'ASC' } }],
  [Seal, { relations: { owner: true }, order: { motto: 'ASC' } }],
  [Article, { relations: { writer: true }, relationLoadStrategy: 'query', order: { id: 'ASC' }, take: 3 }],
] as const)('listeners of %p are called in the order of TypeORM: %p', async (entity, options) => {
  calls.length = 0;
  await press.dataSource.getRepository<ObjectLiteral>(entity).find(options as FindManyOptions);
  const expected = calls.splice(0);
  await finder().entities(entity, options as FindManyOptions);
  expect(calls).toEqual(expected);
  expect(calls.length).toBeGreaterThan(3);
  expect(calls.some((call) => call.startsWith('subscriber'))).toBe(entity === Article);
});

test('synchronous reads call listeners, but not those that return promises', () => {
  calls.length = 0;
  expect(finder().entitiesSync(Town, { order: { id: 'ASC' } })).toHaveLength(4);
  expect(calls).toEqual(['Town 1', 'Town 2', 'Town 3', 'Town 4']);
  const refusal = (what: string) =>
    expect.objectContaining({ code: 'QUERY_UNSUPPORTED', message: expect.stringContaining(what) });
  expect(() => finder().entitiesSync(Person)).toThrow(
    refusal('Person: snapshots do not answer synchronous reads of entities whose @AfterLoad mark()'),
  );
  expect(() => finder().entitiesSync(Article, { loadEagerRelations: false })).toThrow(
    refusal('subscriber ArticleSubscriber'),
  );
});

test('lazy relations load from the snapshot what TypeORM loads from the database', async () => {
  const options = { order: { id: 'ASC' }, withDeleted: true } as const;
  const own = (await finder().entities(Person, options)) as Person[];
  const live = await press.dataSource.getRepository(Person).find(options);
  expect(firstDifference(own, live)).toBeUndefined();
  for (const people of [own, live]) {
    for (const person of people) {
      expect(Object.keys(person)).not.toContain('mentor');
      const loading = person.pupils;
      expect(person.pupils).toBe(loading);
      const pupils = await loading;
      pupils.sort((a, b) => a.id - b.id);
      expect(await person.mentor).toBe(await person.mentor);
    }
  }
  expect(firstDifference(own, live)).toBeUndefined();
  expect((await own[3]!.mentor)!.id).toBe(2);
  expect((await (await own[3]!.mentor)!.mentor)!.constructor).toBe(Editor);
  const [other] = (await finder().entities(Person, options)) as Person[];
  other!.mentor = Promise.resolve(own[1]!);
  expect(await other!.mentor).toBe(own[1]);
  other!.pupils = [own[2]] as never;
  expect(await other!.pupils).toEqual([own[2]]);
  expect(Object.keys(other!).slice(-4)).toEqual(['__mentor__', '__has_mentor__', '__pupils__', '__has_pupils__']);
});

test('a repository of the database saves what the snapshot gave', async () => {
  const [article] = (await finder().entities(Article, { where: { id: 9 }, relations: { topics: true } })) as Article[];
  const repository = press.dataSource.getRepository(Article);
  expect(repository.hasId(article!)).toBe(true);
  const { version } = article!;
  article!.title = 'ANOTHER';
  article!.topics.pop();
  await repository.save(article!);
  const saved = await repository.findOneOrFail({ where: { id: 9 }, relations: { topics: true } });
  expect([saved.title, saved.version, saved.topics.length]).toEqual(['ANOTHER', version + 1, article!.topics.length]);
});

test('the options `typename` and `entitySkipConstructor` of the DataSource', async () => {
  const options = { ...press.dataSource.options, typename: '__type', entitySkipConstructor: true };
  const other = await new DataSource(options as DataSourceOptions).initialize();
  const own = new Finder(press.store, other);
  try {
    const [person] = await own.expectAsLive(Person, { order: { id: 'ASC' } });
    expect(Object.keys(person!).slice(0, 2)).toEqual(['__type', 'id']);
    await own.expectAsLive(Seal, { relations: { owner: true } });
    await own.expectAsLive(RoadSchema, { relations: { leadsTo: true } });
  } finally {
    await other.destroy();
  }
});
