import {
  describeValue,
  errorCodes,
  isPermafrostError,
  nearestName,
  PermafrostBugError,
  PermafrostError,
  refuseUnknownOptions,
} from '../src/errors';
import { thrownBy } from './support/property';

describe('errors', () => {
  it('are known by a brand, across copies of the package', () => {
    const error = new PermafrostError('FILE_CORRUPT', 'x', { offset: 5 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'PermafrostError', code: 'FILE_CORRUPT', details: { offset: 5 } });
    expect(isPermafrostError(error)).toBe(true);
    expect(
      isPermafrostError({
        get [Symbol.for('permafrost.error')]() {
          return true;
        },
      }),
    ).toBe(true);
    for (const other of [new Error('x'), new PermafrostBugError('x'), { code: 'FILE_CORRUPT' }, null, undefined, 'x']) {
      expect(isPermafrostError(other)).toBe(false);
    }
  });

  it('have codes of capitals, each with a sentence', () => {
    for (const [code, sentence] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });

  const cyclic: unknown[] = [1];
  cyclic.push(cyclic);
  it.each([
    ['text', '"text"'],
    [5n, '5n'],
    [-0, '0'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [new Date(Number.NaN), 'Invalid Date'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [Buffer.alloc(3), '3 bytes'],
    [[1, 'a', null], '[1, "a", null]'],
    [new Array(20).fill(1), '[1, 1, 1, 1, 1, 1, 1, 1, …]'],
    [cyclic, '[1, […]]'],
    [Object.create(null), 'an object'],
    [{ constructor: 5 }, 'an object'],
    [{ constructor: { name: 7 } }, 'an object'],
    [new Map(), 'Map'],
    [function named() {}, 'function named'],
  ])('describe %p in a few words', (value, text) => expect(describeValue(value)).toBe(text));

  it('describe vast values shortly', () => {
    for (const value of ['x'.repeat(1e6), [Array.from({ length: 1e5 })], new Array(8).fill('y'.repeat(1000))]) {
      expect(describeValue(value).length).toBeLessThanOrEqual(80);
    }
  });

  it('suggest the nearest name', () => {
    expect(nearestName('chekcsums', ['path', 'checksums', 'schema'])).toBe('checksums');
    expect(nearestName('Path', ['path'])).toBe('path');
    expect(nearestName('something', ['path', 'schema'])).toBeUndefined();
    const error = thrownBy(() => refuseUnknownOptions('open', { chekcsums: 1 }, ['checksums', 'path']));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      'open: unknown option "chekcsums". Did you mean "checksums"? Known options: checksums, path.',
    );
    expect(thrownBy(() => refuseUnknownOptions('open', 5 as never, []))).toBeInstanceOf(TypeError);
    expect(refuseUnknownOptions('open', undefined, [])).toBeUndefined();
  });
});
