/**
 * SQL's LIKE over UTF-8: `%` is any text, `_` one code point, backslash makes the next one stand for itself. A pattern is cut at its `%`s;
 * the pieces between are found one after the other from the left, each at its first place, which is right since only `%` stands between
 * them: so no pattern takes longer than text × pattern.
 */
import { encodeText } from '../../bytes/text';
import type { TextTest } from './text-test';

/** One code point, whichever it is, in a piece. */
const ANY = -1;
const PERCENT = 0x25;
const UNDERSCORE = 0x5f;
const BACKSLASH = 0x5c;

/** Bytes, {@link ANY} for `_`. */
type Piece = Int16Array;

/** The test; undefined when the pattern ends with a backslash that escapes nothing, which is an error in SQL. */
export function likePatternTest(pattern: string): TextTest | undefined {
  const pieces = piecesOf(encodeText(pattern));
  if (!pieces) return undefined;
  const first = pieces[0]!;
  const last = pieces[pieces.length - 1]!;
  if (pieces.length === 1) return (bytes, start, end) => matchAt(first, bytes, start, end) === end;
  const middle = pieces.slice(1, -1).filter((piece) => piece.length > 0);
  const find = middle.map(finderOf);
  return (bytes, start, end) => {
    let at = matchAt(first, bytes, start, end);
    if (at < 0) return false;
    const lastAt = startOfLast(last, bytes, at, end);
    if (lastAt < 0) return false;
    for (const piece of find) {
      at = piece(bytes, at, lastAt);
      if (at < 0) return false;
    }
    return true;
  };
}

/** The pattern between its `%`s, one piece more than those. */
function piecesOf(pattern: Uint8Array): Piece[] | undefined {
  let piece: number[] = [];
  const pieces = [piece];
  for (let at = 0; at < pattern.length; at++) {
    const byte = pattern[at]!;
    if (byte === PERCENT) {
      piece = [];
      pieces.push(piece);
    } else if (byte === UNDERSCORE) piece.push(ANY);
    else if (byte !== BACKSLASH) piece.push(byte);
    else if (++at === pattern.length) return undefined;
    else piece.push(pattern[at]!);
  }
  return pieces.map((bytes) => Int16Array.from(bytes));
}

/** Where a piece that begins at `at` ends, or -1. */
function matchAt(piece: Piece, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let place = 0; place < piece.length; place++) {
    if (at >= end) return -1;
    const wanted = piece[place]!;
    if (wanted === ANY) at = nextCharacter(bytes, at, end);
    else if (bytes[at++] !== wanted) return -1;
  }
  return at;
}

/** Where the last piece must begin to end with the text; -1 when it does not match there, or would begin before `from`. */
function startOfLast(piece: Piece, bytes: Uint8Array, from: number, end: number): number {
  let at = end;
  for (let place = piece.length - 1; place >= 0; place--) {
    if (at <= from) return -1;
    const wanted = piece[place]!;
    at--;
    if (wanted !== ANY) {
      if (bytes[at] !== wanted) return -1;
    } else while (at > from && isContinuation(bytes[at]!)) at--;
  }
  return at;
}

/** Finds where the first match of a piece ends, or -1. */
function finderOf(piece: Piece): (bytes: Uint8Array, start: number, end: number) => number {
  const isLiteral = !piece.includes(ANY);
  const literal = Uint8Array.from(isLiteral ? piece : []);
  const wanted = piece[0]!;
  return (bytes, start, end) => {
    if (isLiteral && end - start > NATIVE_FROM) {
      const found = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).indexOf(literal);
      return found < 0 ? -1 : start + found + literal.length;
    }
    // No byte within a character is the first one of another, so only `_` must not begin there.
    for (let at = start; at < end; at = wanted === ANY ? nextCharacter(bytes, at, end) : at + 1) {
      if (wanted !== ANY && bytes[at] !== wanted) continue;
      const found = matchAt(piece, bytes, at, end);
      if (found >= 0) return found;
    }
    return -1;
  };
}

/** Texts from this size on are searched natively. Bytes. */
const NATIVE_FROM = 64;

function nextCharacter(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end && isContinuation(bytes[at]!)) at++;
  return at;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
