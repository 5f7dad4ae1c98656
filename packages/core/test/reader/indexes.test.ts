/** Secondary indexes as users meet them: what is declared, found, refused, and noticed when it is damaged. The graph test has their model. */
import {
  createSnapshot,
  defineSchema,
  Field,
  memoryStorage,
  openSnapshot,
  runQuery,
  Snapshot,
  SnapshotIndex,
  schemaFromClasses,
  snapshotOf,
} from '../../src';
import { rejectionOf, thrownBy } from '../support/property';

@Snapshot()
@SnapshotIndex(['country', 'city'])
class User {
  @Field('int32', { key: true }) id!: number;
  @SnapshotIndex({ unique: true }) @Field('text', { nullable: true }) email?: string | null;
  @SnapshotIndex() @Field('text') country!: string;
  @Field('text', { nullable: true }) city?: string | null;

  get domain() {
    return this.email?.split('@')[1];
  }
}

const userOf = (id: number, email: string | null | undefined, country = 'DE', city?: string | null): User =>
  Object.assign(new User(), { id, email, country, city });
const users = [
  userOf(1, 'a@one.example', 'DE', 'Ulm'),
  userOf(2, null, 'DE', 'Ulm'),
  userOf(3, undefined, 'FR', null),
  userOf(4, 'ä@two.example', 'DE', 'Köln'),
  userOf(5, '', 'FR', 'Ulm'),
];

describe('find and findOne', () => {
  it('find records by one field, as the class they are of', async () => {
    using snapshot = await snapshotOf(users);
    const found = snapshot.findOne(User, 'email', 'ä@two.example');
    expect(found).toBeInstanceOf(User);
    expect([found!.id, found!.domain]).toEqual([4, 'two.example']);
    expect(snapshot.findOne(User, 'email', 'nobody')).toBeUndefined();
    expect(snapshot.findOne(User, 'email', '')!.id).toBe(5);
    expect(snapshot.find(User, 'country', 'DE').map((user) => user.id)).toEqual([1, 2, 4]);
    expect(snapshot.find(User, 'country', 'XX')).toHaveLength(0);
  });

  it('find records by a group of fields; those without a value in one are not in the index', async () => {
    using snapshot = await snapshotOf(users);
    const ids = (values: unknown[]) => snapshot.find(User, ['country', 'city'], values).map((user) => user.id);
    expect(ids(['DE', 'Ulm'])).toEqual([1, 2]);
    expect(ids(['FR', 'Ulm'])).toEqual([5]);
    expect(thrownBy(() => ids(['FR', null]))).toMatchObject({
      code: 'KEY_INVALID',
      message: expect.stringContaining('null equals nothing'),
    });
  });

  it('name what is indexed when the fields are not', async () => {
    using snapshot = await snapshotOf(users);
    const message = 'User has no index on "city". Indexed are: email; country; [country, city]. Declare one with';
    expect(thrownBy(() => snapshot.find(User, 'city', 'Ulm')).message).toContain(message);
    expect(thrownBy(() => snapshot.find(User, ['city', 'country'], ['Ulm', 'DE'])).code).toBe('INDEX_UNKNOWN');
    expect(thrownBy(() => snapshot.find(User, 'id', 1)).code).toBe('INDEX_UNKNOWN');
  });

  it('refuse values of another type or number, and find none outside a type’s range', async () => {
    const schema = defineSchema([
      {
        name: 'N',
        key: ['id'],
        fields: [
          { name: 'id', type: 'int32' },
          { name: 'n', type: 'int8' },
        ],
        indexes: [{ fields: ['n'] }, { fields: ['n', 'id'] }],
      },
    ]);
    const storage = memoryStorage();
    const writer = createSnapshot({ path: 'x', schema, storage });
    writer.add('N', { id: 1, n: 100 });
    await writer.finish();
    using snapshot = await openSnapshot('x', { storage });
    expect(snapshot.find('N', 'n', 100)).toHaveLength(1);
    expect(snapshot.find('N', 'n', 1000)).toHaveLength(0);
    expect(thrownBy(() => snapshot.find('N', 'n', '100')).code).toBe('KEY_INVALID');
    expect(thrownBy(() => snapshot.find('N', ['n', 'id'], [100])).code).toBe('KEY_INVALID');
    expect(thrownBy(() => snapshot.find('N', ['n', 'id'], 100)).code).toBe('KEY_INVALID');
  });

  it('throw after close', async () => {
    const snapshot = await snapshotOf(users);
    const list = snapshot.find(User, 'country', 'DE');
    snapshot.close();
    expect(thrownBy(() => snapshot.findOne(User, 'email', '')).code).toBe('SNAPSHOT_CLOSED');
    expect(thrownBy(() => list[0]).code).toBe('SNAPSHOT_CLOSED');
  });
});

describe('queries', () => {
  it('answer from an index as from a scan, without reading other records', async () => {
    using snapshot = await snapshotOf(users);
    const ordinalsOf = (field: string, ...values: unknown[]) => [
      ...runQuery(snapshot, {
        entity: 'User',
        where: [[{ field, operator: values.length === 1 ? 'equal' : 'in', values }]],
      }),
    ];
    const table = snapshot.reader.tableByName('User');
    const looked = jest.spyOn(table, 'checkRecord');
    expect(ordinalsOf('email', 'ä@two.example')).toEqual([3]);
    expect(new Set(looked.mock.calls.flat())).toEqual(new Set([3]));
    looked.mockRestore();
    expect(ordinalsOf('email', 'a@one.example', null, '', 'x')).toEqual([0, 4]);
    expect(ordinalsOf('country', 'FR', 'DE', 'FR')).toEqual([0, 1, 2, 3, 4]);
    expect(ordinalsOf('email', null)).toEqual([]);
  });
});

describe('unique indexes', () => {
  it('refuse two records with the same values, naming both', async () => {
    const error = await rejectionOf(snapshotOf([...users, userOf(9, 'a@one.example')]));
    expect(error).toMatchObject({ code: 'INDEX_DUPLICATE', details: { entity: 'User', field: 'email', key: 9 } });
    expect(error.message).toContain('User: the records 1 and 9 both have email = "a@one.example"');
  });

  it('let any number of records have no value', async () => {
    using snapshot = await snapshotOf([...users, userOf(6, null), userOf(7, undefined)]);
    expect(await snapshot.verify()).toEqual([]);
  });
});

describe('declarations', () => {
  it('are part of the schema, each once, and not of its fingerprint', () => {
    const [entity] = schemaFromClasses([User]).entities;
    expect(entity!.indexes).toEqual([
      { fields: ['email'], unique: true },
      { fields: ['country'], unique: false },
      { fields: ['country', 'city'], unique: false },
    ]);
    const { indexes: _, ...rest } = entity!;
    expect(defineSchema([rest]).fingerprint).toBe(schemaFromClasses([User]).fingerprint);
    const twice = [{ fields: ['email'] }, { fields: ['email'], unique: true }];
    expect(defineSchema([{ ...entity!, indexes: twice }]).entities[0]!.indexes).toEqual([
      { fields: ['email'], unique: true },
    ]);
  });

  it.each([
    [[{ fields: [] }], 'needs the names of its fields'],
    [[{ fields: ['emial'] }], 'did you mean "email"?'],
    [[{ fields: ['email', 'email'] }], 'names a field twice'],
    [[{ fields: ['tags'] }], 'a list cannot be part of an index'],
    [[{ fields: ['data'] }], 'a json cannot be part of an index'],
    [[{ fields: Array.from({ length: 33 }, (_, number) => `f${number}`) }], 'the limit is 32'],
    ['email', 'is not a list'],
  ])('%j is refused', (indexes, why) => {
    const [entity] = schemaFromClasses([User]).entities;
    const fields = [...entity!.fields, { name: 'tags', type: 'text', array: true }, { name: 'data', type: 'json' }];
    const error = thrownBy(() => defineSchema([{ ...entity!, fields, indexes } as never]));
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID', message: expect.stringContaining(why) });
  });

  it('say how the decorator is used', () => {
    expect(() => (SnapshotIndex(['a']) as PropertyDecorator)(User.prototype, 'a')).toThrow(TypeError);
    expect(() => (SnapshotIndex() as unknown as ClassDecorator)(User)).toThrow(TypeError);
    expect(() => SnapshotIndex({ uniqe: true } as never)).toThrow('Did you mean "unique"?');
  });
});
