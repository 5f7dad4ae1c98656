/** Bits in bytes, least significant bit first: bit i is bit (i & 7) of byte i >> 3. */

/** How many bytes hold `bitCount` bits. */
export function bitmapSize(bitCount: number): number {
  return (bitCount + 7) >>> 3;
}

export function testBit(bytes: Uint8Array, offset: number, bit: number): boolean {
  return (bytes[offset + (bit >>> 3)]! & (1 << (bit & 7))) !== 0;
}

/** Whether all of these bits are 1. */
export function testBits(bytes: Uint8Array, offset: number, bits: readonly number[]): boolean {
  for (const bit of bits) if (!testBit(bytes, offset, bit)) return false;
  return true;
}

export function setBit(bytes: Uint8Array, offset: number, bit: number): void {
  bytes[offset + (bit >>> 3)]! |= 1 << (bit & 7);
}

export function clearBit(bytes: Uint8Array, offset: number, bit: number): void {
  bytes[offset + (bit >>> 3)]! &= ~(1 << (bit & 7));
}

/** Number of ones in 32 bits (Warren, Hacker's Delight, 2nd ed., 5-1). */
export function popcount32(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
