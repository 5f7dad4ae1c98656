/** Relations to one of several entities: written by instance or key, read as the right record, checked on every way in. */
import { inspect } from 'node:util';
import {
  createSnapshot,
  defineSchema,
  type EntityDefinition,
  Field,
  isSameRecord,
  materialize,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
  runQuery,
  Snapshot,
  schemaFromClasses,
  snapshotOf,
  ToMany,
  ToOne,
} from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { MemoryStorage } from '../support/memory-storage';
import { rejectionOf, thrownBy } from '../support/property';
import { assemble, disassemble, partOf } from '../support/reseal';

@Snapshot()
class Company {
  @Field('text', { key: true }) name!: string;
  @ToMany(
    () => Comment,
    (comment) => comment.subject,
  )
  comments!: readonly Comment[];
  @ToOne(() => Person) director?: Person | null;
}

@Snapshot({ name: 'people' })
class Person {
  @Field('int32', { key: true }) id!: number;
  @Field('int16', { key: true }) branch!: number;
  @ToMany(
    () => Comment,
    (comment) => comment.subject,
  )
  comments!: readonly Comment[];
  @ToOne(
    () => Comment,
    (comment) => comment.author,
  )
  onlyComment?: Comment | null;
}

@Snapshot()
class Comment {
  @Field('int32', { key: true }) id!: number;
  @ToOne(() => [Company, Person, Comment]) subject?: Company | Person | Comment | null;
  @ToOne(() => [Person, Company], { nullable: false }) author!: Person | Company;
}

const make = <T extends object>(entity: new () => T, values: Partial<T>): T => Object.assign(new entity(), values);
const classes = [Company, Person, Comment];

async function example(): Promise<OpenedSnapshot> {
  const ann = make(Person, { id: 1, branch: 5 });
  const bob = make(Person, { id: 2, branch: 5 });
  const acme = make(Company, { name: 'acme', director: ann });
  const comments = [
    make(Comment, { id: 1, subject: acme, author: ann }),
    make(Comment, { id: 2, subject: bob, author: acme }),
    make(Comment, { id: 3, author: bob }),
    make(Comment, { id: 4, subject: null, author: acme }),
  ];
  comments.push(make(Comment, { id: 5, subject: comments[0]!, author: acme }), make(Comment, { id: 6, author: acme }));
  comments[5]!.subject = comments[5]!; // itself
  return snapshotOf([acme, ann, bob, ...comments]);
}

let snapshot: OpenedSnapshot;
beforeAll(async () => {
  snapshot = await example();
});
const comment = (id: number) => snapshot.get(Comment, id)!;

test('each record leads to a record of its own entity, the same object while it is held', async () => {
  expect(comment(1).subject).toBeInstanceOf(Company);
  expect((comment(1).subject as Company).director!.id).toBe(1);
  expect(comment(2).subject).toBeInstanceOf(Person);
  expect(comment(5).subject).toBeInstanceOf(Comment);
  expect([comment(3).subject, comment(4).subject]).toEqual([undefined, null]);
  expect(comment(1).author).toBeInstanceOf(Person);
  expect(comment(2).author).toBeInstanceOf(Company);
  const first = comment(1);
  expect(first.subject).toBe(first.subject);
  expect(isSameRecord(comment(6).subject, comment(6))).toBe(true);
  let link: Comment = comment(6);
  for (let step = 0; step < 1000; step++) link = link.subject as Comment;
  expect(link.id).toBe(6);
  expect(await snapshot.verify()).toEqual([]);
});

test('the other sides have those that refer to them', () => {
  const idsOf = (comments: readonly Comment[]) => comments.map(({ id }) => id);
  expect(idsOf(snapshot.get(Company, 'acme')!.comments)).toEqual([1]);
  expect(idsOf(snapshot.get(Person, [1, 5])!.comments)).toEqual([]);
  expect(idsOf(snapshot.get(Person, [2, 5])!.comments)).toEqual([2]);
  expect(snapshot.get(Person, [1, 5])!.onlyComment!.id).toBe(1);
  expect(snapshot.get(Person, [2, 5])!.onlyComment!.id).toBe(3);
});

test('copies and JSON follow it; what below it only other targets have is passed over', () => {
  const relations = { subject: { director: true, author: true, comments: true } };
  const copies = [1, 2, 5].map((id) => materialize(comment(id), { relations }));
  expect(copies.map(({ subject }) => subject!.constructor)).toEqual([Company, Person, Comment]);
  expect((copies[0]!.subject as Company).director).toEqual(make(Person, { id: 1, branch: 5 }));
  expect(Object.keys(copies[1]!.subject!)).toEqual(['id', 'branch', 'comments']);
  expect(Object.keys(copies[2]!.subject!)).toEqual(['id', 'author']);
  expect(materialize(comment(4), { relations }).subject).toBeNull();
  expect(() => materialize(comment(1), { relations: { subject: { nobodyHas: true } } })).toThrow(
    expect.objectContaining({ code: 'FIELD_UNKNOWN' }),
  );
  const asked = snapshot.byOrdinal.proxiesOf(Comment, [0, 1, 3, 4], relations);
  expect(JSON.parse(JSON.stringify(asked))).toEqual([
    { id: 1, subject: { name: 'acme', director: { id: 1, branch: 5 }, comments: [{ id: 1 }] } },
    { id: 2, subject: { id: 2, branch: 5, comments: [{ id: 2 }] } },
    { id: 4, subject: null },
    { id: 5, subject: { id: 1, author: { id: 1, branch: 5 } } },
  ]);
  expect(inspect(asked[1], { depth: 4 })).toContain('subject: Person { id: 2, branch: 5');
});

test('conditions name the entity and the key', () => {
  const find = (...values: unknown[]) => [
    ...runQuery(snapshot, { entity: 'Comment', where: [[{ field: 'subject', operator: 'in', values }]] }),
  ];
  expect(find({ entity: 'Company', key: 'acme' })).toEqual([0]);
  expect(find({ entity: 'people', key: [2, 5] }, { entity: 'Comment', key: 1 }, null)).toEqual([1, 4]);
  expect(find({ entity: 'people', key: [9, 5] }, null)).toEqual([]);
  for (const wrong of ['acme', 1, { entity: 'Persons', key: 1 }, { key: 'acme' }, []])
    expect(() => find(wrong)).toThrow(
      expect.objectContaining({ code: 'VALUE_TYPE', message: expect.stringContaining('Company or people or Comment') }),
    );
  expect(() => find({ entity: 'Company' })).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
});

describe('what is written', () => {
  const begin = () => createSnapshot({ path: 'x', schema: schemaFromClasses(classes), storage: memoryStorage() });
  const acme = { entity: 'Company', key: 'acme' };

  test('may be named by instance, by proxy, or by entity and key', async () => {
    class Subclass extends Company {}
    const storage = memoryStorage();
    const writer = createSnapshot({ path: 'x', schema: schemaFromClasses(classes), storage });
    writer.add(Company, { name: 'acme' });
    writer.add(Person, { id: 2, branch: 5 });
    const given = [
      make(Company, { name: 'acme' }),
      make(Subclass, { name: 'acme' }),
      snapshot.get(Company, 'acme'),
      materialize(snapshot.get(Company, 'acme')!),
      acme,
      { entity: Company, key: 'acme' },
      { entity: 'Company', key: { name: 'acme' } },
      { entity: Person, key: [2, 5] },
      { entity: 'people', key: { id: 2, branch: 5 } },
    ];
    for (const [id, subject] of given.entries()) writer.add(Comment, { id, subject, author: acme });
    const references = writer.table(Comment).reference('subject', 'people');
    const table = writer.table(Comment);
    table.beginRecord();
    table.column('id').setInt32(100);
    table.reference('author', 'Company')[0]!.setText('acme');
    references[0]!.setInt32(2);
    references[1]!.setInt32(5);
    table.endRecord();
    await writer.finish();
    const opened = await openSnapshot('x', { storage, entities: classes });
    const subjects = [...opened.all(Comment)].map(({ subject }) => subject as Company | Person);
    expect(subjects.map((subject) => (subject instanceof Company ? subject.name : subject.id))).toEqual([
      ...given.slice(0, 7).map(() => 'acme'),
      2,
      2,
      2,
    ]);
    expect(await opened.verify()).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['a bare key', 'acme', 'VALUE_TYPE'],
    ['a plain object with the key', { name: 'acme' }, 'VALUE_TYPE'],
    ['an instance of another entity', make(Comment, { id: 1 }), 'VALUE_TYPE'],
    ['another entity by name', { entity: 'Comment', key: 1 }, 'VALUE_TYPE'],
    ['no entity of the schema', { entity: '__proto__', key: 1 }, 'VALUE_TYPE'],
    ['no key', { entity: 'Company', key: null }, 'VALUE_TYPE'],
    ['a key of another shape', { entity: 'Company', key: ['a', 'b'] }, 'VALUE_TYPE'],
    ['a key of another type', { entity: 'people', key: ['1', 5] }, 'VALUE_TYPE'],
    ['an instance without its key', new Company(), 'VALUE_TYPE'],
    ['null where it is required', null, 'VALUE_NULL'],
    ['nothing where it is required', undefined, 'VALUE_NULL'],
  ])('is refused: %s', (_, author, code) => {
    using writer = begin();
    const error = thrownBy(() => writer.add(Comment, { id: 7, author }));
    expect(error).toMatchObject({ code, details: { entity: 'Comment', key: 7 } });
    expect(error.message).toMatch(/^Comment\.author/);
    writer.add(Comment, { id: 7, author: acme }); // the writer is still open, and the record was not added
  });

  test('is reached from a root, and both sides must agree', async () => {
    const ann = make(Person, { id: 1, branch: 5 });
    const company = make(Company, { name: 'acme', director: ann });
    const root = make(Comment, { id: 1, subject: company, author: ann });
    const reply = make(Comment, { id: 2, subject: root, author: company });
    company.comments = [root];
    const storage = memoryStorage();
    const writer = createSnapshot({ path: 'x', schema: schemaFromClasses(classes), storage });
    writer.add(reply);
    await writer.finish();
    const opened = await openSnapshot('x', { storage, entities: classes });
    expect(classes.map((entity) => opened.count(entity))).toEqual([1, 1, 2]);
    expect(((opened.get(Comment, 2)!.subject as Comment).subject as Company).name).toBe('acme');

    const given: [subject: unknown, code: string | undefined][] = [
      [{ entity: 'Company', key: 'acme' }, undefined],
      [{ entity: Company, key: ['acme'] }, undefined],
      [{ entity: 'Company', key: 'other' }, 'REFERENCE_CONTRADICTORY'],
      [{ entity: 'Comment', key: 1 }, 'REFERENCE_CONTRADICTORY'],
      [ann, 'REFERENCE_CONTRADICTORY'],
    ];
    for (const [subject, code] of given) {
      using another = begin();
      const comments = [make(Comment, { id: 1, subject: subject as Company, author: ann })];
      const add = () => another.add(make(Company, { name: 'acme', comments }));
      if (code === undefined) add();
      else expect(thrownBy(add)).toMatchObject({ code, details: { entity: 'Company', field: 'comments' } });
    }
  });

  test('refers to one target at most', () => {
    using writer = begin();
    const table = writer.table(Comment);
    const one = table.reference('author', 'Company');
    const other = table.reference('author', 'people');
    const write = (both: boolean) => {
      table.beginRecord();
      table.column('id').setInt32(1);
      one[0]!.setText('acme');
      other[0]!.setInt32(1);
      if (both) other[1]!.setInt32(1);
      table.endRecord();
    };
    const error = thrownBy(() => write(true));
    expect(error).toMatchObject({ code: 'VALUE_RANGE', details: { entity: 'Comment', field: 'author' } });
    expect(error.message).toContain('people and Company at once');
    write(false); // half a key is no reference
    for (const target of [undefined, 'Comment', 'Persons'])
      expect(thrownBy(() => table.reference('author', target))).toMatchObject({ code: 'FIELD_UNKNOWN' });
  });

  test('must lead somewhere', async () => {
    const writer = begin();
    writer.add(Company, { name: 'other' });
    writer.add(Comment, { id: 7, author: acme });
    expect(await rejectionOf(writer.finish())).toMatchObject({
      code: 'REFERENCE_DANGLING',
      details: { entity: 'Comment', field: 'author', key: 7, actual: 'acme' },
    });
  });

  test('leads to one record alone where the other side is to-one', async () => {
    const writer = begin();
    writer.add(Person, { id: 2, branch: 5 });
    for (const id of [1, 2]) writer.add(Comment, { id, author: { entity: Person, key: [2, 5] } });
    expect(await rejectionOf(writer.finish())).toMatchObject({
      code: 'REFERENCE_NOT_UNIQUE',
      details: { entity: 'people', field: 'onlyComment' },
    });
  });
});

describe('the schema', () => {
  const id = { name: 'id', type: 'int32' } as const;
  const entity = (name: string, relations: object[] = []) =>
    ({ name, key: ['id'], fields: [id], relations }) as EntityDefinition;
  const define = (relation: object, others: EntityDefinition[] = []) =>
    defineSchema([entity('A', [{ name: 'r', kind: 'to-one', ...relation }]), entity('B'), ...others]);

  test('knows targets and their order', () => {
    const prints = [['A', 'B'], ['B', 'A'], ['A'], ['B']].map((targets) => define({ targets }).fingerprint);
    expect(new Set([...prints, define({ target: 'A' }).fingerprint]).size).toBe(5);
    expect(schemaFromClasses(classes).entities[2]!.relations).toEqual([
      { name: 'subject', kind: 'to-one', targets: ['Company', 'people', 'Comment'], nullable: true },
      { name: 'author', kind: 'to-one', targets: ['people', 'Company'], nullable: false },
    ]);
  });

  test.each<[string, object, string]>([
    ['no target', {}, 'refers to the entity "undefined"'],
    ['a target and targets', { target: 'A', targets: ['B'] }, 'both a `target` and `targets`'],
    ['no targets', { targets: [] }, '`targets` is a list'],
    ['targets that are no list', { targets: 'AB' }, '`targets` is a list'],
    ['a target twice', { targets: ['A', 'A'] }, 'not distinct'],
    ['a target that is not there', { targets: ['A', 'Bb'] }, 'did you mean'],
    ['a list of several', { kind: 'to-many', targets: ['A', 'B'] }, 'a to-many relation has one target'],
    ['an inverse', { targets: ['A', 'B'], inverse: 'r' }, 'has no inverse'],
  ])('refuses %s', (_, relation, message) => {
    const error = thrownBy(() => define(relation));
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID', details: { entity: 'A', field: 'r' } });
    expect(error.message).toContain(message);
  });

  test('refuses an inverse on an entity that is no target', () => {
    const inverse = entity('C', [{ name: 'as', kind: 'to-many', target: 'A', inverse: 'r' }]);
    expect(thrownBy(() => define({ targets: ['A', 'B'] }, [inverse])).message).toContain('refers to A or B, not to C');
  });

  test('refuses classes that are not decorated', () => {
    class Bare {}
    @Snapshot()
    class Broken {
      @Field('int8', { key: true }) id!: number;
      @ToOne(() => [Company, Bare]) what?: object;
    }
    expect(thrownBy(() => schemaFromClasses([Broken, ...classes])).message).toContain('Broken.what: it refers to Bare');
  });
});

describe('a damaged file', () => {
  /** The example with the author of the first comment changed in the file, all checksums right. */
  async function changed(number: number, ordinal: number): Promise<OpenedSnapshot> {
    const storage = new MemoryStorage();
    const writer = createSnapshot({ path: 'm/x', schema: schemaFromClasses(classes), storage });
    writer.add(Company, { name: 'acme' });
    writer.add(Person, { id: 2, branch: 5 });
    writer.add(Comment, { id: 1, author: { entity: Company, key: 'acme' } });
    await writer.finish();
    const whole = await openSnapshot('m/x', { storage });
    const { offset, kind } = whole.reader.tables[2]!.slotOf('author');
    expect(kind).toBe('polymorphic-reference');
    const parts = disassemble(storage.readAll('m/x'));
    const record = partOf(parts, sectionKinds.records, 2).bytes;
    expect([record.readUInt32LE(offset), record.readUInt32LE(offset + 4)]).toEqual([1, 0]);
    record.writeUInt32LE(number, offset);
    record.writeUInt32LE(ordinal, offset + 4);
    return openSnapshot('m/x', { storage: MemoryStorage.with('m/x', assemble(parts)), entities: classes });
  }

  test.each([
    [2, 0, 'a record of target 2'],
    [0xffffffff, 0, 'a record of target 4294967295'],
    [1, 1, 'record 1'],
    [0, 0xffffffff, 'record 4294967295'],
  ])('with target %d and record %d is found, and read as no record', async (number, ordinal, message) => {
    const opened = await changed(number, ordinal);
    const findings = await opened.verify();
    expect(findings).toContainEqual(
      expect.objectContaining({
        entity: 'Comment',
        field: 'author',
        ordinal: 0,
        message: expect.stringContaining(message),
      }),
    );
    const read = opened.get(Comment, 1)!;
    expect(() => read.author).toThrow(expect.objectContaining({ code: 'FILE_CORRUPT' }));
    expect([
      ...runQuery(opened, {
        entity: 'Comment',
        where: [[{ field: 'author', operator: 'equal', values: [{ entity: 'Company', key: 'acme' }] }]],
      }),
    ]).toEqual([]);
  });

  test('that leads to another entity is found by the other side', async () => {
    const opened = await changed(0, 0);
    expect(opened.get(Comment, 1)!.author).toBeInstanceOf(Person);
    expect(await opened.verify()).toContainEqual(
      expect.objectContaining({
        entity: 'people',
        field: 'onlyComment',
        message: expect.stringContaining('Comment.author stores'),
      }),
    );
  });
});

test('a closed snapshot gives none', async () => {
  const opened = await example();
  const first = opened.get(Comment, 1)!;
  const kept = first.subject as Company;
  opened.close();
  for (const read of [() => first.subject, () => first.author, () => kept.name])
    expect(read).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
});
