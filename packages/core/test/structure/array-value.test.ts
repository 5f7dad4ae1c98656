import fc from 'fast-check';
import { scalarSlotKind } from '../../src/layout/layout';
import { type FieldType, fieldTypes } from '../../src/schema/field-types';
import { ArrayValueBuilder } from '../../src/structure/array-value';
import { HeapView } from '../../src/structure/heap';
import { slotReaderOf, type ValueSource } from '../../src/structure/slot-value';
import { ArraySetter } from '../../src/writer/setters/array-setter';
import { makeSetter } from '../../src/writer/setters/make-setter';
import { comparable, enumLabels, fieldOf, givenBack, valuesOf } from '../support/fields';
import { answerOrCode, holds, thrownBy } from '../support/property';
import { damagedVariants, SECTION_OFFSET, viewOf, watchfulGuard } from '../support/structures';

/** A heap of one value and a record of one slot: what an array field sees of the file. */
class OneSlot {
  readonly bytes = Buffer.alloc(24);
  readonly view = viewOf(this.bytes);
  readonly base = 8;
  heap = Buffer.alloc(0);
  marks: string[] = [];
  markValue = () => void this.marks.push('value');
  markNull = () => void this.marks.push('null');
  markAbsent = () => void this.marks.push('absent');
  append(record: DataView, slotAt: number, bytes: Uint8Array, start: number, end: number): void {
    this.heap = Buffer.concat([Buffer.alloc(3), bytes.subarray(start, end)]);
    record.setBigUint64(slotAt, 3n | (BigInt(end - start) << 40n), true);
  }
}

function source(heap: Buffer): ValueSource {
  const view = new HeapView(heap, viewOf(heap), watchfulGuard(heap.length), SECTION_OFFSET);
  return {
    heap: view,
    stringTable: () => {
      throw new Error('An array element has no string table.');
    },
    requireOpen() {},
  };
}

function write(type: FieldType, values: readonly unknown[]): OneSlot {
  const target = new OneSlot();
  const place = { entity: 'E', field: 'list' };
  const setter = makeSetter(fieldOf('list', type, { array: true }), 'array', {
    target,
    slotOffset: 8,
    bit: 0,
    place,
    heap: target,
  });
  setter.setValue(values);
  expect(target.marks).toEqual(['value']);
  return target;
}
const read = (type: FieldType, { view }: OneSlot, heap: Buffer) =>
  slotReaderOf(fieldOf('list', type, { array: true }), 'array', 0, {})(view, 16, source(heap), 0);

const lists = fc
  .constantFrom(...fieldTypes)
  .chain((type) => fc.tuple(fc.constant(type), fc.array(fc.option(valuesOf[type], { freq: 4 }), { maxLength: 20 })));

describe('array value', () => {
  it('gives back elements of every type, nulls among them', () =>
    holds(
      fc.property(lists, ([type, values]) => {
        const written = write(type, values);
        expect(comparable(read(type, written, written.heap))).toEqual(
          comparable(values.map((value) => (value === null ? null : givenBack(type, value)))),
        );
      }),
      1000,
    ));

  it('grows with its elements, long texts and large decimals too', () => {
    const texts = ['x'.repeat(5_000_000), null, 'y'.repeat(300), '', 'z'.repeat(4_194_303)];
    const written = write('text', texts);
    expect((read('text', written, written.heap) as string[]).map((text) => text?.length)).toEqual([
      5_000_000,
      undefined,
      300,
      0,
      4_194_303,
    ]);
    const decimals = ['1'.repeat(400), '-0.50', null, `0.${'3'.repeat(1000)}`];
    const second = write('decimal', decimals);
    expect(read('decimal', second, second.heap)).toEqual(decimals);
    const many = Array.from({ length: 30_000 }, (_, number) => (number % 7 ? number : null));
    const third = write('int16', many);
    expect(read('int16', third, third.heap)).toEqual(many);
  });

  it('leaves nothing of a longer list in a shorter one that follows', () => {
    const builder = new ArrayValueBuilder('int32');
    builder.begin(40);
    for (let place = 0; place < 40; place++) {
      builder.next();
      builder.view.setInt32(builder.base, -1, true);
      builder.markValue();
    }
    builder.begin(2);
    builder.next();
    builder.next();
    expect(builder.bytes.subarray(0, builder.end())).toEqual(Buffer.from('02000000000000000000000000', 'hex'));
  });

  it('has these bytes', () => {
    const { heap } = write('text', ['ab', null, 'é']);
    expect(
      heap
        .subarray(3)
        .toString('hex')
        .match(/.{1,16}/g),
    ).toMatchInlineSnapshot(`
[
  "0300000005000000",
  "0000020000000000",
  "0000000000020000",
  "00000200406162c3",
  "a9",
]
`);
  });

  it('counts its elements', () => {
    const target = new OneSlot();
    const setter = makeSetter(fieldOf('list', 'int8', { array: true }), 'array', {
      target,
      slotOffset: 8,
      bit: 0,
      place: { entity: 'E', field: 'list' },
      heap: target,
    });
    expect(setter).toBeInstanceOf(ArraySetter);
    setter.beginArray(2);
    setter.nextElement().setInt32(1);
    expect(thrownBy(() => setter.endArray())).toMatchObject({
      code: 'VALUE_RANGE',
      details: { entity: 'E', field: 'list', actual: 1 },
    });
    expect(thrownBy(() => setter.beginArray(2 ** 28 + 1))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(thrownBy(() => setter.setValue('no list'))).toMatchObject({ code: 'VALUE_TYPE' });
    expect(thrownBy(() => setter.setValue([1, 'x']))).toMatchObject({
      code: 'VALUE_TYPE',
      details: { field: 'list[]' },
    });
    expect(enumLabels.length).toBeLessThan(256);
    expect(scalarSlotKind('enum', 257, false)).toBe('enum16');
  });

  it('damaged, its slot or its bytes, gives a coded error or a list', () =>
    holds(
      fc.property(
        lists.chain(([type, values]) => {
          const { bytes, heap } = write(type, values);
          return fc.tuple(
            fc.constant(type),
            damagedVariants(fc.constant(bytes)),
            fc.oneof(fc.constant(heap), damagedVariants(fc.constant(heap))),
          );
        }),
        ([type, bytes, heap]) => {
          const record = new OneSlot();
          bytes.copy(record.bytes);
          const list = answerOrCode(() => read(type, record, heap)) as unknown[] | undefined;
          if (list) expect(list.length).toBeLessThanOrEqual(heap.length);
        },
      ),
      3000,
    ));
});
