/** Single-table inheritance: a record is an instance of the class that its discriminator says, with the members of that class alone. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  countQuery,
  createSnapshot,
  defineSchema,
  deriveSnapshot,
  type EntityClass,
  type EntityDefinition,
  Field,
  isSameRecord,
  materialize,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
  runQuery,
  Snapshot,
  SnapshotIndex,
  Subtype,
  schemaFromClasses,
  snapshotOf,
  ToMany,
  ToOne,
} from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { anyCase, Dice } from '../support/dice';
import { MemoryStorage } from '../support/memory-storage';
import { holds, rejectionOf, thrownBy } from '../support/property';
import { assemble, disassemble, partOf } from '../support/reseal';

@Snapshot({ discriminator: 'kind' })
class Person {
  @Field('int32', { key: true }) id!: number;
  @Field('text', { nullable: true }) kind?: string | null;
  @SnapshotIndex() @Field('text') name!: string;
  @ToOne(() => Person) friend?: Person | null;
  @ToMany(
    () => Person,
    (person) => person.friend,
  )
  friends!: readonly Person[];

  greet(): string {
    return `I am ${this.name}`;
  }
}

@Subtype('staff')
class Employee extends Person {
  @Field('int32') salary!: number;
  @ToOne(() => Person) boss?: Person | null;

  override greet(): string {
    return `${super.greet()}, I work here`;
  }
}

@Subtype('teacher')
class Teacher extends Employee {
  @ToMany(
    () => Course,
    (course) => course.teacher,
  )
  courses!: readonly Course[];
  @Field('text') room!: string;
}

@Subtype('student', { name: 'pupils' })
class Student extends Person {
  @Field('int16') grade!: number;
  @Field('text') room!: string;
  @ToMany(() => Course) attends!: readonly Course[];
}

@Snapshot()
class Course {
  @Field('text', { key: true }) title!: string;
  @ToOne(() => Person) teacher!: Person;
}

const classes: EntityClass[] = [Person, Student, Teacher, Employee, Course];
const make = <T extends object>(entity: new () => T, values: object): T => Object.assign(new entity(), values);

/** 1 Tea (teacher, boss Emp), 2 Stu (student, friend Tea), 3 Emp (staff), 4 Per (of no kind), 5 Ali (of an unknown kind). */
function people(): object[] {
  const emp = make(Employee, { id: 3, name: 'Emp', salary: 10 });
  const tea = make(Teacher, { id: 1, name: 'Tea', salary: 20, boss: emp, room: 'r1' });
  const course = make(Course, { title: 'algebra', teacher: tea });
  const stu = make(Student, { id: 2, name: 'Stu', grade: 7, room: 'r2', friend: tea, attends: [course] });
  const per = make(Person, { id: 4, name: 'Per', friend: stu });
  const ali = make(Person, { id: 5, name: 'Ali', kind: 'alien', friend: emp });
  return [emp, tea, course, stu, per, ali];
}

let snapshot: OpenedSnapshot;
beforeAll(async () => {
  snapshot = await snapshotOf(people(), { development: false });
});

const idsOf = (records: Iterable<object>) => [...records].map((record) => (record as Person).id);

describe('reading', () => {
  test('gives each record as an instance of its class', async () => {
    const found = [1, 2, 3, 4, 5].map((id) => snapshot.get(Person, id)!);
    expect(found.map((person) => person.constructor)).toEqual([Teacher, Student, Employee, Person, Person]);
    expect(found.map((person) => person instanceof Employee)).toEqual([true, false, true, false, false]);
    expect(found.map((person) => person.greet())).toEqual([
      'I am Tea, I work here',
      'I am Stu',
      'I am Emp, I work here',
      'I am Per',
      'I am Ali',
    ]);
    expect(found.map(({ kind }) => kind)).toEqual(['teacher', 'student', 'staff', undefined, 'alien']);
    expect(await snapshot.verify()).toEqual([]);
  });

  test('of a subtype finds its records and those of subtypes below it', () => {
    expect(snapshot.get(Teacher, 1)!.room).toBe('r1');
    expect(snapshot.get(Employee, 1)).toBeInstanceOf(Teacher);
    expect([
      snapshot.get(Teacher, 2),
      snapshot.get(Teacher, 3),
      snapshot.get(Student, 4),
      snapshot.get(Employee, 99),
    ]).toEqual([undefined, undefined, undefined, undefined]);
    const all = ([Person, Employee, Teacher, Student] as const).map((entity) =>
      idsOf(snapshot.all(entity as typeof Person)),
    );
    expect(all).toEqual([[1, 2, 3, 4, 5], [1, 3], [1], [2]]);
    expect([Person, Employee, Teacher, Student].map((entity) => snapshot.count(entity))).toEqual([5, 2, 1, 1]);
    expect([
      snapshot.byOrdinal.ordinalOf(Employee, 3),
      snapshot.byOrdinal.ordinalOf(Employee, 2),
      snapshot.byOrdinal.ordinalOf(Employee, 99),
    ]).toEqual([2, -1, -1]);
    expect(idsOf(snapshot.find(Person, 'name', 'Tea'))).toEqual([1]);
    expect(idsOf(snapshot.find(Student, 'name', 'Tea'))).toEqual([]);
    expect([snapshot.findOne(Employee, 'name', 'Tea')!.salary, snapshot.findOne(Student, 'name', 'Tea')]).toEqual([
      20,
      undefined,
    ]);
  });

  test.each([false, true])('scans with a cursor of the right class (development: %s)', async (development) => {
    const opened = await snapshotOf(people(), { development });
    const seen: unknown[] = [];
    for (const person of opened.scan(Person))
      seen.push([person.constructor, person.id, person.greet(), (person as Employee).salary]);
    expect(seen).toEqual([
      [Teacher, 1, 'I am Tea, I work here', 20],
      [Student, 2, 'I am Stu', undefined],
      [Employee, 3, 'I am Emp, I work here', 10],
      [Person, 4, 'I am Per', undefined],
      [Person, 5, 'I am Ali', undefined],
    ]);
    const staff: number[] = [];
    for (const employee of opened.scan(Employee)) staff.push(employee.salary);
    expect(staff).toEqual([20, 10]);
    const kept = [...opened.scan(Employee)];
    if (development) expect(() => kept[0]!.name).toThrow(expect.objectContaining({ code: 'CURSOR_STALE' }));
    opened.close();
    expect(() => [...opened.scan(Employee)]).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CLOSED' }));
    expect(() => kept[0]!.name).toThrow();
  });

  test('follows relations to the right class', () => {
    const tea = snapshot.get(Teacher, 1)!;
    expect(tea.boss).toBeInstanceOf(Employee);
    expect(tea.courses.map(({ title }) => title)).toEqual(['algebra']);
    expect(tea.courses[0]!.teacher).toBeInstanceOf(Teacher);
    expect(tea.friends[0]).toBeInstanceOf(Student);
    expect(tea.friends[0]).toBe(tea.friends[0]);
    expect(isSameRecord(tea.courses[0]!.teacher, snapshot.get(Person, 1))).toBe(true);
    expect(snapshot.get(Student, 2)!.attends[0]!.title).toBe('algebra');
    let link: Person = snapshot.get(Person, 4)!;
    link = link.friend!;
    expect(link).toBeInstanceOf(Student);
  });

  test('shows the members of the class alone', () => {
    const [tea, stu, emp, per] = [1, 2, 3, 4].map((id) => snapshot.get(Person, id)!);
    expect([tea, stu, emp, per].map((person) => 'salary' in person!)).toEqual([true, false, true, false]);
    expect([tea, stu, emp, per].map((person) => 'room' in person!)).toEqual([true, true, false, false]);
    expect((stu as unknown as Teacher).courses).toBeUndefined();
    expect(JSON.parse(JSON.stringify([tea, stu, emp, per]))).toEqual([
      { id: 1, kind: 'teacher', name: 'Tea', salary: 20, room: 'r1' },
      { id: 2, kind: 'student', name: 'Stu', room: 'r2', grade: 7 },
      { id: 3, kind: 'staff', name: 'Emp', salary: 10 },
      { id: 4, name: 'Per' },
    ]);
    expect(inspect(tea)).toBe("Teacher { id: 1, kind: 'teacher', name: 'Tea', salary: 20, room: 'r1' }");
    const copy = materialize(stu!);
    expect(copy).toBeInstanceOf(Student);
    expect(Object.keys(copy).sort()).toEqual(['grade', 'id', 'kind', 'name', 'room']);
    expect(() => {
      (tea as Teacher).salary = 1;
    }).toThrow(expect.objectContaining({ code: 'READ_ONLY' }));
  });

  test('copies relations that only some classes have', () => {
    const relations = { friend: { courses: true, attends: true }, courses: true };
    const copies = [...snapshot.all(Person)].map((person) => materialize(person, { relations }));
    expect(copies.map((copy) => Object.hasOwn(copy, 'courses'))).toEqual([true, false, false, false, false]);
    expect((copies[1]!.friend as Teacher).courses[0]!.title).toBe('algebra');
    expect(Object.hasOwn(copies[4]!.friend!, 'courses')).toBe(false);
    expect(() => materialize(snapshot.get(Person, 4)!, { relations: { curses: true } })).toThrow(
      expect.objectContaining({ code: 'FIELD_UNKNOWN' }),
    );
    const asked = snapshot.byOrdinal.proxiesOf(Person, [0, 1], { courses: true });
    expect(JSON.parse(JSON.stringify(asked)).map((person: Teacher) => person.courses)).toEqual([
      [{ title: 'algebra' }],
      undefined,
    ]);
  });

  test('answers queries of subtypes, and conditions on their members from above', () => {
    const query = (entity: string, where?: [string, unknown]) => [
      ...runQuery(snapshot, {
        entity,
        ...(where ? { where: [[{ field: where[0], operator: 'equal', values: [where[1]] }]] } : {}),
      }),
    ];
    expect([query('Person'), query('Employee'), query('Teacher'), query('pupils')]).toEqual([
      [0, 1, 2, 3, 4],
      [0, 2],
      [0],
      [1],
    ]);
    expect([
      query('Person', ['salary', 20]),
      query('pupils', ['salary', 20]),
      query('Teacher', ['name', 'Tea']),
      query('pupils', ['id', 1]),
    ]).toEqual([[0], [], [0], []]);
    expect([
      ...runQuery(snapshot, {
        entity: 'Employee',
        skip: 1,
        take: 1,
        order: [{ field: 'salary', direction: 'ascending', nulls: 'last' }],
      }),
    ]).toEqual([0]);
    expect(['Person', 'Employee', 'pupils'].map((entity) => countQuery(snapshot, { entity }))).toEqual([5, 2, 1]);
    expect(thrownBy(() => query('Teachers'))).toMatchObject({ code: 'ENTITY_UNKNOWN' });
  });

  test('works by name, without classes and with some of them', async () => {
    const { storage, schema } = await written(people());
    expect(
      schema.entities[0]!.subtypes!.classes.map(({ name, value, parent, members }) => [name, value, parent, members]),
    ).toEqual([
      ['pupils', 'student', undefined, ['grade', 'room', 'attends']],
      ['Employee', 'staff', undefined, ['salary', 'boss']],
      ['Teacher', 'teacher', 'Employee', ['room', 'courses']],
    ]);
    const named = await openSnapshot('x', { storage });
    const tea = named.get('Teacher', 1)!;
    expect([tea['room'], tea['grade'], tea.constructor.name, Object.getPrototypeOf(tea.constructor).name]).toEqual([
      'r1',
      undefined,
      'Teacher',
      'Employee',
    ]);
    expect(tea.constructor).toBe(named.get('Person', 1)!.constructor);
    expect([named.get('pupils', 1), named.count('pupils'), [...named.all('Employee')].length]).toEqual([
      undefined,
      1,
      2,
    ]);
    const some = await openSnapshot('x', { storage, entities: [Person, Course, Employee] });
    expect(
      [some.get(Person, 1), some.get(Person, 2), some.get(Person, 3)].map((person) => person!.constructor.name),
    ).toEqual(['Teacher', 'pupils', 'Employee']);
    expect(some.get(Employee, 1)!.salary).toBe(20);
    expect(() => some.get(Teacher, 1)).toThrow(expect.objectContaining({ code: 'ENTITY_UNKNOWN' }));
    const base = await openSnapshot('x', { storage, entities: [Person] });
    expect(base.get(Person, 1)).toBeInstanceOf(Person);
    const renamed = await openSnapshot('x', { storage, classes: new Map<string, EntityClass>([['Teacher', Teacher]]) });
    expect(renamed.get(Teacher, 1)).toBeInstanceOf(Teacher);
  });

  test('is refused when a class means something else', async () => {
    const { storage } = await written(people());
    @Subtype('headmaster')
    class Head extends Person {}
    expect(await rejectionOf(openSnapshot('x', { storage, entities: [Person, Head] }))).toMatchObject({
      code: 'ENTITY_UNKNOWN',
    });
    @Subtype('other', { name: 'Employee' })
    class Changed extends Person {
      @Field('int64') salary!: bigint;
    }
    expect(await rejectionOf(openSnapshot('x', { storage, entities: [Person, Changed] }))).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      details: { entity: 'Person' },
    });
  });
});

async function written(records: readonly object[]) {
  const storage = memoryStorage();
  const schema = schemaFromClasses(classes);
  const writer = createSnapshot({ path: 'x', schema, storage });
  for (const record of records) writer.add(record.constructor as EntityClass, record);
  await writer.finish();
  return { storage, schema };
}

describe('writing', () => {
  const begin = () => createSnapshot({ path: 'x', schema: schemaFromClasses(classes), storage: memoryStorage() });

  test('sets the discriminator by the class named, or else by the object’s', async () => {
    const storage = memoryStorage();
    const writer = createSnapshot({ path: 'x', schema: schemaFromClasses(classes), storage });
    class Substitute extends Teacher {}
    const own = { salary: 1, grade: 1, room: 'r' };
    writer.add(Teacher, { id: 1, name: 'a', ...own });
    writer.add('pupils', { id: 2, name: 'a', ...own });
    writer.add(Person, make(Teacher, { id: 3, name: 'a', ...own }));
    writer.add('Person', make(Substitute, { id: 4, name: 'a', ...own }));
    writer.add(Employee, make(Teacher, { id: 5, name: 'a', ...own }));
    writer.add(Employee, { id: 6, name: 'a', ...own, kind: 'teacher' });
    writer.add(Person, { id: 7, name: 'a', ...own, kind: 'student' });
    writer.add(Person, { id: 8, name: 'a', ...own, kind: null });
    writer.add(make(Student, { id: 9, name: 'a', ...own, friend: make(Teacher, { id: 10, name: 'b', ...own }) }));
    writer.add(Teacher, snapshotRecord({ id: 11 }));
    await writer.finish();
    const opened = await openSnapshot('x', { storage, entities: classes });
    expect([...opened.all(Person)].map(({ kind }) => kind)).toEqual([
      'teacher',
      'student',
      'teacher',
      'teacher',
      'teacher',
      'teacher',
      'student',
      null,
      'student',
      'teacher',
      'teacher',
    ]);
    expect(opened.get(Student, 9)!.friend).toBeInstanceOf(Teacher);
  });
  const snapshotRecord = (change: object) =>
    Object.assign(materialize(snapshot.get(Teacher, 1)!), change, { boss: null });

  test.each<[string, EntityClass, object]>([
    ['a value of another subtype', Teacher, { kind: 'student' }],
    ['the value of the subtype above', Teacher, { kind: 'staff' }],
    ['a value of none', Student, { kind: 'alien' }],
    ['a value that contradicts the object’s class', Person, make(Student, { kind: 'teacher' })],
    ['an instance of another subtype', Teacher, make(Student, { kind: 'student' })],
  ])('refuses %s', (_, entity, record) => {
    using writer = begin();
    const error = thrownBy(() => writer.add(entity, Object.assign(record, { id: 1, name: 'a' })));
    expect(error).toMatchObject({ code: 'VALUE_RANGE', details: { entity: 'Person', field: 'kind', key: 1 } });
    writer.add(Teacher, { id: 1, name: 'a' });
  });

  test('gives derived snapshots the same classes', async () => {
    const storage = memoryStorage();
    await deriveSnapshot(snapshot, {
      path: 'y',
      storage,
      dangling: 'null',
      entities: { Course: false, Person: { fields: ['name', 'salary'] } },
    });
    const derived = await openSnapshot('y', { storage });
    expect([...derived.all('Person')].map((person) => person.constructor.name)).toEqual([
      'Teacher',
      'pupils',
      'Employee',
      'Person',
      'Person',
    ]);
    expect(JSON.parse(JSON.stringify(derived.get('Teacher', 1)))).toEqual({
      id: 1,
      kind: 'teacher',
      name: 'Tea',
      salary: 20,
    });
    expect(await derived.verify()).toEqual([]);
  });
});

describe('a relation to a subtype', () => {
  @Snapshot({ discriminator: 'kind' })
  class Being {
    @Field('int32', { key: true }) id!: number;
    @Field('text', { nullable: true }) kind?: string | null;
    @ToMany(
      () => Dog,
      (dog) => dog.owner,
    )
    dogs!: readonly Dog[];
  }
  @Subtype('human')
  class Human extends Being {
    @ToOne(() => Dog) best?: Dog | null;
    @ToMany(() => Dog) liked!: readonly Dog[];
  }
  @Subtype('dog')
  class Dog extends Being {
    @ToOne(() => Being) owner?: Being | null;
    @ToOne(
      () => Human,
      (human) => human.best,
    )
    bestOf?: Human | null;
  }
  @Subtype('puppy')
  class Puppy extends Dog {}
  const beings = [Being, Human, Dog, Puppy];

  async function opened(records: readonly [EntityClass, object][]): Promise<OpenedSnapshot> {
    const storage = memoryStorage();
    const writer = createSnapshot({ path: 'x', schema: schemaFromClasses(beings), storage });
    for (const [entity, record] of records) writer.add(entity, record);
    await writer.finish();
    return openSnapshot('x', { storage, entities: beings });
  }
  const right: [EntityClass, object][] = [
    [Human, { id: 1, best: 2, liked: [3, 2] }],
    [Dog, { id: 2, owner: 1 }],
    [Puppy, { id: 3, owner: 1 }],
    [Being, { id: 4 }],
  ];

  test('leads to its records and those of subtypes below', async () => {
    const snapshot = await opened(right);
    const human = snapshot.get(Human, 1)!;
    expect(human.best).toBeInstanceOf(Dog);
    expect(human.liked.map((dog) => dog.constructor)).toEqual([Puppy, Dog]);
    expect(human.dogs.map((dog) => dog.constructor)).toEqual([Dog, Puppy]);
    expect(human.best!.bestOf).toBeInstanceOf(Human);
    expect(snapshot.schema.entities[0]!.relations.map(({ name, target, subtype }) => [name, target, subtype])).toEqual([
      ['dogs', 'Being', 'Dog'],
      ['best', 'Being', 'Dog'],
      ['liked', 'Being', 'Dog'],
      ['owner', 'Being', undefined],
      ['bestOf', 'Being', 'Human'],
    ]);
    expect(await snapshot.verify()).toEqual([]);
  });

  test.each<[string, [EntityClass, object], string, number, number]>([
    ['a reference to another class', [Human, { id: 9, best: 1 }], 'best', 9, 1],
    ['a reference to a record of no subtype', [Human, { id: 9, best: 4 }], 'best', 9, 4],
    ['a link to another class', [Human, { id: 9, liked: [2, 1] }], 'liked', 9, 1],
    ['a list that the other side stores', [Being, { id: 9, owner: 1 }], 'dogs', 1, 9],
    ['a reference that the other side stores', [Being, { id: 9, best: 3 }], 'bestOf', 3, 9],
  ])('is refused where it does not: %s', async (_, record, field, key, actual) => {
    const error = await rejectionOf(opened([...right, record]));
    expect(error).toMatchObject({ code: 'REFERENCE_SUBTYPE', details: { entity: 'Being', field, key, actual } });
  });

  test('is refused to what is none', () => {
    const definition = (relation: object, subtypes?: object) =>
      ({
        name: 'P',
        key: ['id'],
        fields: [
          { name: 'id', type: 'int8' },
          { name: 'kind', type: 'text' },
        ],
        relations: [{ name: 'to', kind: 'to-one', ...relation }],
        ...(subtypes ? { subtypes } : {}),
      }) as EntityDefinition;
    const subtypes = { field: 'kind', classes: [{ name: 'A', value: 'a', members: [] }] };
    expect(thrownBy(() => defineSchema([definition({ target: 'P', subtype: 'A' })])).message).toContain(
      'P has no subtype "A"',
    );
    expect(thrownBy(() => defineSchema([definition({ target: 'P', subtype: 'B' }, subtypes)])).message).toContain(
      'it has A',
    );
    expect(thrownBy(() => defineSchema([definition({ targets: ['P'], subtype: 'A' }, subtypes)])).message).toContain(
      'relate to the entity',
    );
    const prints = [{ target: 'P' }, { target: 'P', subtype: 'A' }].map(
      (relation) => defineSchema([definition(relation, subtypes)]).fingerprint,
    );
    expect(prints[0]).not.toBe(prints[1]);
  });

  test('is found by verify in a file where it does not', async () => {
    const storage = new MemoryStorage();
    const schema = schemaFromClasses(beings);
    const writer = createSnapshot({ path: 'm/x', schema, storage });
    for (const [entity, record] of right) writer.add(entity, record);
    await writer.finish();
    const whole = await openSnapshot('m/x', { storage });
    const { offset, kind } = whole.reader.tables[0]!.slotOf('best');
    const parts = disassemble(storage.readAll('m/x'));
    expect(kind).toBe('reference');
    partOf(parts, sectionKinds.records, 0).bytes.writeUInt32LE(3, offset);
    const damaged = await openSnapshot('m/x', {
      storage: MemoryStorage.with('m/x', assemble(parts)),
      entities: beings,
    });
    expect(damaged.get(Human, 1)!.best).not.toBeInstanceOf(Dog);
    expect(await damaged.verify()).toContainEqual(
      expect.objectContaining({
        entity: 'Being',
        field: 'best',
        ordinal: 0,
        message: expect.stringContaining('Being record 3, which is no Dog'),
      }),
    );
  });
});

describe('the schema', () => {
  const id = { name: 'id', type: 'int32' } as const;
  const kind = { name: 'kind', type: 'enum', values: ['a', 'b', 'c'] } as const;
  const [x, y] = ['x', 'y'].map((name) => ({ name, type: 'int32', nullable: true }) as const);
  const entity = (change: object): EntityDefinition => ({
    name: 'P',
    key: ['id'],
    fields: [id, kind, x!, y!, { name: 'must', type: 'text' }, { name: 'list', type: 'text', array: true }],
    relations: [{ name: 'own', kind: 'to-one', target: 'P', nullable: false }],
    ...change,
  });
  const a = { name: 'A', value: 'a', members: ['x'] };
  const b = { name: 'B', value: 'b', members: ['y'] };
  const withClasses = (...list: object[]) => entity({ subtypes: { field: 'kind', classes: list as never } });

  test('tells hierarchies apart', () => {
    const variants = [
      entity({}),
      withClasses(a),
      withClasses(b),
      withClasses(a, b),
      withClasses(a, { ...b, parent: 'A' }),
      withClasses({ ...a, value: 'c' }),
      withClasses({ ...a, name: 'C' }),
      withClasses({ ...a, members: [] }),
    ];
    const prints = variants.map((variant) => defineSchema([variant]).fingerprint);
    expect(new Set(prints).size).toBe(variants.length);
    expect(JSON.stringify(defineSchema([entity({})]).entities[0])).not.toContain('subtypes');
  });

  test.each<[string, EntityDefinition[], string]>([
    [
      'more subtypes than the limit',
      [
        withClasses(
          ...Array.from({ length: 1025 }, (_, number) => ({ name: `S${number}`, value: `${number}`, members: [] })),
        ),
      ],
      'the limit is 1024',
    ],
    [
      'too many members in too many subtypes',
      [
        entity({
          fields: [id, kind, ...Array.from({ length: 2000 }, (_, number) => ({ name: `f${number}`, type: 'int8' }))],
          subtypes: {
            field: 'kind',
            classes: Array.from({ length: 1000 }, (_, number) => ({
              name: `S${number}`,
              value: `${number}`,
              members: [],
            })),
          },
        }),
      ],
      'the limit of their product',
    ],
    ['a discriminator that is not there', [entity({ subtypes: { field: 'knd', classes: [a] } })], 'is not a field'],
    ['a discriminator of another type', [entity({ subtypes: { field: 'x', classes: [a] } })], 'a text or an enum'],
    ['a list as discriminator', [entity({ subtypes: { field: 'list', classes: [a] } })], 'a text or an enum'],
    ['no classes', [withClasses()], 'at least one'],
    ['a class without a name', [withClasses({ ...a, name: '' })], 'needs a name'],
    ['two classes of one name', [withClasses(a, { ...b, name: 'A' })], 'the subtype "A"'],
    ['the name of the entity', [withClasses({ ...a, name: 'P' })], 'the subtype "P"'],
    ['the name of another entity', [withClasses(a), entity({ name: 'A', relations: [] })], 'the subtype "A"'],
    ['one value twice', [withClasses(a, { ...b, value: 'a' })], 'a value of "kind" of its own'],
    ['a value that the enum does not have', [withClasses({ ...a, value: 'd' })], '"kind" does not have'],
    ['a parent that comes later', [withClasses({ ...a, parent: 'B' }, b)], 'extends "B"'],
    ['no members', [withClasses({ name: 'A', value: 'a' })], 'needs `members`'],
    ['a member that is not there', [withClasses({ ...a, members: ['z'] })], 'not a member'],
    ['a member twice', [withClasses({ ...a, members: ['x', 'x'] })], 'named before'],
    ['a member of the parent', [withClasses(a, { ...b, parent: 'A', members: ['x'] })], 'named before'],
    ['a key as member', [withClasses({ ...a, members: ['id'] })], 'every record has it'],
    ['the discriminator as member', [withClasses({ ...a, members: ['kind'] })], 'every record has it'],
    ['a required field as member', [withClasses({ ...a, members: ['must'] })], 'is nullable'],
    ['a required relation as member', [withClasses({ ...a, members: ['own'] })], 'is nullable'],
    [
      'a relation to a subtype',
      [withClasses(a), entity({ name: 'Q', relations: [{ name: 'to', kind: 'to-one', target: 'A' }] })],
      'a subtype of P; give it as `subtype`',
    ],
  ])('refuses %s', (_, definitions, message) => {
    const error = thrownBy(() => defineSchema(definitions));
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID' });
    expect(error.message).toContain(message);
  });

  test('of classes: every subtype needs its base, a discriminator, and members of its own', () => {
    const refused = (...list: EntityClass[]) => {
      const error = thrownBy(() => schemaFromClasses(list));
      expect(error).toMatchObject({ code: 'SCHEMA_INVALID' });
      return error.message;
    };
    expect(refused(Teacher, Course)).toContain('Teacher: it is a subtype of Person, which is not among the classes');
    expect(refused(Person, Teacher, Course)).toContain('Teacher extends Employee, which is not among the classes');
    @Subtype('x')
    class Orphan {}
    expect(refused(Orphan)).toContain('Orphan: a subtype extends a class');
    @Snapshot()
    class Plain {
      @Field('int8', { key: true }) id!: number;
    }
    @Subtype('x')
    class Below extends Plain {}
    expect(refused(Plain, Below)).toContain('@Snapshot({ discriminator');
    @Subtype('again')
    class Again extends Person {
      @Field('int32') declare name: never;
    }
    expect(refused(Person, Again)).toContain('Again declares it again');
    @Subtype('otherwise')
    class Otherwise extends Person {
      @Field('int32') room!: number;
    }
    expect(refused(...classes, Otherwise)).toContain('declare it differently');
    @Subtype('keyed')
    class Keyed extends Person {
      @Field('int32', { key: true }) more!: number;
    }
    expect(refused(Person, Keyed)).toContain('part of the key');
  });
});

test('any hierarchy, with any discriminator, is read back as it was written', () =>
  holds(
    fc.asyncProperty(anyCase(30), async ({ seed, size }) => {
      const dice = new Dice(seed);
      const type = dice.pick(['text', 'enum'] as const);
      const values = ['', 'a', 'ü', '💥', '__proto__', 'none', 'other'];
      const fields = Array.from({ length: 6 }, (_, number) => ({
        name: `f${number}`,
        type: 'int32' as const,
        nullable: true,
      }));
      const list = dice
        .shuffled(values)
        .slice(0, 1 + dice.below(5))
        .map((value, number) => ({ name: `S${number}`, value, number }));
      const parents = list.map(({ number }) => (number > 0 && dice.chance(2) ? dice.below(number) : undefined));
      const above = (number: number | undefined): number[] =>
        number === undefined ? [] : [number, ...above(parents[number])];
      const own: string[][] = [];
      for (const { number } of list) {
        const inherited = above(parents[number]).flatMap((link) => own[link]!);
        own.push(fields.map(({ name }) => name).filter((name) => !inherited.includes(name) && dice.chance(3)));
      }
      const claimed = new Set(own.flat());
      const schema = defineSchema([
        {
          name: 'Base',
          key: ['id'],
          fields: dice.shuffled([
            { name: 'id', type: 'int32' },
            { name: 'kind', type, nullable: true, ...(type === 'enum' ? { values } : {}) },
            ...fields,
          ]),
          relations: [{ name: 'next', kind: 'to-one', target: 'Base' }],
          subtypes: {
            field: 'kind',
            classes: list.map(({ name, value, number }) => ({
              name,
              value,
              members: own[number]!,
              ...(parents[number] === undefined ? {} : { parent: `S${parents[number]}` }),
            })),
          },
        },
      ]);
      // Few values often go to a string table, many lengths of them to the heap.
      const records = Array.from({ length: size }, (_, record) => ({
        id: record,
        kind: dice.chance(6) ? dice.pick([null, undefined]) : dice.pick(values),
        ...Object.fromEntries(fields.map(({ name }, number) => [name, 10 * record + number])),
        next: dice.below(size),
      }));
      const storage = memoryStorage();
      const writer = createSnapshot({ path: 'x', schema, storage });
      for (const record of dice.shuffled(records)) writer.add('Base', record);
      await writer.finish();
      const opened = await openSnapshot('x', { storage, development: dice.chance(2) });
      const classOf = ({ kind }: (typeof records)[number]) => list.find(({ value }) => value === kind)?.number;
      const shown = (record: (typeof records)[number]) => {
        const members = above(classOf(record)).flatMap((link) => own[link]!);
        const names = fields.map(({ name }) => name).filter((name) => !claimed.has(name) || members.includes(name));
        return {
          id: record.id,
          kind: record.kind,
          ...Object.fromEntries(names.map((name) => [name, record[name as 'id']])),
        };
      };
      const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
      for (const entity of ['Base', ...list.map(({ name }) => name)]) {
        const isMember = (record: (typeof records)[number]) =>
          entity === 'Base' || above(classOf(record)).some((link) => `S${link}` === entity);
        const expected = records.filter(isMember);
        expect(opened.count(entity)).toBe(expected.length);
        expect(plain([...opened.all(entity)])).toEqual(plain(expected.map(shown)));
        const scanned: unknown[] = [];
        for (const cursor of opened.scan(entity)) scanned.push([cursor.constructor.name, plain(cursor)]);
        expect(scanned).toEqual(
          expected.map((record) => [
            classOf(record) === undefined ? 'Base' : `S${classOf(record)}`,
            plain(shown(record)),
          ]),
        );
        expect([...runQuery(opened, { entity })]).toEqual(expected.map(({ id }) => id));
        for (const record of records) {
          const found = opened.get(entity, record.id);
          expect(found === undefined).toBe(!isMember(record));
          if (!found) continue;
          expect(plain(materialize(found))).toEqual(plain(shown(record)));
          expect(plain(found['next'])).toEqual(plain(shown(records[record.next]!)));
        }
      }
      expect(await opened.verify()).toEqual([]);
      opened.close();
    }),
    80,
  ));

describe('a field that a subtype requires', () => {
  const begin = (given: readonly EntityClass[] = classes) =>
    createSnapshot({ path: 'x', schema: schemaFromClasses(given), storage: new MemoryStorage() });
  const missing = (field: string, key: number) => ({ code: 'VALUE_NULL', details: { entity: 'Person', field, key } });

  test('is missed in its records, whichever way they come', async () => {
    const added = begin();
    added.add(Teacher, { id: 1, name: 'Tea', salary: 20 });
    expect(await rejectionOf(added.finish())).toMatchObject(missing('room', 1));

    const inherited = begin();
    inherited.add(make(Teacher, { id: 2, name: 'Tea', room: 'r' }));
    expect(await rejectionOf(inherited.finish())).toMatchObject(missing('salary', 2));

    const nulled = begin();
    nulled.add(Person, { id: 3, name: 'Stu', kind: 'student', grade: null, room: 'r' });
    expect(await rejectionOf(nulled.finish())).toMatchObject(missing('grade', 3));

    const set = begin();
    const table = set.table('Person');
    table.beginRecord();
    table.column('id').setValue(4);
    table.column('name').setValue('Emp');
    table.column('kind').setValue('staff');
    table.endRecord();
    expect(await rejectionOf(set.finish())).toMatchObject(missing('salary', 4));
  });

  test('is not missed in others, nor where it is nullable', async () => {
    @Subtype('guest')
    class Guest extends Person {
      @Field('text', { nullable: true }) host?: string;
    }
    const writer = begin([...classes, Guest]);
    writer.add(Person, { id: 1, name: 'Per' });
    writer.add(Person, { id: 2, name: 'Ali', kind: 'alien' });
    writer.add(Guest, { id: 3, name: 'Gus' });
    expect((await writer.finish()).entities[0]!.records).toBe(3);
  });

  test('is found by an enum too, and left out with its field in a derived snapshot', async () => {
    const definition = (required: readonly string[]): EntityDefinition => ({
      name: 'P',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { name: 'kind', type: 'enum', values: ['a', 'b'] },
        { name: 'x', type: 'int32', nullable: true },
      ],
      subtypes: { field: 'kind', classes: [{ name: 'A', value: 'a', members: ['x'], required }] },
    });
    const storage = new MemoryStorage();
    const schema = defineSchema([definition(['x'])]);
    expect(schema.fingerprint).toBe(defineSchema([definition([])]).fingerprint);
    const refused = createSnapshot({ path: 'refused', schema, storage });
    refused.add('A', { id: 1 });
    expect(await rejectionOf(refused.finish())).toMatchObject({ code: 'VALUE_NULL', details: { field: 'x', key: 1 } });
    const writer = createSnapshot({ path: 'x', schema, storage });
    writer.add('A', { id: 1, x: 5 });
    writer.add('P', { id: 2, kind: 'b' });
    await writer.finish();
    using opened = await openSnapshot('x', { storage });
    expect(opened.schema.entities[0]!.subtypes!.classes[0]!.required).toEqual(['x']);
    await deriveSnapshot(opened, { path: 'y', storage, entities: { P: { fields: ['id'] } } });
    using derived = await openSnapshot('y', { storage });
    expect([derived.count('P'), derived.schema.entities[0]!.subtypes!.classes[0]!.required]).toEqual([2, undefined]);
    for (const wrong of [['kind'], ['y'], ['x', 'x'], 'x'] as (readonly string[])[])
      expect(thrownBy(() => defineSchema([definition(wrong)])).code).toBe('SCHEMA_INVALID');
  });
});
