/** Tests of a text field's bytes, wherever they lie: of a string table each string is tested once, when it is first met. */

import { murmur3 } from '../../bytes/murmur3';
import { encodeText, equalBytes } from '../../bytes/text';
import { wrongType } from '../../schema/canonical';
import { heapSizeAt } from '../../structure/heap';
import { equal32Test, listed32Test } from './fixed-tests';
import { type FieldPlace, heldTest } from './operand';
import type { Test } from './truth';

/** Of the text in bytes[start, end). */
export type TextTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/** A test of the texts of a field as one of records. With `sizes`, in bytes, texts of other sizes do not pass and are not touched. */
export function textTest(place: FieldPlace, test: TextTest, sizes?: ReadonlySet<number>): Test<number> {
  const { table, field, slot } = place;
  const { view } = table;
  if (slot.kind === 'table-text') return heldTest(place, stringTest(place, test));
  const source = table.bytesSource(slot);
  const known = field.compressed ? undefined : sizes;
  return heldTest(place, (slotAt) => {
    if (known) {
      const size = heapSizeAt(view, slotAt);
      if (size >= 0 && !known.has(size)) return false;
    }
    source.locate(view, slotAt);
    return test(source.bytes, source.start, source.end);
  });
}

const NOT_TESTED = 2;

function stringTest({ table, slot }: FieldPlace, test: TextTest): (slotAt: number) => boolean {
  const { view } = table;
  const strings = table.stringTable(slot.bit);
  const known = new Uint8Array(strings.count).fill(NOT_TESTED);
  return (slotAt) => {
    const id = view.getUint32(slotAt, true);
    if (known[id] === NOT_TESTED || id >= known.length) {
      const { bytes, start, end } = strings.locate(id);
      known[id] = test(bytes, start, end) ? 1 : 0;
    }
    return known[id] === 1;
  };
}

/** Whether the text is this one, byte by byte. Texts of another size are not touched. */
export function textEqualTest(place: FieldPlace, value: unknown): Test<number> {
  const { table, field, slot } = place;
  const { view } = table;
  const text = textOf(place, value);
  if (slot.kind === 'table-text') {
    const id = table.stringTable(slot.bit).find(text);
    return id < 0 ? heldTest(place, () => false) : equal32Test(place, id);
  }
  const wanted = encodeText(text);
  const size = wanted.length;
  const source = table.bytesSource(slot);
  const isSizeKnown = !field.compressed;
  return heldTest(place, (slotAt) => {
    if (isSizeKnown) {
      const found = heapSizeAt(view, slotAt);
      if (found !== size && found >= 0) return false;
    }
    source.locate(view, slotAt);
    return source.end - source.start === size && equalBytes(source.bytes, source.start, wanted, 0, size);
  });
}

/** Whether the text is one of these, byte by byte. */
export function textInTest(place: FieldPlace, values: readonly unknown[]): Test<number> {
  const { table, slot } = place;
  const texts = values.map((value) => textOf(place, value));
  if (slot.kind === 'table-text') {
    const strings = table.stringTable(slot.bit);
    const isWanted = new Uint8Array(strings.count);
    for (const text of texts) {
      const id = strings.find(text);
      if (id >= 0) isWanted[id] = 1;
    }
    return listed32Test(place, isWanted);
  }
  return textTest(place, oneOf(texts), new Set(texts.map((text) => encodeText(text).length)));
}

/** Whether a text is one of these, byte by byte. */
export function oneOf(texts: readonly string[]): TextTest {
  const byHash = new Map<number, Uint8Array[]>();
  for (const bytes of texts.map(encodeText)) {
    const hash = murmur3(bytes, 0, bytes.length, 0);
    byHash.set(hash, [...(byHash.get(hash) ?? []), bytes]);
  }
  return (bytes, start, end) => {
    for (const wanted of byHash.get(murmur3(bytes, start, end, 0)) ?? [])
      if (wanted.length === end - start && equalBytes(bytes, start, wanted, 0, wanted.length)) return true;
    return false;
  };
}

/** Throws VALUE_TYPE. */
export function textOf({ table, field }: FieldPlace, value: unknown): string {
  if (typeof value === 'string') return value;
  throw wrongType({ entity: table.entity.name, field: field.name }, 'a string', value);
}
