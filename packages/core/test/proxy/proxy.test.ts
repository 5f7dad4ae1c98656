import { inspect } from 'node:util';
import {
  createSnapshot,
  defineSchema,
  Field,
  isRecord,
  isSameRecord,
  materialize,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
  Snapshot,
  schemaFromClasses,
  snapshotOf,
} from '../../src';
import { Author, Book, constructed, library } from './library';

let snapshot: OpenedSnapshot;
beforeAll(async () => {
  snapshot = await library();
});

test('a proxy is an instance of its class, with its getters, methods and toString, and its constructor is not run', () => {
  const before = constructed;
  const ann = snapshot.get(Author, 1)!;
  expect(ann).toBeInstanceOf(Author);
  expect(ann.initials).toBe('AA');
  expect(ann.greet(snapshot.get(Author, 2)!)).toBe('Ann Archer greets Bob Baker');
  expect(`${ann}`).toBe('author Ann Archer');
  expect(ann.constructor).toBe(Author);
  expect(constructed).toBe(before);
});

test('null, absent and empty are told apart', () => {
  expect(snapshot.get(Author, 2)!.country).toBeNull();
  expect(snapshot.get(Author, 3)!.country).toBeUndefined();
  expect(snapshot.get(Author, 3)!.editor).toBeNull();
  expect(snapshot.get(Author, 3)!.books).toHaveLength(0);
  expect(snapshot.get(Book, 'b')!.price).toBeNull();
  expect(snapshot.get(Book, 'c')!.price).toBeUndefined();
});

test('what a record refers to is the same object while the record is held', () => {
  const ann = snapshot.get(Author, 1)!;
  const editor = ann.editor;
  expect(ann.editor).toBe(editor);
  expect(ann.books).toBe(ann.books);
  expect(ann.books[1]).toBe(ann.books[1]);
  expect(snapshot.get(Author, 2)).not.toBe(editor);
});

test('across paths records are the same by isSameRecord', async () => {
  const ann = snapshot.get(Author, 1)!;
  expect(isSameRecord(ann.books[0]!.author, ann)).toBe(true);
  expect(isSameRecord(ann.editor!.editor, ann)).toBe(true);
  expect(isSameRecord(ann, snapshot.get(Author, 2))).toBe(false);
  expect(isSameRecord(snapshot.get(Book, 'a'), ann)).toBe(false);
  expect(isSameRecord(ann, materialize(ann))).toBe(false);
  expect(isSameRecord(undefined, undefined)).toBe(false);
  expect([isRecord(ann), isRecord(materialize(ann)), isRecord(null)]).toEqual([true, false, false]);
});

test('one class shows the records of all snapshots with this schema and layout', async () => {
  const other = await library();
  const [one, two] = [snapshot.get(Author, 1)!, other.get(Author, 1)!];
  expect(Object.getPrototypeOf(one)).toBe(Object.getPrototypeOf(two));
  other.close();
  expect(one.name).toBe('Ann Archer');
  expect(() => two.name).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
});

test.each(['name', 'id', 'editor', 'books'])(
  'assigning to %s is refused with the entity, the field and the way out',
  (member) => {
    const ann = snapshot.get(Author, 1) as unknown as Record<string, unknown>;
    expect(() => {
      ann[member] = 'x';
    }).toThrow(
      expect.objectContaining({
        code: 'READ_ONLY',
        message: expect.stringMatching(new RegExp(`Author\\.${member}.*materialize`)),
      }),
    );
  },
);

test('JSON has the fields, and the relations asked for', () => {
  const ann = snapshot.get(Author, 1)!;
  expect(JSON.stringify(ann)).toBe('{"id":1,"name":"Ann Archer","country":"at"}');
  const [asked] = snapshot.byOrdinal.proxiesOf(Author, [snapshot.byOrdinal.ordinalOf(Author, 1)], {
    editor: { books: true },
  });
  expect(JSON.parse(JSON.stringify(asked))).toEqual({
    id: 1,
    name: 'Ann Archer',
    country: 'at',
    editor: {
      id: 2,
      name: 'Bob Baker',
      country: null,
      books: [{ isbn: 'd', title: 'title of d', printed: new Date(1e12).toISOString() }],
    },
  });
});

test('a property that the entity does not declare stays on that object', () => {
  const first = [...snapshot.all(Book)][0] as Book & { note?: string };
  first.note = 'mine';
  expect(first.note).toBe('mine');
  expect([...snapshot.all(Book)][0]).not.toHaveProperty('note');
  expect(JSON.parse(JSON.stringify(first))).not.toHaveProperty('note');
  expect(materialize(first)).not.toHaveProperty('note');
});

test('a copy by spread has no fields and is no record', () => {
  const spread = { ...snapshot.get(Author, 1)!, name: 'changed' };
  expect(Object.keys(spread)).toEqual(['name']);
  expect([isRecord(spread), isSameRecord(spread, snapshot.get(Author, 1))]).toEqual([false, false]);
  expect(() => materialize(spread)).toThrow(expect.objectContaining({ code: 'NOT_A_RECORD' }));
  expect({ ...materialize(snapshot.get(Author, 1)!), name: 'changed' }).toEqual({
    id: 1,
    name: 'changed',
    country: 'at',
  });
});

test('inspect shows the class and the fields', () => {
  expect(inspect(snapshot.get(Author, 3))).toBe("Author { id: 3, name: 'Cid' }");
  expect(inspect(snapshot.get(Author, 2)!.books)).toContain("isbn: 'd'");
});

test('proxies are made of ordinals alone', () => {
  for (const wrong of [-1, 0.5, Number.NaN, '1'])
    expect(() => snapshot.byOrdinal.proxiesOf(Author, [wrong as number])).toThrow(TypeError);
  expect(() => snapshot.byOrdinal.proxiesOf(Author, [3])).toThrow(expect.objectContaining({ code: 'FILE_CORRUPT' }));
});

test('scan re-points one cursor, all gives a proxy each', async () => {
  const production = await library({ development: false });
  const seen = new Set<object>();
  const names: string[] = [];
  for (const author of production.scan(Author)) {
    seen.add(author);
    names.push(`${author.name}, edited by ${author.editor?.name}`);
  }
  expect(seen.size).toBe(1);
  expect(names).toEqual([
    'Ann Archer, edited by Bob Baker',
    'Bob Baker, edited by Ann Archer',
    'Cid, edited by undefined',
  ]);
  expect(new Set(snapshot.all(Author)).size).toBe(3);
  expect([...snapshot.all(Book)].map((book) => book.isbn)).toEqual(['a', 'b', 'c', 'd']);
});

describe('materialize', () => {
  test('gives a real instance that can be changed', () => {
    const copy = materialize(snapshot.get(Author, 1)!);
    expect(copy).toBeInstanceOf(Author);
    expect(Object.keys(copy)).toEqual(['id', 'name', 'country']);
    copy.name = 'Anna';
    expect(copy.initials).toBe('A');
    expect(
      'country' in materialize(snapshot.get(Author, 3)!) &&
        Object.hasOwn(materialize(snapshot.get(Author, 3)!), 'country'),
    ).toBe(false);
  });

  test('copies the relations named and keeps cycles', () => {
    const ann = materialize(snapshot.get(Author, 1)!, {
      relations: { books: { author: true }, editor: { editor: true } },
    });
    expect(ann.books.map((book) => book.isbn)).toEqual(['a', 'b', 'c']);
    expect(Array.isArray(ann.books)).toBe(true);
    expect(ann.books[0]!.author).toBe(ann);
    expect(ann.editor!.editor).toBe(ann);
    expect(isRecord(ann.editor)).toBe(false);
  });

  test('without sharing gives an instance a path, without back links', () => {
    const ann = materialize(snapshot.get(Author, 1)!, { relations: { books: { author: true } }, shared: false });
    expect(ann.books[0]!.author).not.toBe(ann);
    expect(Object.keys(ann.books[0]!.author)).toEqual(['id', 'name', 'country']);
  });

  test('makes own members of what the class has accessors for, and runs none of them', async () => {
    @Snapshot()
    class Guarded {
      @Field('int32', { key: true }) id!: number;
      get name(): string {
        return 'from the class';
      }
      set name(_: string) {
        throw new Error('a setter ran');
      }
      get constructorName(): string {
        return 'only a getter';
      }
    }
    Field('text')(Guarded.prototype, 'name');
    Field('text')(Guarded.prototype, 'constructorName');
    const record = { id: 1, name: 'stored', constructorName: 'stored too' };
    const guarded = await snapshotOf([Object.create(Guarded.prototype, Object.getOwnPropertyDescriptors(record))]);
    const proxy = guarded.get(Guarded, 1)!;
    expect([proxy.name, proxy.constructorName]).toEqual(['stored', 'stored too']);
    const copy = materialize(proxy);
    expect({ ...copy }).toEqual(record);
    expect(copy).toBeInstanceOf(Guarded);
    copy.name = 'changed';
    expect(copy.name).toBe('changed');
    expect(JSON.parse(JSON.stringify(proxy))).toEqual(record);
  });

  test('JSON values are fresh on every read', () => {
    const first = snapshot.get(Book, 'a')!;
    first.extra!.pages = 8;
    expect(first.extra!.pages).toBe(7);
  });

  test('refuses what is not a record, and relations that are not there', () => {
    expect(() => materialize({})).toThrow(expect.objectContaining({ code: 'NOT_A_RECORD' }));
    expect(() => materialize(snapshot.get(Author, 1)!, { relations: { bokos: true } })).toThrow(
      expect.objectContaining({ code: 'FIELD_UNKNOWN', message: expect.stringContaining('Did you mean "books"') }),
    );
  });
});

test('keys: what is not there is undefined, what is no key is refused', () => {
  expect(snapshot.get(Author, 99)).toBeUndefined();
  expect(snapshot.get(Author, 2 ** 40)).toBeUndefined();
  expect(snapshot.get(Book, 'zzz')).toBeUndefined();
  expect(snapshot.get(Book, ['a'])!.title).toBe('title of a');
  expect(snapshot.get(Book, { isbn: 'a' })!.title).toBe('title of a');
  for (const wrong of [null, undefined, 'x', [1, 2], {}, Number.NaN]) {
    const read = () => snapshot.get(Author, wrong);
    if (typeof wrong === 'number') expect(read()).toBeUndefined();
    else expect(read).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  }
  expect(() => snapshot.get('Autor', 1)).toThrow(
    expect.objectContaining({ code: 'ENTITY_UNKNOWN', message: expect.stringContaining('Did you mean "Author"') }),
  );
});

test('classes must mean what the file means', async () => {
  const storage = memoryStorage();
  const schema = schemaFromClasses([Author, Book]);
  const [authorSchema, bookSchema] = schema.entities;
  const changed = defineSchema([
    {
      ...authorSchema!,
      fields: authorSchema!.fields.map((field) =>
        field.name === 'name' ? { ...field, type: 'bytes' as const } : field,
      ),
    },
    bookSchema!,
  ]);
  const writer = createSnapshot({ path: 'changed', schema: changed, storage });
  await writer.finish();
  await expect(openSnapshot('changed', { storage, entities: [Author, Book] })).rejects.toMatchObject({
    code: 'SCHEMA_MISMATCH',
    message: expect.stringContaining('"name"'),
  });
});
