/**
 * LIKE and ILIKE on text fields. ILIKE compares both sides in lower case, as PostgreSQL does; how letters become lower case is the database's
 * to say, and a fold of code points otherwise.
 */
import { encodeText, readText, WTF8 } from '../../bytes/text';
import { describeValue, PermafrostError } from '../../errors';
import { fieldTypeText, isCollection } from '../../schema/collections';
import { pathTextOf } from '../../schema/embedded';
import { foldOf, type TextFold } from './fold';
import { likePatternTest } from './like-pattern';
import { type FieldPlace, lifted, type Operand, type SourceTest, unsupported } from './operand';
import { type TextTest, textTest } from './text-test';
import { UNKNOWN } from './truth';

/**
 * Where the database calls different texts equal LIKE is more than a comparison of bytes, and is refused; that of citext is ILIKE. Throws
 * QUERY_UNSUPPORTED for that and for fields that are no text, VALUE_RANGE for a pattern that ends with a lone backslash.
 */
export function likeTest(operand: Operand, pattern: string | null, ignoreCase: boolean): SourceTest {
  const place = textPlaceOf(operand);
  if (pattern === null || pattern === undefined) return { ofRecord: () => UNKNOWN, ofMissing: () => UNKNOWN };
  const fold = ignoreCase ? foldOf(place.field) : undefined;
  if (place.field.looseEquality && !ignoreCase)
    throw unsupported(
      place.table.entity.name,
      pathTextOf(place.field),
      'LIKE where the database calls different texts equal',
    );
  const test = likePatternTest(fold ? fold.text(pattern) : pattern);
  if (!test) throw escapesNothing(place, pattern);
  return lifted(operand, textTest(place, fold ? foldedTest(fold, test) : test));
}

/** The test of the text in lower case. ASCII is folded byte by byte. */
function foldedTest({ ascii, isAsciiOnly, text: fold }: TextFold, test: TextTest): TextTest {
  let folded = new Uint8Array(64);
  const testDecoded: TextTest = (bytes, start, end) => {
    const text = encodeText(fold(readText(bytes as Buffer, start, end, WTF8)));
    return test(text, 0, text.length);
  };
  if (!ascii) return testDecoded;
  return (bytes, start, end) => {
    const size = end - start;
    if (folded.length < size) folded = new Uint8Array(size * 2);
    for (let at = 0; at < size; at++) {
      const byte = bytes[start + at]!;
      if (byte < 0x80) folded[at] = ascii[byte]!;
      else if (isAsciiOnly) folded[at] = byte;
      else return testDecoded(bytes, start, end);
    }
    return test(folded, 0, size);
  };
}

function textPlaceOf({ place }: Operand): FieldPlace {
  const { entity } = place.table;
  if (!('field' in place))
    throw unsupported(entity.name, place.slot.name, 'LIKE of references; name a field of the target');
  const { field } = place;
  if (field.type === 'text' && !isCollection(field)) return place;
  throw unsupported(entity.name, pathTextOf(field), `LIKE of ${fieldTypeText(field)} values`);
}

function escapesNothing({ table, field }: FieldPlace, pattern: string): PermafrostError {
  return new PermafrostError(
    'VALUE_RANGE',
    `${table.entity.name}.${pathTextOf(field)}: LIKE pattern must not end with escape character; found ${describeValue(pattern)}. Write two backslashes for one.`,
    {
      entity: table.entity.name,
      field: pathTextOf(field),
      expected: 'a character after the backslash',
      actual: pattern,
      sqlState: '22025',
    },
  );
}
