/**
 * Operands for types that are stored as the server's text: the text it would write for them, where equal values have equal texts. Undefined
 * where they have not, where an order is asked for, and for notations that are rarely used.
 */
import { dateText, parseDate } from '@permafrost/core';
import { invalidSyntax, type Reading, refusal, trim } from './reading';
import { isMoment } from './timestamp-operand';

/** `pgType` is PostgreSQL's name of the type. */
export function canonicalText(pgType: string, text: string): Reading {
  return readers[pgType]?.(text);
}

const readers: Readonly<Record<string, (text: string) => Reading>> = {
  bit: bitsOperand,
  varbit: bitsOperand,
  macaddr: (text) => hardwareAddress('macaddr', text, 6),
  macaddr8: (text) => hardwareAddress('macaddr8', text, 8),
  inet: (text) => address(text, false),
  // It is compared as inet.
  cidr: (text) => address(text, true),
  ltree: (text) => (/^(\w+(\.\w+)*)?$/.test(text) ? { value: text } : undefined),
  int4range: (text) => range(text, wholeBounds),
  int8range: (text) => range(text, wholeBounds),
  daterange: (text) => range(text, dateBounds),
  money: (text) => (/^-?\$(0|[1-9]\d{0,2}(,\d{3})*)\.\d\d$/.test(text) ? { value: text } : undefined),
  timetz: zonedTime,
};

function bitsOperand(text: string): Reading {
  const isHex = /^x/i.test(text);
  const digits = text.replace(/^[bx]/i, '');
  const other = (isHex ? /[^\da-f]/iu : /[^01]/u).exec(digits)?.[0];
  if (other !== undefined)
    return refusal(`"${other}" is not a valid ${isHex ? 'hexadecimal' : 'binary'} digit`, '22P02');
  if (!isHex) return { value: digits };
  return { value: Array.from(digits, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('') };
}

function hardwareAddress(type: string, text: string, byteCount: number): Reading {
  const trimmed = trim(text);
  const pairs = new RegExp(
    `^[\\da-f]{2}(([:-])[\\da-f]{2}(\\2[\\da-f]{2}){${byteCount - 2}}|([\\da-f]{2}){${byteCount - 1}})$`,
    'i',
  );
  if (pairs.test(trimmed))
    return {
      value: trimmed
        .toLowerCase()
        .match(/[\da-f]{2}/g)!
        .join(':'),
    };
  return /[\da-f]/i.test(trimmed) ? undefined : invalidSyntax(type, text);
}

function address(text: string, isMaskShown: boolean): Reading {
  const [host, mask, ...rest] = text.split('/') as [string, string?, ...string[]];
  if (!/[.:\d]/.test(text)) return invalidSyntax('inet', text);
  if (rest.length > 0 || (mask !== undefined && !/^\d{1,3}$/.test(mask))) return undefined;
  const isWide = host.includes(':');
  const canonical = isWide ? wideHost(host) : narrowHost(host);
  const allBits = isWide ? 128 : 32;
  const bits = mask === undefined ? allBits : Number(mask);
  if (canonical === undefined || bits > allBits) return undefined;
  return { value: bits === allBits && !isMaskShown ? canonical : `${canonical}/${bits}` };
}

function narrowHost(host: string): string | undefined {
  const parts = host.split('.');
  const isHost = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return isHost ? parts.map(Number).join('.') : undefined;
}

/** Node writes IPv6 as PostgreSQL does, except where that shows the last parts as IPv4. */
function wideHost(host: string): string | undefined {
  if (!/^[\da-f:]+$/i.test(host) || !URL.canParse(`http://[${host}]`)) return undefined;
  const canonical = new URL(`http://[${host}]`).hostname.slice(1, -1);
  return /^::(ffff:)?[\da-f]+:[\da-f]+$/.test(canonical) ? undefined : canonical;
}

/** How bounds of a discrete type are counted. */
interface Bounds {
  read(text: string): bigint | undefined;
  write(value: bigint): string;
}

const wholeBounds: Bounds = {
  read: (text) => (/^-?\d{1,18}$/.test(text) ? BigInt(text) : undefined),
  write: String,
};

const dateBounds: Bounds = {
  read: (text) => {
    const days = /^\d{4}-\d\d-\d\d$/.test(text) ? parseDate(text) : undefined;
    return days === undefined ? undefined : BigInt(days);
  },
  write: (days) => dateText(Number(days)),
};

/** Ranges of discrete types are written with their lower bound in and their upper one out. */
function range(text: string, bounds: Bounds): Reading {
  const trimmed = trim(text);
  if (/^empty$/i.test(trimmed)) return { value: 'empty' };
  const match = /^([[(])([^,"\\\s]*),([^,"\\\s]*)([\])])$/.exec(trimmed);
  if (!match) return /^[[(]/.test(trimmed) ? undefined : refusal(`malformed range literal: "${text}"`, '22P02');
  const [, opening, from, to, closing] = match as unknown as [string, string, string, string, string];
  const [lower, upper] = [from, to].map((bound) => (bound === '' ? null : bounds.read(bound)));
  if (lower === undefined || upper === undefined) return undefined;
  if (lower !== null && upper !== null && lower > upper)
    return refusal('range lower bound must be less than or equal to range upper bound', '22000');
  const first = lower === null ? null : lower + (opening === '(' ? 1n : 0n);
  const behind = upper === null ? null : upper + (closing === ']' ? 1n : 0n);
  if (first !== null && behind !== null && first >= behind) return { value: 'empty' };
  return {
    value: `${first === null ? '(' : `[${bounds.write(first)}`},${behind === null ? '' : bounds.write(behind)})`,
  };
}

/** A time with its offset, which both count. */
function zonedTime(text: string): Reading {
  const match = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?([+-](0\d|1[0-4])(:[0-5]\d){0,2})$/.exec(text);
  if (!match)
    return /^[a-z]*$/i.test(text) && !isMoment(text) ? invalidSyntax('time with time zone', text, '22007') : undefined;
  const clock = text.slice(0, 8) + (match[2] ?? '').replace(/\.?0+$/, '');
  return { value: clock + match[3]!.replace(/(:00){1,2}$/, '') };
}
