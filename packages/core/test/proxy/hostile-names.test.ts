/** Any name is legal for a field, relation, entity or label, and works on every way in and out; what is no name is refused when the schema is made. */
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
  runQuery,
  Snapshot,
  snapshotOf,
  ToMany,
  ToOne,
} from '../../src';
import { thrownBy } from '../support/property';

const names = [
  'constructor',
  'prototype',
  '__proto__',
  '__defineGetter__',
  'hasOwnProperty',
  'isPrototypeOf',
  'toString',
  'toLocaleString',
  'valueOf',
  'toJSON',
  'then',
  'catch',
  'length',
  'name',
  'inspect',
  'arguments',
  'entity',
  'key',
  'state',
  'Symbol(permafrost.record)',
  'größe',
  '名前',
  '💥',
  '\ud800',
  '\u202e',
  'a b',
  'a.b',
  'a"b\\',
  '\0',
  '0',
  '-0',
  '4294967295',
  ' ',
  'x'.repeat(1000),
];
const shown = (name: string) => JSON.stringify(name).slice(0, 40);
const table = names.map((name) => [shown(name), name] as const);

type Plain = Record<string, unknown>;

/** An own property whatever its name. */
function own(entries: readonly (readonly [string, unknown])[]): Plain {
  const object = {};
  for (const [name, value] of entries)
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  return object as Plain;
}

const ownValue = (object: unknown, name: string) => Object.getOwnPropertyDescriptor(object, name)?.value;

async function written(
  entities: Parameters<typeof defineSchema>[0],
  records: readonly (readonly [entity: string, record: object])[],
): Promise<OpenedSnapshot> {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema: defineSchema(entities), storage });
  for (const [entity, record] of records) writer.add(entity, record);
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage, development: false });
  expect(await snapshot.verify()).toEqual([]);
  return snapshot;
}

describe.each(table)('a field called %s', (_, name) => {
  let snapshot: OpenedSnapshot;
  beforeAll(async () => {
    snapshot = await written(
      [
        {
          name: 'Thing',
          key: ['id'],
          fields: [
            { name: 'id', type: 'int32' },
            { name, type: 'text', nullable: true },
          ],
        },
      ],
      [
        [
          'Thing',
          own([
            ['id', 1],
            [name, 'one'],
          ]),
        ],
        [
          'Thing',
          own([
            ['id', 2],
            [name, null],
          ]),
        ],
        ['Thing', { id: 3 }],
      ],
    );
  });
  const values = ['one', null, undefined];

  test('is read by get, all and scan', () => {
    expect([1, 2, 3].map((id) => snapshot.get('Thing', id)![name])).toEqual(values);
    expect([...snapshot.all('Thing')].map((thing) => thing[name])).toEqual(values);
    const scanned: unknown[] = [];
    for (const thing of snapshot.scan('Thing')) scanned.push(thing[name]);
    expect(scanned).toEqual(values);
  });

  test('is in copies and JSON, and can be printed', () => {
    const copies = [...snapshot.all('Thing')].map((thing) => materialize(thing));
    expect(copies.map((copy) => ownValue(copy, name))).toEqual(values);
    expect(copies.map((copy) => Object.hasOwn(copy, name))).toEqual([true, true, false]);
    const parsed = JSON.parse(JSON.stringify([...snapshot.all('Thing')])) as object[];
    expect(parsed.map((thing) => ownValue(thing, name))).toEqual(values);
    expect(parsed.map((thing) => ownValue(thing, 'id'))).toEqual([1, 2, 3]);
    expect(inspect(snapshot.get('Thing', 1))).toContain("'one'");
    expect(inspect(snapshot.get('Thing', 1))).toMatch(/^Thing /);
  });

  test('does not make a promise, a record or a copy of something else', async () => {
    const thing = snapshot.get('Thing', 1)!;
    expect(await thing).toBe(thing);
    expect(await Promise.all([...snapshot.all('Thing')])).toHaveLength(3);
    const spread = { ...thing };
    expect([isRecord(thing), isRecord(spread), isSameRecord(thing, snapshot.get('Thing', 1))]).toEqual([
      true,
      false,
      true,
    ]);
    expect(() => {
      thing[name] = 'two';
    }).toThrow(expect.objectContaining({ code: 'READ_ONLY', details: { entity: 'Thing', field: name } }));
  });

  test('is found by conditions', () => {
    const find = (value: unknown) => [
      ...runQuery(snapshot, { entity: 'Thing', where: [[{ field: name, operator: 'equal', values: [value] }]] }),
    ];
    expect([find('one'), find('two'), find(null)]).toEqual([[0], [], []]);
  });

  test('is the key', async () => {
    const keyed = await written(
      [{ name: 'Thing', key: [name], fields: [{ name, type: 'text' }] }],
      [
        ['Thing', own([[name, 'b']])],
        ['Thing', own([[name, 'a']])],
      ],
    );
    for (const key of ['b', ['b'], own([[name, 'b']]), keyed.get('Thing', 'b')])
      expect(keyed.get('Thing', key)![name]).toBe('b');
    expect(keyed.get('Thing', 'c')).toBeUndefined();
    expect(() => keyed.get('Thing', {})).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
    const keyless = written([{ name: 'T', key: [name], fields: [{ name, type: 'text' }] }], [['T', {}]]);
    await expect(keyless).rejects.toMatchObject({ code: 'VALUE_NULL' });
  });
});

describe.each(table)('a relation called %s', (_, name) => {
  let snapshot: OpenedSnapshot;
  beforeAll(async () => {
    const id = { name: 'id', type: 'int32' } as const;
    snapshot = await written(
      [
        { name: 'One', key: ['id'], fields: [id], relations: [{ name, kind: 'to-one', target: 'One' }] },
        { name: 'Many', key: ['id'], fields: [id], relations: [{ name, kind: 'to-many', target: 'Many' }] },
        {
          name: 'Inverse',
          key: ['id'],
          fields: [id],
          relations: [{ name, kind: 'to-many', target: 'Owned', inverse: name }],
        },
        { name: 'Owned', key: ['id'], fields: [id], relations: [{ name, kind: 'to-one', target: 'Inverse' }] },
      ],
      [
        [
          'One',
          own([
            ['id', 1],
            [name, 2],
          ]),
        ],
        [
          'One',
          own([
            ['id', 2],
            [name, null],
          ]),
        ],
        ['One', { id: 3 }],
        [
          'Many',
          own([
            ['id', 1],
            [name, [2, { id: 1 }]],
          ]),
        ],
        ['Many', { id: 2 }],
        ['Inverse', { id: 1 }],
        [
          'Owned',
          own([
            ['id', 7],
            [name, 1],
          ]),
        ],
      ],
    );
  });
  const idsOf = (list: unknown) => (list as Plain[]).map((record) => record['id']);

  test('leads to its targets', () => {
    expect([1, 2, 3].map((id) => (snapshot.get('One', id)![name] as Plain | null | undefined)?.['id'])).toEqual([
      2,
      undefined,
      undefined,
    ]);
    expect(snapshot.get('One', 2)![name]).toBeNull();
    expect([1, 2].map((id) => idsOf(snapshot.get('Many', id)![name]))).toEqual([[2, 1], []]);
    expect(idsOf(snapshot.get('Inverse', 1)![name])).toEqual([7]);
    const thing = snapshot.get('One', 1)!;
    expect(thing[name]).toBe(thing[name]);
  });

  test('is copied and shown as JSON when asked for', async () => {
    const tree = own([[name, own([[name, true]])]]) as never;
    for (const [entity, expected] of [
      ['One', 2],
      ['Inverse', [7]],
    ] as const) {
      const [asked] = snapshot.byOrdinal.proxiesOf(entity, [0], tree) as [Plain];
      const read = (holder: unknown) => {
        const value = ownValue(holder, name);
        return Array.isArray(value) ? idsOf(value) : value?.id;
      };
      expect(read(materialize(asked))).toEqual(expected);
      expect(read(materialize(snapshot.get(entity, 1)!, { relations: tree }))).toEqual(expected);
      expect(read(JSON.parse(JSON.stringify(asked)))).toEqual(expected);
      expect(inspect(asked, { depth: 4 })).toContain(`id: ${[expected].flat()[0]}`);
      expect(await asked).toBe(asked);
    }
    expect(JSON.stringify(snapshot.get('One', 1))).toBe('{"id":1}');
    expect(() => {
      snapshot.get('Many', 1)![name] = [];
    }).toThrow(expect.objectContaining({ code: 'READ_ONLY' }));
  });

  test('is found by conditions', () => {
    const where = [[{ field: name, operator: 'equal', values: [2] }]] as const;
    expect([...runQuery(snapshot, { entity: 'One', where })]).toEqual([0]);
  });
});

describe.each(table)('an entity called %s', (_, name) => {
  test('is written and read by name and by class', async () => {
    class Item {
      id!: number;
      self?: Item;
      all?: readonly Item[];
    }
    Snapshot({ name })(Item);
    Field('int32', { key: true })(Item.prototype, 'id');
    ToOne(() => Item)(Item.prototype, 'self');
    ToMany(
      () => Item,
      (item) => item.self,
    )(Item.prototype, 'all');
    const item = Object.assign(new Item(), { id: 1 });
    item.self = item;
    const snapshot = await snapshotOf([item]);
    expect(await snapshot.verify()).toEqual([]);
    expect(snapshot.schema.entities[0]!.name).toBe(name);
    expect(snapshot.get(Item, 1)).toBeInstanceOf(Item);
    expect(snapshot.get(name, 1)!['id']).toBe(1);
    expect(snapshot.get(Item, 1)!.self!.all![0]!.self!.id).toBe(1);
    expect([snapshot.count(name), runQuery(snapshot, { entity: name }).length]).toEqual([1, 1]);
    expect(JSON.stringify([...snapshot.all(name)])).toBe('[{"id":1}]');
    expect(materialize(snapshot.get(Item, 1)!)).toEqual(Object.assign(new Item(), { id: 1 }));
    expect(() => snapshot.get(`${name}!`, 1)).toThrow(expect.objectContaining({ code: 'ENTITY_UNKNOWN' }));
  });

  test('can be printed when it was opened without a class', async () => {
    const snapshot = await written(
      [{ name, key: ['id'], fields: [{ name: 'id', type: 'int32' }] }],
      [[name, { id: 1 }]],
    );
    expect(inspect(snapshot.get(name, 1))).toContain('id: 1');
    expect(inspect(materialize(snapshot.get(name, 1)!))).toContain('id: 1');
  });
});

test('a field called "constructor" does not hide the class of an entity', async () => {
  class Engine {
    id!: number;
  }
  Snapshot()(Engine);
  Field('int32', { key: true })(Engine.prototype, 'id');
  Field('text')(Engine.prototype, 'constructor');
  const snapshot = await snapshotOf(
    [own([['id', 1]]), own([['id', 2]])].map((record) =>
      Object.assign(Object.create(Engine.prototype), record, { constructor: `maker ${record['id']}` }),
    ),
  );
  expect([...snapshot.all(Engine)].map((engine) => engine.constructor as unknown)).toEqual(['maker 1', 'maker 2']);
  expect(snapshot.get(Engine, 1)).toBeInstanceOf(Engine);
});

test('labels of an enum may be any texts', async () => {
  const values = [...names, ''];
  const snapshot = await written(
    [
      {
        name: 'Thing',
        key: ['label'],
        fields: [
          { name: 'label', type: 'enum', values },
          { name: 'list', type: 'enum', values, array: true },
        ],
      },
    ],
    values.map((label) => ['Thing', { label, list: [label, null, ...values] }] as const),
  );
  for (const label of values) {
    const thing = snapshot.get('Thing', label)!;
    expect(thing['label']).toBe(label);
    expect(thing['list']).toEqual([label, null, ...values]);
    expect(ownValue(materialize(thing), 'label')).toBe(label);
  }
});

test('200 fields of every such name, with values of all kinds of nothing', async () => {
  const fields = Array.from({ length: 200 }, (_, number) => ({
    name: number < names.length ? names[number]! : `field ${number}`,
    type: number % 2 ? ('text' as const) : ('int16' as const),
    nullable: number > 0,
  }));
  fields[0] = { ...fields[0]!, nullable: false };
  const given = (number: number, record: number): unknown => {
    if (number === 0) return record;
    if ((number + record) % 7 === 0) return null;
    if ((number + record) % 5 === 0) return undefined;
    return number % 2 ? `${number} ${record}` : number - record;
  };
  const recordOf = (record: number) => own(fields.map(({ name }, number) => [name, given(number, record)] as const));
  const snapshot = await written(
    [{ name: 'Wide', key: [fields[0]!.name], fields }],
    [9, 3, 5].map((record) => ['Wide', recordOf(record)] as const),
  );
  for (const record of [3, 5, 9]) {
    const wide = snapshot.get('Wide', record)!;
    const copy = materialize(wide);
    for (const [number, { name }] of fields.entries()) {
      expect([name, wide[name], ownValue(copy, name)]).toEqual([name, given(number, record), given(number, record)]);
    }
    const present = own(Object.entries(recordOf(record)).filter(([, value]) => value !== undefined));
    expect(JSON.parse(JSON.stringify(wide))).toEqual(JSON.parse(JSON.stringify(present)));
  }
});

describe('what is no name', () => {
  const id = { name: 'id', type: 'int32' } as const;
  test.each<[string, object]>([
    ['a symbol as field', { name: 'Thing', key: ['id'], fields: [id, { name: Symbol('s'), type: 'text' }] }],
    ['a number as field', { name: 'Thing', key: ['id'], fields: [id, { name: 5, type: 'text' }] }],
    ['an empty field', { name: 'Thing', key: ['id'], fields: [id, { name: '', type: 'text' }] }],
    ['no name', { name: 'Thing', key: ['id'], fields: [id, { type: 'text' }] }],
    [
      'a symbol as relation',
      { name: 'Thing', key: ['id'], fields: [id], relations: [{ name: Symbol('s'), kind: 'to-one', target: 'Thing' }] },
    ],
    ['a symbol as entity', { name: Symbol('s'), key: ['id'], fields: [id] }],
    ['an empty entity', { name: '', key: ['id'], fields: [id] }],
    [
      'a symbol as label',
      { name: 'Thing', key: ['id'], fields: [id, { name: 'e', type: 'enum', values: [Symbol('s')] }] },
    ],
    ['a symbol as key', { name: 'Thing', key: [Symbol('s')], fields: [id] }],
  ])('%s is refused', (_, definition) => {
    expect(thrownBy(() => defineSchema([definition as never]))).toMatchObject({ code: 'SCHEMA_INVALID' });
  });

  test('a symbol in a class is refused by the decorators, by class and member', () => {
    class Thing {}
    for (const decorate of [Field('text'), ToOne(() => Thing), ToMany(() => Thing)]) {
      const error = thrownBy(() => decorate(Thing.prototype, Symbol('secret')));
      expect(error).toMatchObject({ code: 'SCHEMA_INVALID', details: { entity: 'Thing' } });
      expect(error.message).toContain('Thing.Symbol(secret)');
    }
  });
});
