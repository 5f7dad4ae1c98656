import fc from 'fast-check';
import {
  type IntervalParts,
  intervalAt,
  intervalOfAmounts,
  intervalText,
  packInterval,
  parseInterval,
} from '../../src/bytes/interval';
import { holds } from '../support/property';

const int32 = fc.oneof(fc.integer(), fc.integer({ min: -30, max: 30 }));
const anyParts: fc.Arbitrary<IntervalParts> = fc.record({
  months: int32,
  days: int32,
  microseconds: fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -100, max: 100 }).map((seconds) => seconds * 1_000_000),
    fc.integer({ min: -100, max: 100 }),
  ),
});

describe('intervals', () => {
  it('come back from their text and from their bytes', () =>
    holds(
      fc.property(anyParts, fc.nat(9), (parts, at) => {
        expect(parseInterval(intervalText(parts))).toEqual(parts);
        const view = new DataView(new ArrayBuffer(32));
        packInterval(view, at, parts);
        expect(intervalAt(view, at)).toEqual(parts);
      }),
      2000,
    ));

  it('have these bytes: microseconds, days, months', () => {
    const bytes = Buffer.alloc(16);
    packInterval(new DataView(bytes.buffer, bytes.byteOffset), 0, { months: 1, days: -2, microseconds: 2 ** 32 + 3 });
    expect(bytes.toString('hex')).toBe('0300000001000000feffffff01000000');
  });

  // As PostgreSQL writes them with intervalstyle = iso_8601.
  it.each<[Partial<IntervalParts>, string]>([
    [{}, 'PT0S'],
    [{ months: 14, days: 3, microseconds: 14_706_789_000 }, 'P1Y2M3DT4H5M6.789S'],
    [{ months: -14, days: -3, microseconds: -14_706_789_000 }, 'P-1Y-2M-3DT-4H-5M-6.789S'],
    [{ months: 11 }, 'P11M'],
    [{ days: 1, microseconds: -1 }, 'P1DT-0.000001S'],
    [{ microseconds: 3_600_000_000 }, 'PT1H'],
    [{ microseconds: -100_000 }, 'PT-0.1S'],
    [{ microseconds: Number.MAX_SAFE_INTEGER }, 'PT2501999H47M34.740991S'],
  ])('%j is %s', (parts, text) => {
    const whole = { months: 0, days: 0, microseconds: 0, ...parts };
    expect(intervalText(whole)).toBe(text);
    expect(parseInterval(text)).toEqual(whole);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1',
    '1D',
    'P1DT',
    'P1.5D',
    'P1S',
    'PT1D',
    'PT1.0000001S',
    'P1D2M',
    'p1d',
    'P1D ',
    'PT9007199254.740992S',
    'P2147483648M',
    'P999999999Y',
  ])('none is %p', (text) => expect(parseInterval(text)).toBeUndefined());

  it('are made of amounts, fractions of seconds rounded to the microsecond they stand for', () => {
    expect(intervalOfAmounts({ years: 1, weeks: 2, hours: -1, seconds: 0.1, milliseconds: 0.3 })).toEqual({
      months: 12,
      days: 14,
      microseconds: -3_600_000_000 + 100_300,
    });
    expect(intervalOfAmounts({ days: -0 })).toEqual({ months: 0, days: 0, microseconds: 0 });
  });

  it.each([
    { seconds: 0.0000004 },
    { days: 0.5 },
    { years: 0.5 },
    { hours: 0.1234567 / 3600 },
    { days: Number.NaN },
    { months: 2 ** 31 },
    { hours: 1e10, minutes: -6e11 },
  ])('are not made of %p', (amounts) => expect(intervalOfAmounts(amounts)).toBeUndefined());
});
