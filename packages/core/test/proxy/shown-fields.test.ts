/** What a record was asked for with: which fields and relations it shows, and that it refuses others where relations are strict. */
import { inspect } from 'node:util';
import {
  createSnapshot,
  defineSchema,
  materialize,
  memoryStorage,
  openSnapshot,
  type RelationTree,
  SHOWN_FIELDS,
  STRICT_RELATIONS,
  type ValueOptions,
} from '../../src';

const schema = defineSchema([
  {
    name: 'Person',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'name', type: 'text' },
      { name: 'street', path: ['address', 'street'], type: 'text' },
      { name: 'city', path: ['address', 'city'], type: 'text' },
    ],
    relations: [
      { name: 'boss', kind: 'to-one', target: 'Person' },
      { name: 'staff', kind: 'to-many', target: 'Person', inverse: 'boss' },
      { name: 'landlord', path: ['address', 'landlord'], kind: 'to-one', target: 'Person' },
    ],
  },
]);

type Person = Record<string, any>;

/** Three people, each the boss and landlord of the next. */
async function people(asked: RelationTree | undefined, values: ValueOptions = {}): Promise<Person[]> {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema, storage });
  for (let id = 1; id <= 3; id++) {
    const before = id > 1 ? id - 1 : null;
    const address = { street: `Street ${id}`, city: 'Ulm', landlord: before };
    writer.add('Person', { id, name: `P${id}`, address, boss: before });
  }
  await writer.finish();
  return (await openSnapshot('x', { storage, values })).byOrdinal.proxiesOf('Person', [0, 1, 2], asked) as Person[];
}

test('fields that were not asked for are not shown, but read', async () => {
  const asked: RelationTree = {
    [SHOWN_FIELDS]: { name: true, address: { city: true } },
    boss: { [SHOWN_FIELDS]: { id: true } },
    address: { landlord: { [SHOWN_FIELDS]: {} } },
  };
  const [, , third] = await people(asked);
  const shown = { name: 'P3', address: { city: 'Ulm', landlord: {} }, boss: { id: 2 } };
  expect(JSON.parse(JSON.stringify(third))).toEqual(shown);
  expect(materialize(third!)).toEqual(shown);
  expect(inspect(third!, { depth: 0 })).not.toContain('Street');
  expect(JSON.stringify(third!['address'])).toBe('{"city":"Ulm","landlord":{}}');
  expect([third!['id'], third!['address'].street, third!['boss'].name]).toEqual([3, 'Street 3', 'P2']);
});

test('an embedded shows for the relations in it that were asked for, too', async () => {
  const [, second] = await people({
    [SHOWN_FIELDS]: { name: true },
    address: { landlord: { [SHOWN_FIELDS]: { id: true } } },
  });
  const shown = { name: 'P2', address: { landlord: { id: 1 } } };
  expect(JSON.parse(JSON.stringify(second))).toEqual(shown);
  expect(materialize(second!)).toEqual(shown);
});

test('fields that are only shown where they are selected are read all the same', async () => {
  const values: ValueOptions = { showsOnlySelected: (_, { name }) => name === 'name' || name === 'street' };
  const [, second] = await people({ boss: true }, values);
  const whole = { id: 1, address: { city: 'Ulm' } };
  expect(JSON.parse(JSON.stringify(second))).toEqual({ ...whole, id: 2, boss: whole });
  expect(materialize(second!)).toEqual({ ...whole, id: 2, boss: whole });
  expect(inspect(second!)).not.toMatch(/P2|Street/);
  const names: string[] = [];
  for (const name in second) names.push(name);
  expect(names).not.toContain('name');
  expect([second!['name'], second!['address'].street]).toEqual(['P2', 'Street 2']);
  const [first] = await people({ [SHOWN_FIELDS]: { name: true, address: { street: true } } }, values);
  expect(materialize(first!)).toEqual({ name: 'P1', address: { street: 'Street 1' } });
});

test('one record asked for with different fields is different instances', async () => {
  const asked: RelationTree = {
    [SHOWN_FIELDS]: { id: true },
    boss: { [SHOWN_FIELDS]: { id: true } },
    address: { landlord: { [SHOWN_FIELDS]: { name: true } } },
  };
  const [, , third] = await people(asked);
  expect(materialize(third!)).toEqual({ id: 3, boss: { id: 2 }, address: { landlord: { name: 'P2' } } });
  const [, second] = await people({ boss: true, address: { landlord: true } });
  const copy = materialize(second!);
  expect(copy['boss']).toBe(copy['address'].landlord);
});

test('strict relations', async () => {
  const below = { [STRICT_RELATIONS]: true };
  const [first, , third] = await people({ boss: { ...below, staff: below }, address: { landlord: below }, ...below });
  expect([third!['boss'].id, third!['boss'].staff[0].id, third!['address'].landlord.id]).toEqual([2, 3, 2]);
  expect(first!['boss']).toBeNull();
  const refusals: [() => unknown, string][] = [
    [() => first!['staff'], 'staff'],
    [() => third!['boss'].boss, 'boss'],
    [() => third!['boss'].staff[0].staff, 'staff'],
    [() => third!['boss'].address.landlord, 'address.landlord'],
    [() => third!['address'].landlord.boss, 'boss'],
  ];
  for (const [follow, field] of refusals) {
    expect(follow).toThrow(
      expect.objectContaining({ code: 'RELATION_NOT_ASKED', details: { entity: 'Person', field } }),
    );
  }
  expect(() => third!['boss'].address.landlord).toThrow(/\{ relations: \{ address: \{ landlord: true \} \} \}/);
  const [none] = await people(below);
  expect(() => none!['boss']).toThrow('Person.boss');
  expect(JSON.parse(JSON.stringify(none))).toEqual({ id: 1, name: 'P1', address: { street: 'Street 1', city: 'Ulm' } });
});
