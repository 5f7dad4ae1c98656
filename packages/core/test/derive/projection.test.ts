/** Projections of entities with subtypes and embedded values: whatever is left out, the rest is whole, or the refusal is the caller's to act on. */
import fc from 'fast-check';
import {
  deriveSnapshot,
  Embedded,
  Field,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
  Snapshot,
  SnapshotIndex,
  Subtype,
  snapshotOf,
  ToMany,
  ToOne,
} from '../../src';
import { holds, rejectionOf } from '../support/property';

class Geo {
  @Field('float64', { nullable: true }) latitude!: number | null;
}
class Address {
  @Field('text') @SnapshotIndex() city!: string;
  @Embedded(() => Geo, { nullable: true }) geo!: Geo | null;
}
@Snapshot()
class Town {
  @Field('text', { key: true }) name!: string;
  @ToOne(() => Teacher) mayor!: Teacher | null;
}
@Snapshot({ discriminator: 'kind' })
class Person {
  @Field('int32', { key: true }) id!: number;
  @Field('text', { nullable: true }) kind!: string | null;
  @Field('text') name!: string;
  @Embedded(() => Address, { nullable: true }) home!: Address | null;
  @ToOne(() => Town) town!: Town | null;
}
@Subtype('teacher')
class Teacher extends Person {
  @Field('text') room!: string;
  @ToMany(
    () => Student,
    (student) => student.tutor,
  )
  pupils!: readonly Student[];
}
@Subtype('head')
class Head extends Teacher {
  @Field('int32') since!: number;
}
@Subtype('student')
class Student extends Person {
  @ToOne(() => Teacher) tutor!: Teacher | null;
  @ToMany(() => Town) seen!: readonly Town[];
}

const make = <T extends object>(entityClass: new () => T, members: Partial<T>): T =>
  Object.assign(new entityClass(), members);
const classes = [Town, Person, Teacher, Head, Student];
let source: OpenedSnapshot;

beforeAll(async () => {
  const ulm = make(Town, { name: 'Ulm' });
  const head = make(Head, { id: 1, kind: 'head', name: 'H', room: 'A', since: 1999, town: ulm });
  const city = { city: 'Ulm', geo: null };
  const teacher = make(Teacher, { id: 2, kind: 'teacher', name: 'T', room: 'B', home: make(Address, city) });
  const home = make(Address, { city: 'Rom', geo: make(Geo, { latitude: 41.9 }) });
  const student = make(Student, { id: 3, kind: 'student', name: 'S', tutor: teacher, seen: [ulm], home });
  const guest = make(Person, { id: 4, kind: null, name: 'G' });
  source = await snapshotOf([Object.assign(ulm, { mayor: head }), head, teacher, student, guest], { classes });
});
afterAll(() => source.close());

async function projected(entities: object): Promise<OpenedSnapshot> {
  const storage = memoryStorage();
  await deriveSnapshot(source, { path: 'projected', storage, entities: entities as never });
  const snapshot = await openSnapshot('projected', { storage });
  expect(await snapshot.verify()).toEqual([]);
  return snapshot;
}

const plain = (snapshot: OpenedSnapshot) => JSON.parse(JSON.stringify([...snapshot.all('Person')])) as object[];

test('any fields and relations of the two, or one without the other', async () => {
  const part = (names: readonly string[]) => fc.option(fc.subarray([...names]), { nil: undefined });
  const fields = part(['name', 'home', 'home.geo', 'home.city', 'home_geo_latitude', 'room', 'since']);
  const selection = fc.record({ fields, relations: part(['town', 'pupils', 'tutor', 'seen']) });
  const codes = new Set<string | undefined>();
  await holds(
    fc.asyncProperty(selection, fc.constantFrom(undefined, false as const, { relations: [] }), async (person, town) => {
      const entities = { Person: person, ...(town === undefined ? {} : { Town: town }) };
      const snapshot = await projected(entities).catch((error) => {
        codes.add(error.code);
        expect(error).toMatchObject({ code: 'RELATION_TARGET_MISSING' });
      });
      if (!snapshot) return;
      codes.add(undefined);
      const { fields: kept } = snapshot.entitySchema('Person');
      const isKept = (path: string) => kept.some((field) => (field.path ?? [field.name]).join('.') === path);
      for (const path of ['name', 'room', 'since', 'home.city', 'home.geo.latitude']) {
        const isNamed = (name: string) =>
          name === path || path.startsWith(`${name}.`) || name === path.replaceAll('.', '_');
        expect([path, isKept(path)]).toEqual([path, person.fields?.some(isNamed) ?? true]);
      }
      if (person.fields === undefined) expect(plain(snapshot)).toEqual(plain(source));
      expect([snapshot.count('Teacher'), snapshot.count('Head'), snapshot.count('Student')]).toEqual([2, 1, 1]);
      expect(snapshot.get('Head', 1)!['since']).toBe(isKept('since') ? 1999 : undefined);
      snapshot.close();
    }),
    150,
  );
  expect(codes).toEqual(new Set([undefined, 'RELATION_TARGET_MISSING']));
});

test('an embedded by its path, as a whole, and by the name it is stored by', async () => {
  const people = async (...fields: string[]) =>
    plain(await projected({ Person: { fields, relations: [] }, Town: false }))[2];
  expect(await people('home.city')).toEqual({ id: 3, kind: 'student', home: { city: 'Rom' } });
  expect(await people('home.geo')).toEqual({ id: 3, kind: 'student', home: { geo: { latitude: 41.9 } } });
  expect(await people('home')).toEqual({ id: 3, kind: 'student', home: { city: 'Rom', geo: { latitude: 41.9 } } });
  expect(await people('home_city')).toEqual({ id: 3, kind: 'student', home: { city: 'Rom' } });
  const error = await rejectionOf(projected({ Person: { fields: ['home.citi'] } }));
  expect([error.code, error.message]).toEqual(['FIELD_UNKNOWN', expect.stringMatching(/Did you mean "home\.city"/)]);
});

test('a subtype is filtered by its discriminator, as the refusal of its name says', async () => {
  const error = await rejectionOf(projected({ Teacher: { fields: ['room'] } }));
  expect(error.code).toBe('ENTITY_UNKNOWN');
  expect(error.message).toContain('Teacher is a subtype of Person');
  const [, where] = /(\[\[.*\]\])/.exec(error.message)!;
  expect(where).toBe(`[[{ field: "kind", operator: 'in', values: ["teacher","head"] }]]`);
  const condition = { field: 'kind', operator: 'in', values: ['teacher', 'head'] };
  const teachers = await projected({ Person: { where: [[condition]] } });
  expect(Array.from(teachers.all('Person'), ({ id }) => id)).toEqual([1, 2]);
});

test('a projected file opens by names, and with its classes says how', async () => {
  const storage = memoryStorage();
  const entities = { Person: { fields: ['name'] } };
  await deriveSnapshot(source, { path: 'projected', storage, entities });
  const error = await rejectionOf(openSnapshot('projected', { storage, entities: classes }));
  expect([error.code, error.message]).toEqual([
    'SCHEMA_MISMATCH',
    expect.stringMatching(/the file has no ".*deriveSnapshot projected, without `entities`/),
  ]);
  using snapshot = await openSnapshot('projected', { storage });
  expect(snapshot.get('Person', 4)!['name']).toBe('G');
});
