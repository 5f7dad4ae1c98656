/** Files of a hostile writer, whose schema says nonsense of where values come from: refused when they are opened, by a code. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createGeneration, defineSchema, type JsonValue } from '@permafrost/core';
import { openStore, Snapshot } from '@permafrost/typeorm-adapter';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity()
@Snapshot()
class Stamp {
  @PrimaryColumn('int') id!: number;
  @Column('timestamptz') at!: Date;
}

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A generation of one stamp, of whose time the schema says `source`. */
async function publish(source: { readonly [member: string]: JsonValue }): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-hostile-'));
  directories.push(directory);
  const id = { column: 'id', typeormType: 'integer', databaseType: 'integer', pgType: 'int4', oid: 23 };
  const at = {
    ...{ column: 'at', typeormType: 'timestamp with time zone', databaseType: 'timestamp with time zone' },
    ...{ pgType: 'timestamptz', oid: 1184, timeZone: 'Europe/Berlin' },
  };
  const schema = defineSchema([
    {
      name: 'Stamp',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32', source: id },
        { name: 'at', type: 'timestamptz', source: { ...at, ...source } },
      ],
      source: { table: 'stamp' },
    },
  ]);
  using generation = createGeneration({ directory, schema });
  generation.writer.add('Stamp', { id: 1, at: new Date(0) });
  await generation.publish();
  return directory;
}

test('what an export writes is read', async () => {
  using store = await openStore({ directory: await publish({}), entities: [Stamp] });
  expect(await store.getRepository(Stamp).countBy({ at: '1970-01-01 01:00:00' as never })).toBe(1);
});

test.each<[string, JsonValue]>([
  ['column', 5],
  ['database', 'oracle'],
  ['wire', 'rest'],
  ['clientTimeZone', {}],
  ['digits', -1],
  ['digits', '6'],
  ['databaseType', 'constructor'],
  ['pgType', '__proto__'],
  ['pgType', ['timestamptz']],
  ['oid', 1.5],
  ['serverText', 'yes'],
  ['timeZone', null],
  ['typeormType', 'toString'],
  ['numbers', [1, '2']],
  ['utc', 1],
])('what none writes of `%s` is refused: %j', async (member, value) => {
  await expect(openStore({ directory: await publish({ [member]: value }), entities: [Stamp] })).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
    message: expect.stringContaining(`\`${member}\``),
  });
});

test('a time zone that Node does not know is refused where a condition needs it', async () => {
  using store = await openStore({ directory: await publish({ timeZone: 'localtime' }), entities: [Stamp] });
  const stamps = store.getRepository(Stamp);
  expect(await stamps.countBy({ at: new Date(0) })).toBe(1);
  expect(await stamps.countBy({ at: '1970-01-01 00:00:00Z' as never })).toBe(1);
  await expect(stamps.countBy({ at: '1970-01-01 01:00:00' as never })).rejects.toMatchObject({
    code: 'QUERY_UNSUPPORTED',
  });
});
