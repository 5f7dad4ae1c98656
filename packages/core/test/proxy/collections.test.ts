/** Sets and maps of records as classes declare them and as JavaScript meets them. */
import { inspect } from 'node:util';
import {
  createSnapshot,
  Field,
  materialize,
  memoryStorage,
  openSnapshot,
  Snapshot,
  schemaFromClasses,
} from '../../src';
import { thrownBy } from '../support/property';

@Snapshot()
class Article {
  @Field('int32', { key: true }) id!: number;
  @Field('text', { set: true }) tags!: Set<string>;
  @Field('int32', { map: 'text', nullable: true }) stock!: Map<string, number> | null;
}

async function articles(): Promise<Article> {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema: schemaFromClasses([Article]), storage });
  writer.add(Article, {
    id: 1,
    tags: new Set(['new', 'red']),
    stock: new Map([
      ['10', 3],
      ['2', 4],
    ]),
  });
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage, entities: [Article] });
  expect(await snapshot.verify()).toEqual([]);
  return snapshot.get(Article, 1)!;
}

test('are fresh copies: what is done to one changes nothing', async () => {
  const article = await articles();
  article.tags.add('blue');
  expect(article.tags).toEqual(new Set(['new', 'red']));
  expect(article.tags).not.toBe(article.tags);
  expect(thrownBy(() => (article.tags = new Set()))).toMatchObject({ code: 'READ_ONLY' });
});

test('are in JSON what their constructors take: lists, and lists of pairs in the order of insertion', async () => {
  const article = await articles();
  const text = JSON.stringify(article);
  expect(text).toBe('{"id":1,"tags":["new","red"],"stock":[["10",3],["2",4]]}');
  const { tags, stock } = JSON.parse(text);
  expect([new Set(tags), new Map(stock)]).toEqual([article.tags, article.stock]);
});

test('are sets and maps in copies and when they are shown', async () => {
  const article = await articles();
  const copy = materialize(article);
  expect(copy.tags).toBeInstanceOf(Set);
  expect(copy.stock).toBeInstanceOf(Map);
  expect(inspect(article)).toBe(
    "Article {\n  id: 1,\n  tags: Set(2) { 'new', 'red' },\n  stock: Map(2) { '10' => 3, '2' => 4 }\n}",
  );
});
