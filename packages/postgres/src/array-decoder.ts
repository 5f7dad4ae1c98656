/**
 * One-dimensional arrays, element by element through the decoder of their type. Lower bounds are ignored, as pg's own parser does.
 *
 *   array  i32 dimensions (0 = empty)   i32 1 = has nulls   u32 oid of the elements
 *          per dimension: i32 elements, i32 lower bound
 *          per element: i32 size (-1 = NULL), then its bytes
 */
import { exportUnsupported, garbledValue, type ValuePlace } from './errors';
import type { ValueDecoder } from './value-decoders';
import { readInt32 } from './wire';

const HEADER_SIZE = 12;
const DIMENSION_SIZE = 8;

export function arrayDecoder(place: ValuePlace, decodeElement: ValueDecoder): ValueDecoder {
  return (bytes, start, end, setter) => {
    const dimensions = end - start < HEADER_SIZE ? -1 : readInt32(bytes, start);
    if (dimensions > 1) {
      throw exportUnsupported(
        `Column "${place.column}" holds an array of ${dimensions} dimensions; only arrays of one dimension can be exported. Leave the column out, or select it as text or json.`,
        { field: place.column, expected: 'at most 1 dimension', actual: dimensions },
      );
    }
    let at = start + HEADER_SIZE + (dimensions === 1 ? DIMENSION_SIZE : 0);
    if (dimensions < 0 || at > end)
      throw garbledValue(place, `an array of ${end - start} bytes`, 'a whole array header');
    const elementCount = dimensions === 1 ? readInt32(bytes, start + HEADER_SIZE) : 0;
    if (elementCount < 0 || elementCount > (end - at) / 4) {
      throw garbledValue(
        place,
        `an array of ${elementCount} elements in ${end - start} bytes`,
        'at least 4 bytes for each',
      );
    }
    setter.beginArray(elementCount);
    for (let element = 0; element < elementCount; element++) {
      const size = at + 4 > end ? -2 : readInt32(bytes, at);
      at += 4;
      if (size < -1 || size > end - at) {
        throw garbledValue(place, `element ${element} reaching past the end of its array`, 'elements inside the array');
      }
      if (size === -1) setter.nextElement().setNull();
      else {
        decodeElement(bytes, at, at + size, setter.nextElement());
        at += size;
      }
    }
    if (at !== end) throw garbledValue(place, `${end - at} bytes after the last element`, 'none');
    setter.endArray();
  };
}
