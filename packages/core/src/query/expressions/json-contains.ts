/**
 * PostgreSQL's `@>` and `=` of jsonb. Numbers are equal by value, whatever their text; keys have no order, and of two equal ones the last
 * counts. Values are compared with numbers as doubles first, and digit by digit where doubles may be equal and the numbers are not.
 */
import { fieldTypeText, isCollection } from '../../schema/collections';
import { pathTextOf } from '../../schema/embedded';
import { normalizedDecimalText, parseDecimal } from '../../structure/decimal';
import { parseJson } from '../../structure/lazy-json';
import { slotReaderOf } from '../../structure/slot-value';
import { type FieldPlace, heldTest, lifted, type Operand, type SourceTest, unsupported } from './operand';
import { type Test, UNKNOWN } from './truth';

/** `value` is what JSON can say; undefined makes it unknown. Throws QUERY_UNSUPPORTED for other fields. Cost: a parse a record. */
export function jsonContainsTest(operand: Operand, value: unknown): SourceTest {
  const { place } = operand;
  const { entity } = place.table;
  if (!('field' in place)) throw unsupported(entity.name, place.slot.name, 'containment of references');
  if (place.field.type !== 'json' || isCollection(place.field))
    throw unsupported(
      entity.name,
      pathTextOf(place.field),
      `containment of JSON in ${fieldTypeText(place.field)} values`,
    );
  if (value === undefined) return { ofRecord: () => UNKNOWN, ofMissing: () => UNKNOWN };
  return lifted(operand, jsonTest(place, value, rootContains));
}

/** The same for equality; `value` is not undefined. */
export function jsonEqualityTest(place: FieldPlace, value: unknown): Test<number> {
  return jsonTest(place, value, isEqual);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function jsonTest(place: FieldPlace, value: unknown, holds: (found: Json, wanted: Json) => boolean): Test<number> {
  const { table, field, slot } = place;
  const { view } = table;
  const wantedText = JSON.stringify(value);
  const wanted: Json = JSON.parse(wantedText);
  const read = slotReaderOf(field, slot.kind, slot.bit, { json: 'text' });
  return heldTest(place, (slotAt) => {
    const text = read(view, slotAt, table, 0) as string;
    if (!holds(parseJson(text, field.name) as Json, wanted)) return false;
    return !longNumber.test(text) || holds(exactJson(text), exactJson(wantedText));
  });
}

/** Where there may be a number that a double does not hold by itself: with an exponent, or of more than 15 digits. */
const longNumber = /\d[eE]|[\d.]{16}/;

/** The value with each number as text, equal for equal numbers, and each string marked so that it is none of those. */
function exactJson(text: string): Json {
  return JSON.parse(
    text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
      token.startsWith('"') ? `"s${token.slice(1)}` : `"n${numberKey(token)}"`,
    ),
  );
}

function numberKey(text: string): string {
  const parts = parseDecimal(text);
  return parts ? normalizedDecimalText(parts) : text;
}

/** At the top alone, a list contains a scalar that is one of its elements. */
function rootContains(found: Json, wanted: Json): boolean {
  if (Array.isArray(found) && !isContainer(wanted)) return found.includes(wanted);
  return contains(found, wanted);
}

/** Cost: elements of lists × elements of lists. */
function contains(found: Json, wanted: Json): boolean {
  if (!isContainer(wanted) || !isContainer(found)) return found === wanted;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found)) return false;
    const scalars = new Set(found.filter((element) => !isContainer(element)));
    const containers = found.filter(isContainer);
    return wanted.every((element) =>
      isContainer(element) ? containers.some((candidate) => contains(candidate, element)) : scalars.has(element),
    );
  }
  if (Array.isArray(found)) return false;
  return Object.keys(wanted).every((key) => Object.hasOwn(found, key) && contains(found[key]!, wanted[key]!));
}

function isEqual(found: Json, wanted: Json): boolean {
  if (!isContainer(wanted) || !isContainer(found)) return found === wanted;
  if (Array.isArray(wanted) !== Array.isArray(found)) return false;
  const keys = Object.keys(wanted);
  if (Object.keys(found).length !== keys.length) return false;
  const [a, b] = [found, wanted] as { [key: string]: Json }[];
  return keys.every((key) => Object.hasOwn(a!, key) && isEqual(a![key]!, b![key]!));
}

function isContainer(value: Json): value is Json[] | { [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}
