/**
 * Walks over a JSON text (RFC 8259) as bytes of UTF-8 or WTF-8 and names its parts by their places. Takes exactly the texts that
 * `JSON.parse` takes. Nothing is decoded and nothing recurses: the depth of a text costs memory for its open brackets alone.
 */

export const JSON_NULL = 0;
export const JSON_FALSE = 1;
export const JSON_TRUE = 2;
export const JSON_NUMBER = 3;
/** A string whose characters are its bytes: ASCII without escapes. */
export const JSON_PLAIN_STRING = 4;
export const JSON_STRING = 5;
export type JsonScalarKind = 0 | 1 | 2 | 3 | 4 | 5;

/** Is told of every part, in the order of the text. */
export interface JsonVisitor {
  /** A bracket opens at `start`. */
  open(start: number): void;
  /** The innermost bracket closes; `end` is behind it. */
  close(end: number): void;
  /** A member's name with its quotes; its value follows. */
  key(start: number, end: number, plain: boolean): void;
  scalar(kind: JsonScalarKind, start: number, end: number): void;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** From an opening bracket's byte to that of the closing one. */
const TO_CLOSER = 2;
const INVALID = -1;

/** Whether bytes[start, end) are one JSON text; the visitor has then seen all of it. Cost: 2–5 ns a byte. */
export function scanJson(bytes: Uint8Array, start: number, end: number, visitor: JsonVisitor): boolean {
  const closers: number[] = [];
  let at = skipSpace(bytes, start, end);
  for (;;) {
    if (at === INVALID || at >= end) return false;
    const first = bytes[at]!;
    if (first === OPEN_OBJECT || first === OPEN_LIST) {
      visitor.open(at);
      closers.push(first + TO_CLOSER);
      at = skipSpace(bytes, at + 1, end);
      if (at >= end) return false;
      if (bytes[at] !== first + TO_CLOSER) {
        if (first === OPEN_OBJECT) at = scanKey(bytes, at, end, visitor);
        continue;
      }
    } else {
      const valueStart = at;
      at = scanScalar(bytes, at, end);
      if (at === INVALID) return false;
      visitor.scalar(scannedKind, valueStart, at);
      at = skipSpace(bytes, at, end);
    }
    // Behind a value, or at the closing bracket of an empty one.
    while (closers.length > 0 && at < end && bytes[at] === closers.at(-1)) {
      visitor.close(++at);
      closers.pop();
      at = skipSpace(bytes, at, end);
    }
    if (closers.length === 0) return at === end;
    if (at >= end || bytes[at] !== COMMA) return false;
    at = skipSpace(bytes, at + 1, end);
    if (closers.at(-1) === CLOSE_OBJECT) at = scanKey(bytes, at, end, visitor);
  }
}

/** What the last {@link scanScalar} and {@link scanString} have met: a second result without an allocation. */
let scannedKind: JsonScalarKind = JSON_NULL;

/** Where the member's value begins. */
function scanKey(bytes: Uint8Array, start: number, end: number, visitor: JsonVisitor): number {
  if (start >= end || bytes[start] !== QUOTE) return INVALID;
  const keyEnd = scanString(bytes, start, end);
  if (keyEnd === INVALID) return INVALID;
  visitor.key(start, keyEnd, scannedKind === JSON_PLAIN_STRING);
  const colon = skipSpace(bytes, keyEnd, end);
  return colon < end && bytes[colon] === COLON ? skipSpace(bytes, colon + 1, end) : INVALID;
}

function scanScalar(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  if (first === QUOTE) return scanString(bytes, start, end);
  if (first === MINUS || (first >= ZERO && first <= NINE)) return scanNumber(bytes, start, end);
  for (const { kind, word } of literals) {
    if (first !== word[0]) continue;
    scannedKind = kind;
    for (let at = 1; at < word.length; at++) if (start + at >= end || bytes[start + at] !== word[at]) return INVALID;
    return start + word.length;
  }
  return INVALID;
}

const literals = [
  { kind: JSON_NULL, word: Buffer.from('null') },
  { kind: JSON_FALSE, word: Buffer.from('false') },
  { kind: JSON_TRUE, word: Buffer.from('true') },
] as const;

function scanString(bytes: Uint8Array, start: number, end: number): number {
  let seen = 0;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]!;
    seen |= byte;
    if (byte === QUOTE) {
      scannedKind = seen < 0x80 ? JSON_PLAIN_STRING : JSON_STRING;
      return at + 1;
    }
    if (byte < 0x20) return INVALID;
    if (byte !== BACKSLASH) continue;
    seen |= 0x80;
    const escaped = at + 1 < end ? bytes[++at]! : 0;
    if (escaped === 0x75) {
      for (const last = at + 4; at < last; at++) if (at + 1 >= end || !isHexDigit(bytes[at + 1]!)) return INVALID;
    } else if (!simpleEscapes.includes(escaped)) return INVALID;
  }
  return INVALID;
}

const simpleEscapes = Buffer.from('"\\/bfnrt');

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= ZERO && byte <= NINE) || (lower >= 0x61 && lower <= 0x66);
}

function scanNumber(bytes: Uint8Array, start: number, end: number): number {
  scannedKind = JSON_NUMBER;
  let at = bytes[start] === MINUS ? start + 1 : start;
  const whole = at;
  at = skipDigits(bytes, at, end);
  if (at === whole || (at > whole + 1 && bytes[whole] === ZERO)) return INVALID;
  if (at < end && bytes[at] === POINT) {
    const fraction = ++at;
    at = skipDigits(bytes, at, end);
    if (at === fraction) return INVALID;
  }
  if (at < end && (bytes[at]! | 0x20) === 0x65) {
    at++;
    if (at < end && (bytes[at] === MINUS || bytes[at] === 0x2b)) at++;
    const exponent = at;
    at = skipDigits(bytes, at, end);
    if (at === exponent) return INVALID;
  }
  return at;
}

function skipDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  return at;
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  return at;
}
