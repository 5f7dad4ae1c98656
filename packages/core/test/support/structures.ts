/** What the tests of structures share: views over bytes, a guard that watches its ranges, and damage to a section's bytes. */
import fc from 'fast-check';
import type { RangeGuard } from '../../src/bytes/range-guard';

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Where test sections pretend to lie in their file. */
export const SECTION_OFFSET = 4096;

/** A guard that fails the test when a view asks for bytes outside its section. */
export function watchfulGuard(sectionSize: number): RangeGuard {
  return {
    ensure(offset, size) {
      if (offset < SECTION_OFFSET || size < 0 || offset + size > SECTION_OFFSET + sectionSize) {
        throw new Error(`A view ensured bytes ${offset - SECTION_OFFSET} + ${size} of a section of ${sectionSize}.`);
      }
    },
  };
}

/** Damaged variants of a section: bytes overwritten, words set to extreme values, cut, extended, or plain noise. */
export function damagedVariants(section: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const extreme = fc.constantFrom(0, 1, 2, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff);
  const change = fc.record({
    at: fc.nat(4000),
    word: fc.oneof(
      extreme,
      fc.nat(300),
      fc.integer().map((word) => word >>> 0),
    ),
    wide: fc.boolean(),
  });
  const changed = fc.tuple(section, fc.array(change, { minLength: 1, maxLength: 4 })).map(([bytes, changes]) => {
    const copy = Buffer.from(bytes);
    for (const { at, word, wide } of changes) {
      if (copy.length === 0) break;
      const place = at % copy.length;
      if (wide && copy.length >= 4) copy.writeUInt32LE(word, Math.min(place & ~3, copy.length - 4));
      else copy[place] = word;
    }
    return copy;
  });
  const cut = fc
    .tuple(section, fc.nat(4000))
    .map(([bytes, end]) => Buffer.from(bytes.subarray(0, end % (bytes.length + 1))));
  const extended = fc
    .tuple(section, fc.uint8Array({ minLength: 1, maxLength: 9 }))
    .map(([bytes, more]) => Buffer.concat([bytes, more]));
  const noise = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
  return fc.oneof(
    { weight: 6, arbitrary: changed },
    { weight: 2, arbitrary: cut },
    { weight: 1, arbitrary: extended },
    { weight: 2, arbitrary: noise },
  );
}
