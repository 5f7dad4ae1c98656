/** Proxies of what a plan led to: joined relations give what the nodes say, the others lead on. The property of plans compares them with a model. */
import { materialize, type OpenedSnapshot, runPlan } from '../../src';
import { type Author, type Book, library } from './library';

let snapshot: OpenedSnapshot;
beforeEach(async () => {
  snapshot = await library();
});
afterEach(() => snapshot.close());

const joins = [{ parent: 0, relation: 'books', kind: 'left' }] as const;
const found = (field: string, value: unknown) =>
  runPlan(snapshot, {
    entity: 'Author',
    joins,
    where: { kind: 'compare', operand: { source: 1, field }, operator: 'equal', value },
  });
const proxiesOf = (asked?: Parameters<OpenedSnapshot['byOrdinal']['proxiesOfNodes']>[3]) =>
  snapshot.byOrdinal.proxiesOfNodes('Author', found('isbn', 'b').nodes, joins, asked) as Author[];

it('have lists of the usual kind, with the nodes alone', () => {
  const [ann] = proxiesOf();
  const whole = (snapshot.get('Author', 1) as unknown as Author).books;
  const { books } = ann!;
  expect([whole.map(({ isbn }) => isbn), books.map(({ isbn }) => isbn)]).toEqual([['a', 'b', 'c'], ['b']]);
  expect(Object.getPrototypeOf(books)).toBe(Object.getPrototypeOf(whole));
  expect(ann!.books).toBe(books);
  expect(books[0]).toBe(books.at(0));
  expect([books.length, books.includes(whole[1]!), books.includes(whole[0]!), books[1]]).toEqual([
    1,
    true,
    false,
    undefined,
  ]);
  expect(() => (books as Book[]).push(whole[0]!)).toThrow(/READ_ONLY|would change a list/);
  // What is reached further on is not trimmed.
  expect(books[0]!.author.books).toHaveLength(3);
  expect(ann!.greet(books[0]!.author)).toBe('Ann Archer greets Ann Archer');
});

it('leave joins alone that were not asked for', () => {
  const [ann] = proxiesOf({ editor: true });
  expect(ann!.books).toHaveLength(3);
  expect(Object.keys(JSON.parse(JSON.stringify(ann)))).toEqual(['id', 'name', 'country', 'editor']);
});

it('show what was asked for in JSON and copies', () => {
  const [ann] = proxiesOf({ books: { author: true } });
  const shown = JSON.parse(JSON.stringify(ann)) as { books: { isbn: string; author: { id: number } }[] };
  expect(shown.books.map(({ isbn, author }) => [isbn, author.id])).toEqual([['b', 1]]);
  expect(materialize(ann!, { relations: { books: true } }).books.map(({ isbn }) => isbn)).toEqual(['b']);
});

it('have null where a join leads nowhere, whatever the record refers to', () => {
  const editors = [
    {
      parent: 0,
      relation: 'editor',
      kind: 'left',
      on: { kind: 'compare', operand: { source: 1, field: 'id' }, operator: 'equal', value: 1 },
    },
    { parent: 1, relation: 'books', kind: 'left' },
  ] as const;
  const { nodes } = runPlan(snapshot, { entity: 'Author', joins: editors });
  const proxies = snapshot.byOrdinal.proxiesOfNodes('Author', nodes, editors) as Author[];
  expect(proxies.map(({ editor }) => editor?.name ?? null)).toEqual([null, 'Ann Archer', null]);
  expect(proxies[1]!.editor!.books).toHaveLength(3);
  expect((snapshot.get('Author', 1) as unknown as Author).editor!.name).toBe('Bob Baker');
});

it('and readers of values refuse a closed snapshot', () => {
  const { nodes } = found('isbn', 'b');
  const read = snapshot.byOrdinal.valueReader('Author', 'name');
  expect(read(1)).toBe('Bob Baker');
  expect(() => snapshot.byOrdinal.valueReader('Author', 'nam')).toThrow(/Did you mean "name"/);
  expect(() => read(3)).toThrow(/has 3 records/);
  snapshot.close();
  for (const late of [() => read(1), () => snapshot.byOrdinal.proxiesOfNodes('Author', nodes, joins)])
    expect(late).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
});
