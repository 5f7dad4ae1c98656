import fc from 'fast-check';
import { MAX_TIME, parseTime, timeText } from '../../src/bytes/time';
import { holds } from '../support/property';

/** The text by way of Date, which has milliseconds and no 24:00. */
function textByDate(microseconds: number): string {
  const [clock, milliseconds] = new Date(Math.floor(microseconds / 1000)).toISOString().slice(11, 23).split('.');
  const digits = `${milliseconds}${String(microseconds % 1000).padStart(3, '0')}`.replace(/0+$/, '');
  return digits === '' ? clock! : `${clock}.${digits}`;
}

const anyTime = fc
  .tuple(fc.integer({ min: 0, max: MAX_TIME - 1 }), fc.nat(6))
  .map(([microseconds, zeros]) => Math.floor(microseconds / 10 ** zeros) * 10 ** zeros);

describe('times', () => {
  it('have the text that Date gives, and come back from it', () =>
    holds(
      fc.property(anyTime, (microseconds) => {
        expect(timeText(microseconds)).toBe(textByDate(microseconds));
        expect(parseTime(timeText(microseconds))).toBe(microseconds);
      }),
      2000,
    ));

  it.each([
    [0, '00:00:00'],
    [1, '00:00:00.000001'],
    [100_000, '00:00:00.1'],
    [34_200_000_000, '09:30:00'],
    [MAX_TIME - 1, '23:59:59.999999'],
    [MAX_TIME, '24:00:00'],
  ])('%d is %s', (microseconds, text) => {
    expect(timeText(microseconds)).toBe(text);
    expect(parseTime(text)).toBe(microseconds);
  });

  it('may be given without seconds or with zeros at the end', () => {
    expect(parseTime('09:30')).toBe(parseTime('09:30:00.000'));
  });

  it.each([
    '',
    '9:30',
    '09:60',
    '09:30:60',
    '24:00:00.000001',
    '24:01',
    '09:30:00.',
    '09:30:00.1234567',
    '09:30 ',
    '-1:00:00',
    '09:30:00+00',
  ])('none is %p', (text) => expect(parseTime(text)).toBeUndefined());
});
