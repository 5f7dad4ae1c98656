/**
 * numeric, exact with its scale: a coefficient and a scale while the coefficient is a safe integer, else the text the server would print.
 *
 *   numeric  u16 groups   i16 weight of the first group   u16 sign   u16 scale (digits behind the point)
 *            per group: u16 0–9999; group i counts 10000^(weight - i); zero groups at both ends are left out
 */
import { garbledValue, type ValuePlace } from './errors';
import type { ValueDecoder } from './value-decoders';
import { readInt16, readUint16 } from './wire';

const HEADER_SIZE = 8;
const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
const NOT_A_NUMBER = 0xc000;
const POSITIVE_INFINITY = 0xd000;
const NEGATIVE_INFINITY = 0xf000;
const GROUP = 10_000;
const GROUP_DIGITS = 4;
/** Decimal slots hold scales up to this; larger ones go the way of the text. */
const MAX_SLOT_SCALE = 127;
/** All powers of ten below 2^53. */
const POWERS_OF_TEN = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

export function numericDecoder(place: ValuePlace): ValueDecoder {
  return (bytes, start, end, setter) => {
    const groupCount = end - start < HEADER_SIZE ? -1 : readUint16(bytes, start);
    if (end - start !== HEADER_SIZE + groupCount * 2) {
      throw garbledValue(place, `a numeric of ${end - start} bytes and ${groupCount} groups`, '8 bytes and 2 a group');
    }
    const sign = readUint16(bytes, start + 4);
    if (sign !== POSITIVE && sign !== NEGATIVE) return setter.setText(specialText(place, sign));
    const weight = readInt16(bytes, start + 2);
    const scale = readUint16(bytes, start + 6);
    const groupsStart = start + HEADER_SIZE;
    const magnitude = scale > MAX_SLOT_SCALE ? -1 : safeCoefficient(bytes, groupsStart, groupCount, weight, scale);
    if (magnitude < 0) setter.setText(exactText(place, bytes, groupsStart, groupCount, weight, scale, sign));
    else setter.setDecimal(sign === NEGATIVE && magnitude !== 0 ? -magnitude : magnitude, scale);
  };
}

/** |value| × 10^scale, or -1 when that is no safe integer, or a group is not what it should be. */
function safeCoefficient(
  bytes: Buffer,
  groupsStart: number,
  groupCount: number,
  weight: number,
  scale: number,
): number {
  if (groupCount === 0) return 0;
  const last = groupCount - 1;
  let coefficient = 0;
  for (let group = 0; group < last; group++) {
    const digits = readUint16(bytes, groupsStart + group * 2);
    coefficient = coefficient * GROUP + digits;
    if (coefficient > Number.MAX_SAFE_INTEGER || digits >= GROUP) return -1;
  }
  const digits = readUint16(bytes, groupsStart + last * 2);
  // How many decimal places the last group must move up (or, its last digits being zeros, down) to count units of the scale.
  const places = (weight - last) * GROUP_DIGITS + scale;
  if (places <= -GROUP_DIGITS || places >= POWERS_OF_TEN.length || digits >= GROUP) return -1;
  if (places >= 0) coefficient = (coefficient * GROUP + digits) * POWERS_OF_TEN[places]!;
  else {
    const divisor = POWERS_OF_TEN[-places]!;
    if (digits % divisor !== 0) return -1;
    coefficient = coefficient * (GROUP / divisor) + digits / divisor;
  }
  // Rounding never brings a product or sum that is too large back below the limit.
  return coefficient > Number.MAX_SAFE_INTEGER ? -1 : coefficient;
}

/** The digits as numeric's output function writes them: no leading zeros, `scale` digits behind the point. */
function exactText(
  place: ValuePlace,
  bytes: Buffer,
  groupsStart: number,
  groupCount: number,
  weight: number,
  scale: number,
  sign: number,
): string {
  const groupText = (position: number) => {
    const digits = position < 0 || position >= groupCount ? 0 : readUint16(bytes, groupsStart + position * 2);
    if (digits >= GROUP) throw garbledValue(place, `the group ${digits}`, 'groups below 10000');
    return String(digits).padStart(GROUP_DIGITS, '0');
  };
  let text = '';
  for (let position = 0; position <= weight; position++) text += groupText(position);
  const whole = text.replace(/^0+/, '') || '0';
  const fractionEnd = weight + Math.ceil(scale / GROUP_DIGITS);
  let fraction = '';
  for (let position = weight + 1; position <= Math.max(fractionEnd, groupCount - 1); position++)
    fraction += groupText(position);
  if (/[1-9]/.test(fraction.slice(scale))) {
    throw garbledValue(place, `digits beyond its scale of ${scale}`, 'as many digits as its scale');
  }
  const shown = scale === 0 ? whole : `${whole}.${fraction.slice(0, scale)}`;
  return sign === NEGATIVE && /[1-9]/.test(shown) ? `-${shown}` : shown;
}

function specialText(place: ValuePlace, sign: number): string {
  if (sign === NOT_A_NUMBER) return 'NaN';
  if (sign === POSITIVE_INFINITY) return 'Infinity';
  if (sign === NEGATIVE_INFINITY) return '-Infinity';
  throw garbledValue(place, `a numeric with the sign 0x${sign.toString(16)}`, 'one of the five signs');
}
