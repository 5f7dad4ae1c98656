/** Two related tables with a column of every kind, and a snapshot of them: what conditions are asked on, of both. */
import {
  createSnapshot,
  defineSchema,
  type FieldDefinition,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
} from '@permafrost/core';
import { type PgTypeName, withConsistentTransaction } from '@permafrost/postgres';
import fc from 'fast-check';
import type { Client } from 'pg';
import { jsonTexts, type Kind, listedKinds, literal, quoted, scalarKinds } from './kinds';

export const ITEM_COUNT = 90;
export const TARGET_COUNT = 45;

/** Items refer to targets, or to none. In both every value of every kind occurs, and null. */
export async function createTables(client: Client, seed: number): Promise<void> {
  const columns = [
    ...scalarKinds.map(({ name, sqlType }) => `${name} ${sqlType}`),
    ...listedKinds.map(({ name, sqlType }) => `${name}_list ${listTypeOf(sqlType)}`),
    'document jsonb',
  ].join(', ');
  await client.query(`
    CREATE EXTENSION citext;
    CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE mood AS ENUM ('zeta', 'alpha', 'Übel');
    CREATE TABLE target (id int4 PRIMARY KEY, ${columns});
    CREATE TABLE item (id int4 PRIMARY KEY, ${columns}, target_id int4 REFERENCES target)`);
  const number = fc.nat(2 ** 30);
  const rows = (count: number, salt: number) =>
    fc.sample(fc.array(number, { minLength: 200, maxLength: 200 }), { seed: seed + salt, numRuns: count });
  for (const [id, dice] of rows(TARGET_COUNT, 0).entries())
    await client.query(`INSERT INTO target VALUES (${id}, ${rowOf(id, dice)})`);
  for (const [id, dice] of rows(ITEM_COUNT, 1).entries()) {
    const target = dice[199]! % 4 === 0 ? 'NULL' : dice[198]! % Math.floor(TARGET_COUNT * 0.7);
    await client.query(`INSERT INTO item VALUES (${id}, ${rowOf(id, dice)}, ${target})`);
  }
}

/** The values of a row: the first rows have those of each kind in turn. */
function rowOf(id: number, dice: readonly number[]): string {
  let die = 0;
  const pick = <T>(values: readonly T[]): T | null => {
    const place = id <= values.length ? id : dice[die]! % (values.length + 1);
    die++;
    return values[place] ?? null;
  };
  const scalars = scalarKinds.map((kind) => literal(kind, pick(kind.values)));
  const lists = listedKinds.map((kind) => {
    if (dice[die++]! % 5 === 0) return `NULL::${listTypeOf(kind.sqlType)}`;
    const length = dice[die++]! % 4;
    const elements = Array.from({ length }, () => {
      const place = dice[die++]! % (kind.values.length + 1);
      return literal(kind, kind.values[place] ?? null);
    });
    return `ARRAY[${elements.join(', ')}]::${listTypeOf(kind.sqlType)}`;
  });
  const text = pick(jsonTexts);
  return [...scalars, ...lists, `${quoted(text)}::jsonb`].join(', ');
}

export function listTypeOf(sqlType: string): string {
  return `${sqlType.replace(/ COLLATE .*/, '')}[]`;
}

const nullable = (name: string, field: Omit<FieldDefinition, 'name'>): FieldDefinition => ({
  ...field,
  name,
  nullable: true,
});

/** The tables as entities Item and Target, copied as exports copy them. */
export async function snapshotOfTables(client: Client): Promise<OpenedSnapshot> {
  const fields: FieldDefinition[] = [
    { name: 'id', type: 'int32' },
    ...scalarKinds.map(({ name, field }) => nullable(name, field)),
    ...listedKinds.map(({ name, field: { collation: _, ...field } }) =>
      nullable(`${name}_list`, { ...field, array: true }),
    ),
    nullable('document', { type: 'json' }),
  ];
  const schema = defineSchema([
    { name: 'Item', key: ['id'], fields, relations: [{ name: 'target', kind: 'to-one', target: 'Target' }] },
    {
      name: 'Target',
      key: ['id'],
      fields,
      relations: [{ name: 'items', kind: 'to-many', target: 'Item', inverse: 'target' }],
    },
  ]);
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'snapshot', schema, storage });
  const ranked = scalarKinds.filter(({ field }) => field.ranked);
  await withConsistentTransaction(client, async (transaction) => {
    for (const entity of ['Item', 'Target']) {
      const table = writer.table(entity);
      const column = (name: string, pgType: string, array = false) => ({
        name,
        pgType: pgType as PgTypeName,
        array,
        setters: [table.column(name)],
      });
      const names = fields.map(({ name }) => name);
      const ranks = ranked.map(({ name }) => `dense_rank() OVER (ORDER BY ${name})::int4`);
      await transaction.copyRecords({
        sql: `SELECT ${[...names, ...ranks].join(', ')}${entity === 'Item' ? ', target_id' : ''} FROM ${entity.toLowerCase()}`,
        columns: [
          column('id', 'int4'),
          ...scalarKinds.map(({ name, pgType }) => column(name, pgType)),
          ...listedKinds.map(({ name, pgType }) => column(`${name}_list`, pgType, true)),
          column('document', 'jsonb'),
          ...ranked.map(({ name }) => ({ name, pgType: 'int4' as const, array: false, setters: [table.rank(name)] })),
          ...(entity === 'Item'
            ? [{ name: 'target_id', pgType: 'int4' as const, array: false, setters: [...table.reference('target')] }]
            : []),
        ],
        beginRecord: () => table.beginRecord(),
        endRecord: () => table.endRecord(),
      });
    }
  });
  await writer.finish();
  return openSnapshot('snapshot', { storage });
}

export function kindNamed(name: string): Kind {
  return scalarKinds.find((kind) => kind.name === name)!;
}
