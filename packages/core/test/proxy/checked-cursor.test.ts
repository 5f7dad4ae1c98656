/** Development mode: a cursor that was kept throws when it is read; what was taken from it in time goes on. */
import { inspect } from 'node:util';
import { isRecord, isSameRecord, materialize, type OpenedSnapshot } from '../../src';
import { Author, library } from './library';

const stale = expect.objectContaining({
  code: 'CURSOR_STALE',
  message: expect.stringMatching(/^Author: .*materialize\(it\).*all\(\)/),
  details: { entity: 'Author' },
});

let snapshot: OpenedSnapshot;
beforeAll(async () => {
  snapshot = await library({ development: true });
});

const ways: [string, (author: Author) => unknown][] = [
  ['a number', (author) => author.id],
  ['a text', (author) => author.name],
  ['a field that is null', (author) => author.country],
  ['a to-one relation', (author) => author.editor],
  ['a to-many relation', (author) => author.books],
  ['a getter of the class', (author) => author.initials],
  ['JSON', (author) => JSON.stringify(author)],
  ['materialize', (author) => materialize(author)],
  ['identity', (author) => isSameRecord(author, snapshot.get(Author, 1))],
  ['identity, the other way round', (author) => isSameRecord(snapshot.get(Author, 1), author)],
  ['membership of a list', (author) => snapshot.get(Author, 1)!.books[0]!.author.books.includes(author as never)],
  ['a key', (author) => snapshot.get(Author, author)],
];

describe.each(ways)('%s', (_, read) => {
  test('is given by a cursor in its step, and refused when the scan has moved on', () => {
    const scan = snapshot.scan(Author);
    const first = scan.next().value!;
    read(first);
    const second = scan.next().value!;
    expect(() => read(first)).toThrow(stale);
    read(second);
  });

  test('is refused after the loop, however it ended', () => {
    let last: Author | undefined;
    for (const author of snapshot.scan(Author)) last = author;
    expect(() => read(last!)).toThrow(stale);
    for (const author of snapshot.scan(Author)) {
      last = author;
      break;
    }
    expect(() => read(last!)).toThrow(stale);
    try {
      for (const author of snapshot.scan(Author)) {
        last = author;
        throw new Error('the loop broke');
      }
    } catch {
      // as meant
    }
    expect(() => read(last!)).toThrow(stale);
  });
});

test('all cursors of a spread scan are stale', () => {
  const kept = [...snapshot.scan(Author)];
  expect(new Set(kept).size).toBe(3);
  for (const author of kept) expect(() => author.name).toThrow(stale);
});

test('what was taken from a cursor in time may be kept', () => {
  const kept: { name: string; editor: Author | null | undefined; books: Author['books'] }[] = [];
  for (const author of snapshot.scan(Author))
    kept.push({ name: author.name, editor: author.editor, books: author.books });
  expect(kept.map(({ name }) => name)).toEqual(['Ann Archer', 'Bob Baker', 'Cid']);
  expect(kept.map(({ editor }) => editor?.id)).toEqual([2, 1, undefined]);
  expect(kept.map(({ books }) => books.map((book) => book.author.id))).toEqual([[1, 1, 1], [2], []]);
});

test('scans do not disturb each other, nor other proxies of the record', () => {
  const held = snapshot.get(Author, 1)!;
  const names: string[] = [];
  for (const author of snapshot.scan(Author))
    for (const other of snapshot.scan(Author)) names.push(`${author.id}${other.id}${held.id}`);
  expect(names).toEqual(['111', '121', '131', '211', '221', '231', '311', '321', '331']);
});

test('a stale cursor can be printed, and is still known for a record', () => {
  const [cursor] = [...snapshot.scan(Author)];
  expect(inspect(cursor)).toBe('[stale cursor of Author]');
  expect(cursor).toBeInstanceOf(Author);
  expect(isRecord(cursor)).toBe(true);
  expect(() => {
    cursor!.name = 'x';
  }).toThrow(expect.objectContaining({ code: 'READ_ONLY' }));
});

test('a membership test refuses a stale cursor of the same entity', () => {
  const [cursor] = [...snapshot.scan(Author)];
  expect(() => [snapshot.get(Author, 1)!.editor].includes(cursor)).not.toThrow(); // an ordinary array compares objects
  expect(() => snapshot.get(Author, 1)!.books.indexOf(cursor as never)).toThrow(stale);
});

describe('the default', () => {
  const before = process.env['NODE_ENV'];
  afterEach(() => {
    process.env['NODE_ENV'] = before;
  });

  test.each([
    ['production', false],
    ['test', true],
    ['', true],
  ])('with NODE_ENV "%s" checks cursors: %s', async (value, checks) => {
    process.env['NODE_ENV'] = value;
    const [first, second] = [...(await library()).scan(Author)];
    if (checks) expect(() => first!.id).toThrow(stale);
    else expect([first === second, first!.id]).toEqual([true, 3]);
  });
});
