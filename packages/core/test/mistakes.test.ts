/** Mistakes that everybody makes once: each is refused at the call, with what was expected, what was found and the way out. */
import {
  createSnapshot,
  Field,
  memoryStorage,
  openSnapshot,
  Snapshot,
  SnapshotIndex,
  Subtype,
  schemaFromClasses,
  snapshotOf,
  ToMany,
  ToOne,
} from '../src';
import { rejectionOf, thrownBy } from './support/property';

@Snapshot()
class Team {
  @Field('text', { key: true }) name!: string;
  @ToMany(() => Player, 'team') players!: readonly Player[];
}

@Snapshot()
class Player {
  @Field('int32', { key: true }) id!: number;
  @SnapshotIndex() @Field('int64', { nullable: true }) score?: bigint | null;
  @ToOne(() => Team) team?: Team | null;
}

@Snapshot({ discriminator: 'kind' })
class Person {
  @Field('int32', { key: true }) id!: number;
  @Field('text', { nullable: true }) kind?: string | null;
}

@Subtype('teacher')
class Teacher extends Person {
  @Field('text') room!: string;
}

@Snapshot()
class Company {
  @Field('int32', { key: true }) id!: number;
}

@Snapshot()
class Invoice {
  @Field('int32', { key: true }) id!: number;
  @ToOne(() => [Company, Person]) payer?: Company | Person | null;
}

const make = <T extends object>(entity: new () => T, values: object): T => Object.assign(new entity(), values);
const schema = schemaFromClasses([Team, Player]);
const begin = (given = schema) => createSnapshot({ path: 'x', schema: given, storage: memoryStorage() });
const opened = () => snapshotOf([make(Team, { name: 'reds' }), make(Player, { id: 1, score: 5n, team: 'reds' })]);

const any = (value: unknown) => value as never;

test.each<[string, () => unknown, string]>([
  ['an unknown option of @Snapshot', () => Snapshot(any({ nme: 'x' })), 'Did you mean "name"?'],
  ['of @ToOne', () => ToOne(() => Team, any({ nulable: true })), 'Did you mean "nullable"?'],
  ['of @ToOne with an inverse', () => ToOne(() => Team, 'name', any({ nulable: true })), 'Did you mean "nullable"?'],
  ['options of @ToMany', () => ToMany(() => Team, any({ nullable: true }))(new Player(), 'x'), 'takes no options'],
  ['@ToOne without arrow', () => ToOne(any(Team))(new Player(), 'team'), 'Player.team: @ToOne takes a function'],
  ['it says what to write', () => ToOne(any(Team))(new Player(), 'team'), '@ToOne(() => Team), found the class Team.'],
  ['a plain class', () => ToMany(any(class Plain {}))(new Player(), 'x'), '@ToMany(() => Plain)'],
  ['a class not there yet', () => ToOne(any(undefined))(new Player(), 'team'), 'found undefined'],
  ['no options at all', () => createSnapshot(any(undefined)), '`path` is the file to create, found undefined'],
  ['no schema', () => createSnapshot(any({ path: 'x' })), 'schemaFromClasses([Team, Player])'],
  ['classes as schema', () => createSnapshot(any({ path: 'x', schema: [Team] })), 'schemaFromClasses([Team])'],
  ['one class', () => schemaFromClasses(any(Team)), 'schemaFromClasses([Team])'],
])('%s', (_, run, sentence) => {
  const error = thrownBy(run);
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain(sentence);
});

test.each<[string, object, string]>([
  ['an unknown kind of values', { values: { int46: 'string' } }, 'Did you mean "int64"?'],
  ['an unknown representation', { values: { int64: 'strnig' } }, 'Did you mean "string"?'],
  ['one of another kind', { values: { decimal: 'bigint' } }, '"text" or "number", found "bigint"'],
  ['a conversion that is no function', { values: { convert: 1 } }, 'values.convert is a function'],
  ['unknown checksums', { checksums: 'nevr' }, 'Did you mean "never"?'],
])('openSnapshot refuses %s', async (_, options, sentence) => {
  const error = await rejectionOf(openSnapshot('x', options));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain(sentence);
});

test('openSnapshot refuses what is no path', async () => {
  for (const source of [undefined, null, '', 7]) {
    const error = await rejectionOf(openSnapshot(any(source)));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('expected the path of a snapshot');
  }
});

test('conditions of an ORM are no names of fields', async () => {
  using snapshot = await opened();
  for (const method of ['find', 'findOne'] as const) {
    const error = thrownBy(() => snapshot[method]('Player', any({ where: { score: 5n } }), undefined));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(`Write ${method}(Player, 'score', value).`);
  }
  expect(snapshot.findOne(Player, 'score', 5n)!.id).toBe(1);
});

test('addAll refuses one record, and takes a list of it', async () => {
  const error = await rejectionOf(begin().addAll(Player, any({ id: 1 })));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain('Use add for one record');
  for (const nothing of [undefined, null, 7])
    expect(await rejectionOf(begin().addAll(Player, any(nothing)))).toBeInstanceOf(TypeError);
  const writer = begin();
  await writer.addAll(Player, [{ id: 1 }]);
  expect((await writer.finish()).entities[1]!.records).toBe(1);
});

test('an inverse is a function or a name', async () => {
  using snapshot = await opened();
  expect(snapshot.get(Team, 'reds')!.players.map(({ id }) => id)).toEqual([1]);
});

describe('a subtype that the schema lacks', () => {
  const teacher = make(Teacher, { id: 1, room: 'r' });
  const incomplete = schemaFromClasses([Person, Company, Invoice]);

  test.each<[string, (writer: ReturnType<typeof begin>) => void]>([
    ['added as its entity', (writer) => writer.add(Person, teacher)],
    ['added as a root', (writer) => writer.add(teacher)],
    ['reached', (writer) => writer.add(make(Invoice, { id: 1, payer: teacher }))],
  ])('%s', (_, add) => {
    expect(thrownBy(() => add(begin(incomplete)))).toMatchObject({
      code: 'ENTITY_UNKNOWN',
      message: expect.stringContaining('schemaFromClasses([Person, Teacher])'),
    });
  });

  test('is none when a class below it is not decorated', async () => {
    class Headmaster extends Teacher {}
    using writer = begin(schemaFromClasses([Person, Teacher]));
    writer.add(make(Headmaster, { id: 1, room: 'r' }));
    expect((await writer.finish()).entities[0]!.records).toBe(1);
  });
});

describe('a subtype in a relation to one of several', () => {
  test('is named by its entity in the declaration', () => {
    @Snapshot()
    class Bill {
      @Field('int32', { key: true }) id!: number;
      @ToOne(() => [Company, Teacher]) payer?: Company | Teacher | null;
    }
    expect(thrownBy(() => schemaFromClasses([Bill, Company, Person, Teacher]))).toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining('write Person in its place'),
    });
  });

  test('names its record by class or name', async () => {
    const storage = memoryStorage();
    const writer = createSnapshot({
      path: 'x',
      schema: schemaFromClasses([Person, Teacher, Company, Invoice]),
      storage,
    });
    writer.add(Teacher, { id: 1, room: 'r' });
    writer.add(Invoice, { id: 1, payer: { entity: Teacher, key: 1 } });
    writer.add(Invoice, { id: 2, payer: { entity: 'Teacher', key: 1 } });
    await writer.finish();
    using snapshot = await openSnapshot('x', { entities: [Person, Teacher, Company, Invoice], storage });
    expect([1, 2].map((id) => snapshot.get(Invoice, id)!.payer instanceof Teacher)).toEqual([true, true]);
  });
});

test('the directory of a snapshot to create must be there', () => {
  const error = thrownBy(() => createSnapshot({ path: '/nowhere/at/all/x.permafrost', schema }));
  expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', message: expect.stringContaining('mkdirSync') });
});

test('an index on a relation is refused with one mark at the end', () => {
  @Snapshot()
  class Pet {
    @Field('int32', { key: true }) id!: number;
    @Field('text') owners!: string;
    @SnapshotIndex() @ToOne(() => Team) owner?: Team;
  }
  const error = thrownBy(() => schemaFromClasses([Pet, Team, Player]));
  expect(error.message).toMatch(/did you mean "owners"\?$/);
});

test('times and intervals say their form', () => {
  @Snapshot()
  class Shift {
    @Field('int32', { key: true }) id!: number;
    @Field('time', { nullable: true }) from?: string;
    @Field('interval', { nullable: true }) length?: object;
  }
  using writer = begin(schemaFromClasses([Shift]));
  expect(thrownBy(() => writer.add(Shift, { id: 1, from: '10:00:00+02' }))).toMatchObject({
    code: 'VALUE_RANGE',
    message: expect.stringContaining('without a zone'),
  });
  expect(thrownBy(() => writer.add(Shift, { id: 1, length: { hour: 1 } }))).toMatchObject({
    code: 'VALUE_TYPE',
    message: expect.stringMatching(/years, months, weeks, days, hours, .*the unit "hour"/),
  });
});
