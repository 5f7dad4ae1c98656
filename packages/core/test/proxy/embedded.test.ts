/** Embedded values as classes declare them, as records show them and as writers take them. */
import { inspect } from 'node:util';
import {
  createSnapshot,
  defineSchema,
  Embedded,
  Field,
  isRecord,
  materialize,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
  runQuery,
  Snapshot,
  SnapshotIndex,
  schemaFromClasses,
  ToOne,
} from '../../src';
import { thrownBy } from '../support/property';

class Place {
  @Field('float64') latitude!: number;
  @Field('float64', { nullable: true }) altitude!: number | null;
  get isNorth() {
    return this.latitude > 0;
  }
}

class Address {
  @Field('text') @SnapshotIndex() city!: string;
  @Field('text', { nullable: true }) street?: string | null;
  @Embedded(() => Place, { nullable: true }) place!: Place | null;
  label() {
    return `${this.street ?? '?'}, ${this.city}`;
  }
}

@Snapshot()
class Customer {
  @Field('int32', { key: true }) id!: number;
  @Embedded(() => Address) address!: Address;
  @Embedded(() => Address, { prefix: 'to_', nullable: true }) delivery!: Address | null;
  @ToOne(() => Customer) friend!: Customer | null;
}

const ulm = { city: 'Ulm', street: 'Weg 1', place: { latitude: 48.4, altitude: null } };

async function customers(): Promise<OpenedSnapshot> {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema: schemaFromClasses([Customer]), storage });
  writer.add(Customer, { id: 1, address: ulm, delivery: { city: 'Rom', place: null }, friend: 2 });
  writer.add(Customer, { id: 2, address: { city: 'Bonn', street: null, place: { latitude: -1 } }, delivery: null });
  writer.add(Customer, { id: 3, address: { city: 'Ulm' } });
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage, entities: [Customer] });
  expect(await snapshot.verify()).toEqual([]);
  return snapshot;
}

describe('an embedded', () => {
  it('is an instance of its class, with methods and getters, and the same object while its record is held', async () => {
    const record = (await customers()).get(Customer, 1)!;
    expect(record.address).toBeInstanceOf(Address);
    expect(record.address.label()).toBe('Weg 1, Ulm');
    expect(record.address.place).toBeInstanceOf(Place);
    expect(record.address.place!.isNorth).toBe(true);
    expect(record.address).toBe(record.address);
    expect(record.address.place).toBe(record.address.place);
    expect(record.delivery!.city).toBe('Rom');
    expect(record.friend!.address.city).toBe('Bonn');
    expect(record.address.city).toBe('Ulm');
    expect(isRecord(record.address)).toBe(false);
    expect(thrownBy(() => materialize(record.address))).toMatchObject({ code: 'NOT_A_RECORD' });
  });

  it('is null only where that was declared and nothing in it has a value', async () => {
    const snapshot = await customers();
    const [one, two, three] = [...snapshot.all(Customer)] as [Customer, Customer, Customer];
    expect([one.delivery === null, two.delivery, three.delivery]).toEqual([false, null, null]);
    expect([one.delivery!.place, three.address.place]).toEqual([null, null]);
    expect([one.address.place!.altitude, two.address.place!.altitude]).toEqual([null, undefined]);
    expect([one.delivery!.street, two.address.street, three.address.street]).toEqual([undefined, null, undefined]);
  });

  it('cannot be changed, and says so by its path', async () => {
    const record = (await customers()).get(Customer, 1)!;
    expect(thrownBy(() => Object.assign(record.address.place!, { latitude: 0 }))).toMatchObject({
      code: 'READ_ONLY',
      message: expect.stringContaining('Customer.address.place.latitude'),
      details: { entity: 'Customer', field: 'address.place.latitude' },
    });
    expect(thrownBy(() => Object.assign(record, { address: {} }))).toMatchObject({
      code: 'READ_ONLY',
      details: { field: 'address' },
    });
  });

  it('shows in JSON, in copies and to inspect', async () => {
    const snapshot = await customers();
    const record = snapshot.get(Customer, 1)!;
    const plain = { id: 1, address: ulm, delivery: { city: 'Rom', place: null } };
    expect(JSON.parse(JSON.stringify(record))).toEqual(plain);
    expect(JSON.parse(JSON.stringify({ to: record.address }))).toEqual({ to: ulm });
    const copy = materialize(record);
    expect(inspect(record)).toBe(inspect(copy));
    expect(inspect(record.delivery)).toBe("Address { city: 'Rom', place: null }");
    expect(inspect({ record }, { depth: 0 })).toBe('{ record: [Customer] }');
    snapshot.close();
    expect(copy).toEqual(plain);
    expect(copy.address).toBeInstanceOf(Address);
    expect(copy.address.place).toBeInstanceOf(Place);
    copy.address.city = 'Neu-Ulm';
    expect(copy.address.label()).toBe('Weg 1, Neu-Ulm');
  });

  it('is found by its path, by its index, and gives an order', async () => {
    const snapshot = await customers();
    const where = (field: string, ...values: unknown[]) => [
      ...runQuery(snapshot, { entity: 'Customer', where: [[{ field, operator: 'in', values }]] }),
    ];
    expect(where('address.city', 'Ulm')).toEqual([0, 2]);
    expect(where('address.place.latitude', -1)).toEqual([1]);
    expect(where('delivery.city', 'Rom')).toEqual([0]);
    expect(snapshot.find(Customer, 'address_city', 'Ulm').map(({ id }) => id)).toEqual([1, 3]);
    expect(snapshot.findOne(Customer, 'to_city', 'Rom')!.id).toBe(1);
    expect([
      ...runQuery(snapshot, {
        entity: 'Customer',
        order: [{ field: 'address.place.latitude', direction: 'descending', nulls: 'last' }],
      }),
    ]).toEqual([0, 1, 2]);
    expect(thrownBy(() => where('address_city', 'Ulm'))).toMatchObject({ code: 'FIELD_UNKNOWN' });
    expect(thrownBy(() => where('address', 'Ulm'))).toMatchObject({ code: 'FIELD_UNKNOWN' });
  });

  it('throws when the snapshot is closed, and follows the cursor of a scan', async () => {
    const snapshot = await customers();
    const cities = Array.from(snapshot.scan(Customer), ({ address, delivery }) => [address.city, delivery?.city]);
    expect(cities).toEqual([
      ['Ulm', 'Rom'],
      ['Bonn', undefined],
      ['Ulm', undefined],
    ]);
    const record = snapshot.get(Customer, 1)!;
    const { address } = record;
    snapshot.close();
    for (const read of [() => address.city, () => address.place, () => record.delivery, () => record.address.city])
      expect(thrownBy(read)).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
    expect(inspect(address)).toBe('[Customer.address of a closed snapshot]');
  });

  it('is a plain object for those who open by name', async () => {
    const storage = memoryStorage();
    const writer = createSnapshot({ path: 'x', schema: schemaFromClasses([Customer]), storage });
    writer.add('Customer', { id: 1, address: ulm });
    await writer.finish();
    const record = (await openSnapshot('x', { storage })).get('Customer', 1)!;
    expect(materialize(record)).toEqual({ id: 1, address: ulm, delivery: null });
    expect(Object.getPrototypeOf((materialize(record) as { address: object }).address)).toBe(Object.prototype);
  });
});

describe('a writer', () => {
  it.each<[string, unknown, string, string]>([
    ['no embedded where there must be one', { id: 1 }, 'VALUE_NULL', 'address.city'],
    ['null where there must be one', { id: 1, address: null }, 'VALUE_NULL', 'address.city'],
    ['an embedded without a field it needs', { id: 1, address: { street: 'x' } }, 'VALUE_NULL', 'address.city'],
    ['the same in one that may be null', { id: 1, address: ulm, delivery: {} }, 'VALUE_NULL', 'delivery.city'],
    ['what is no object', { id: 1, address: 'Ulm' }, 'VALUE_TYPE', 'address'],
    [
      'a value of another type',
      { id: 1, address: { ...ulm, place: { latitude: 'x' } } },
      'VALUE_TYPE',
      'address.place.latitude',
    ],
  ])('refuses %s', (_, record, code, field) => {
    const writer = createSnapshot({ path: 'x', schema: schemaFromClasses([Customer]), storage: memoryStorage() });
    expect(thrownBy(() => writer.add(Customer, record as never))).toMatchObject({
      code,
      message: expect.stringContaining(`Customer.${field}`),
      details: { entity: 'Customer', field },
    });
    writer.abort();
  });

  it('that sets columns one by one leaves a nullable embedded out, and no other', async () => {
    const writer = createSnapshot({ path: 'x', schema: schemaFromClasses([Customer]), storage: memoryStorage() });
    const table = writer.table('Customer');
    table.beginRecord();
    table.column('id').setInt32(1);
    expect(thrownBy(() => table.endRecord())).toMatchObject({ code: 'VALUE_NULL', details: { field: 'address.city' } });
    table.beginRecord();
    table.column('id').setInt32(1);
    table.column('address_city').setText('Ulm');
    table.endRecord();
    expect(table.recordCount).toBe(1);
    writer.abort();
  });
});

describe('a schema', () => {
  const id = { name: 'id', type: 'int32' } as const;
  const city = { name: 'address_city', type: 'text', path: ['address', 'city'] } as const;

  it('has the embeddeds that paths imply, and a fingerprint that knows them', () => {
    const of = (nullable?: boolean) =>
      defineSchema([
        {
          name: 'E',
          key: ['id'],
          fields: [id, city],
          ...(nullable === undefined ? {} : { embeddeds: [{ path: ['address'], nullable }, { path: ['gone'] }] }),
        },
      ]);
    expect(of().entities[0]!.embeddeds).toEqual([{ path: ['address'], nullable: false }]);
    expect(of(true).entities[0]!.embeddeds).toEqual([{ path: ['address'], nullable: true }]);
    expect(of(false).fingerprint).toBe(of().fingerprint);
    expect(of(true).fingerprint).not.toBe(of().fingerprint);
    const flat = defineSchema([{ name: 'E', key: ['id'], fields: [id, { name: 'address_city', type: 'text' }] }]);
    expect(flat.fingerprint).not.toBe(of().fingerprint);
    expect(flat.entities[0]).not.toHaveProperty('embeddeds');
  });

  it.each<[string, object, string]>([
    [
      'a key in an embedded that may be null',
      { key: ['address_city'], fields: [city], embeddeds: [{ path: ['address'], nullable: true }] },
      'a key field cannot lie in an embedded that is nullable',
    ],
    [
      'a relation at the path of a field',
      { fields: [id, city], relations: [{ name: 'r', path: ['address', 'city'], kind: 'to-one', target: 'E' }] },
      'reached by this path',
    ],
    [
      'a relation at a path of one name',
      { fields: [id], relations: [{ name: 'r', path: ['r'], kind: 'to-one', target: 'E' }] },
      'at least two names',
    ],
    ['a path of one name', { fields: [id, { ...city, path: ['city'] }] }, 'at least two names'],
    ['a path that is no list', { fields: [id, { ...city, path: 'address.city' }] }, 'at least two names'],
    ['a path with an empty name', { fields: [id, { ...city, path: ['address', ''] }] }, 'at least two names'],
    ['a path too deep', { fields: [id, { ...city, path: new Array(18).fill('a') }] }, 'the limit is 16'],
    ['two fields at one path', { fields: [id, city, { ...city, name: 'other' }] }, 'reached by this path'],
    [
      'two fields at one path as text',
      { fields: [id, city, { name: 'address.city', type: 'text' }] },
      'reached by this path',
    ],
    ['a field where an embedded is', { fields: [id, city, { name: 'address', type: 'text' }] }, 'of an embedded too'],
    [
      'a relation where an embedded is',
      { fields: [id, city], relations: [{ name: 'address', kind: 'to-one', target: 'E' }] },
      'of an embedded too',
    ],
    ['embeddeds that are no list', { fields: [id, city], embeddeds: {} }, 'is not a list'],
    ['an embedded without a path', { fields: [id, city], embeddeds: [{}] }, 'needs a `path`'],
    [
      'an embedded that may be',
      { fields: [id, city], embeddeds: [{ path: ['address'], nullable: 1 }] },
      'true or false',
    ],
  ])('refuses %s', (_, entity, message) => {
    const error = thrownBy(() => defineSchema([{ name: 'E', key: ['id'], ...entity } as never]));
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID', details: { entity: 'E' } });
    expect(error.message).toContain(message);
  });

  it('is not made of classes that embed what cannot be', () => {
    class Empty {}
    class Keyed {
      @Field('int32', { key: true }) id!: number;
    }
    class Related {
      @Field('int32') id!: number;
      @ToOne(() => Customer) customer!: Customer;
    }
    class Endless {
      @Field('int32') id!: number;
      @Embedded(() => Endless) next!: Endless;
    }
    const cases: [() => never, string][] = [
      [() => Empty as never, 'declares no @Field'],
      [() => Keyed as never, 'is a key'],
      [() => Related as never, 'has relations'],
      [() => Endless as never, 'cannot embed itself'],
      [() => undefined as never, 'circular import'],
    ];
    for (const [target, message] of cases) {
      class Owner {
        @Field('int32', { key: true }) id!: number;
        @Embedded(target) value!: unknown;
      }
      Snapshot({ name: 'Owner' })(Owner);
      const error = thrownBy(() => schemaFromClasses([Owner]));
      expect(error).toMatchObject({ code: 'SCHEMA_INVALID', details: { entity: 'Owner' } });
      expect(error.message).toContain(message);
    }
    expect(thrownBy(() => Embedded(() => Place, { prefx: '' } as never)({}, 'place')).message).toContain('"prefix"');
  });
});

describe('relations and keys in embeddeds', () => {
  const schema = defineSchema([
    {
      name: 'Note',
      key: ['id.page', 'id.line'],
      fields: [
        { name: 'id.page', path: ['id', 'page'], type: 'int32' },
        { name: 'id.line', path: ['id', 'line'], type: 'text' },
        { name: 'place.city', path: ['place', 'city'], type: 'text', nullable: true },
      ],
      relations: [
        { name: 'place.next', path: ['place', 'next'], kind: 'to-one', target: 'Note' },
        {
          name: 'place.deep.previous',
          path: ['place', 'deep', 'previous'],
          kind: 'to-many',
          target: 'Note',
          inverse: 'place.next',
        },
        { name: 'place.deep.all', path: ['place', 'deep', 'all'], kind: 'to-many', target: 'Note' },
      ],
    },
  ]);
  class Place {
    city!: string | null;
    next!: Note | null;
    deep!: { previous: Note[]; all: Note[] };
    get isLast() {
      return this.next === null;
    }
  }
  class Note {
    id!: { page: number; line: string };
    place!: Place;
  }

  async function notes(): Promise<OpenedSnapshot> {
    const storage = memoryStorage();
    const writer = createSnapshot({ path: 'x', schema, storage });
    const first = { id: { page: 1, line: 'a' } };
    writer.add('Note', {
      ...first,
      place: { city: 'Ulm', next: { id: { page: 2, line: 'b' } }, deep: { all: [first, [2, 'b']] } },
    });
    writer.add('Note', { id: { page: 2, line: 'b' }, place: { next: null } });
    await writer.finish();
    const snapshot = await openSnapshot('x', {
      storage,
      classes: new Map([['Note', Note]]),
      values: { embeddedClass: (_, path) => (path.join() === 'place' ? Place : undefined) },
    });
    expect(await snapshot.verify()).toEqual([]);
    return snapshot;
  }
  const ofFirst = { id: { page: 1, line: 'a' }, place: { city: 'Ulm' } };

  it('are read through the embedded', async () => {
    const snapshot = await notes();
    const note = snapshot.get(Note, { id: { page: 1, line: 'a' } })!;
    expect(note).toBeInstanceOf(Note);
    expect(note.place).toBeInstanceOf(Place);
    expect([note.place.isLast, note.place.next!.place.isLast]).toEqual([false, true]);
    expect(note.place.next!.id.line).toBe('b');
    expect(note.place.next).toBe(note.place.next);
    expect(note.place.next!.place.deep.previous.map(({ id }) => id.page)).toEqual([1]);
    expect(note.place.deep.all.map(({ id }) => id.page)).toEqual([1, 2]);
    expect(snapshot.get(Note, [2, 'b'])!.place.next).toBeNull();
    expect(() => snapshot.get(Note, { id: { page: 1 } })).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });

  it('show in JSON and copies where they are asked for', async () => {
    const snapshot = await notes();
    const asked = { place: { next: true, deep: { all: { place: { next: true } } } } };
    const [note] = snapshot.byOrdinal.proxiesOf(Note, [0], asked) as Note[];
    const second = { id: { page: 2, line: 'b' }, place: { city: undefined } };
    const all = [
      { ...ofFirst, place: { ...ofFirst.place, next: second } },
      { ...second, place: { ...second.place, next: null } },
    ];
    const expected = { ...ofFirst, place: { city: 'Ulm', next: second, deep: { all } } };
    const json = JSON.parse(JSON.stringify(expected));
    expect(JSON.parse(JSON.stringify(note))).toEqual(json);
    expect(JSON.parse(JSON.stringify(snapshot.get(Note, [1, 'a'])))).toEqual(ofFirst);
    const copy = materialize(note!, { shared: false });
    expect(copy.place).toBeInstanceOf(Place);
    expect(JSON.parse(JSON.stringify(copy))).toEqual(json);
    expect(inspect(note)).toContain('next: Note');
    expect(JSON.parse(JSON.stringify(materialize(note!, { relations: {} })))).toEqual(ofFirst);
    expect(() => materialize(note!, { relations: { place: { nex: true } } })).toThrow(
      expect.objectContaining({ code: 'FIELD_UNKNOWN', message: expect.stringContaining('Did you mean "place.next"') }),
    );
  });

  it('are given wrapped where an adapter wraps them', async () => {
    const storage = memoryStorage();
    const writer = createSnapshot({ path: 'x', schema, storage });
    writer.add('Note', {
      id: { page: 1, line: 'a' },
      place: { next: { id: { page: 1, line: 'a' } }, deep: { all: [] } },
    });
    await writer.finish();
    const wrap = (value: unknown) => Promise.resolve(value);
    const snapshot = await openSnapshot('x', {
      storage,
      values: { wrap: (_, { kind }) => (kind === 'to-one' ? wrap : undefined) },
    });
    const note: any = snapshot.byOrdinal.proxiesOf('Note', [0], { place: { next: true } })[0];
    expect(note.place.next).toBeInstanceOf(Promise);
    expect((await note.place.next).id.page).toBe(1);
    expect(note.place.deep.all).toHaveLength(0);
    expect(JSON.parse(JSON.stringify(note)).place.next.id).toEqual({ page: 1, line: 'a' });
    expect((materialize(note) as any).place.next).toHaveProperty('id');
  });
});

test('an embedded of relations alone may have the name of what every object inherits', async () => {
  const storage = memoryStorage();
  const schema = defineSchema([
    {
      name: 'Part',
      key: ['id'],
      fields: [{ name: 'id', type: 'int32' }],
      relations: [{ name: 'constructor_next', path: ['constructor', 'next'], kind: 'to-one', target: 'Part' }],
      embeddeds: [{ path: ['constructor'] }],
    },
  ]);
  const writer = createSnapshot({ path: 'x', schema, storage });
  writer.add('Part', { id: 1, constructor: { next: 2 } } as object);
  writer.add('Part', { id: 2, constructor: { next: null } } as object);
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage });
  const [part] = snapshot.byOrdinal.proxiesOf('Part', [0], { constructor: { next: true } });
  const copy = materialize(part!) as Record<string, unknown>;
  expect(Object.entries(copy)).toEqual([
    ['id', 1],
    ['constructor', { next: expect.objectContaining({ id: 2 }) }],
  ]);
});
