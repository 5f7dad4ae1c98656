/**
 * Comparisons of text as its database has them: by the bytes of UTF-8 under the collation "C", by ranks under others. Equality is that of
 * bytes, except where the database calls texts equal that differ: then it is by lower case, or by ranks.
 */
import { compareBytes, encodeText } from '../../bytes/text';
import { isInOwnOrder } from '../../schema/database-order';
import { pathTextOf } from '../../schema/embedded';
import type { Comparison } from '../plan';
import { accepted } from './accepted';
import { type FieldPlace, unsupported } from './operand';
import { loweredOneOf, rankOfText } from './text-order';
import { textEqualTest, textInTest, textOf, textTest } from './text-test';
import { type Test, truthOf, UNKNOWN } from './truth';

/** Throws VALUE_TYPE, TEXT_ORDER_UNKNOWN, and QUERY_UNSUPPORTED for an order that the snapshot does not know. */
export function textComparison(place: FieldPlace, operator: Comparison, value: unknown): Test<number> {
  const text = textOf(place, value);
  if (operator === 'equal' && !place.field.looseEquality) return textEqualTest(place, text);
  if (place.field.looseEquality === 'lower-case' && (operator === 'equal' || operator === 'not-equal')) {
    const isSame = loweredOneOf(place, [text]);
    return textTest(place, operator === 'equal' ? isSame : (...of) => !isSame(...of));
  }
  const { less, equal, greater } = accepted[operator];
  if (!isInOwnOrder(place.field)) {
    const rankAt = rankReaderOf(place);
    const wanted = rankOfText(place, text);
    return (ordinal) => {
      const rank = rankAt(ordinal);
      if (rank === 0) return UNKNOWN;
      return truthOf(rank < wanted ? less : rank > wanted ? greater : equal);
    };
  }
  const wanted = encodeText(text);
  return textTest(place, (bytes, start, end) => {
    const order = compareBytes(bytes, start, end, wanted, 0, wanted.length);
    return order < 0 ? less : order > 0 ? greater : equal;
  });
}

/** Whether the text is one of these, as the database calls texts equal. Throws as {@link textComparison}. */
export function textIn(place: FieldPlace, values: readonly unknown[]): Test<number> {
  if (!place.field.looseEquality) return textInTest(place, values);
  if (place.field.looseEquality === 'lower-case') {
    return textTest(
      place,
      loweredOneOf(
        place,
        values.map((value) => textOf(place, value)),
      ),
    );
  }
  const rankAt = rankReaderOf(place);
  const wanted = new Set(values.map((value) => rankOfText(place, textOf(place, value))));
  return (ordinal) => {
    const rank = rankAt(ordinal);
    return rank === 0 ? UNKNOWN : truthOf(wanted.has(rank));
  };
}

function rankReaderOf({ table, field }: FieldPlace): (ordinal: number) => number {
  const rankAt = table.rankReader(field.name);
  if (rankAt) return rankAt;
  const what = field.looseEquality
    ? 'which texts the database calls equal where no ranks were exported'
    : `the order of text under the collation ${field.collation} without ranks`;
  throw unsupported(table.entity.name, pathTextOf(field), what);
}
