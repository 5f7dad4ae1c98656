/**
 * The order of text that only the database knows, by the ranks it gave each value: a text to compare with has the rank of a record that
 * holds it. One that no record holds has none, and guessing is not answering.
 */
import { describeValue, PermafrostError } from '../../errors';
import type { RecordTable } from '../../reader/record-table';
import { pathTextOf } from '../../schema/embedded';
import { foldedTest, foldOf } from './fold';
import type { FieldPlace } from './operand';
import { oneOf, type TextTest, textEqualTest, textTest } from './text-test';
import { type Test, TRUE } from './truth';

/** Ranks remembered for one table; a scan for one takes as long as a query. */
const MAX_REMEMBERED = 1024;
const NONE = 0;

const remembered = new WeakMap<RecordTable, Map<string, number>>();

/**
 * The rank of a text among the values of a ranked field. Throws TEXT_ORDER_UNKNOWN when no record holds it. Cost: a look-up where an index or
 * the key has the field alone, else a scan the first time.
 */
export function rankOfText(place: FieldPlace, text: string): number {
  const { table, field } = place;
  const ranks = remembered.get(table) ?? new Map<string, number>();
  remembered.set(table, ranks);
  const id = `${field.name}\0${text}`;
  const known = ranks.get(id);
  const rank = known ?? findRank(place, text);
  if (known === undefined) {
    if (ranks.size >= MAX_REMEMBERED) ranks.clear();
    ranks.set(id, rank);
  }
  if (rank === NONE) throw unknownOrder(place, text);
  return rank;
}

function findRank(place: FieldPlace, text: string): number {
  const { table, field } = place;
  const rankAt = table.rankReader(field.name)!;
  const ordinal = findRecord(place, text);
  if (ordinal < 0) return NONE;
  table.checkRecord(ordinal);
  return rankAt(ordinal);
}

/** Some record with this text, byte by byte, or in lower case where that is equality; -1 for none. */
function findRecord(place: FieldPlace, text: string): number {
  const { table, field, slot } = place;
  const { key, indexes } = table.entity;
  if (field.looseEquality === 'lower-case') return firstWith(table, textTest(place, loweredOneOf(place, [text])));
  if (key.length === 1 && key[0] === field.name) return table.keyLookup.ordinalOf(text);
  const number = indexes.findIndex(({ fields }) => fields.length === 1 && fields[0] === field.name);
  if (number >= 0) return table.indexLookup(number).findFirst([text]);
  if (slot.kind === 'table-text' && table.stringTable(slot.bit).find(text) < 0) return -1;
  return firstWith(table, textEqualTest(place, text));
}

/** Whether a text is in lower case what one of these is. */
export function loweredOneOf({ field }: FieldPlace, texts: readonly string[]): TextTest {
  const fold = foldOf(field);
  return foldedTest(fold, oneOf(texts.map(fold.text)));
}

function firstWith(table: RecordTable, isSame: Test<number>): number {
  for (let ordinal = 0; ordinal < table.recordCount; ) {
    for (const end = table.checkRun(ordinal); ordinal < end; ordinal++) if (isSame(ordinal) === TRUE) return ordinal;
  }
  return -1;
}

function unknownOrder({ table, field }: FieldPlace, text: string): PermafrostError {
  const path = pathTextOf(field);
  const how = field.collation === undefined ? "the database's own order" : `the collation ${field.collation}`;
  return new PermafrostError(
    'TEXT_ORDER_UNKNOWN',
    `${table.entity.name}.${path}: no record holds ${describeValue(text)}, and only the database knows its place in ${how}. Compare with a value that occurs, declare the column COLLATE "C", or let the database answer.`,
    {
      entity: table.entity.name,
      field: path,
      collation: field.collation,
      expected: 'a value that occurs',
      actual: text,
    },
  );
}
