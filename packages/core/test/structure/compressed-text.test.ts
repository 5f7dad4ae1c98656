import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { encodeText, readText, writeText } from '../../src/bytes/text';
import { COMPRESSED, compressText } from '../../src/structure/compressed-text';
import { HeapView, packHeapSlot } from '../../src/structure/heap';
import { StoredText, storedText } from '../../src/structure/stored-text';
import { answerOrCode, anyText, holds, thrownBy } from '../support/property';
import { damagedVariants, SECTION_OFFSET, viewOf, watchfulGuard } from '../support/structures';

const slotOf = (size: number, encoding: number) => {
  const record = new DataView(new ArrayBuffer(8));
  packHeapSlot(record, 0, 0, size, encoding);
  return record;
};
const heapOf = (bytes: Buffer) => new HeapView(bytes, viewOf(bytes), watchfulGuard(bytes.length), SECTION_OFFSET);
const encodingOf = (text: string) => writeText(Buffer.alloc(3 * text.length), 0, text);
const compress = (text: string) => {
  const bytes = encodeText(text);
  return compressText(bytes, 0, bytes.length, encodingOf(text));
};
const read = (bytes: Buffer, encoding = COMPRESSED) =>
  storedText(heapOf(bytes), { compressed: true }, slotOf(bytes.length, encoding), 0, 0);

/** Texts of 256 bytes and more that repeat themselves. */
const longText = fc
  .tuple(
    anyText.filter((text) => text !== ''),
    anyText,
  )
  .map(([text, end]) => text.repeat(Math.ceil(400 / text.length)) + end);

describe('compressed text', () => {
  it('is the text it was, and its bytes', () =>
    holds(
      fc.property(longText, (text) => {
        const bytes = encodeText(text);
        const compressed = compress(text)!;
        expect(compressed.length * 3).toBeLessThanOrEqual(bytes.length * 2);
        expect(read(compressed)).toBe(text);
        const source = new StoredText(heapOf(compressed), { compressed: true });
        source.locate(slotOf(compressed.length, COMPRESSED), 0);
        expect(Buffer.from(source.bytes.subarray(source.start, source.end)).equals(bytes)).toBe(true);
        expect(source.encoding).toBe(encodingOf(text));
      }),
      300,
    ));

  it('is only what saves a third, of texts that are not short', () => {
    expect(compress('a'.repeat(255))).toBeUndefined();
    expect(compress('a'.repeat(256))!.length).toBeLessThan(20);
    let state = 1;
    const noise = Array.from({ length: 2000 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return String.fromCharCode(33 + ((state >>> 16) % 94));
    }).join('');
    expect(compress(noise)).toBeUndefined();
    // Noise followed by as much repetition: what it saves grows with the repetition, and crosses a third somewhere.
    const saves = (count: number) => compress(noise + 'a'.repeat(count));
    const first = Array.from({ length: 4000 }, (_, count) => count).find(saves)!;
    const size = 4 + deflateRawSync(Buffer.from(noise + 'a'.repeat(first))).length;
    expect(size / (2000 + first)).toBeLessThanOrEqual(2 / 3);
    expect((size + 1) / (2000 + first - 1)).toBeGreaterThan(2 / 3);
  });

  it('lies beside texts that are stored as they are', () => {
    for (const text of ['', 'short', 'naïve', '\ud800 alone']) {
      const bytes = encodeText(text);
      expect(read(bytes, encodingOf(text))).toBe(text);
      const source = new StoredText(heapOf(bytes), { compressed: true });
      source.locate(slotOf(bytes.length, encodingOf(text)), 0);
      expect(readText(Buffer.from(source.bytes), source.start, source.end, encodingOf(text))).toBe(text);
    }
  });

  it('has these bytes', () => {
    expect(compress('ab'.repeat(200))!.toString('hex')).toMatchInlineSnapshot(`"900100004b4c4a1c8583080200"`);
    expect(compress('é'.repeat(200))!.readUInt32LE(0)).toBe(400 + 1 * 2 ** 30);
  });

  const claiming = (size: number, stream: Buffer, encoding = 0) => {
    const header = Buffer.alloc(4);
    header.writeUInt32LE(size + encoding * 2 ** 30);
    return Buffer.concat([header, stream]);
  };
  const stream = deflateRawSync(Buffer.from('ab'.repeat(200)));

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['half a header', Buffer.alloc(3)],
    ['a header alone', claiming(0, Buffer.alloc(0))],
    ['a stream of more than it claims', claiming(399, stream)],
    ['a stream of less', claiming(401, stream)],
    ['a claim that no such stream can fulfil', claiming(2 ** 29, stream)],
    ['a claim beyond every value', claiming(2 ** 30 - 1, Buffer.alloc(2 ** 21))],
    ['a bomb', claiming(400, deflateRawSync(Buffer.alloc(2 ** 26)))],
    ['a stream that is cut', claiming(400, stream.subarray(0, -1))],
    ['bytes behind the stream', claiming(400, Buffer.concat([stream, Buffer.alloc(1)]))],
    ['no stream', claiming(400, Buffer.from([255, 255, 255]))],
    ['an unknown encoding', claiming(400, stream, 3)],
  ])('is refused: %s', (_, bytes) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(thrownBy(() => read(bytes))).toMatchObject({ code: 'FILE_CORRUPT', details: { offset: 0 } });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it('damaged in any way gives a coded error or a text of the size it claims', () =>
    holds(
      fc.property(damagedVariants(longText.map((text) => compress(text)!)), (bytes) => {
        const source = new StoredText(heapOf(bytes), { compressed: true });
        const size = answerOrCode(() => {
          source.locate(slotOf(bytes.length, COMPRESSED), 0);
          return source.end - source.start;
        });
        if (size !== undefined) expect(size).toBe(bytes.readUInt32LE(0) % 2 ** 30);
        answerOrCode(() => read(bytes));
      }),
      1000,
    ));
});
