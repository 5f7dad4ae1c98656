import fc from 'fast-check';
import { murmur3, murmur3Ascii, murmur3Int64 } from '../../src/bytes/murmur3';
import { anyBytes, anyInt64, holds } from '../support/property';

/** As in Appleby's MurmurHash3.cpp, in BigInts and without any thought of speed. */
function model(bytes: Uint8Array, seed: number): number {
  const mask = 0xffffffffn;
  const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (32n - by))) & mask;
  const scramble = (block: bigint) => (rotate((block * 0xcc9e2d51n) & mask, 15n) * 0x1b873593n) & mask;
  let hash = BigInt(seed >>> 0);
  const blockCount = bytes.length >> 2;
  const little = (from: number, to: number) =>
    [...bytes.subarray(from, to)].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  for (let block = 0; block < blockCount; block++) {
    hash = (rotate(hash ^ scramble(little(4 * block, 4 * block + 4)), 13n) * 5n + 0xe6546b64n) & mask;
  }
  hash ^= scramble(little(4 * blockCount, bytes.length)) ^ BigInt(bytes.length);
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & mask;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(hash ^ (hash >> 16n));
}

describe('murmur3', () => {
  // Published vectors of MurmurHash3_x86_32.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aa', 0x9747b28c, 0x5d211726],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['abc', 0, 0xb3dd93fa],
  ])('%j with seed %d', (text, seed, expected) => {
    const bytes = Buffer.from(text);
    expect(murmur3(bytes, 0, bytes.length, seed)).toBe(expected);
    expect(murmur3Ascii(text, seed)).toBe(expected);
  });

  it.each([
    [[0xff, 0xff, 0xff, 0xff], 0, 0x76293b50],
    [[0x21, 0x43, 0x65, 0x87], 0, 0xf55b516b],
    [[0x21, 0x43, 0x65, 0x87], 0x5082edee, 0x2362f9de],
    [[0x21, 0x43, 0x65], 0, 0x7e4a8634],
    [[0x21, 0x43], 0, 0xa0f7b07a],
    [[0x21], 0, 0x72661cf4],
    [[0, 0, 0, 0], 0, 0x2362f9de],
    [[0, 0, 0], 0, 0x85f0b427],
    [[0, 0], 0, 0x30f4c306],
    [[0], 0, 0x514e28b7],
  ])('bytes %j with seed %d', (bytes, seed, expected) => {
    expect(murmur3(Uint8Array.from(bytes), 0, bytes.length, seed)).toBe(expected);
  });

  it('is what the model says, wherever the bytes lie', () =>
    holds(
      fc.property(anyBytes(), fc.nat(7), fc.integer(), (bytes, offset, seed) => {
        const moved = Buffer.concat([Buffer.alloc(offset, 0xaa), bytes, Buffer.alloc(5, 0x55)]);
        expect(murmur3(moved, offset, offset + bytes.length, seed)).toBe(model(bytes, seed));
      }),
      500,
    ));

  it('of an ASCII string is that of its bytes; of others there is none', () =>
    holds(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.integer(), (text, seed) => {
        const isAscii = /^[\0-\x7f]*$/.test(text);
        expect(murmur3Ascii(text, seed)).toBe(isAscii ? model(Buffer.from(text, 'latin1'), seed) : undefined);
      }),
      500,
    ));

  it('of a 64-bit integer is that of its eight bytes', () =>
    holds(
      fc.property(anyInt64, fc.integer(), (value, seed) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigInt64LE(value);
        expect(murmur3Int64(bytes.readInt32LE(0), bytes.readInt32LE(4), seed)).toBe(model(bytes, seed));
        expect(murmur3Int64(bytes.readUInt32LE(0), bytes.readInt32LE(4), seed)).toBe(model(bytes, seed));
      }),
      200,
    ));
});
