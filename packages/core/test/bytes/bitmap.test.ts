import fc from 'fast-check';
import { bitmapSize, clearBit, popcount32, setBit, testBit } from '../../src/bytes/bitmap';
import { holds } from '../support/property';

describe('bitmaps', () => {
  it('hold what a set of numbers holds, at any offset', () =>
    holds(
      fc.property(
        fc.nat(70),
        fc.nat(5),
        fc.array(fc.record({ bit: fc.nat(69), set: fc.boolean() })),
        (bitCount, offset, changes) => {
          const bytes = new Uint8Array(offset + bitmapSize(bitCount) + 1);
          const model = new Set<number>();
          for (const { bit, set } of changes) {
            if (bit >= bitCount) continue;
            if (set) setBit(bytes, offset, bit);
            else clearBit(bytes, offset, bit);
            if (set) model.add(bit);
            else model.delete(bit);
          }
          for (let bit = 0; bit < bitCount; bit++) expect(testBit(bytes, offset, bit)).toBe(model.has(bit));
          expect(bytes.subarray(0, offset).every((byte) => byte === 0)).toBe(true);
          expect(bytes.at(-1)).toBe(0);
        },
      ),
    ));

  it('lie least significant bit first', () => {
    const bytes = new Uint8Array(2);
    setBit(bytes, 0, 0);
    setBit(bytes, 0, 9);
    expect([...bytes]).toEqual([0b1, 0b10]);
    expect([0, 1, 8, 9].map(bitmapSize)).toEqual([0, 1, 1, 2]);
  });

  it('count their ones', () =>
    holds(
      fc.property(fc.integer(), (word) => {
        expect(popcount32(word)).toBe((word >>> 0).toString(2).replaceAll('0', '').length);
      }),
      500,
    ));
});
