/**
 * Where the values of a text field lie: in a string table or in the heap. It is decided from the data, and kept from one generation
 * to the next, so that one proxy class serves both: with a class a generation getters take 33 → 219 ns by the fifth.
 *
 * What decides is how often each string of the field is used. From {@link EVEN_USES} on a string table pays: a slot of 4 bytes and a
 * decoding shared by all records outweigh it. A field changes places only where the other one is over {@link MAX_GAIN} times better.
 */
import type { RecordLayout } from '../layout/layout';
import { MAX_STRING_TABLE_COUNT, MAX_STRING_TABLE_SIZE } from '../limits';
import { type EntitySchema, fingerprintOf } from '../schema/schema';
import { StringTableBuilder } from '../structure/string-table';

/** Where a text field lies: in the heap, or in a string table. */
export type TextPlace = 'table' | 'heap';

/** An entity of a snapshot there is and how it laid out its records. The tables of an opened snapshot's `reader` are such. */
export interface KnownLayout {
  readonly entity: EntitySchema;
  readonly layout: RecordLayout;
}

/** Uses of each string, on average, at which string table and heap are equally good. */
const EVEN_USES = 4;
/** A gain up to this is not worth a proxy class of its own. */
const MAX_GAIN = 2;

/** The place that a field with so many values, of which so many are distinct, belongs to. All of them are in a table already. */
export function placeOf(distinctCount: number, valueCount: number, previous: TextPlace | undefined): TextPlace {
  if (previous === 'table') return distinctCount * EVEN_USES > valueCount * MAX_GAIN ? 'heap' : 'table';
  if (previous === 'heap') return distinctCount * EVEN_USES * MAX_GAIN < valueCount ? 'table' : 'heap';
  return distinctCount * EVEN_USES <= valueCount ? 'table' : 'heap';
}

/** A string table that values are collected in while it may suit them. One that is new to the field keeps clear of the limits. */
export function candidateTable(previous: TextPlace | undefined): StringTableBuilder {
  const share = previous === 'heap' ? MAX_GAIN : 1;
  return new StringTableBuilder(MAX_STRING_TABLE_COUNT / share, MAX_STRING_TABLE_SIZE / share);
}

/** The places of an entity's text fields by name, as `layouts` have them; none where the entity was another then. */
export function previousPlaces(entity: EntitySchema, layouts: readonly KnownLayout[]): ReadonlyMap<string, TextPlace> {
  const known = layouts.find((candidate) => candidate.entity.name === entity.name);
  if (!known || fingerprintOf([known.entity]) !== fingerprintOf([entity])) return new Map();
  return new Map(
    known.layout.slots
      .filter(({ kind }) => kind === 'table-text' || kind === 'heap-text')
      .map(({ name, kind }) => [name, kind === 'table-text' ? 'table' : 'heap']),
  );
}
