/** What the writer refuses: each with a code, naming entity, field, key and value; and nothing is left in the directory. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSnapshot, defineSchema, type FieldType, isPermafrostError, type SnapshotWriter } from '../../src';
import { enumLabels } from '../support/fields';
import { MemoryStorage } from '../support/memory-storage';
import { rejectionOf, thrownBy } from '../support/property';

const fieldsOf = (type: FieldType) => [
  { name: 'id', type: 'int32' as const },
  { name: 'value', type, ...(type === 'enum' ? { values: enumLabels } : {}) },
];
const company = {
  name: 'Company',
  key: ['country', 'number'],
  fields: [
    { name: 'country', type: 'text' as const },
    { name: 'number', type: 'int64' as const },
  ],
};
const shop = defineSchema([
  company,
  {
    name: 'Customer',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'email', type: 'text' },
      { name: 'tags', type: 'text', array: true, nullable: true },
    ],
    relations: [
      { name: 'company', kind: 'to-one', target: 'Company', nullable: false },
      { name: 'passport', kind: 'to-one', target: 'Passport', inverse: 'owner' },
      { name: 'friends', kind: 'to-many', target: 'Customer' },
      { name: 'visited', kind: 'to-many', target: 'Company' },
    ],
  },
  {
    name: 'Passport',
    key: ['code'],
    fields: [{ name: 'code', type: 'text' }],
    relations: [{ name: 'owner', kind: 'to-one', target: 'Customer' }],
  },
]);
const acme = { country: 'at', number: 7n };
const ann = { id: 1, email: 'ann@x', company: acme };

let storage: MemoryStorage;
const begin = (schema = shop): SnapshotWriter => {
  storage = new MemoryStorage();
  return createSnapshot({ path: 'm/x', schema, storage });
};
function expectNothingLeft(): void {
  expect(storage.names).toEqual([]);
  expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 0, 0]);
}

describe('a value that its field does not take', () => {
  it.each<[FieldType, unknown, string]>([
    ['int8', 128, 'VALUE_RANGE'],
    ['int8', -129, 'VALUE_RANGE'],
    ['int16', 40_000, 'VALUE_RANGE'],
    ['int32', 2 ** 31, 'VALUE_RANGE'],
    ['int32', 1.5, 'VALUE_RANGE'],
    ['int32', Number.NaN, 'VALUE_RANGE'],
    ['int32', '5', 'VALUE_TYPE'],
    ['int64', 2n ** 63n, 'VALUE_RANGE'],
    ['int64', 2 ** 53, 'VALUE_RANGE'],
    ['int64', '99999999999999999999', 'VALUE_RANGE'],
    ['int64', '1.5', 'VALUE_TYPE'],
    ['int64', true, 'VALUE_TYPE'],
    ['uint8', -1, 'VALUE_RANGE'],
    ['uint16', 65536, 'VALUE_RANGE'],
    ['uint32', 2 ** 32, 'VALUE_RANGE'],
    ['uint64', -1n, 'VALUE_RANGE'],
    ['uint64', 2n ** 64n, 'VALUE_RANGE'],
    ['float32', 1e39, 'VALUE_RANGE'],
    ['float64', '1', 'VALUE_TYPE'],
    ['boolean', 'true', 'VALUE_TYPE'],
    ['boolean', 1, 'VALUE_TYPE'],
    ['text', 5, 'VALUE_TYPE'],
    ['text', ['x'], 'VALUE_TYPE'],
    ['bytes', 'x', 'VALUE_TYPE'],
    ['timestamp', 1e12, 'VALUE_TYPE'],
    ['timestamp', new Date(Number.NaN), 'VALUE_RANGE'],
    ['timestamptz', 2n ** 63n, 'VALUE_RANGE'],
    ['date', '2023-02-29', 'VALUE_RANGE'],
    ['date', new Date(), 'VALUE_TYPE'],
    ['time', '24:00:00.000001', 'VALUE_RANGE'],
    ['time', '9:30', 'VALUE_RANGE'],
    ['time', 34_200, 'VALUE_TYPE'],
    ['interval', 5, 'VALUE_TYPE'],
    ['interval', [], 'VALUE_TYPE'],
    ['interval', new Date(0), 'VALUE_TYPE'],
    ['interval', { days: '1' }, 'VALUE_TYPE'],
    ['interval', { days: 1, decades: 1 }, 'VALUE_TYPE'],
    ['interval', '1 day', 'VALUE_RANGE'],
    ['interval', 'P', 'VALUE_RANGE'],
    ['interval', 'P1DT', 'VALUE_RANGE'],
    ['interval', { days: 1.5 }, 'VALUE_RANGE'],
    ['interval', { months: 2 ** 31 }, 'VALUE_RANGE'],
    ['interval', { years: 2 ** 28 }, 'VALUE_RANGE'],
    ['interval', { hours: 2 ** 33 }, 'VALUE_RANGE'],
    ['interval', { microseconds: 0.5 }, 'VALUE_RANGE'],
    ['decimal', 'twelve', 'VALUE_RANGE'],
    ['decimal', {}, 'VALUE_TYPE'],
    ['decimal', '1'.repeat(2 ** 21), 'VALUE_RANGE'],
    ['uuid', '123', 'VALUE_RANGE'],
    ['uuid', 5, 'VALUE_TYPE'],
    ['enum', 'nowhere', 'VALUE_RANGE'],
    ['enum', 0, 'VALUE_TYPE'],
    ['json', () => 1, 'VALUE_TYPE'],
    ['json', { a: 1n }, 'VALUE_TYPE'],
  ])('%s: %p', (type, value, code) => {
    const writer = begin(defineSchema([{ name: 'E', key: ['id'], fields: fieldsOf(type) }]));
    const error = thrownBy(() => writer.add('E', { id: 42, value }));
    expect(isPermafrostError(error)).toBe(true);
    expect(error).toMatchObject({ code, details: { entity: 'E', field: 'value', key: 42, actual: value } });
    expect(error.message).toMatch(/^E\.value \(key 42\): /);
    writer.abort();
    expectNothingLeft();
  });

  it.each([null, undefined])('%p where a value is required', (value) => {
    const writer = begin(defineSchema([{ name: 'E', key: ['id'], fields: fieldsOf('text') }]));
    const error = thrownBy(() => writer.add('E', { id: 42, value }));
    expect(error).toMatchObject({
      code: 'VALUE_NULL',
      details: { entity: 'E', field: 'value', key: 42, actual: value },
    });
    expect(error.message).toContain('E.value (key 42)');
  });

  it('leaves no trace of its record', async () => {
    const writer = begin();
    writer.add('Company', acme);
    expect(thrownBy(() => writer.add('Customer', { id: 9, email: 5, company: acme })).code).toBe('VALUE_TYPE');
    expect(thrownBy(() => writer.add('Customer', { id: 9, email: 'x', tags: ['a', 5], company: acme }))).toMatchObject({
      details: { field: 'tags[]', key: 9 },
    });
    writer.add('Customer', ann);
    expect((await writer.finish()).entities.map(({ records }) => records)).toEqual([1, 1, 0]);
  });
});

describe('a reference', () => {
  it('to a record that is not there', async () => {
    const writer = begin();
    writer.add('Company', acme);
    writer.add('Customer', { ...ann, id: 5, company: { country: 'at', number: 8n } });
    const error = await rejectionOf(writer.finish());
    expect(error).toMatchObject({
      code: 'REFERENCE_DANGLING',
      details: { entity: 'Customer', field: 'company', key: 5, actual: ['at', 8n] },
    });
    expect(error.message).toContain('Customer.company: record 5 refers to Company ["at", 8n]');
    expectNothingLeft();
  });

  it('from a list to a record that is not there', async () => {
    const writer = begin();
    writer.add('Company', acme);
    writer.add('Customer', { ...ann, visited: [acme, ['de', 1n]] });
    const error = await rejectionOf(writer.finish());
    expect(error).toMatchObject({
      code: 'REFERENCE_DANGLING',
      details: { entity: 'Customer', field: 'visited', key: 1, actual: ['de', 1n] },
    });
    expect(error.message).toContain('Customer.visited: record 1 refers to Company ["de", 1n]');
    expectNothingLeft();
  });

  it('from an owner that is not there', async () => {
    const writer = begin();
    writer.add('Company', acme);
    writer.add('Customer', ann);
    const links = writer.links('Customer', 'friends');
    links.beginLink();
    links.owner[0]!.setInt32(77);
    links.target[0]!.setInt32(1);
    links.endLink();
    const error = await rejectionOf(writer.finish());
    expect(error).toMatchObject({
      code: 'REFERENCE_DANGLING',
      details: { entity: 'Customer', field: 'friends', actual: 77 },
    });
    expectNothingLeft();
  });

  it('that is one-to-one, twice', async () => {
    const writer = begin();
    writer.add('Company', acme);
    writer.add('Customer', ann);
    writer.add('Passport', { code: 'A', owner: 1 });
    writer.add('Passport', { code: 'B', owner: ann });
    const error = await rejectionOf(writer.finish());
    expect(error).toMatchObject({
      code: 'REFERENCE_NOT_UNIQUE',
      details: { entity: 'Customer', field: 'passport', key: 1 },
    });
    expectNothingLeft();
  });

  it('that is required and missing, stored or derived', async () => {
    const writer = begin();
    for (const company of [null, undefined]) {
      const error = thrownBy(() => writer.add('Customer', { ...ann, company }));
      expect(error).toMatchObject({ code: 'VALUE_NULL', details: { entity: 'Customer', field: 'company', key: 1 } });
    }
    writer.abort();
    const derived = begin(
      defineSchema([
        {
          name: 'A',
          key: ['id'],
          fields: [{ name: 'id', type: 'int32' }],
          relations: [{ name: 'b', kind: 'to-one', target: 'B', inverse: 'a', nullable: false }],
        },
        {
          name: 'B',
          key: ['id'],
          fields: [{ name: 'id', type: 'int32' }],
          relations: [{ name: 'a', kind: 'to-one', target: 'A' }],
        },
      ]),
    );
    derived.add('A', { id: 6 });
    expect(await rejectionOf(derived.finish())).toMatchObject({
      code: 'VALUE_NULL',
      details: { entity: 'A', field: 'b', key: 6 },
    });
    expectNothingLeft();
  });

  it.each([
    ['a scalar for a key of two parts', 7],
    ['a record without its key', { country: 'at' }],
    ['a key of one part', ['at']],
    ['a key of three parts', ['at', 7n, 1]],
    ['a key with null', ['at', null]],
    ['a key of a wrong type', [7n, 'at']],
  ])('given as %s', (_, company) => {
    const writer = begin();
    expect(thrownBy(() => writer.add('Customer', { ...ann, company }))).toMatchObject({
      code: 'VALUE_TYPE',
      details: { entity: 'Customer', key: 1 },
    });
    writer.abort();
    expectNothingLeft();
  });

  it.each([
    ['no list', 5, 'VALUE_TYPE'],
    ['text', 'abc', 'VALUE_TYPE'],
    ['null in a list', [1, null], 'VALUE_NULL'],
    ['a wrong key in a list', [1, 'x'], 'VALUE_TYPE'],
    ['a key out of range in a list', [2 ** 40], 'VALUE_RANGE'],
  ])('list given as %s, which ends the writer: the record is in already', async (_, friends, code) => {
    const writer = begin();
    writer.add('Company', acme);
    const error = thrownBy(() => writer.add('Customer', { ...ann, friends }));
    expect(error).toMatchObject({ code, details: { entity: 'Customer', field: 'friends', key: 1 } });
    expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'WRITER_STATE' });
    expectNothingLeft();
  });
});

describe('a key', () => {
  it.each([true, false])('that two records have, in order %p', async (ascending) => {
    const writer = begin();
    writer.add('Company', acme);
    for (const id of ascending ? [1, 2, 2, 3] : [3, 2, 1, 2]) writer.add('Customer', { ...ann, id });
    const error = await rejectionOf(writer.finish());
    expect(error).toMatchObject({ code: 'KEY_DUPLICATE', details: { entity: 'Customer', key: 2 } });
    expect(error.message).toContain('Customer: two records have the key 2');
    expectNothingLeft();
  });

  it.each<[FieldType, unknown, unknown]>([
    ['text', '\ud800', '\ud800'],
    ['decimal', '1.50', '1.5'],
    ['float64', 0, -0],
    ['float64', Number.NaN, Number.NaN],
    ['uuid', 'AAAAAAAA-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'],
    ['bytes', Buffer.from('x'), Buffer.from('x')],
    ['timestamp', new Date(5), 5000n],
    ['int64', 5, '5'],
    ['time', '12:30', '12:30:00.000'],
  ])('of type %s that is written in two ways: %p, %p', async (type, first, second) => {
    const writer = begin(defineSchema([{ name: 'E', key: ['value'], fields: fieldsOf(type) }]));
    writer.add('E', { id: 1, value: first });
    writer.add('E', { id: 2, value: second });
    expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'KEY_DUPLICATE', details: { entity: 'E' } });
    expectNothingLeft();
  });
});

describe('the writer', () => {
  it('does nothing after it has finished or was aborted', async () => {
    const schema = defineSchema([{ name: 'E', key: ['id'], fields: fieldsOf('text') }]);
    for (const end of [(writer: SnapshotWriter) => writer.finish(), async (writer: SnapshotWriter) => writer.abort()]) {
      const writer = begin(schema);
      const table = writer.table('E');
      await end(writer);
      const names = storage.names;
      for (const use of [
        () => writer.add('E', { id: 1, value: '' }),
        () => writer.table('E'),
        () => table.beginRecord(),
      ])
        expect(thrownBy(use)).toMatchObject({ code: 'WRITER_STATE' });
      expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'WRITER_STATE' });
      writer.abort();
      expect(storage.names).toEqual(names);
      expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 0, 0]);
    }
  });

  it('takes nothing more while it finishes, and finishes once', async () => {
    const writer = begin(defineSchema([{ name: 'E', key: ['id'], fields: fieldsOf('text') }]));
    writer.add('E', { id: 1, value: 'x' });
    const finished = writer.finish();
    expect(thrownBy(() => writer.add('E', { id: 2, value: 'y' }))).toMatchObject({ code: 'WRITER_STATE' });
    expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'WRITER_STATE' });
    expect((await finished).entities[0]!.records).toBe(1);
    expect(storage.names).toEqual(['m/x']);
  });

  it('that is aborted while it finishes leaves nothing and says so', async () => {
    const writer = begin(defineSchema([{ name: 'E', key: ['id'], fields: fieldsOf('text') }]));
    writer.add('E', { id: 1, value: 'x' });
    const finished = rejectionOf(writer.finish());
    writer.abort();
    expect(await finished).toMatchObject({ code: 'WRITER_STATE' });
    expectNothingLeft();
  });

  it('ends with the reason of a signal', async () => {
    const writer = begin();
    writer.add('Company', acme);
    const reason = new Error('enough');
    expect(await rejectionOf(writer.finish({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expectNothingLeft();
    const source = begin();
    async function* failing() {
      yield acme;
      throw reason;
    }
    expect(await rejectionOf(source.addAll('Company', failing()))).toBe(reason);
    expectNothingLeft();
  });

  it('refuses a name that is taken, at the beginning and at the end', async () => {
    const writer = begin();
    storage.put('m/x', Buffer.from('mine'));
    expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'FILE_EXISTS' });
    expect(storage.names).toEqual(['m/x']);
    expect(storage.readAll('m/x').toString()).toBe('mine');
    expect(thrownBy(() => createSnapshot({ path: 'm/x', schema: shop, storage }))).toMatchObject({
      code: 'FILE_EXISTS',
      details: { path: 'm/x' },
    });
  });

  it('refuses names it does not know and options it does not have', () => {
    const writer = begin();
    expect(thrownBy(() => writer.table('Custmer'))).toMatchObject({ code: 'ENTITY_UNKNOWN' });
    expect(thrownBy(() => writer.table('Customer').column('emial'))).toMatchObject({
      code: 'FIELD_UNKNOWN',
      details: { entity: 'Customer', field: 'emial' },
    });
    expect(thrownBy(() => writer.table('Customer').reference('passport'))).toMatchObject({ code: 'FIELD_UNKNOWN' });
    expect(thrownBy(() => writer.links('Customer', 'company'))).toMatchObject({ code: 'FIELD_UNKNOWN' });
    expect(thrownBy(() => createSnapshot({ path: 'm/y', schema: shop, storage, note: 1 } as never))).toBeInstanceOf(
      TypeError,
    );
    expect(thrownBy(() => createSnapshot({ path: 'm/y', entities: [], storage } as never))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('schema: schemaFromClasses([…])'),
    });
    expect(thrownBy(() => createSnapshot({ path: 'm/y', schema: shop, storage, createdAt: 1.5 }))).toBeInstanceOf(
      TypeError,
    );
    expect(thrownBy(() => writer.add('Customer', 5 as never))).toBeInstanceOf(TypeError);
    writer.abort();
    expectNothingLeft();
  });

  it('leaves nothing in a real directory either', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'permafrost-writer-'));
    try {
      const path = join(directory, 'x.permafrost');
      const writer = createSnapshot({ path, schema: shop });
      writer.add('Company', acme);
      // Enough to leave memory: staged records and the keys of references wait in scratch files.
      for (let id = 0; id < 60_000; id++)
        writer.add('Customer', {
          id,
          email: `customer ${id}`,
          company: { country: `${'x'.repeat(20)}${id}`, number: BigInt(id) },
        });
      expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'REFERENCE_DANGLING' });
      expect(readdirSync(directory)).toEqual([]);
      writeFileSync(path, 'mine');
      expect(thrownBy(() => createSnapshot({ path, schema: shop }))).toMatchObject({ code: 'FILE_EXISTS' });
      expect(thrownBy(() => createSnapshot({ path: join(directory, 'none', 'x'), schema: shop }))).toMatchObject({
        code: 'FILE_NOT_FOUND',
      });
      expect(readdirSync(directory)).toEqual(['x.permafrost']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
