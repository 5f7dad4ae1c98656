/** A small library for tests of proxies: authors, their books, who edits whom. */
import { Field, type OpenedSnapshot, Snapshot, snapshotOf, ToMany, ToOne } from '../../src';

export let constructed = 0;

@Snapshot()
export class Author {
  @Field('int32', { key: true }) id!: number;
  @Field('text') name!: string;
  @Field('text', { nullable: true }) country?: string | null;
  @ToOne(() => Author) editor?: Author | null;
  @ToMany(
    () => Book,
    (book) => book.author,
  )
  books!: readonly Book[];

  constructor() {
    constructed++;
  }

  get initials(): string {
    return this.name
      .split(' ')
      .map((part) => part[0])
      .join('');
  }

  greet(other: Author): string {
    return `${this.name} greets ${other.name}`;
  }

  toString(): string {
    return `author ${this.name}`;
  }
}

@Snapshot()
export class Book {
  @Field('text', { key: true }) isbn!: string;
  @Field('text') title!: string;
  @Field('float64', { nullable: true }) price?: number | null;
  @Field('timestamptz') printed!: Date;
  @Field('json', { nullable: true }) extra?: { pages: number } | null;
  @ToOne(() => Author, { nullable: false }) author!: Author;
}

export function author(id: number, name: string, rest: Partial<Author> = {}): Author {
  return Object.assign(new Author(), { id, name, ...rest });
}

export function book(isbn: string, by: Author, rest: Partial<Book> = {}): Book {
  return Object.assign(new Book(), { isbn, title: `title of ${isbn}`, printed: new Date(1e12), author: by, ...rest });
}

/** Ann (1, edited by Bob) wrote a, b and c; Bob (2, edited by Ann) wrote d; Cid (3) wrote nothing, has no editor and no country. */
export async function library(options?: { development?: boolean }): Promise<OpenedSnapshot> {
  const ann = author(1, 'Ann Archer', { country: 'at' });
  const bob = author(2, 'Bob Baker', { country: null, editor: ann });
  ann.editor = bob;
  const cid = author(3, 'Cid', { editor: null });
  const books = [
    book('a', ann, { price: 1.5, extra: { pages: 7 } }),
    book('b', ann, { price: null }),
    book('c', ann),
    book('d', bob),
  ];
  return snapshotOf([ann, bob, cid, ...books], options);
}
