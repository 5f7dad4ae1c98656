/**
 * LIKE and ILIKE on text fields. ILIKE compares both sides in lower case, as PostgreSQL does; how letters become lower case is the database's
 * to say, and a fold of code points otherwise.
 */
import { describeValue, PermafrostError } from '../../errors';
import { fieldTypeText, isCollection } from '../../schema/collections';
import { pathTextOf } from '../../schema/embedded';
import { foldedTest, foldOf } from './fold';
import { likePatternTest } from './like-pattern';
import { type FieldPlace, lifted, type Operand, type SourceTest, unsupported } from './operand';
import { textTest } from './text-test';
import { UNKNOWN } from './truth';

/**
 * Where equality is that of lower case, as of citext, LIKE ignores case too; where the database calls other different texts equal, it is
 * more than a comparison of bytes and ILIKE there is none, so both are refused. Throws QUERY_UNSUPPORTED for that and for fields that are
 * no text, VALUE_RANGE for a pattern that ends with a lone backslash.
 */
export function likeTest(operand: Operand, pattern: string | null, ignoreCase: boolean): SourceTest {
  const place = textPlaceOf(operand);
  if (pattern === null || pattern === undefined) return { ofRecord: () => UNKNOWN, ofMissing: () => UNKNOWN };
  const { looseEquality } = place.field;
  const fold = ignoreCase || looseEquality === 'lower-case' ? foldOf(place.field) : undefined;
  if (looseEquality === true)
    throw unsupported(
      place.table.entity.name,
      pathTextOf(place.field),
      'LIKE where the database calls different texts equal',
    );
  const test = likePatternTest(fold ? fold.text(pattern) : pattern);
  if (!test) throw escapesNothing(place, pattern);
  return lifted(operand, textTest(place, fold ? foldedTest(fold, test) : test));
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
