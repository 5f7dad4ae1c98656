/**
 * What conditions of plans say, against what PostgreSQL says of the same rows: true, false or null, row by row. First every operator with
 * every value of every kind by itself, then expressions made of all of them over a left join.
 */
import type { Expression, FieldReference, OpenedSnapshot } from '@permafrost/core';
import fc from 'fast-check';
import type { Client } from 'pg';
import { hasLocale, localeAbsent } from '../../../../test/src/postgres/locales';
import { withDatabase } from '../../../../test/src/postgres/suite';
import { describeOrSkip } from '../../../../test/src/support/skips';
import { compileExpression } from '../../../core/src/query/expressions/compile-expression';
import { holds, seed } from '../../../core/test/support/property';
import { connect, textRows } from '../support';
import { anyExpression, comparisons } from './any-expression';
import { jsonTexts, listedKinds, present, scalarKinds, words } from './kinds';
import { sqlOf } from './sql';
import { createTables, ITEM_COUNT, snapshotOfTables } from './tables';

const textKinds = scalarKinds.filter(({ field }) => field.type === 'text');
const database = withDatabase('expressions');
let client: Client;
let snapshot: OpenedSnapshot;
beforeAll(async () => {
  client = await connect(database.url);
  await createTables(client, seed);
  snapshot = await snapshotOfTables(client);
  const kindOf = (name: string) => snapshot.reader.tableByName('Item').slotOf(name).kind;
  expect(['own', 'repeated'].map(kindOf)).toEqual(['heap-text', 'table-text']);
});
afterAll(async () => {
  snapshot.close();
  await client.end();
});

const patterns = [
  '',
  '%',
  '_',
  '__',
  '%a',
  'a%',
  '%a%',
  '%b%',
  'a_b',
  '_b',
  '%\\%',
  '\\_',
  'a\\\\b',
  '%\\\\',
  '%\n%',
  '%%',
  '_%',
  '%_',
  'a%b%',
  '%ab%ab%c',
  '%é',
  'É',
  'ÄB',
  'äB',
  'Ss',
  'k',
  '%😀%',
  '😀_',
  "a'B",
  'ab%c',
  '%b_',
  '%a_',
  '%_a',
  '\\a\\B',
];

/** For each expression what it says of each item, in key order: t, f, or u. */
async function compare(expressions: readonly Expression[], on = 's1.id % 3 <> 0'): Promise<string[]> {
  const columns = expressions.map((expression) => `(${sqlOf(expression)})::text`);
  const rows = await textRows(
    client,
    `SELECT s1.id, ${columns.join(', ')} FROM item AS s0 LEFT JOIN target AS s1 ON s1.id = s0.target_id AND ${on} ORDER BY s0.id`,
  );
  expect(rows).toHaveLength(ITEM_COUNT);
  const sources = ['Item', 'Target'].map((name) => {
    const table = snapshot.reader.tableByName(name);
    table.checkRun(0);
    return { table };
  });
  const joined = rows.map(([id]) => (id === null ? -1 : sources[1]!.table.keyLookup.ordinalOf(Number(id))));
  return expressions.map((expression, place) => {
    const test = compileExpression(sources, expression);
    const found = joined.map((target, ordinal) => 'ftu'[test(Int32Array.of(ordinal, target))]).join('');
    const expected = rows.map((row) => row[place + 1]?.[0] ?? 'u').join('');
    if (found !== expected)
      expect({ sql: columns[place], truths: found }).toEqual({ sql: columns[place], truths: expected });
    return found;
  });
}

describe('conditions say what PostgreSQL says', () => {
  const own = (field: string): FieldReference => ({ source: 0, field });

  test.each(scalarKinds.map((kind) => [kind.name, kind] as const))('comparisons of %s', async (name, { values }) => {
    await compare([
      ...[...values, null].flatMap((value) =>
        comparisons.map((operator): Expression => ({ kind: 'compare', operand: own(name), operator, value })),
      ),
      { kind: 'is-null', operand: own(name) },
      { kind: 'is-null', operand: { source: 0, field: name, through: 'target' } },
      { kind: 'is-null', operand: { source: 1, field: name } },
    ]);
  });

  test.each(scalarKinds.map((kind) => [kind.name, kind] as const))('IN of %s', async (name, { values }) => {
    const lists = [
      [],
      [null],
      [values[0]],
      [values[1], null],
      values.slice(1, 4),
      [...values],
      [...values, null],
      [values[0], values[0]],
    ];
    await compare(lists.map((list): Expression => ({ kind: 'in', operand: own(name), values: list })));
  });

  describeOrSkip(hasLocale('en_US'), localeAbsent('en_US'), 'text in the order of the C library', () => {
    test('is among the kinds', () => expect(scalarKinds.map(({ name }) => name)).toContain('english'));
  });

  test('equality of texts that occur in another case alone, or not at all', async () => {
    const strange = ['AB', 'ÄB', '😀A', 'É', 'ABAB', 'zz', 'ΑΣ', 'ασ', 'SS', "A'B"];
    await compare(
      present('bytewise', 'icu', 'english', 'citext', 'repeated', 'squeezed').flatMap((name) => [
        ...strange.map((value): Expression => ({ kind: 'compare', operand: own(name), operator: 'equal', value })),
        ...strange.map((value): Expression => ({ kind: 'compare', operand: own(name), operator: 'not-equal', value })),
        { kind: 'in', operand: own(name), values: strange },
        { kind: 'in', operand: own(name), values: ['zz', null] },
      ]),
    );
  });

  test.each(textKinds.map(({ name }) => name).filter((name) => name !== 'loose'))(
    'LIKE and ILIKE of %s',
    async (name) => {
      const asked = [null, ...patterns, ...words.filter((word) => !word.endsWith('\\'))];
      await compare(
        [false, true].flatMap((ignoreCase) =>
          asked.map((pattern): Expression => ({ kind: 'like', operand: own(name), pattern, ignoreCase })),
        ),
      );
    },
  );

  test.each(listedKinds.map((kind) => [kind.name, kind] as const))('operators of lists of %s', async (name, kind) => {
    const lists = [
      null,
      [],
      [null],
      ...kind.values.map((value) => [value]),
      kind.values.slice(0, 2),
      [kind.values[0], null],
      [...kind.values],
      [...kind.values, null],
      [kind.values.slice(0, 2), kind.values.slice(0, 2)],
      [[kind.values[0]]],
    ];
    await compare(
      (['equal', 'contains', 'contained-by', 'overlaps'] as const).flatMap((operator) =>
        lists.map((values): Expression => ({ kind: 'list', operand: own(`${name}_list`), operator, values })),
      ),
    );
  });

  test('containment and equality of JSON', async () => {
    const values = jsonTexts.map((text) => JSON.parse(text));
    await compare([
      ...values.map((value): Expression => ({ kind: 'json-contains', operand: own('document'), value })),
      ...values.map((value): Expression => ({ kind: 'in', operand: own('document'), values: [value] })),
      { kind: 'is-null', operand: own('document') },
    ]);
  });

  test('references, their fields, and numbers of targets', async () => {
    const through = (field: string): FieldReference => ({ source: 0, field, through: 'target' });
    await compare([
      ...comparisons.flatMap((operator) =>
        [null, 0, 7, 99].map((value): Expression => ({ kind: 'compare', operand: through('id'), operator, value })),
      ),
      ...comparisons.map(
        (operator): Expression => ({ kind: 'compare', operand: through('whole'), operator, value: 0 }),
      ),
      ...[null, 0, 7, 99].map(
        (value): Expression => ({ kind: 'compare', operand: own('target'), operator: 'not-equal', value }),
      ),
      { kind: 'in', operand: own('target'), values: [1, 2, 99, null] },
      { kind: 'in', operand: through('id'), values: [1, 2, 99] },
      { kind: 'is-null', operand: own('target') },
      { kind: 'is-null', operand: through('id') },
      { kind: 'is-missing', source: 1 },
      ...comparisons.flatMap((operator) =>
        [-1, 0, 1, 3].flatMap((value): Expression[] => [
          { kind: 'target-count', source: 1, relation: 'items', operator, value },
          {
            kind: 'target-count',
            source: 1,
            relation: 'items',
            operator,
            value,
            on: { kind: 'compare', operand: own('flag'), operator: 'equal', value: true },
          },
        ]),
      ),
    ]);
  });
});

test('expressions made of all of them say what PostgreSQL says, and none of its three answers is rare', async () => {
  const counts = { t: 0, f: 0, u: 0 };
  const property = fc.asyncProperty(fc.array(anyExpression, { minLength: 8, maxLength: 8 }), async (expressions) => {
    for (const truths of await compare(expressions, 's1.flag'))
      for (const truth of truths) counts[truth as keyof typeof counts]++;
  });
  await holds(property, 200);
  const all = counts.t + counts.f + counts.u;
  expect(all).toBeGreaterThan(100 * ITEM_COUNT);
  for (const count of Object.values(counts)) expect(count / all).toBeGreaterThan(0.05);
}, 60_000);
