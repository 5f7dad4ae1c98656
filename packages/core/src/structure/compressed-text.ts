/**
 * A text as a DEFLATE stream, for fields declared `compressed`: written so when it saves at least a third, and as it is otherwise.
 * What is inflated is bounded before and after: a stream can claim no more than DEFLATE can give, and must give what it claims.
 *
 *   offset  size  type  name
 *        0     4  u32   textSize            bits 0–29: bytes of the text; 30–31: its encoding
 *        4     …  u8    stream              raw DEFLATE (RFC 1951) of the text's bytes
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { WTF8 } from '../bytes/text';
import { PermafrostError } from '../errors';
import { MAX_VALUE_SIZE } from '../limits';
import type { HeapView } from './heap';

/** The two bits of a heap slot that say: a compressed text. */
export const COMPRESSED = 3;
const HEADER_SIZE = 4;
const ENCODING_UNIT = 2 ** 30;
/** Shorter prose saves no third, and inflating takes 5–10 µs however short the text is. Bytes. */
const MIN_TEXT_SIZE = 256;
/** What remains of a text at most, header included. */
const MOST_REMAINING = 2 / 3;
/** The most bytes that one byte of a DEFLATE stream can stand for: 258 in two bits (https://zlib.net/zlib_tech.html). */
const MOST_EXPANSION = 1032;
/** Memory is taken in pieces of this size: a stream that lies about its text gets no more than it fills. Bytes. */
const MOST_CHUNK_SIZE = 2 ** 18;

/** The compressed form of a text, or undefined where it does not save a third. Cost: 30–90 µs a KB. */
export function compressText(bytes: Uint8Array, start: number, end: number, encoding: number): Buffer | undefined {
  const textSize = end - start;
  if (textSize < MIN_TEXT_SIZE || textSize > MAX_VALUE_SIZE) return undefined;
  const stream = deflateRawSync(bytes.subarray(start, end));
  if (HEADER_SIZE + stream.length > MOST_REMAINING * textSize) return undefined;
  const compressed = Buffer.allocUnsafe(HEADER_SIZE + stream.length);
  compressed.writeUInt32LE(textSize + encoding * ENCODING_UNIT, 0);
  compressed.set(stream, HEADER_SIZE);
  return compressed;
}

/** The bytes of the compressed text that the heap has located. Throws FILE_CORRUPT. Cost: 8 µs, and 2–3 µs a KB. */
export function inflateText({ bytes, view, start, end }: HeapView): { bytes: Buffer; encoding: number } {
  const streamSize = end - start - HEADER_SIZE;
  const word = streamSize >= 0 ? view.getUint32(start, true) : 0;
  const textSize = word % ENCODING_UNIT;
  const encoding = word >>> 30;
  if (streamSize <= 0 || encoding > WTF8 || textSize > Math.min(MAX_VALUE_SIZE, MOST_EXPANSION * streamSize))
    throw corrupt(start, `${streamSize} bytes cannot stand for a text of ${textSize}`);
  const inflated = inflate(bytes.subarray(start + HEADER_SIZE, end), textSize);
  if (inflated === undefined) throw corrupt(start, `its stream is not one of ${textSize} bytes of text`);
  return { bytes: inflated, encoding };
}

/** What a stream stands for, if that is `size` bytes and the stream ends where it should. */
function inflate(stream: Buffer, size: number): Buffer | undefined {
  try {
    // With `info` Node gives the engine too, which knows how much of the stream it took; @types/node has no overload for it.
    const { buffer, engine } = inflateRawSync(stream, {
      maxOutputLength: Math.max(1, size),
      chunkSize: Math.max(64, Math.min(size, MOST_CHUNK_SIZE)),
      info: true,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return buffer.length === size && engine.bytesWritten === stream.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

function corrupt(offset: number, why: string): PermafrostError {
  return new PermafrostError(
    'FILE_CORRUPT',
    `The compressed text at byte ${offset} of the heap is damaged: ${why}. Publish again.`,
    { offset },
  );
}
