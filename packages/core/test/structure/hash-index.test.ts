import fc from 'fast-check';
import { buildHashIndex, HashIndexView } from '../../src/structure/hash-index';
import { answerOrCode, holds } from '../support/property';
import { damagedVariants, SECTION_OFFSET, viewOf, watchfulGuard } from '../support/structures';

/** Hashes of records 0, 1, …: few distinct ones, so that buckets fill and hashes collide, or any. */
const hashes = fc.oneof(
  fc.array(
    fc.integer().map((hash) => hash >>> 0),
    { maxLength: 60 },
  ),
  fc.array(fc.constantFrom(0, 1, 0x100, 0x80000000, 0x80000001, 0xffffffff), { maxLength: 30 }),
);
const build = (list: number[]) => buildHashIndex(Uint32Array.from(list));
const open = (section: Buffer) => new HashIndexView(viewOf(section), watchfulGuard(section.length), SECTION_OFFSET);

describe('hash index', () => {
  it('finds every record that its matcher accepts, by its hash alone', () =>
    holds(
      fc.property(hashes, (list) => {
        const index = open(build(list));
        expect(index.entryCount).toBe(list.length);
        for (const [wanted, hash] of list.entries()) {
          expect(index.find(hash, { matches: (ordinal, key) => ordinal === key }, wanted)).toBe(wanted);
        }
      }),
      300,
    ));

  it('finds all records of a hash, in their order, also when they are a part of all', () =>
    holds(
      fc.property(hashes, fc.integer({ min: 1, max: 5 }), (list, step) => {
        const ordinals = list.map((_, entry) => entry * step);
        const index = open(buildHashIndex(Uint32Array.from(list), Uint32Array.from(ordinals)));
        for (const hash of list) {
          const matcher = { matches: (ordinal: number) => list[ordinal / step] === hash };
          expect(index.findAll(hash, matcher, undefined)).toEqual(ordinals.filter((_, entry) => list[entry] === hash));
        }
      }),
      300,
    ));

  it('looks at a few entries of a bucket in which one key has thousands', () => {
    const list = Array.from({ length: 5000 }, (_, ordinal) => (ordinal === 4321 ? 0x11 : 0x33));
    let offered = 0;
    const found = open(build(list)).find(0x11, { matches: () => ++offered > 0 }, undefined);
    expect([found, offered]).toEqual([4321, 1]);
  });

  it('offers the matcher only records of the hash’s bucket and tag, lowest first', () =>
    holds(
      fc.property(hashes, fc.integer(), (list, other) => {
        const index = open(build(list));
        for (const hash of [...list, other >>> 0]) {
          const offered: number[] = [];
          const found = index.find(hash, { matches: (ordinal) => offered.push(ordinal) < 0 }, undefined);
          expect(found).toBe(-1);
          expect(offered).toEqual([...offered].sort((a, b) => a - b));
          for (const [ordinal, candidate] of list.entries()) if (candidate === hash) expect(offered).toContain(ordinal);
          for (const ordinal of offered) expect(list[ordinal]! & 0xff).toBe(hash & 0xff);
        }
      }),
      200,
    ));

  it('lists every record once', () =>
    holds(
      fc.property(hashes, (list) => {
        const index = open(build(list));
        const ordinals: number[] = [];
        index.forEach((ordinal, lies) => {
          ordinals.push(ordinal);
          expect(lies(list[ordinal]!)).toBe(true);
          expect(lies(list[ordinal]! ^ 1)).toBe(false);
        });
        expect(ordinals.sort((a, b) => a - b)).toEqual(list.map((_, ordinal) => ordinal));
      }),
    ));

  it('has 2^bucketBits buckets for about four entries each', () => {
    for (const [count, buckets] of [
      [0, 1],
      [1, 1],
      [4, 1],
      [5, 2],
      [8, 2],
      [9, 4],
      [1000, 256],
    ] as const) {
      expect(open(build(new Array(count).fill(7))).bucketCount).toBe(buckets);
    }
  });

  it('has these bytes', () => {
    const section = build([0x80000012, 0x00000034, 0x40000056, 0xc0000078, 0x00000034]);
    expect(section.toString('hex').match(/.{2,8}/g)).toMatchInlineSnapshot(`
[
  "05000000",
  "01000000",
  "00000000",
  "03000000",
  "05000000",
  "34345601",
  "00000004",
  "00000002",
  "00000012",
  "78000000",
  "00030000",
  "00",
]
`);
  });

  it('damaged gives a coded error or an answer', () =>
    holds(
      fc.property(damagedVariants(hashes.map(build)), hashes, (section, probes) => {
        const index = answerOrCode(() => open(section));
        if (!index) return;
        for (const hash of probes) {
          let offered = 0;
          answerOrCode(() => index.find(hash, { matches: () => offered++ < 0 }, undefined));
          expect(offered).toBeLessThanOrEqual(section.length);
        }
      }),
      2000,
    ));
});
