/** Containment and equality of JSON against PostgreSQL's jsonb: any values, with numbers and keys written in more than one way. */
import {
  createSnapshot,
  defineSchema,
  type Expression,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
} from '@permafrost/core';
import fc from 'fast-check';
import type { Client } from 'pg';
import { withDatabase } from '../../../../test/src/postgres/suite';
import { compileExpression } from '../../../core/src/query/expressions/compile-expression';
import { holds } from '../../../core/test/support/property';
import { connect, textRows } from '../support';

const database = withDatabase('json_conditions');
let client: Client;
beforeAll(async () => {
  client = await connect(database.url);
});
afterAll(() => client.end());

test('containment and equality of any JSON are what PostgreSQL says', async () => {
  const scalar = fc.constantFrom<unknown>(null, true, 0, 1, 10, 0.1, 'a', '', '1');
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      { weight: 2, arbitrary: scalar },
      { weight: 2, arbitrary: fc.array(tie('json'), { maxLength: 3 }) },
      { weight: 2, arbitrary: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('json'), { maxKeys: 3 }) },
    ),
  }));
  let containedCount = 0;
  const property = fc.asyncProperty(fc.array(json, { minLength: 40, maxLength: 40 }), async (values) => {
    const texts = values.map((value, place) => spelt(JSON.stringify(value), place));
    using opened = await snapshotOf(texts);
    const table = opened.reader.tableByName('E');
    table.checkRun(0);
    const operand = { source: 0, field: 'document' };
    const rows = await textRows(
      client,
      `SELECT string_agg((stored::jsonb @> asked::jsonb)::int::text, '' ORDER BY place),
              string_agg((stored::jsonb = asked::jsonb)::int::text, '' ORDER BY place)
         FROM unnest($1::text[]) WITH ORDINALITY AS records (stored, place),
              unnest($1::text[]) WITH ORDINALITY AS questions (asked, number) GROUP BY number ORDER BY number`,
      [texts],
    );
    for (const [place, [contained, equal]] of rows.entries()) {
      const ask = (expression: Expression) => {
        const truthOf = compileExpression([{ table }], expression);
        return texts.map((_, ordinal) => truthOf(Int32Array.of(ordinal))).join('');
      };
      const value = values[place];
      expect([place, ask({ kind: 'json-contains', operand, value })]).toEqual([place, contained]);
      expect([place, ask({ kind: 'in', operand, values: [value, value] })]).toEqual([
        place,
        value === null ? '2'.repeat(texts.length) : equal,
      ]);
      containedCount += contained!.replaceAll('0', '').length;
    }
  });
  await holds(property, 50);
  expect(containedCount).toBeGreaterThan(50 * 40 * 2);
});

async function snapshotOf(texts: readonly string[]): Promise<OpenedSnapshot> {
  const storage = memoryStorage();
  const schema = defineSchema([
    {
      name: 'E',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { name: 'document', type: 'json' },
      ],
    },
  ]);
  const writer = createSnapshot({ path: 'x', schema, storage });
  const records = writer.table('E');
  const [id, document] = [records.column('id'), records.column('document')];
  for (const [place, text] of texts.entries()) {
    records.beginRecord();
    id.setInt32(place);
    document.setText(text);
    records.endRecord();
  }
  await writer.finish();
  return openSnapshot('x', { storage });
}

/** The same JSON, its numbers spelt otherwise and with a key twice, by turns. */
function spelt(text: string, place: number): string {
  if (place % 3 === 0) return text;
  return text
    .replace(/\b10\b/g, '1.0e1')
    .replace(/\b0\.1\b/g, '0.1000')
    .replace(/\{"a":/g, '{"a": [7], "a":');
}
