import { Field, materialize, type OpenedSnapshot, Snapshot, snapshotOf, ToMany, ToOne } from '../../src';
import { Author, type Book, library } from './library';

let snapshot: OpenedSnapshot;
let books: readonly Book[];
beforeAll(async () => {
  snapshot = await library();
  books = snapshot.get(Author, 1)!.books;
});

const isbn = (book: Book | undefined) => book?.isbn;

test('index, length, at and iteration', () => {
  expect(books.length).toBe(3);
  expect([books[0], books[2], books[3]].map(isbn)).toEqual(['a', 'c', undefined]);
  expect([books.at(0), books.at(-1), books.at(3), books.at(-4), books.at(1.9)].map(isbn)).toEqual([
    'a',
    'c',
    undefined,
    undefined,
    'b',
  ]);
  expect([...books].map(isbn)).toEqual(['a', 'b', 'c']);
  const [first, ...rest] = books;
  expect([isbn(first), rest.length]).toEqual(['a', 2]);
  expect(Array.from(books, isbn)).toEqual(['a', 'b', 'c']);
  expect([...books.entries()].map(([place, book]) => `${place}${book.isbn}`)).toEqual(['0a', '1b', '2c']);
  expect([...books.keys()]).toEqual([0, 1, 2]);
});

test('reading methods of arrays', () => {
  expect(books.map(isbn)).toEqual(['a', 'b', 'c']);
  expect(books.map((_, place, all) => `${place}/${all.length}`)).toEqual(['0/3', '1/3', '2/3']);
  expect(books.filter((book) => book.isbn !== 'b').map(isbn)).toEqual(['a', 'c']);
  expect(isbn(books.find((book) => book.isbn > 'a'))).toBe('b');
  expect(books.findIndex((book) => book.isbn === 'c')).toBe(2);
  expect(isbn(books.findLast(() => true))).toBe('c');
  expect(books.slice(1).map(isbn)).toEqual(['b', 'c']);
  expect(books.slice(-2, -1).map(isbn)).toEqual(['b']);
  expect(books.some((book) => book.isbn === 'c')).toBe(true);
  expect(books.every((book) => book.isbn < 'c')).toBe(false);
  expect(books.reduce((text, book) => text + book.isbn, '')).toBe('abc');
  expect(books.reduceRight((text, book) => text + book.isbn, '')).toBe('cba');
  expect(books.flatMap((book) => [book.isbn, 1])).toEqual(['a', 1, 'b', 1, 'c', 1]);
  expect(books.toSorted((a, b) => (a.isbn < b.isbn ? 1 : -1)).map(isbn)).toEqual(['c', 'b', 'a']);
  expect(books.toReversed().map(isbn)).toEqual(['c', 'b', 'a']);
  expect(books.concat(books).length).toBe(6);
  expect(([] as Book[]).concat(books).map(isbn)).toEqual(['a', 'b', 'c']);
  expect(books.map(isbn).join('-')).toBe('a-b-c');
  const seen: string[] = [];
  books.forEach((book) => {
    seen.push(book.isbn);
  });
  expect(seen).toEqual(['a', 'b', 'c']);
});

test('includes and indexOf go by record', () => {
  expect(books.includes(snapshot.get('Book', 'b') as unknown as Book)).toBe(true);
  expect(books.indexOf(snapshot.get('Book', 'c') as unknown as Book)).toBe(2);
  expect(books.lastIndexOf(books[0]!)).toBe(0);
  expect(books.includes(snapshot.get('Book', 'd') as unknown as Book)).toBe(false);
  expect(books.includes(materialize(books[0]!))).toBe(false);
});

test('JSON is that of an array', () => {
  expect(JSON.parse(JSON.stringify({ books }))).toMatchObject({ books: [{ isbn: 'a' }, { isbn: 'b' }, { isbn: 'c' }] });
  expect(JSON.stringify(snapshot.get(Author, 3)!.books)).toBe('[]');
});

test('writing is refused by name', () => {
  const writable = books as unknown as Book[] & Record<string, (...rest: unknown[]) => unknown>;
  for (const method of ['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin']) {
    expect(() => writable[method]!()).toThrow(
      expect.objectContaining({ code: 'READ_ONLY', message: expect.stringContaining(method) }),
    );
  }
  for (const member of [0, 3, 255, 256, 5000, 'length', 'name']) {
    expect(() => {
      (writable as any)[member] = books[1]!;
    }).toThrow(expect.objectContaining({ code: 'READ_ONLY', details: { field: String(member) } }));
  }
  (books as unknown as { toJSON(): Book[] }).toJSON().length = 0;
  expect([books.length, books.map(isbn).length]).toEqual([3, 3]);
});

test('positions of searches are cut to whole numbers, as arrays do', () => {
  const [a, b] = books;
  expect([
    books.indexOf(b!, 0.9),
    books.indexOf(b!, 1.9),
    books.indexOf(a!, -3.5),
    books.indexOf(a!, Number.NaN),
  ]).toEqual([1, 1, 0, 0]);
  expect([
    books.lastIndexOf(b!, 1.9),
    books.lastIndexOf(b!, -2.9),
    books.lastIndexOf(b!, -9),
    books.lastIndexOf(a!, 99),
  ]).toEqual([1, 1, -1, 0]);
  expect([books.includes(a!, 1), books.includes(a!, -Infinity), books.includes(a!, Infinity)]).toEqual([
    false,
    true,
    false,
  ]);
});

@Snapshot()
class Owner {
  @Field('int32', { key: true }) id!: number;
  @ToMany(
    () => Item,
    (item) => item.owner,
  )
  items!: readonly Item[];
}

@Snapshot()
class Item {
  @Field('int32', { key: true }) id!: number;
  @ToOne(() => Owner) owner!: Owner;
}

test('a list longer than the index getters answers to every index', async () => {
  const owner = Object.assign(new Owner(), { id: 1 });
  const count = 70_000;
  const items = Array.from({ length: count }, (_, id) => Object.assign(new Item(), { id, owner }));
  const big = await snapshotOf([owner, ...items]);
  const list = big.get(Owner, 1)!.items;
  expect(list.length).toBe(count);
  expect([list[0]!.id, list[4095]!.id, list[4096]!.id, list[count - 1]!.id, list[count]]).toEqual([
    0,
    4095,
    4096,
    count - 1,
    undefined,
  ]);
  expect(list.at(-1)!.id).toBe(count - 1);
  expect(list.filter((item) => item.id >= count - 2).map((item) => item.id)).toEqual([count - 2, count - 1]);
  let sum = 0;
  for (const item of list) sum += item.id;
  expect(sum).toBe((count * (count - 1)) / 2);
  expect(list.includes(big.get(Item, 69_999)!)).toBe(true);
  expect([5000 in list, count - 1 in list, 'map' in list, 'nothing' in list]).toEqual([true, true, true, false]);
  const joined = ([] as Item[]).concat(list, list);
  expect([joined.length, joined[count - 1]!.id, joined.at(-1)!.id]).toEqual([2 * count, count - 1, count - 1]);
  expect(Array.prototype.map.call(list, (item: Item) => item.id).at(-1)).toBe(count - 1);
  const [first, , third] = list;
  expect([first!.id, third!.id]).toEqual([0, 2]);
  for (const member of [0, 5000, count, 'length', 'name']) {
    expect(() => {
      (list as any)[member] = first;
    }).toThrow(expect.objectContaining({ code: 'READ_ONLY' }));
  }
  big.close();
  expect(() => list[5000]).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
});
