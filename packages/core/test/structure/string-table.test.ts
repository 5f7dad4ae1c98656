import fc from 'fast-check';
import { encodeText, readText } from '../../src/bytes/text';
import { MAX_TABLE_STRING_SIZE } from '../../src/limits';
import { StringTableBuilder, StringTableView } from '../../src/structure/string-table';
import { answerOrCode, anyText, holds, thrownBy } from '../support/property';
import { damagedVariants } from '../support/structures';

const MAX_COUNT = 2 ** 16;
function add(builder: StringTableBuilder, text: string): number {
  const bytes = encodeText(text);
  return builder.idOf(bytes, 0, bytes.length, !text.isWellFormed());
}
function build(texts: readonly string[]): Buffer {
  const builder = new StringTableBuilder(MAX_COUNT);
  for (const text of texts) add(builder, text);
  return builder.finish();
}
const few = fc.array(fc.oneof(anyText, fc.constantFrom('a', 'b', 'ab', '')), { maxLength: 40 });

describe('string table', () => {
  it('gives each distinct string an id in order of appearance, and back', () =>
    holds(
      fc.property(few, anyText, (texts, other) => {
        const model = new Map<string, number>();
        const builder = new StringTableBuilder(MAX_COUNT);
        for (const text of texts) {
          if (!model.has(text)) model.set(text, model.size);
          expect(add(builder, text)).toBe(model.get(text));
        }
        const view = new StringTableView(builder.finish());
        expect(view.count).toBe(model.size);
        for (const [text, id] of model) {
          expect(view.text(id)).toBe(text);
          expect(view.text(id)).toBe(text);
          expect(view.find(text)).toBe(id);
          const { bytes, start, end, encoding } = view.locate(id);
          expect(readText(bytes, start, end, encoding)).toBe(text);
          const place = builder.locate(id);
          expect(place.bytes.subarray(place.start, place.end)).toEqual(encodeText(text));
        }
        expect(view.find(other)).toBe(model.get(other) ?? -1);
      }),
      300,
    ));

  it('says -1 to new strings when it is full, and still knows the others', () => {
    const builder = new StringTableBuilder(3);
    expect(['x', 'y', 'x', 'z', 'w', 'y', 'z'].map((text) => add(builder, text))).toEqual([0, 1, 0, 2, -1, 1, 2]);
    expect(builder.count).toBe(3);
  });

  it('grows to 65,536 strings', () => {
    const builder = new StringTableBuilder(MAX_COUNT);
    const ids = Array.from({ length: MAX_COUNT }, (_, number) => add(builder, `string ${number}`));
    expect(ids.every((id, number) => id === number)).toBe(true);
    expect(add(builder, 'one more')).toBe(-1);
    const view = new StringTableView(builder.finish());
    for (let number = 0; number < MAX_COUNT; number += 997) expect(view.text(number)).toBe(`string ${number}`);
    expect(view.find('string 65535')).toBe(65535);
  });

  it('leaves long strings, and more text than its limit, to the heap', () => {
    const builder = new StringTableBuilder(MAX_COUNT, MAX_TABLE_STRING_SIZE + 10);
    const idOf = (size: number, fill: number) => builder.idOf(Buffer.alloc(size, fill), 0, size);
    expect(idOf(MAX_TABLE_STRING_SIZE, 1)).toBe(0);
    expect(idOf(MAX_TABLE_STRING_SIZE + 1, 1)).toBe(-1);
    expect(idOf(8, 2)).toBe(1);
    expect(idOf(3, 3)).toBe(-1);
    expect(idOf(2, 4)).toBe(2);
    expect(idOf(8, 2)).toBe(1);
    const view = new StringTableView(builder.finish());
    expect([0, 1, 2].map((id) => view.text(id).length)).toEqual([MAX_TABLE_STRING_SIZE, 8, 2]);
  });

  it('has these bytes', () => {
    expect(
      build(['é', 'ab', 'é', '\ud800'])
        .toString('hex')
        .match(/.{2,16}/g),
    ).toMatchInlineSnapshot(`
[
  "0300000007000000",
  "0000000000020040",
  "0200000000020000",
  "0400000000030080",
  "c3a96162eda080",
]
`);
  });

  it('refuses ids beyond it', () => {
    expect(thrownBy(() => new StringTableView(build(['a'])).text(1))).toMatchObject({
      code: 'FILE_CORRUPT',
      details: { expected: 1, actual: 1 },
    });
  });

  it('damaged gives a coded error or an answer', () =>
    holds(
      fc.property(damagedVariants(few.map(build)), anyText, (section, text) => {
        const view = answerOrCode(() => new StringTableView(section));
        if (!view) return;
        expect(8 * view.count).toBeLessThan(section.length);
        for (let id = 0; id <= view.count; id++) answerOrCode(() => view.text(id));
        answerOrCode(() => view.find(text));
      }),
      2000,
    ));
});
