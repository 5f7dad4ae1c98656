import fc from 'fast-check';
import { highHalf, int64ToBigInt, int64ToNumber, lowHalf } from '../../src/bytes/int64';
import { anyInt64, holds } from '../support/property';

const halves = (value: bigint) => ({ low: Number(value & 0xffffffffn), high: Number(BigInt.asIntN(32, value >> 32n)) });

describe('64-bit integers as halves', () => {
  it('are the BigInt they were made of, whether the low half is given signed or not', () =>
    holds(
      fc.property(anyInt64, (value) => {
        const { low, high } = halves(value);
        for (const given of [low, low | 0]) {
          expect(int64ToBigInt(given, high)).toBe(value);
          expect(int64ToNumber(given, high)).toBe(Number(value));
        }
      }),
      1000,
    ));

  it('take safe integers apart as two’s complement', () =>
    holds(
      fc.property(fc.maxSafeInteger(), (value) => {
        const { low, high } = halves(BigInt(value));
        expect(lowHalf(value)).toBe(low);
        expect(highHalf(value)).toBe(high);
      }),
      1000,
    ));
});
