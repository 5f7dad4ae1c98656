import { normalizeEntity } from '../../src/schema/normalize-entity';
import { defineSchema, type EntityDefinition, fingerprintOf, type RelationDefinition } from '../../src/schema/schema';
import { thrownBy } from '../support/property';

const id = { name: 'id', type: 'int32' } as const;
const entity = (
  name: string,
  relations: RelationDefinition[] = [],
  more: Partial<EntityDefinition> = {},
): EntityDefinition => ({ name, key: ['id'], fields: [id], relations, ...more });
const one = (name: string, target: string, inverse?: string): RelationDefinition => ({
  name,
  kind: 'to-one',
  target,
  ...(inverse ? { inverse } : {}),
});
const many = (name: string, target: string, inverse?: string): RelationDefinition => ({
  ...one(name, target, inverse),
  kind: 'to-many',
});

describe('defineSchema', () => {
  it('fills in what was left out, and freezes everything', () => {
    const source = { column: { type: 'integer' } };
    const schema = defineSchema([entity('A', [one('next', 'A')], { fields: [{ ...id, source }] })]);
    const [a] = schema.entities;
    expect(a).toEqual({
      name: 'A',
      key: ['id'],
      fields: [{ name: 'id', type: 'int32', array: false, nullable: false, source }],
      relations: [{ name: 'next', kind: 'to-one', target: 'A', nullable: true }],
      indexes: [],
    });
    for (const frozen of [
      schema,
      schema.entities,
      a,
      a!.fields,
      a!.fields[0],
      a!.fields[0]!.source,
      a!.key,
      a!.relations[0],
    ])
      expect(Object.isFrozen(frozen)).toBe(true);
  });

  it('takes 200 fields, and members of any name', () => {
    const fields = Array.from({ length: 200 }, (_, number) => ({ name: `f${number}`, type: 'text' as const }));
    expect(defineSchema([{ name: 'Wide', key: ['f0'], fields }]).entities[0]!.fields).toHaveLength(200);
    const names = ['__proto__', 'constructor', 'then', 'toJSON', 'length', '', ' ', '\ud800', '💥'];
    const named = names.filter((name) => name !== '').map((name) => ({ name, type: 'int8' as const }));
    expect(
      defineSchema([{ name: '__proto__', key: ['__proto__'], fields: named }]).entities[0]!.fields.map(
        ({ name }) => name,
      ),
    ).toEqual(names.filter((name) => name !== ''));
  });

  it('takes relations of every shape, and cycles', () => {
    const schema = defineSchema([
      entity('A', [
        one('b', 'B'),
        one('self', 'A'),
        many('selves', 'A', 'self'),
        many('friends', 'A'),
        many('friendsOf', 'A', 'friends'),
        one('only', 'B', 'a'),
      ]),
      entity('B', [one('a', 'A'), many('as', 'A', 'b')]),
    ]);
    expect(schema.entities.flatMap(({ relations }) => relations)).toHaveLength(8);
  });

  it.each<[string, unknown, string]>([
    ['nothing', [], 'at least one entity'],
    ['no list', 'A', 'at least one entity'],
    ['an entity without a name', [entity('')], 'needs a name'],
    ['two entities of one name', [entity('A'), entity('A')], 'A: two entities have this name'],
    ['no fields', [entity('A', [], { fields: [] })], 'A: it has no fields'],
    ['two members of one name', [entity('A', [one('id', 'A')])], 'A.id: two members have this name'],
    ['a member without a name', [entity('A', [], { fields: [id, { name: '', type: 'text' }] })], 'non-empty string'],
    [
      'an unknown type',
      [entity('A', [], { fields: [{ name: 'id', type: 'intt32' as never }] })],
      'did you mean "int32"',
    ],
    [
      'a reserved type',
      [entity('A', [], { fields: [id, { name: 'v', type: 'vector' as never }] })],
      'reserved for a later format',
    ],
    ['no type', [entity('A', [], { fields: [{ name: 'id' } as never] })], 'unknown type undefined'],
    [
      'no key',
      [entity('A', [], { key: [] })],
      "A: it has no key; name the field or fields that identify a record: key: ['id'], or in a class @Field('int32', { key: true })",
    ],
    ['a key that is no field', [entity('A', [], { key: ['ID'] })], 'did you mean "id"'],
    ['a key that is a relation', [entity('A', [one('next', 'A')], { key: ['next'] })], 'is not a field'],
    ['a key that may be null', [entity('A', [], { fields: [{ ...id, nullable: true }] })], 'cannot be nullable'],
    ['a list as key', [entity('A', [], { fields: [{ ...id, array: true }] })], 'a list cannot be part of a key'],
    ['JSON as key', [entity('A', [], { fields: [{ name: 'id', type: 'json' }] })], 'a json cannot be part of a key'],
    [
      'a set as key',
      [entity('A', [], { fields: [{ name: 'id', type: 'text', set: true }] })],
      'a Set<text> cannot be part of a key',
    ],
    [
      'a set that is an array too',
      [entity('A', [], { fields: [id, { name: 's', type: 'text', set: true, array: true }] })],
      'choose one',
    ],
    [
      'a set of Dates',
      [entity('A', [], { fields: [id, { name: 's', type: 'timestamp', set: true }] })],
      'cannot hold timestamp values',
    ],
    [
      'a map by JSON',
      [entity('A', [], { fields: [id, { name: 'm', type: 'text', map: 'json' }] })],
      'cannot be json values',
    ],
    ['a map by labels', [entity('A', [], { fields: [id, { name: 'm', type: 'text', map: 'enum' }] })], 'use text'],
    [
      'a map by what is no type',
      [entity('A', [], { fields: [id, { name: 'm', type: 'text', map: true as never }] })],
      'names the type of its keys, found true',
    ],
    [
      'a set that says neither yes nor no',
      [entity('A', [], { fields: [id, { name: 's', type: 'text', set: 'yes' as never }] })],
      '`set` is true or false, found "yes"',
    ],
    [
      'a typed array of text',
      [entity('A', [], { fields: [id, { name: 'v', type: 'text', array: 'typed' }] })],
      'holds numbers, not text values',
    ],
    [
      'an array of another kind',
      [entity('A', [], { fields: [id, { name: 'v', type: 'int8', array: 'list' as never }] })],
      'found "list"',
    ],
    ['a field twice in the key', [entity('A', [], { key: ['id', 'id'] })], 'names a field twice'],
    ['a key of 33 fields', [entity('A', [], { key: new Array(33).fill('id') })], 'the limit is 32'],
    [
      'an enum without values',
      [entity('A', [], { fields: [id, { name: 'e', type: 'enum' }] })],
      'an enum needs `values`',
    ],
    [
      'an enum with equal values',
      [entity('A', [], { fields: [id, { name: 'e', type: 'enum', values: ['x', 'x'] }] })],
      'not distinct',
    ],
    [
      'an enum of 65,536 values',
      [
        entity('A', [], {
          fields: [id, { name: 'e', type: 'enum', values: Array.from({ length: 65536 }, (_, number) => `${number}`) }],
        }),
      ],
      'the limit is 65535',
    ],
    ['values of what is no enum', [entity('A', [], { fields: [{ ...id, values: ['x'] }] })], 'for enums only'],
    ['a relation to nowhere', [entity('Alpha', [one('next', 'Alhpa')])], 'did you mean "Alpha"'],
    [
      'a relation of another kind',
      [entity('A', [{ name: 'next', kind: 'to-some' as never, target: 'A' }])],
      '"to-one" or "to-many"',
    ],
    [
      'an inverse that is not there',
      [entity('A', [many('all', 'A', 'none')])],
      'its inverse "none" is not a relation of A',
    ],
    ['an inverse that is a field', [entity('A', [many('all', 'A', 'id')])], 'is not a relation of A'],
    [
      'an inverse to another entity',
      [entity('A', [many('bs', 'B', 'b')]), entity('B', [one('b', 'B')])],
      'refers to B, not to A',
    ],
    [
      'two relations that are each other’s inverse',
      [entity('A', [one('b', 'B', 'a')]), entity('B', [one('a', 'A', 'b')])],
      'one of the two must store the relation',
    ],
    [
      'a relation that is its own inverse',
      [entity('A', [one('a', 'A', 'a')])],
      'one of the two must store the relation',
    ],
    [
      'a to-one inverse of a to-many',
      [entity('A', [many('bs', 'B')]), entity('B', [one('a', 'A', 'bs')])],
      'cannot be the inverse of the to-many',
    ],
  ])('refuses %s', (_, definitions, message) => {
    const error = thrownBy(() => defineSchema(definitions as EntityDefinition[]));
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID' });
    expect(error.message).toContain(message);
  });
});

describe('the fingerprint', () => {
  const base = (): EntityDefinition[] => [
    entity('A', [one('b', 'B')], { fields: [id, { name: 'e', type: 'enum', values: ['x', 'y'] }] }),
    entity('B', [many('as', 'A', 'b')]),
  ];
  const fingerprint = (change: (definitions: any) => void = () => {}) => {
    const definitions = base();
    change(definitions);
    return defineSchema(definitions).fingerprint;
  };

  it('is SHA-256 in hex, and the same for what means the same', () => {
    expect(fingerprint()).toMatch(/^[0-9a-f]{64}$/);
    const same = [
      (definitions: any) => definitions.reverse(),
      (definitions: any) => {
        definitions[0].source = { table: 'a' };
      },
      (definitions: any) => {
        definitions[0].fields[0].source = 5;
      },
      (definitions: any) => {
        definitions[0].fields[0].nullable = false;
      },
      (definitions: any) => {
        definitions[0].relations[0].nullable = true;
      },
    ];
    for (const change of same) expect(fingerprint(change)).toBe(fingerprint());
  });

  it('differs for what means something else', () => {
    const changes: ((definitions: any) => void)[] = [
      (definitions) => {
        definitions[0].name = 'C';
        definitions[1].relations[0].target = 'C';
      },
      (definitions) => {
        definitions[0].fields[0].type = 'int64';
      },
      (definitions) => {
        definitions[0].fields[1].nullable = true;
      },
      (definitions) => {
        definitions[0].fields[1].array = true;
      },
      (definitions) => {
        definitions[0].fields[1].values = ['y', 'x'];
      },
      (definitions) => {
        definitions[0].fields[1].name = 'f';
      },
      (definitions) => {
        definitions[0].fields.push({ name: 'g', type: 'text' });
      },
      (definitions) => {
        definitions[0].fields.reverse();
      },
      (definitions) => {
        definitions[0].key = ['id', 'e'];
      },
      (definitions) => {
        definitions[0].relations[0].nullable = false;
      },
      (definitions) => {
        definitions[1].relations = [];
      },
    ];
    const all = [fingerprint(), ...changes.map((change) => fingerprint(change))];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is pinned: a new version of the code gives old files the same', () => {
    expect(fingerprint()).toMatchInlineSnapshot(`"368f6e391cc67b5c73e79c884a2992a4a739d7d842c12771c75a26092b623509"`);
    expect(fingerprintOf([normalizeEntity(entity('A'))])).toMatchInlineSnapshot(
      `"53f81e2f1ca599b560e58e272048c82e60605e07c0ab0ec6aa46d4ad297a0bd5"`,
    );
  });
});
