/**
 * Decimals, exact with their scale ("1.50" is not "1.5" when read, but equal when compared).
 *
 *   decimal slot  bits   meaning
 *   u64           0–52   magnitude of the coefficient (kind 0)      kind 1: bits 0–39 heap offset, 40–60 size of the ASCII text
 *                53      sign: 1 = negative
 *                54–60   scale, digits behind the point
 *                61–63   kind: 0 inline, 1 in the heap, 2 NaN, 3 Infinity, 4 -Infinity
 */
import { PermafrostError } from '../errors';
import { unpackHeapSlot } from './heap';

const TWO_32 = 2 ** 32;

export const INLINE = 0;
export const IN_HEAP = 1;
export const NOT_A_NUMBER = 2;
export const POSITIVE_INFINITY = 3;
export const NEGATIVE_INFINITY = 4;

/** A decimal as kind, coefficient digits and scale: value = ±digits · 10^-scale. */
export interface DecimalParts {
  readonly kind: number;
  readonly negative: boolean;
  /** ASCII digits without leading zeros; "0" for zero. Empty for NaN and infinities. */
  readonly digits: string;
  readonly scale: number;
}

/** Parses "-12.50", ".5", "1e-7", "NaN", "Infinity" …; undefined when `text` is not a decimal. Exact at any length. */
export function parseDecimal(text: string): DecimalParts | undefined {
  if (text === 'NaN') return { kind: NOT_A_NUMBER, negative: false, digits: '', scale: 0 };
  if (text === 'Infinity') return { kind: POSITIVE_INFINITY, negative: false, digits: '', scale: 0 };
  if (text === '-Infinity') return { kind: NEGATIVE_INFINITY, negative: true, digits: '', scale: 0 };
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/.exec(text);
  if (!match || (match[2] === '' && !match[3])) return undefined;
  let digits = match[2]! + (match[3] ?? '');
  let scale = (match[3] ?? '').length - Number(match[4] ?? 0);
  if (scale < 0) {
    digits += '0'.repeat(-scale);
    scale = 0;
  }
  digits = digits.replace(/^0+(?=\d)/, '');
  return { kind: INLINE, negative: match[1] === '-' && digits !== '0', digits, scale };
}

/** The canonical text: sign, at least one digit before the point, exactly `scale` digits behind it. */
export function decimalText(parts: DecimalParts): string {
  if (parts.kind === NOT_A_NUMBER) return 'NaN';
  if (parts.kind === POSITIVE_INFINITY) return 'Infinity';
  if (parts.kind === NEGATIVE_INFINITY) return '-Infinity';
  const sign = parts.negative ? '-' : '';
  if (parts.scale === 0) return sign + parts.digits;
  const digits = parts.digits.padStart(parts.scale + 1, '0');
  return `${sign}${digits.slice(0, -parts.scale)}.${digits.slice(-parts.scale)}`;
}

/** Whether a coefficient and scale fit a slot without the heap. */
export function fitsDecimalSlot(coefficient: number, scale: number): boolean {
  return Number.isSafeInteger(coefficient) && scale >= 0 && scale <= 127;
}

export function packDecimal(record: DataView, slotAt: number, coefficient: number, scale: number): void {
  const magnitude = Math.abs(coefficient);
  const sign = coefficient < 0 ? 1 : 0;
  record.setUint32(slotAt, magnitude % TWO_32, true);
  record.setUint32(slotAt + 4, (Math.floor(magnitude / TWO_32) | (sign << 21) | (scale << 22)) >>> 0, true);
}

export function packSpecialDecimal(record: DataView, slotAt: number, kind: number): void {
  record.setUint32(slotAt, 0, true);
  record.setUint32(slotAt + 4, (kind << 29) >>> 0, true);
}

/** A heap slot of the text, repacked: {@link heapSlotOfDecimal} undoes it. */
export function packHeapDecimal(record: DataView, slotAt: number, offset: number, size: number): void {
  record.setUint32(slotAt, offset % TWO_32, true);
  record.setUint32(slotAt + 4, (Math.floor(offset / TWO_32) | (size << 8) | (IN_HEAP << 29)) >>> 0, true);
}

export function decimalKind(record: DataView, slotAt: number): number {
  return record.getUint32(slotAt + 4, true) >>> 29;
}

/** By scale, what stands from the point on: ".00" to ".99". Most decimals are amounts of money. */
const fractions: string[][] = [];
const MAX_LISTED_SCALE = 3;
const MAX_INT32 = 0x7fffffff;
const powers = [1, 10, 100, 1000];

function fractionsOf(scale: number): readonly string[] {
  fractions[scale] ??= Array.from({ length: 10 ** scale }, (_, number) => `.${String(number).padStart(scale, '0')}`);
  return fractions[scale];
}

/** The text of a slot that is not in the heap. Cost: 35–150 ns. */
export function inlineDecimalText(record: DataView, slotAt: number): string {
  const low = record.getUint32(slotAt, true);
  const high = record.getUint32(slotAt + 4, true);
  const kind = high >>> 29;
  if (kind > NEGATIVE_INFINITY) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `A decimal is of kind ${kind}, which format 1 does not have. Publish again.`,
      { actual: kind },
    );
  }
  if (kind !== INLINE) return decimalText({ kind, negative: false, digits: '', scale: 0 });
  const magnitude = (high & 0x1fffff) * TWO_32 + low;
  const scale = (high >>> 22) & 0x7f;
  const sign = (high & 0x200000) !== 0 ? '-' : '';
  if (scale === 0) return sign + String(magnitude);
  if (scale <= MAX_LISTED_SCALE) {
    const power = powers[scale]!;
    // Most are small: the remainder of an integer of the processor takes a fifth of a double's.
    const fraction = magnitude <= MAX_INT32 ? (magnitude | 0) % power : magnitude % power;
    return sign + String((magnitude - fraction) / power) + fractionsOf(scale)[fraction]!;
  }
  const digits = String(magnitude);
  if (digits.length > scale) return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return `${sign}0.${digits.padStart(scale, '0')}`;
}

/** Offset and size of the heap text of a slot of kind {@link IN_HEAP}. */
export function heapSlotOfDecimal(record: DataView, slotAt: number): { offset: number; size: number } {
  const { offset, size } = unpackHeapSlot(record, slotAt);
  return { offset, size: size & 0x1fffff };
}

/** Whether a text is one that {@link decimalText} makes: what the heap holds for a decimal. */
export function isDecimalText(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

/** Numeric order; NaN is above everything and equal to itself, as in PostgreSQL. */
export function compareDecimals(a: DecimalParts, b: DecimalParts): number {
  const rank = (parts: DecimalParts) =>
    parts.kind === NEGATIVE_INFINITY ? -1 : parts.kind === POSITIVE_INFINITY ? 1 : parts.kind === NOT_A_NUMBER ? 2 : 0;
  if (rank(a) !== 0 || rank(b) !== 0) return rank(a) - rank(b);
  const scale = Math.max(a.scale, b.scale);
  const scaled = (parts: DecimalParts) =>
    BigInt(parts.digits + '0'.repeat(scale - parts.scale)) * (parts.negative ? -1n : 1n);
  const difference = scaled(a) - scaled(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** One text for all decimals that are equal: without trailing zeros behind the point. Keys are hashed by it. */
export function normalizedDecimalText(parts: DecimalParts): string {
  let { digits, scale } = parts;
  if (parts.kind !== INLINE) return decimalText(parts);
  while (scale > 0 && digits.endsWith('0')) {
    digits = digits.slice(0, -1) || '0';
    scale--;
  }
  if (digits === '0') scale = 0;
  return decimalText({ ...parts, digits, scale });
}
