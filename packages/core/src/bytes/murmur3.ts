/**
 * MurmurHash3 x86_32 (Austin Appleby, public domain; smhasher, MurmurHash3.cpp), the hash of every key.
 * The bytes of text are its UTF-8; a lone surrogate counts as its three WTF-8 bytes, so text that has one never equals text that has not.
 */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** Hash of bytes[start, end). Cost: about 1 ns a byte. */
export function murmur3(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed;
  const size = end - start;
  const blockEnd = start + (size & ~3);
  let at = start;
  for (; at < blockEnd; at += 4) {
    hash = mixBlock(hash, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
  }
  let tail = 0;
  for (let shift = 0; at < end; at++, shift += 8) tail |= bytes[at]! << shift;
  if (tail !== 0) hash ^= mixTail(tail);
  return finish(hash, size);
}

/** The hash of an ASCII string's bytes without encoding it; undefined at the first character above 0x7f. */
export function murmur3Ascii(text: string, seed: number): number | undefined {
  let hash = seed;
  const size = text.length;
  const blockEnd = size & ~3;
  let at = 0;
  let seen = 0;
  for (; at < blockEnd; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    seen |= a | b | c | d;
    hash = mixBlock(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  let tail = 0;
  for (let shift = 0; at < size; at++, shift += 8) {
    const unit = text.charCodeAt(at);
    seen |= unit;
    tail |= unit << shift;
  }
  if (seen > 0x7f) return undefined;
  if (tail !== 0) hash ^= mixTail(tail);
  return finish(hash, size);
}

/** The hash of the eight little-endian bytes of a 64-bit integer given as two halves. */
export function murmur3Int64(low: number, high: number, seed: number): number {
  return finish(mixBlock(mixBlock(seed, low), high), 8);
}

function mixBlock(hash: number, block: number): number {
  let k = Math.imul(block, C1);
  k = (k << 15) | (k >>> 17);
  let h = hash ^ Math.imul(k, C2);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function mixTail(tail: number): number {
  let k = Math.imul(tail, C1);
  k = (k << 15) | (k >>> 17);
  return Math.imul(k, C2);
}

function finish(hash: number, size: number): number {
  let h = hash ^ size;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
