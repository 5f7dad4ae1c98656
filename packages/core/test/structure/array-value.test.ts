import fc from 'fast-check';
import { scalarSlotKind } from '../../src/layout/layout';
import { type FieldType, fieldTypes } from '../../src/schema/field-types';
import { ArrayValueBuilder } from '../../src/structure/array-value';
import { ArraySetter } from '../../src/writer/setters/array-setter';
import { comparable, enumLabels, fieldOf, givenBack, valuesOf } from '../support/fields';
import { damagedSlots, OneSlot, readSlot, type Written, writeSlot } from '../support/one-slot';
import { answerOrCode, holds, thrownBy } from '../support/property';

const write = (type: FieldType, values: readonly unknown[]) =>
  writeSlot(fieldOf('list', type, { array: true }), values);
const read = (type: FieldType, written: Written) => readSlot(fieldOf('list', type, { array: true }), written);

const lists = fc
  .constantFrom(...fieldTypes)
  .chain((type) => fc.tuple(fc.constant(type), fc.array(fc.option(valuesOf[type], { freq: 4 }), { maxLength: 20 })));

describe('array value', () => {
  it('gives back elements of every type, nulls among them', () =>
    holds(
      fc.property(lists, ([type, values]) => {
        const written = write(type, values);
        expect(comparable(read(type, written))).toEqual(
          comparable(values.map((value) => (value === null ? null : givenBack(type, value)))),
        );
      }),
      1000,
    ));

  it('grows with its elements, long texts and large decimals too', () => {
    const texts = ['x'.repeat(5_000_000), null, 'y'.repeat(300), '', 'z'.repeat(4_194_303)];
    const written = write('text', texts);
    expect((read('text', written) as string[]).map((text) => text?.length)).toEqual([
      5_000_000,
      undefined,
      300,
      0,
      4_194_303,
    ]);
    const decimals = ['1'.repeat(400), '-0.50', null, `0.${'3'.repeat(1000)}`];
    const second = write('decimal', decimals);
    expect(read('decimal', second)).toEqual(decimals);
    const many = Array.from({ length: 30_000 }, (_, number) => (number % 7 ? number : null));
    const third = write('int16', many);
    expect(read('int16', third)).toEqual(many);
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
    const { setter } = new OneSlot(fieldOf('list', 'int8', { array: true }));
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
        lists.chain(([type, values]) => fc.tuple(fc.constant(type), damagedSlots(write(type, values)))),
        ([type, damaged]) => {
          const list = answerOrCode(() => read(type, damaged)) as unknown[] | undefined;
          if (list) expect(list.length).toBeLessThanOrEqual(damaged.heap.length);
        },
      ),
      3000,
    ));
});
