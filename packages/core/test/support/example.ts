/** A snapshot of a few KB that uses every structure and field type, and a reading of all there is in a snapshot. */
import { aggregatePlan, createSnapshot, defineSchema, materialize, type OpenedSnapshot, runPlan } from '../../src';
import type { Storage } from '../../src/file/storage';
import { isInOwnOrder } from '../../src/schema/database-order';
import { pathTextOf } from '../../src/schema/embedded';
import { fieldTypes } from '../../src/schema/field-types';
import { readAt } from './embedded';
import { enumLabels, fieldOf } from './fields';
import { MemoryStorage } from './memory-storage';

export const exampleSchema = defineSchema([
  {
    name: 'Thing',
    key: ['id'],
    fields: [
      fieldOf('id', 'int32'),
      ...fieldTypes.map((type) => fieldOf(type, type, { nullable: true })),
      fieldOf('word', 'text'),
      fieldOf('texts', 'text', { array: true, nullable: true }),
      fieldOf('decimals', 'decimal', { array: true, nullable: true }),
      fieldOf('labels', 'enum', { array: true, nullable: true }),
      { ...fieldOf('address_city', 'text'), path: ['address', 'city'] },
      { ...fieldOf('address_lat', 'float64'), path: ['address', 'place', 'latitude'] },
      fieldOf('vector', 'float32', { array: 'typed', nullable: true }),
      fieldOf('counts', 'uint64', { array: 'view', nullable: true }),
      fieldOf('tags', 'text', { set: true, nullable: true }),
      fieldOf('prices', 'decimal', { map: 'text', nullable: true }),
      { name: 'settings', type: 'json', packed: true, nullable: true },
      { name: 'prose', type: 'text', compressed: true, nullable: true },
    ],
    embeddeds: [{ path: ['address', 'place'], nullable: true }],
    relations: [
      { name: 'next', kind: 'to-one', target: 'Thing' },
      { name: 'previous', kind: 'to-many', target: 'Thing', inverse: 'next' },
      { name: 'names', kind: 'to-many', target: 'Name' },
      { name: 'pair', kind: 'to-one', target: 'Pair', inverse: 'thing' },
    ],
    indexes: [{ fields: ['text'] }, { fields: ['enum', 'date'] }, { fields: ['int64'] }, { fields: ['word'] }],
  },
  {
    name: 'Name',
    key: ['name'],
    fields: [fieldOf('name', 'text')],
    relations: [{ name: 'things', kind: 'to-many', target: 'Thing', inverse: 'names' }],
  },
  {
    name: 'Pair',
    key: ['price', 'uid', 'at'],
    fields: [fieldOf('price', 'decimal'), fieldOf('uid', 'uuid'), fieldOf('at', 'timestamptz')],
    indexes: [{ fields: ['uid'], unique: true }],
    relations: [{ name: 'thing', kind: 'to-one', target: 'Thing', nullable: false }],
  },
  { name: 'Nothing', key: ['id'], fields: [fieldOf('id', 'int64')] },
  {
    name: 'Note',
    key: ['id'],
    fields: [
      fieldOf('id', 'int8'),
      fieldOf('kind', 'text', { nullable: true }),
      fieldOf('stars', 'int8', { nullable: true }),
    ],
    subtypes: {
      field: 'kind',
      classes: [
        { name: 'Review', value: 'review', members: ['stars'] },
        { name: 'Verdict', value: 'verdict', parent: 'Review', members: [] },
      ],
    },
    relations: [
      { name: 'about', kind: 'to-one', targets: ['Name', 'Note', 'Pair'] },
      { name: 'notes', kind: 'to-many', target: 'Note', inverse: 'about' },
    ],
  },
]);

const big = '123456789012345678901234567890.5';
const exampleValues = {
  int8: -128,
  int16: -32768,
  int32: 2 ** 31 - 1,
  int64: -(2n ** 63n),
  uint8: 255,
  uint16: 65535,
  uint32: 2 ** 32 - 1,
  uint64: 2n ** 64n - 1n,
  float32: 0.5,
  float64: Math.PI,
  boolean: true,
  text: 'naïve 😀',
  bytes: Buffer.from([0, 255]),
  timestamp: new Date(1_700_000_000_123),
  timestamptz: -1n,
  date: '2024-02-29',
  time: '12:34:56.7',
  interval: { months: -1, days: 40, microseconds: 500_000 },
  decimal: big,
  uuid: '00112233-4455-6677-8899-aabbccddeeff',
  enum: 'élevé',
  json: { a: [1, null] },
  texts: ['a', null, '\ud800'],
  decimals: ['1.50', big, null],
  labels: ['low', ''],
  vector: [0.5, -1],
  counts: [2n ** 64n - 1n, 0n],
  tags: new Set(['x', null, 'ÿ']),
  prices: new Map([
    ['a', big],
    ['ä', null],
  ]),
  settings: { theme: 'dark', 1: null, long: 'x'.repeat(500), list: [true, 'é', { a: 1.5 }] },
  prose: 'It was a dark and stormy night. '.repeat(10),
};
const uidOf = (id: number) => `00000000-0000-4000-8000-00000000000${id}`;

/** Writes the example to a storage. */
export async function writeExample(storage: Storage, path = 'm/example', createdAt = 1_700_000_000_000): Promise<void> {
  const writer = createSnapshot({ path, schema: exampleSchema, storage, createdAt, notes: { purpose: 'test' } });
  for (let id = 5; id >= 1; id--) {
    const values = id % 2 ? exampleValues : { text: null, enum: enumLabels[0] };
    writer.add('Thing', {
      id: 3 * id,
      ...values,
      word: 'word',
      address: { city: 'Ulm', place: id % 2 ? { latitude: 48.4 } : null },
      next: id === 5 ? 3 : 3 * id + 3,
      names: id % 2 ? ['Ann', 'bob', 'ünï'] : [],
    });
    writer.add('Pair', { price: `${id}.50`, uid: uidOf(id), at: new Date(id), thing: 3 * id });
  }
  for (const [id, about] of [
    [1, { entity: 'Name', key: 'bob' }],
    [2, { entity: 'Note', key: 1 }],
    [3, { entity: 'Pair', key: ['2.50', uidOf(2), new Date(2)] }],
    [4, null],
  ])
    writer.add(['Note', 'Note', 'Review', 'Verdict'][(id as number) - 1]!, { id, about, stars: id });
  for (const name of ['ünï', 'bob', 'Ann', 'Zoë']) writer.add('Name', { name });
  await writer.finish();
}

let bytes: Buffer | undefined;

/** The example's bytes, the same on every call. */
export async function exampleBytes(): Promise<Buffer> {
  if (!bytes) {
    const storage = new MemoryStorage();
    await writeExample(storage);
    bytes = storage.readAll('m/example');
  }
  return Buffer.from(bytes);
}

/** Runs one read; the reading of everything goes on after errors with a code where `tolerant` says so. */
export type Attempt = <T>(read: () => T) => T | string;

export const strict: Attempt = (read) => read();
export const tolerant: Attempt = (read) => {
  try {
    return read();
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    if (name === 'PermafrostError' && code !== undefined) return code;
    throw error;
  }
};

/** Every field, reference, list, key look-up, order, join, JSON and copy, as plain comparable text. Lists are cut after `mostElements`. */
export function readEverything(snapshot: OpenedSnapshot, attempt: Attempt = strict, mostElements = 50): string {
  const read: unknown[] = [];
  const note = (what: string, run: () => unknown) => read.push([what, attempt(run)]);
  for (const entity of snapshot.schema.entities) {
    const records = attempt(() => [...take(snapshot.all(entity.name), mostElements)]);
    if (typeof records === 'string') {
      read.push([entity.name, records]);
      continue;
    }
    const keyOf = (record: Record<string, unknown>) => entity.key.map((name) => record[name]);
    for (const record of records) {
      for (const field of entity.fields) {
        const read = () => readAt(record, field);
        note(field.name, () => (field.type === 'json' ? everyMember(read()) : read()));
      }
      for (const { name, kind, target } of entity.relations) {
        const key = target === undefined ? [] : snapshot.entitySchema(target).key;
        const show = (other: Record<string, unknown>) =>
          target === undefined ? Object.entries(materialize(other)) : key.map((part) => other[part]);
        if (kind === 'to-one') note(name, () => record[name] && show(record[name] as never));
        else {
          note(name, () => (record[name] as []).length);
          note(name, () =>
            [...take((record[name] as Record<string, unknown>[])[Symbol.iterator](), mostElements)].map(show),
          );
          note(name, () => (record[name] as Record<string, unknown>[]).at(-1)?.[key[0]!]);
        }
      }
      note('ordinal', () => snapshot.byOrdinal.ordinalOf(entity.name, keyOf(record)));
      note('get', () => snapshot.get(entity.name, keyOf(record)) !== undefined);
      note('copy', () => Object.keys(materialize(record)));
    }
    for (const { fields } of entity.indexes) {
      const found = (values: unknown) => [...snapshot.find(entity.name, fields, values)].map(keyOf);
      for (const record of records) {
        const values = fields.map((field) => attempt(() => record[field]) ?? null);
        if (!values.includes(null)) note('find', () => found(values));
      }
    }
    for (const field of entity.fields.filter(isInOwnOrder)) {
      const term = { source: 0, field: pathTextOf(field), direction: 'descending', nulls: 'first' } as const;
      note('ordered', () => [...runPlan(snapshot, { entity: entity.name, order: [term] }).ordinals]);
      note('distinct', () => aggregatePlan(snapshot, { entity: entity.name }, 'count-distinct', term));
    }
    for (const { name, target } of entity.relations.filter((relation) => relation.target !== undefined)) {
      const joins = [{ parent: 0, relation: name, kind: 'left' }] as const;
      const order = [
        { source: 1, field: snapshot.entitySchema(target!).key[0]!, direction: 'ascending', nulls: 'last' },
      ] as const;
      note('joined', () =>
        runPlan(snapshot, { entity: entity.name, joins, order, take: mostElements }).nodes.map(
          ({ ordinal, joined }) => [ordinal, joined[1]!.map((node) => node.ordinal)],
        ),
      );
      note('rows', () => aggregatePlan(snapshot, { entity: entity.name, joins }, 'count'));
    }
    note('not there', () =>
      snapshot.get(
        entity.name,
        entity.key.length === 1 ? (entity.fields[0]!.type === 'text' ? 'nobody' : 999) : ['9.9', uidOf(9), 5n],
      ),
    );
  }
  return JSON.stringify(read, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value instanceof Set || value instanceof Map ? [...value] : value,
  );
}

/** A copy made by reading each member. */
function everyMember(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, everyMember);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, everyMember(member)]));
}

function* take<T>(iterable: Iterable<T>, count: number): Iterable<T> {
  let taken = 0;
  for (const element of iterable) {
    if (taken++ === count) return;
    yield element;
  }
}
