/** A small snapshot that uses every structure of the format, and everything that can be read from it as one comparable text. */
import { createSnapshot, defineSchema, type OpenedSnapshot, type Storage } from '@permafrost/core';

export const sampleSchema = defineSchema([
  {
    name: 'Author',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'name', type: 'text' },
      { name: 'country', type: 'text', nullable: true },
      { name: 'rating', type: 'float64', nullable: true },
      { name: 'balance', type: 'decimal' },
      { name: 'born', type: 'date' },
      { name: 'seen', type: 'timestamptz' },
      { name: 'kind', type: 'enum', values: ['human', 'machine'] },
      { name: 'tags', type: 'text', array: true, nullable: true },
      { name: 'scores', type: 'int16', array: true },
      { name: 'settings', type: 'json', nullable: true },
      { name: 'avatar', type: 'bytes', nullable: true },
      { name: 'active', type: 'boolean' },
      { name: 'total', type: 'int64' },
    ],
    relations: [
      { name: 'mentor', kind: 'to-one', target: 'Author' },
      { name: 'books', kind: 'to-many', target: 'Book', inverse: 'author' },
      { name: 'friends', kind: 'to-many', target: 'Author' },
    ],
  },
  {
    name: 'Book',
    key: ['shelf', 'isbn'],
    fields: [
      { name: 'shelf', type: 'uint8' },
      { name: 'isbn', type: 'uuid' },
      { name: 'title', type: 'text' },
    ],
    relations: [{ name: 'author', kind: 'to-one', target: 'Author', nullable: false }],
  },
  {
    name: 'City',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int16' },
      { name: 'name', type: 'text', nullable: true, collation: 'sv-SE', ranked: true },
    ],
  },
]);

export async function writeSample(path: string, storage: Storage): Promise<void> {
  const writer = createSnapshot({ path, schema: sampleSchema, storage, createdAt: 1_700_000_000_000 });
  for (let id = 1; id <= 12; id++) {
    writer.add('Author', {
      id: id * 5,
      name: id % 2 ? `author ${id}` : `Schriftstellerin ${id} ß`,
      country: id === 8 ? null : ['de', 'fr'][id % 2],
      rating: id % 3 ? id / 3 : undefined,
      balance: id === 4 ? `${'9'.repeat(30)}.25` : `${id}.50`,
      born: `19${50 + id}-02-${10 + id}`,
      seen: new Date(1_600_000_000_000 + id),
      kind: id % 2 ? 'human' : 'machine',
      tags: id % 4 ? ['a', null, `tag ${id}`] : null,
      scores: Array.from({ length: id % 3 }, (_, place) => place * id),
      settings: id % 2 ? { theme: 'dark', size: id } : null,
      avatar: id === 1 ? Buffer.from([1, 2, 3, 255]) : null,
      active: id % 2 === 0,
      total: BigInt(id) * 10n ** 15n,
      mentor: id > 1 ? (id - 1) * 5 : 12 * 5,
      friends: [5, 40],
    });
  }
  for (let number = 0; number < 6; number++) {
    const isbn = `1234567${number}-0000-4000-8000-00000000000${number}`;
    writer.add('Book', { shelf: number % 3, isbn, title: `book ${number}`, author: (number % 4) * 5 + 5 });
  }
  const cities = writer.table('City');
  for (const [id, name] of ['Örebro', 'Åre', null, 'Öland'].entries()) {
    cities.beginRecord();
    cities.column('id').setInt32(id);
    cities.column('name').setValue(name);
    cities.rank('name').setInt32([3, 1, 4, 2][id]!);
    cities.endRecord();
  }
  await writer.finish();
}

/** Every field and relation of every record, by scan and by key. */
export function readEverything(snapshot: OpenedSnapshot): string {
  const shown: unknown[] = [];
  for (const entity of snapshot.schema.entities) {
    shown.push(entity.name, snapshot.count(entity.name));
    for (const record of snapshot.all(entity.name)) {
      const key = entity.key.map((name) => record[name]);
      const found = snapshot.get(entity.name, key);
      shown.push(found === undefined ? 'not found' : key);
      for (const field of entity.fields) {
        shown.push(record[field.name]);
        const ordinal = snapshot.byOrdinal.ordinalOf(entity.name, key);
        if (field.ranked) shown.push(snapshot.reader.tableByName(entity.name).rankReader(field.name)!(ordinal));
      }
      for (const relation of entity.relations) {
        const value = record[relation.name];
        if (relation.kind === 'to-many')
          shown.push(
            [...(value as Iterable<Record<string, unknown>>)].map((target) =>
              keyOf(snapshot, relation.target!, target),
            ),
          );
        else
          shown.push(
            value === null || value === undefined
              ? value
              : keyOf(snapshot, relation.target!, value as Record<string, unknown>),
          );
      }
    }
  }
  return JSON.stringify(shown, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value === undefined ? 'undefined' : value,
  );
}

function keyOf(snapshot: OpenedSnapshot, entity: string, record: Record<string, unknown>): unknown[] {
  return snapshot.entitySchema(entity).key.map((name) => record[name]);
}
