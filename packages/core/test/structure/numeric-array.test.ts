import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  createSnapshot,
  defineSchema,
  Field,
  materialize,
  memoryStorage,
  NumericArrayView,
  openSnapshot,
  Snapshot,
  schemaFromClasses,
} from '../../src';
import { numericArrayReader } from '../../src/structure/numeric-array';
import { fieldOf, numericTypes, typedArrayOf, typedArrays, valuesOf } from '../support/fields';
import { MemoryStorage } from '../support/memory-storage';
import { damagedSlots, heapSource, type Written, writeSlot } from '../support/one-slot';
import { answerOrCode, holds, thrownBy } from '../support/property';
import { assemble, changeSchema, disassemble } from '../support/reseal';
import { viewOf } from '../support/structures';

const read = (type: (typeof numericTypes)[number], form: 'typed' | 'view', { slot, heap }: Written) =>
  numericArrayReader(type, form)(viewOf(slot), 0, heapSource(heap));

const lists = fc
  .constantFrom(...numericTypes)
  .chain((type) => fc.tuple(fc.constant(type), fc.array(valuesOf[type], { maxLength: 40 })));

describe('arrays of numbers', () => {
  it('are the numbers that were given, as typed arrays, as views and in whatever form they were given', () =>
    holds(
      fc.property(lists, ([type, values]) => {
        const expected = typedArrayOf(type, values);
        const field = fieldOf('f', type, { array: 'view' });
        const written = writeSlot(field, values);
        expect(writeSlot(field, expected).heap).toEqual(written.heap);
        const typed = read(type, 'typed', written);
        expect(typed).toEqual(expected);
        expect(typed).toBeInstanceOf(typedArrays[type]);
        const view = read(type, 'view', written) as NumericArrayView;
        expect(writeSlot(field, view).heap).toEqual(written.heap);
        expect(view.toTypedArray()).toEqual(expected);
        expect([...view]).toEqual([...expected]);
        expect(view.length).toBe(expected.length);
        for (const at of [
          0,
          -1,
          values.length - 1,
          values.length,
          -values.length,
          -values.length - 1,
          1.7,
          -0.5,
          Number.NaN,
        ])
          expect([at, view.at(at)]).toEqual([at, at === -0.5 || Number.isNaN(at) ? view.at(at) : expected.at(at)]);
      }),
      1000,
    ));

  it('have no nulls', () => {
    for (const array of ['typed', 'view'] as const) {
      const field = fieldOf('f', 'float32', { array });
      for (const value of [[1, null], [undefined]])
        expect(thrownBy(() => writeSlot(field, value))).toMatchObject({ code: 'VALUE_NULL', details: { field: 'f' } });
    }
  });

  it.each<[unknown, string]>([
    ['1,2', 'VALUE_TYPE'],
    [new DataView(new ArrayBuffer(4)), 'VALUE_TYPE'],
    [new Set([1]), 'VALUE_TYPE'],
    [[1, 'x'], 'VALUE_TYPE'],
    [new BigInt64Array(1), 'VALUE_TYPE'],
    [new Float64Array([1e300]), 'VALUE_RANGE'],
  ])('of float32 are not %p', (value, code) => {
    expect(thrownBy(() => writeSlot(fieldOf('f', 'float32', { array: 'typed' }), value))).toMatchObject({ code });
  });

  it('damaged, give a coded error or numbers that are in the heap', () =>
    holds(
      fc.property(
        lists.chain(([type, values]) => {
          const written = writeSlot(fieldOf('f', type, { array: 'typed' }), values);
          return fc.tuple(fc.constant(type), damagedSlots(written));
        }),
        ([type, damaged]) => {
          const view = answerOrCode(() => read(type, 'view', damaged)) as NumericArrayView | undefined;
          const typed = answerOrCode(() => read(type, 'typed', damaged));
          expect(view?.toTypedArray()).toEqual(typed);
          if (view) expect([...view].length).toBe(view.length);
        },
      ),
      3000,
    ));
});

@Snapshot()
class Sample {
  @Field('int32', { key: true }) id!: number;
  @Field('float32', { array: 'typed' }) vector!: Float32Array;
  @Field('int16', { array: 'view', nullable: true }) points!: NumericArrayView<number> | null;
}

async function sample() {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema: schemaFromClasses([Sample]), storage });
  writer.add(Sample, { id: 1, vector: [0.5, 2], points: Int16Array.of(3, -4) });
  writer.add(Sample, { id: 2, vector: [], points: null });
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage, entities: [Sample] });
  expect(await snapshot.verify()).toEqual([]);
  return snapshot;
}

describe('arrays of numbers of records', () => {
  it('are copies where they are typed: writing to one changes nothing', async () => {
    const record = (await sample()).get(Sample, 1)!;
    record.vector[0] = 7;
    expect(record.vector).toEqual(Float32Array.of(0.5, 2));
    const view = record.points!;
    expect((view.toTypedArray() as Int16Array).fill(0).length).toBe(2);
    expect([...record.points!]).toEqual([3, -4]);
    expect(thrownBy(() => Object.assign(view, { length: 5 }))).toBeInstanceOf(TypeError);
  });

  it('are lists in JSON and typed arrays in copies, which outlive the snapshot', async () => {
    const snapshot = await sample();
    const record = snapshot.get(Sample, 1)!;
    expect(JSON.stringify(record)).toBe('{"id":1,"vector":[0.5,2],"points":[3,-4]}');
    expect(inspect(record.points)).toBe('NumericArrayView of Int16Array(2) [ 3, -4 ]');
    const copy = materialize(record);
    const { points } = record;
    snapshot.close();
    expect(copy).toEqual({ id: 1, vector: Float32Array.of(0.5, 2), points: Int16Array.of(3, -4) });
    expect(points!.length).toBe(2);
    for (const use of [
      () => points!.at(0),
      () => points!.toTypedArray(),
      () => [...points!],
      () => JSON.stringify(points),
    ])
      expect(thrownBy(use)).toMatchObject({ code: 'SNAPSHOT_CLOSED', details: { entity: 'Sample' } });
  });

  it('do not give the mapping away', async () => {
    const view = (await sample()).get(Sample, 1)!.points!;
    expect(Object.keys(view)).toEqual([]);
    expect((view.toTypedArray() as Int16Array).buffer.byteLength).toBe(4);
  });

  it('with a null in the file are a finding of verify', async () => {
    const schema = (array: boolean | 'typed') =>
      defineSchema([{ name: 'E', key: ['id'], fields: [fieldOf('id', 'int32'), fieldOf('v', 'int8', { array })] }]);
    const storage = new MemoryStorage();
    const writer = createSnapshot({ path: 'm/x', schema: schema(true), storage });
    writer.add('E', { id: 1, v: [1, null] });
    await writer.finish();
    const parts = disassemble(storage.readAll('m/x'));
    changeSchema(parts, (json) => ({ ...json, ...schema('typed') }));
    const snapshot = await openSnapshot('m/x', { storage: MemoryStorage.with('m/x', assemble(parts)) });
    expect(snapshot.get('E', 1)!['v']).toEqual(Int8Array.of(1, 0));
    expect(await snapshot.verify()).toMatchObject([{ code: 'FILE_CORRUPT', entity: 'E', field: 'v', ordinal: 0 }]);
  });
});
