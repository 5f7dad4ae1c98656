import fc from 'fast-check';
import {
  civilFromDays,
  DATE_INFINITY,
  DATE_NEGATIVE_INFINITY,
  dateText,
  daysFromCivil,
  parseDate,
} from '../../src/bytes/date';
import { uuidText, writeUuid } from '../../src/bytes/uuid';
import { holds } from '../support/property';

const MS_PER_DAY = 86_400_000;
/** JavaScript's Date knows the calendar for ±10^8 days. */
const knownDays = fc.integer({ min: -100_000_000, max: 100_000_000 });

describe('dates', () => {
  it('are those of Date.UTC', () =>
    holds(
      fc.property(knownDays, (days) => {
        const date = new Date(days * MS_PER_DAY);
        const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
        expect(civilFromDays(days)).toEqual(civil);
        expect(daysFromCivil(civil.year, civil.month, civil.day)).toBe(days);
      }),
      2000,
    ));

  it('come back from their text over all 32 bits', () =>
    holds(
      fc.property(fc.oneof(fc.integer(), knownDays, fc.integer({ min: -800_000, max: -700_000 })), (days) => {
        expect(parseDate(dateText(days))).toBe(days);
      }),
      2000,
    ));

  it.each([
    [0, '1970-01-01'],
    [19782, '2024-02-29'],
    [-719162, '0001-01-01'],
    [-719163, '0001-12-31 BC'],
    [-735160, '0044-03-15 BC'],
    [2932896, '9999-12-31'],
    [2932897, '10000-01-01'],
    [DATE_INFINITY, 'infinity'],
    [DATE_NEGATIVE_INFINITY, '-infinity'],
    [DATE_INFINITY - 1, '5881580-07-10'],
    [DATE_NEGATIVE_INFINITY + 1, '5877642-06-24 BC'],
  ])('%d is %s', (days, text) => {
    expect(dateText(days)).toBe(text);
    expect(parseDate(text)).toBe(days);
  });

  it.each([
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
    '2024-04-31',
    '0000-01-01',
    '0000-01-01 BC',
    '24-01-01',
    '2024-1-1',
    '',
    'x',
    '2024-01-01T00:00',
    '+2024-01-01',
    '5881580-07-11',
    '9999999-01-01',
    '1900-02-29',
    ' 2024-01-01',
    '2024-01-01\n',
  ])('refuses %j', (text) => expect(parseDate(text)).toBeUndefined());

  it('refuse or read any text without harm', () =>
    holds(
      fc.property(
        fc.string({ unit: fc.constantFrom('0', '1', '2', '9', '-', ' ', 'B', 'C'), maxLength: 16 }),
        (text) => {
          const days = parseDate(text);
          if (days !== undefined) expect(parseDate(dateText(days))).toBe(days);
        },
      ),
      1000,
    ));
});

describe('uuids', () => {
  it('come back in lower case, from 16 bytes in the order of the text', () =>
    holds(
      fc.property(fc.uuid(), fc.boolean(), fc.nat(5), (uuid, upper, at) => {
        const bytes = new Uint8Array(24);
        expect(writeUuid(bytes, at, upper ? uuid.toUpperCase() : uuid)).toBe(true);
        expect(uuidText(new DataView(bytes.buffer), at)).toBe(uuid);
        expect(Buffer.from(bytes.subarray(at, at + 16)).toString('hex')).toBe(uuid.replaceAll('-', ''));
      }),
    ));

  it.each([
    '',
    '123e4567e89b12d3a456426614174000',
    '123e4567-e89b-12d3-a456-42661417400',
    '123e4567-e89b-12d3-a456-4266141740000',
    '123e4567-e89b-12d3-a456-42661417400g',
    '{123e4567-e89b-12d3-a456-426614174000}',
    '123e4567-e89b-12d3-a456-426614174000\n',
  ])('refuses %j and writes nothing', (text) => {
    const bytes = new Uint8Array(16);
    expect(writeUuid(bytes, 0, text)).toBe(false);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });
});
