import fc from 'fast-check';
import { ASCII, UTF8, WTF8, writeText, writtenTextSize } from '../../src/bytes/text';
import { MAX_INLINE_SIZE } from '../../src/limits';
import { HeapBuilder, HeapView, packHeapSlot } from '../../src/structure/heap';
import { answerOrCode, anyBytes, anyText, holds, thrownBy } from '../support/property';
import { damagedVariants, SECTION_OFFSET, viewOf, watchfulGuard } from '../support/structures';

function collect(): { builder: HeapBuilder; bytes(): Buffer } {
  const parts: Buffer[] = [];
  const builder = new HeapBuilder({ write: (bytes) => void parts.push(Buffer.from(bytes)) });
  return {
    builder,
    bytes: () => {
      builder.flush();
      return Buffer.concat(parts);
    },
  };
}
const open = (heap: Buffer) => new HeapView(heap, viewOf(heap), watchfulGuard(heap.length), SECTION_OFFSET);

function appendText(builder: HeapBuilder, slots: DataView, slotAt: number, text: string): void {
  const bytes = Buffer.alloc(3 * text.length);
  const encoding = writeText(bytes, 0, text);
  builder.append(slots, slotAt, bytes, 0, writtenTextSize, encoding);
}

describe('heap', () => {
  it('gives back texts and bytes by their slots', () =>
    holds(
      fc.property(fc.array(fc.oneof(anyText, anyBytes())), (values) => {
        const { builder, bytes } = collect();
        const slots = new DataView(new ArrayBuffer(8 * values.length));
        for (const [place, value] of values.entries()) {
          if (typeof value === 'string') appendText(builder, slots, 8 * place, value);
          else builder.append(slots, 8 * place, value, 0, value.length, 0);
        }
        const heap = open(bytes());
        expect(builder.size).toBe(heap.bytes.length);
        for (const [place, value] of values.entries()) {
          expect(typeof value === 'string' ? heap.text(slots, 8 * place) : heap.copy(slots, 8 * place)).toEqual(value);
        }
      }),
      300,
    ));

  it('takes values of every size around its buffer and around what a slot can say', () => {
    const { builder, bytes } = collect();
    const sizes = [
      0,
      1,
      47,
      48,
      2 ** 20 - 1,
      2 ** 20,
      2 ** 20 + 1,
      MAX_INLINE_SIZE - 1,
      MAX_INLINE_SIZE,
      MAX_INLINE_SIZE + 1,
      5_000_001,
      3,
    ];
    const values = sizes.map((size, place) => Buffer.alloc(size, place + 1));
    const slots = new DataView(new ArrayBuffer(8 * sizes.length));
    for (const [place, value] of values.entries()) builder.append(slots, 8 * place, value, 0, value.length, 0);
    const heap = open(bytes());
    for (const [place, value] of values.entries()) expect(heap.copy(slots, 8 * place).equals(value)).toBe(true);
    expect(heap.bytes.length).toBe(sizes.reduce((sum, size) => sum + size + (size > MAX_INLINE_SIZE ? 4 : 0), 0));
  });

  it('packs offset, size and encoding into 64 bits', () => {
    const slots = new DataView(new ArrayBuffer(8));
    const bitsOf = () => slots.getBigUint64(0, true);
    packHeapSlot(slots, 0, 2 ** 40 - 1, 5, UTF8);
    expect(bitsOf()).toBe((1n << 62n) | (5n << 40n) | (2n ** 40n - 1n));
    packHeapSlot(slots, 0, 2 ** 32 + 7, MAX_INLINE_SIZE, WTF8);
    expect(bitsOf()).toBe((2n << 62n) | (BigInt(2 ** 22 - 2) << 40n) | (2n ** 32n + 7n));
    packHeapSlot(slots, 0, 1, MAX_INLINE_SIZE + 1, ASCII);
    expect(bitsOf()).toBe((BigInt(2 ** 22 - 1) << 40n) | 1n);
  });

  it('refuses to grow beyond the limits of the format', () => {
    const { builder } = collect();
    const slots = new DataView(new ArrayBuffer(8));
    builder.size = 2 ** 40 - 8;
    expect(thrownBy(() => builder.append(slots, 0, Buffer.alloc(8), 0, 8, 0))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { expected: 2 ** 40 },
    });
    const vast = { subarray: () => Buffer.alloc(0) } as unknown as Uint8Array;
    expect(thrownBy(() => collect().builder.append(slots, 0, vast, 0, 2 ** 29, 0))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  it('refuses to read a value longer than a string can be', () => {
    const size = 2 ** 29 - 23;
    const bytes = { length: 2 ** 31 } as Buffer;
    const prefix = new DataView(new ArrayBuffer(4));
    prefix.setUint32(0, size, true);
    const slots = new DataView(new ArrayBuffer(8));
    packHeapSlot(slots, 0, 0, size, 0);
    const heap = new HeapView(bytes, prefix, { ensure() {} }, 0);
    expect(thrownBy(() => heap.locate(slots, 0))).toMatchObject({
      code: 'FILE_CORRUPT',
      details: { actual: size + 4 },
    });
  });

  it('shows recent values for messages and nothing else', () => {
    const { builder, bytes } = collect();
    const slots = new DataView(new ArrayBuffer(8));
    appendText(builder, slots, 0, 'first');
    expect(builder.recent(0, 5)?.toString()).toBe('first');
    bytes();
    expect(builder.recent(0, 5)).toBeUndefined();
    expect(builder.recent(5, 1)).toBeUndefined();
  });

  it('hands out copies, never the mapping', () => {
    const { builder, bytes } = collect();
    const slots = new DataView(new ArrayBuffer(8));
    builder.append(slots, 0, Buffer.from('abc'), 0, 3, 0);
    const heap = open(bytes());
    heap.copy(slots, 0).fill(0);
    expect(heap.copy(slots, 0).toString()).toBe('abc');
  });

  const slotsAndHeap = fc
    .array(
      fc.oneof(
        anyText.map((text) => Buffer.from(text)),
        anyBytes(),
      ),
      { minLength: 1, maxLength: 8 },
    )
    .map((values) => {
      const { builder, bytes } = collect();
      const slots = Buffer.alloc(8 * values.length);
      for (const [place, value] of values.entries())
        builder.append(viewOf(slots), 8 * place, value, 0, value.length, place % 3 === 0 ? UTF8 : WTF8);
      return { slots, heap: bytes() };
    });

  it('damaged, its slots or itself, gives a coded error or an answer', () =>
    holds(
      fc.property(
        slotsAndHeap.chain(({ slots, heap }) =>
          fc.tuple(
            damagedVariants(fc.constant(slots)),
            fc.oneof(fc.constant(heap), damagedVariants(fc.constant(heap))),
          ),
        ),
        fc.nat(20),
        ([slots, bytes], bias) => {
          const heap = open(bytes);
          for (let slotAt = 0; slotAt + 8 <= slots.length; slotAt += 8) {
            const text = answerOrCode(() => heap.text(viewOf(slots), slotAt, bias));
            const copy = answerOrCode(() => heap.copy(viewOf(slots), slotAt));
            expect(text?.length ?? 0).toBeLessThanOrEqual(2 * bytes.length);
            expect(copy?.length ?? 0).toBeLessThanOrEqual(bytes.length);
            answerOrCode(() => heap.asciiAt(viewOf(slots).getUint32(slotAt, true), slots[slotAt]!));
          }
        },
      ),
      2000,
    ));
});
