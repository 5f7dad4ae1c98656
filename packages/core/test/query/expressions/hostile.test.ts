/** Conditions on files of a hostile writer, nonsense under right checksums: each gives some answer or a coded error, soon. */
import fc from 'fast-check';
import { createSnapshot, defineSchema, type FieldDefinition, isPermafrostError, openSnapshot } from '../../../src';
import { sectionKinds } from '../../../src/file/section-kinds';
import { compileExpression } from '../../../src/query/expressions/compile-expression';
import type { Comparison, Expression } from '../../../src/query/plan';
import { MemoryStorage } from '../../support/memory-storage';
import { holds } from '../../support/property';
import { assemble, disassemble } from '../../support/reseal';

const MOST_MS = 20_000;
/** Fields of every kind of slot, with two values of each. */
const fields: [Omit<FieldDefinition, 'name'>, unknown, unknown][] = [
  [{ type: 'int8' }, 1, -1],
  [{ type: 'uint32' }, 7, 0],
  [{ type: 'int64' }, 2n ** 62n, 5n],
  [{ type: 'float64' }, 0.5, Number.NaN],
  [{ type: 'boolean' }, true, false],
  [{ type: 'decimal' }, '1.50', '123456789012345678901234567890'],
  [{ type: 'uuid' }, '00000000-0000-0000-0000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  [{ type: 'bytes' }, Buffer.from([1, 2]), Buffer.alloc(0)],
  [{ type: 'time' }, '12:00:00', '24:00:00'],
  [{ type: 'timestamptz' }, 1000n, 1 / 0],
  [{ type: 'interval' }, 'P1M', 'PT1S'],
  [{ type: 'enum', values: ['a', 'b'] }, 'a', 'b'],
  [{ type: 'text' }, 'repeated', 'Repeated'],
  [{ type: 'text', compressed: true }, 'ab'.repeat(100), 'é'],
  [{ type: 'text', collation: 'de', ranked: true, looseEquality: true }, 'a', 'b'],
  [{ type: 'json' }, { a: [1, { b: null }] }, [1]],
  [{ type: 'json', packed: true }, { a: 'x'.repeat(600) }, 1],
  [{ type: 'text', array: true }, ['a', null, 'b'], []],
  [{ type: 'decimal', array: true }, ['1.5', null], []],
];
const RECORD_COUNT = 24;
const comparisons: Comparison[] = ['equal', 'less', 'greater-or-equal'];

let file: Buffer;
beforeAll(async () => {
  const storage = new MemoryStorage();
  const schema = defineSchema([
    {
      name: 'E',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        ...fields.map(([field], place) => ({ ...field, name: `f${place}`, nullable: true })),
      ],
      relations: [
        { name: 'one', kind: 'to-one', target: 'E' },
        { name: 'many', kind: 'to-many', target: 'E', inverse: 'one' },
        { name: 'either', kind: 'to-one', targets: ['E', 'E2'] },
      ],
    },
    { name: 'E2', key: ['id'], fields: [{ name: 'id', type: 'int32' }] },
  ]);
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  writer.add('E2', { id: 0 });
  const table = writer.table('E');
  const columns = fields.map((_, place) => table.column(`f${place}`));
  const ranks = fields.map(([{ ranked }], place) => (ranked ? table.rank(`f${place}`) : undefined));
  const [id, one] = [table.column('id'), table.reference('one')];
  for (let record = 0; record < RECORD_COUNT; record++) {
    table.beginRecord();
    id.setInt32(record);
    for (const [place, [, first, second]] of fields.entries()) {
      columns[place]!.setValue([first, second, null][record % 3]);
      ranks[place]?.setInt32(1 + (record % 3));
    }
    for (const setter of one) setter.setInt32(Math.floor(record / 2));
    table.endRecord();
  }
  await writer.finish();
  file = storage.readAll('m/x');
});

const expressions: Expression[] = [
  ...fields.flatMap(([{ type, array }, first, second], place): Expression[] => {
    const operand = { source: 0, field: `f${place}` };
    const through = { ...operand, through: 'one' };
    const compared = (value: unknown): Expression[] =>
      comparisons.map((operator) => ({ kind: 'compare', operand: through, operator, value }));
    if (array)
      return (['equal', 'contains', 'contained-by', 'overlaps'] as const).map((operator) => ({
        kind: 'list',
        operand,
        operator,
        values: first as unknown[],
      }));
    const isIn: Expression = { kind: 'in', operand, values: [first, second] };
    if (type === 'json') return [isIn, { kind: 'json-contains', operand: through, value: first }];
    return [isIn, ...compared(first), ...compared(second)];
  }),
  ...[12, 13].flatMap((place) =>
    [false, true].map((ignoreCase): Expression => {
      const operand = { source: 0, field: `f${place}` };
      return { kind: 'like', operand, pattern: '%e_e%', ignoreCase };
    }),
  ),
  {
    kind: 'target-count',
    source: 0,
    relation: 'many',
    operator: 'less',
    value: 2,
    on: { kind: 'is-null', operand: { source: 0, field: 'f0', through: 'one' } },
  },
  { kind: 'in', operand: { source: 0, field: 'either' }, values: [{ entity: 'E', key: 1 }] },
];

test('they answer or refuse, whatever the bytes of records, heap, string tables and lists are', async () => {
  const outcomes = { answers: 0, refusals: 0 };
  const kinds = ['records', 'heap', 'stringTable', 'adjacencyList'] as const;
  const change = fc.record({
    kind: fc.constantFrom(...kinds),
    at: fc.nat(),
    byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff),
  });
  const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
    const parts = disassemble(file);
    for (const { kind, at, byte } of changes) {
      const candidates = parts.sections.filter(
        ({ section, bytes }) => section.kind === sectionKinds[kind] && bytes.length > 0,
      );
      const { bytes } = candidates[at % candidates.length]!;
      bytes[at % bytes.length] = byte;
    }
    const storage = MemoryStorage.with('m/x', assemble(parts));
    const start = performance.now();
    using snapshot = await openSnapshot('m/x', { storage });
    const table = snapshot.reader.tableByName('E');
    for (const expression of expressions) {
      try {
        const test = compileExpression([{ table }], expression);
        for (let ordinal = 0; ordinal < RECORD_COUNT; ordinal++) {
          table.checkRecord(ordinal);
          expect([0, 1, 2]).toContain(test(Int32Array.of(ordinal)));
        }
        outcomes.answers++;
      } catch (error) {
        if (!isPermafrostError(error)) throw error;
        outcomes.refusals++;
      }
    }
    expect(performance.now() - start).toBeLessThan(MOST_MS);
  });
  await holds(property, 100);
  expect(outcomes.answers).toBeGreaterThan(500);
  expect(outcomes.refusals).toBeGreaterThan(100);
}, 60_000);
