import fc from 'fast-check';
import { type JsonVisitor, scanJson } from '../../src/bytes/json-scan';
import { encodeText } from '../../src/bytes/text';
import { anyJsonText } from '../support/json';
import { holds } from '../support/property';

const deaf: JsonVisitor = { open() {}, close() {}, key() {}, scalar() {} };
const kinds = ['null', 'false', 'true', 'number', 'plain', 'string'];

function takes(text: string): boolean {
  const bytes = encodeText(text);
  const padded = Buffer.concat([Buffer.from('"['), bytes, Buffer.from('0]"')]);
  return scanJson(padded, 2, 2 + bytes.length, deaf);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What the visitor hears, as one line of text. */
function heard(text: string): string {
  const bytes = Buffer.from(text);
  const said: string[] = [];
  const part = (start: number, end: number) => bytes.toString('utf8', start, end);
  scanJson(bytes, 0, bytes.length, {
    open: (start) => said.push(`open ${part(start, start + 1)}${start}`),
    close: (end) => said.push(`close ${part(end - 1, end)}${end}`),
    key: (start, end, plain) => said.push(`key ${part(start, end)}${plain ? '' : ' not plain'}`),
    scalar: (kind, start, end) => said.push(`${kinds[kind]} ${part(start, end)}`),
  });
  return said.join(', ');
}

describe('JSON as bytes', () => {
  it('is taken exactly where JSON.parse takes it', () => {
    const noise = fc.constantFrom(...'{}[]:,"\\truefalsn0123456789.-+eEu \t\n\0\u001f\u007f\u2028é\ufeff');
    const change = fc.record({ at: fc.nat(60), remove: fc.nat(2), insert: fc.array(noise, { maxLength: 2 }) });
    const changed = fc.tuple(anyJsonText, fc.array(change, { maxLength: 2 })).map(([text, changes]) => {
      for (const { at, remove, insert } of changes) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + insert.join('') + text.slice(place + remove);
      }
      return text;
    });
    const soup = fc.array(noise, { maxLength: 8 }).map((parts) => parts.join(''));
    return holds(
      fc.property(fc.oneof({ weight: 5, arbitrary: changed }, { weight: 1, arbitrary: soup }), (text) => {
        expect([text, takes(text)]).toEqual([text, parses(text)]);
      }),
      4000,
    );
  });

  it.each([
    ...[
      '',
      ' ',
      '[',
      ']',
      '{',
      '}',
      '[1',
      '[1,',
      '[1,]',
      '[,1]',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '{"a":1,}',
      '{a:1}',
    ],
    ...['01', '-', '-a', '1.', '.5', '1e', '1e+', '+1', '0x1', '1 2', 'nul', 'nulll', 'True', 'NaN', '[1}', '{"a":1]'],
    ...['"', '"a', '"\\', '"\\"', '"\\x"', '"\\u12"', '"\\u12g4"', '"\n"', "'a'", '[[]', '[]]', '{}{}', '//', '"\\u"'],
  ])('refuses %j', (text) => {
    expect(parses(text)).toBe(false);
    expect(takes(text)).toBe(false);
  });

  it('is heard in the order of the text', () => {
    expect(heard(' {"a" : [1, -2.5e3],"\\u0062":{},"é": "x" , "":[[null ,true],false,"\\n"]} ')).toBe(
      'open {1, key "a", open [8, number 1, number -2.5e3, close ]19, key "\\u0062" not plain, open {29, close }31, ' +
        'key "é" not plain, plain "x", key "", open [47, open [48, null null, true true, close ]60, false false, string "\\n", close ]72, close }73',
    );
  });

  it('may be nested as deeply as JSON.parse takes it', () => {
    const depth = 200_000;
    expect(takes('['.repeat(depth) + ']'.repeat(depth))).toBe(true);
    expect(takes('{"a":'.repeat(depth) + '0' + '}'.repeat(depth))).toBe(true);
    expect(takes('['.repeat(depth))).toBe(false);
  });
});
