import fc from 'fast-check';
import { fieldTypes } from '../../src/schema/field-types';
import type { FieldSchema } from '../../src/schema/schema';
import { encodeMapValue } from '../../src/structure/map-value';
import { comparable, fieldOf, givenBackBy, mapKeyTypes, setTypes, valuesOfField } from '../support/fields';
import { damagedSlots, readSlot, writeSlot } from '../support/one-slot';
import { answerOrCode, holds, thrownBy } from '../support/property';

const fields = fc.oneof(
  fc.constantFrom(...setTypes).map((type) => fieldOf('f', type, { set: true })),
  fc
    .tuple(fc.constantFrom(...fieldTypes), fc.constantFrom(...mapKeyTypes))
    .map(([type, map]) => fieldOf('f', type, { map })),
);
const values = fields.chain((field) => fc.tuple(fc.constant(field), valuesOfField(field)));

describe('sets and maps', () => {
  it('of every type come back as JavaScript would have them, in the order of insertion', () =>
    holds(
      fc.property(values, ([field, value]) => {
        expect(comparable(readSlot(field, writeSlot(field, value)))).toEqual(comparable(givenBackBy(field, value)));
      }),
      1000,
    ));

  it('store equal elements once, however they are written', () => {
    const uuid = 'AAAAAAAA-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
    const cases: [FieldSchema, unknown, unknown][] = [
      [fieldOf('f', 'int64', { set: true }), [5, 5n, '5', null, undefined], new Set([5n, null])],
      [fieldOf('f', 'uuid', { set: true }), [uuid, uuid.toLowerCase()], new Set([uuid.toLowerCase()])],
      [fieldOf('f', 'decimal', { set: true }), ['1.0', '1.00', '01.0', 1], new Set(['1.0', '1.00', '1'])],
      [fieldOf('f', 'time', { set: true }), ['12:00', '12:00:00.0'], new Set(['12:00:00'])],
      [fieldOf('f', 'float64', { set: true }), [0, -0, Number.NaN, -Number.NaN], new Set([0, Number.NaN])],
      [
        fieldOf('f', 'text', { map: 'int64' }),
        [
          [1, 'a'],
          [2n, 'b'],
          ['1', 'c'],
        ],
        new Map([
          [1n, 'c'],
          [2n, 'b'],
        ]),
      ],
    ];
    for (const [field, given, back] of cases) {
      const written = writeSlot(field, given);
      expect(comparable(readSlot(field, written))).toEqual(comparable(back));
      const count = written.heap.readUInt32LE(field.set ? 3 : 7);
      expect(count).toBe((back as Set<unknown>).size);
    }
  });

  it('store 0 for -0, as JavaScript does', () => {
    const set = fieldOf('f', 'float64', { set: true });
    const map = fieldOf('f', 'int8', { map: 'float32' });
    expect(writeSlot(set, [-0])).toEqual(writeSlot(set, [0]));
    expect(writeSlot(map, [[-0, 1]])).toEqual(writeSlot(map, [[0, 1]]));
  });

  it('has these bytes', () => {
    const { heap } = writeSlot(
      fieldOf('f', 'int16', { map: 'text' }),
      new Map([
        ['ab', 7],
        ['c', null],
      ]),
    );
    expect(
      heap
        .subarray(3)
        .toString('hex')
        .match(/.{1,16}/g),
    ).toMatchInlineSnapshot(`
[
  "1800000002000000",
  "0300000000000200",
  "0002000000000100",
  "0061626302000000",
  "0107000000",
]
`);
  });

  it.each<[FieldSchema, unknown, string]>([
    [fieldOf('f', 'text', { set: true }), 'abc', 'VALUE_TYPE'],
    [fieldOf('f', 'text', { set: true }), { 0: 'a' }, 'VALUE_TYPE'],
    [fieldOf('f', 'text', { set: true }), new Map(), 'VALUE_TYPE'],
    [fieldOf('f', 'text', { set: true }), [1], 'VALUE_TYPE'],
    [fieldOf('f', 'int32', { set: true }), [2 ** 31], 'VALUE_RANGE'],
    [fieldOf('f', 'text', { map: 'text' }), { a: 'b' }, 'VALUE_TYPE'],
    [fieldOf('f', 'text', { map: 'text' }), [['a']], 'VALUE_TYPE'],
    [fieldOf('f', 'text', { map: 'text' }), new Set(['a']), 'VALUE_TYPE'],
    [fieldOf('f', 'text', { map: 'text' }), [[null, 'a']], 'VALUE_NULL'],
    [fieldOf('f', 'text', { map: 'int8' }), [[200, 'a']], 'VALUE_RANGE'],
    [fieldOf('f', 'int8', { map: 'text' }), [['a', 'b']], 'VALUE_TYPE'],
  ])('%j does not take %p', (field, value, code) => {
    expect(thrownBy(() => writeSlot(field, value))).toMatchObject({ code, details: { entity: 'E' } });
  });

  it('are refused with a key that is null, and with fewer values than keys', () => {
    const field = fieldOf('f', 'int8', { map: 'int8' });
    const half = (...elements: (number | null)[]) =>
      writeSlot(fieldOf('f', 'int8', { array: true }), elements).heap.subarray(3);
    for (const [keys, elements] of [
      [half(1, null), half(1, 2)],
      [half(1, 2), half(1)],
    ] as const) {
      const bytes = encodeMapValue(keys, elements);
      const slot = Buffer.alloc(8);
      slot.writeBigUInt64LE(BigInt(bytes.length) << 40n);
      expect(thrownBy(() => readSlot(field, { slot, heap: bytes }))).toMatchObject({ code: 'FILE_CORRUPT' });
    }
  });

  it('damaged, their slot or their bytes, give a coded error or an answer', () =>
    holds(
      fc.property(
        values.chain(([field, value]) => fc.tuple(fc.constant(field), damagedSlots(writeSlot(field, value)))),
        ([field, damaged]) => {
          const answer = answerOrCode(() => readSlot(field, damaged)) as Set<unknown> | undefined;
          if (answer) expect(answer.size).toBeLessThanOrEqual(damaged.heap.length);
        },
      ),
      3000,
    ));
});
