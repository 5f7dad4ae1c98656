/**
 * Text as bytes: UTF-8, marked ASCII when every byte is below 0x80, or WTF-8 (https://simonsapin.github.io/wtf-8/)
 * when the JavaScript string has a lone surrogate. Each string has exactly one form, so equal strings are equal bytes.
 */
import { isUtf8 } from 'node:buffer';

export const ASCII = 0;
export const UTF8 = 1;
export const WTF8 = 2;
/** Characters decoded before they are joined: a text of any length takes memory in proportion to itself alone. */
const WTF8_RUN = 4096;
export type TextEncodingCode = typeof ASCII | typeof UTF8 | typeof WTF8;

/** Buffer's fast paths, which @types/node does not declare. Positions may exceed 2^32. */
export interface SlicingBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number): number;
  latin1Write(text: string, offset: number): number;
}

/** Bytes that {@link writeText} may need for `text`: three for each UTF-16 unit. */
export function maxTextSize(text: string): number {
  return text.length * 3;
}

/** The size of the last {@link writeText}, in bytes. A second result without an allocation. */
export let writtenTextSize = 0;

/** Writes `text` at `offset`, which must have {@link maxTextSize} bytes of room, and returns its encoding. */
export function writeText(target: Buffer, offset: number, text: string): TextEncodingCode {
  writtenTextSize = (target as SlicingBuffer).utf8Write(text, offset);
  if (writtenTextSize === text.length) return ASCII;
  if (text.isWellFormed()) return UTF8;
  writtenTextSize = writeWtf8(target, offset, text);
  return WTF8;
}

/** The bytes of `text` alone. */
export function encodeText(text: string): Buffer {
  const target = Buffer.allocUnsafe(maxTextSize(text));
  writeText(target, 0, text);
  return target.subarray(0, writtenTextSize);
}

/** The string in bytes[start, end). Cost: 50–100 ns for short ASCII. Bytes that are not UTF-8 become U+FFFD. */
export function readText(bytes: Buffer, start: number, end: number, encoding: number): string {
  if (encoding === ASCII) return (bytes as SlicingBuffer).latin1Slice(start, end);
  if (encoding === UTF8) return (bytes as SlicingBuffer).utf8Slice(start, end);
  return readWtf8(bytes, start, end);
}

/** Why bytes[start, end) are not text in `encoding`, or undefined; {@link readText} makes some string of them all the same. */
export function textDefect(bytes: Buffer, start: number, end: number, encoding: number): string | undefined {
  if (encoding === ASCII) return isAscii(bytes, start, end) ? undefined : 'its text is marked as ASCII but is not';
  if (encoding === UTF8) return isUtf8(bytes.subarray(start, end)) ? undefined : 'its text is not UTF-8';
  if (encoding !== WTF8) return `its text has the unknown encoding ${encoding}`;
  const again = encodeText(readWtf8(bytes, start, end));
  return again.equals(bytes.subarray(start, end)) ? undefined : 'its text is not WTF-8';
}

/** True when every byte of bytes[start, end) is below 0x80. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at]!;
  return seen < 0x80;
}

/** Orders two runs of bytes as unsigned bytes: the order of code points for UTF-8, and PostgreSQL's order under "C". */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const common = Math.min(aEnd - aStart, bEnd - bStart);
  for (let at = 0; at < common; at++) {
    const difference = a[aStart + at]! - b[bStart + at]!;
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** True when two runs of bytes of the same size are equal. */
export function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, size: number): boolean {
  for (let at = 0; at < size; at++) if (a[aStart + at] !== b[bStart + at]) return false;
  return true;
}

/** True when bytes[start, end) are the ASCII string `text`. */
export function equalsAscii(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false;
  return true;
}

function writeWtf8(target: Uint8Array, offset: number, text: string): number {
  let at = offset;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) target[at++] = code;
    else if (code < 0x800) {
      target[at++] = 0xc0 | (code >> 6);
      target[at++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      target[at++] = 0xe0 | (code >> 12);
      target[at++] = 0x80 | ((code >> 6) & 0x3f);
      target[at++] = 0x80 | (code & 0x3f);
    } else {
      target[at++] = 0xf0 | (code >> 18);
      target[at++] = 0x80 | ((code >> 12) & 0x3f);
      target[at++] = 0x80 | ((code >> 6) & 0x3f);
      target[at++] = 0x80 | (code & 0x3f);
    }
  }
  return at - offset;
}

function readWtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let characters: string[] = [];
  let at = start;
  const continuation = () => (at < end ? bytes[at++]! & 0x3f : 0);
  while (at < end) {
    const lead = bytes[at++]!;
    let code = lead;
    if (lead >= 0xf0) code = ((lead & 7) << 18) | (continuation() << 12) | (continuation() << 6) | continuation();
    else if (lead >= 0xe0) code = ((lead & 15) << 12) | (continuation() << 6) | continuation();
    else if (lead >= 0xc0) code = ((lead & 31) << 6) | continuation();
    characters.push(String.fromCodePoint(code > 0x10ffff ? 0xfffd : code));
    if (characters.length === WTF8_RUN) {
      text += characters.join('');
      characters = [];
    }
  }
  return text + characters.join('');
}
