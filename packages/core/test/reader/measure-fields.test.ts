/** What measuring says of random records, against a count over the values read back; and its limits. */
import fc from 'fast-check';
import {
  createSnapshot,
  defineSchema,
  type FieldMeasure,
  memoryStorage,
  NumericArrayView,
  openSnapshot,
  type ValueOptions,
} from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { anyCase, Dice } from '../support/dice';
import { exampleBytes } from '../support/example';
import { addables, drawGraph, drawSchema } from '../support/graph';
import { MemoryStorage } from '../support/memory-storage';
import { holds, rejectionOf } from '../support/property';

const exact: ValueOptions = { timestamp: 'microseconds', timestamptz: 'microseconds', json: 'text' };

/** Different for values that are stored differently. */
function exactText(value: unknown): string {
  if (value instanceof Set || value instanceof Map || value instanceof NumericArrayView) return exactText([...value]);
  if (ArrayBuffer.isView(value) && !Buffer.isBuffer(value))
    return exactText([...(value as never as Iterable<unknown>)]);
  if (Array.isArray(value)) return `[${value.map(exactText).join()}]`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
}

test('counts are those of the values', () =>
  holds(
    fc.asyncProperty(anyCase(12), async ({ seed, size }) => {
      const dice = new Dice(seed);
      const graph = drawGraph(dice, drawSchema(dice), size);
      const storage = new MemoryStorage();
      const writer = createSnapshot({ path: 'm/x', schema: graph.schema, storage });
      for (const { entity, record } of addables(graph, dice)) writer.add(entity, record);
      const { heapSize } = await writer.finish();
      using snapshot = await openSnapshot('m/x', { storage, values: exact });
      const measures = await snapshot.measureFields();
      const expected = snapshot.schema.entities.flatMap(({ name: entity, fields }) =>
        fields.map(({ name: field, path = [field] }) => {
          // The fields of an embedded that was given as null have never been set.
          const values = [...snapshot.all(entity)].map((record) =>
            path.reduce<unknown>((holder, name) => (holder as Record<string, unknown> | null)?.[name], record),
          );
          const held = values.filter((value) => value !== null && value !== undefined);
          return {
            ...{ entity, field, valueCount: held.length, nullCount: values.filter((value) => value === null).length },
            absentCount: values.filter((value) => value === undefined).length,
            ...{ distinctCount: new Set(held.map(exactText)).size, distinctIsExact: true },
          };
        }),
      );
      expect(measures).toEqual(expected.map((counts) => expect.objectContaining(counts)));
      expect(sum(measures, 'heapSize')).toBe(heapSize);
      const tables = snapshot.reader.sections.filter(({ kind }) => kind === sectionKinds.stringTable);
      expect(sum(measures, 'stringTableSize')).toBe(tables.reduce((total, section) => total + section.size, 0));
    }),
    60,
  ));

function sum(measures: readonly FieldMeasure[], name: 'heapSize' | 'stringTableSize'): number {
  return measures.reduce((total, measure) => total + measure[name], 0);
}

const schema = defineSchema([
  {
    name: 'Item',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'number', type: 'float64' },
      { name: 'label', type: 'text', nullable: true },
      { name: 'note', type: 'text', nullable: true },
    ],
  },
]);

async function open(count: number, numberOf: (id: number) => number, longNote = 'note') {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  for (let id = 0; id < count; id++) {
    writer.add('Item', { id, number: numberOf(id), label: id % 2 ? 'odd' : 'even', note: id === 0 ? longNote : null });
  }
  await writer.finish();
  return openSnapshot('m/x', { storage });
}

test('sizes', async () => {
  using snapshot = await open(1000, (id) => id % 10, 'x'.repeat(2 ** 22));
  const [id, number, label, note] = await snapshot.measureFields();
  expect(id).toMatchObject({ valueCount: 1000, distinctCount: 1000, slotsSize: 4000, heapSize: 0, plainSize: 4000 });
  expect(number).toMatchObject({ distinctCount: 10, slotsSize: 8000, stringTableSize: 0, plainSize: 8000 });
  const stringTableSize = 8 + 2 * 8 + 'oddeven'.length;
  const plainSize = 8 * 1000 + 500 * 'oddeven'.length;
  expect(label).toMatchObject({ distinctCount: 2, slotsSize: 4000, heapSize: 0, stringTableSize, plainSize });
  // Its size does not fit the slot, and lies in front of it.
  expect(note).toMatchObject({ valueCount: 1, nullCount: 999, distinctCount: 1, heapSize: 2 ** 22 + 4 });
});

test('beyond the limit it says "at least"', async () => {
  using snapshot = await open(1000, (id) => id - 1);
  const [id, number] = await snapshot.measureFields({ maxDistinctCount: 999 });
  expect(id).toMatchObject({ distinctCount: 1000, distinctIsExact: true }); // keys are distinct
  expect(number).toMatchObject({ distinctCount: 999, distinctIsExact: false, valueCount: 1000 });
  await expect(snapshot.measureFields({ maxDistinct: 1 } as never)).rejects.toThrow(/unknown option "maxDistinct"/);
});

test('progress, a signal and a close', async () => {
  using snapshot = await open(20_000, (id) => id);
  const said: unknown[] = [];
  await snapshot.measureFields({ onProgress: (progress) => said.push(progress) });
  expect(said[1]).toEqual({ entity: 'Item', field: 'id', records: 16_384, recordCount: 20_000 });
  const stopping = new AbortController();
  const reason = new Error('enough');
  const measuring = snapshot.measureFields({ signal: stopping.signal, onProgress: () => stopping.abort(reason) });
  await expect(measuring).rejects.toBe(reason);
  const closing = snapshot.measureFields({ onProgress: () => snapshot.close() });
  expect(await rejectionOf(closing)).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
});

test('any byte of a file may be wrong', async () => {
  const file = await exampleBytes();
  const dice = new Dice(1);
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(file);
    const at = dice.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << dice.below(8));
    const storage = MemoryStorage.with('m/x', bytes);
    const codes = await openSnapshot('m/x', { storage, checksums: 'never' })
      .then((snapshot) => snapshot.measureFields().finally(() => snapshot.close()))
      .then(
        () => undefined,
        (error) => error.code,
      );
    if (codes !== undefined) expect(typeof codes).toBe('string');
  }
});
