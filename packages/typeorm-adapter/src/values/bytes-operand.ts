/** Bytes of conditions given as text: PostgreSQL's hex form, else its escape form, where most characters stand for themselves. */
import { type Reading, refusal } from './reading';

export function bytesOperand(text: string): Reading {
  return text.startsWith('\\x') ? fromHex(text.slice(2)) : fromEscapes(text);
}

function fromHex(text: string): Reading {
  const digits = text.replaceAll(/[ \t\n\r]/g, '');
  const other = /[^\da-f]/iu.exec(digits)?.[0];
  if (other !== undefined) return refusal(`invalid hexadecimal digit: "${other}"`, '22023');
  // Blanks may stand between bytes only; whoever writes others is not understood here.
  if (digits.length % 2 === 1)
    return digits === text ? refusal('invalid hexadecimal data: odd number of digits', '22023') : undefined;
  return { value: Buffer.from(digits, 'hex') };
}

function fromEscapes(text: string): Reading {
  const bytes: Buffer[] = [];
  for (const [part] of text.matchAll(/[^\\]+|\\\\|\\[0-3][0-7]{2}|\\/g)) {
    if (part === '\\') return refusal('invalid input syntax for type bytea', '22P02');
    if (!part.startsWith('\\')) bytes.push(Buffer.from(part));
    else bytes.push(Buffer.from([part === '\\\\' ? 0x5c : Number.parseInt(part.slice(1), 8)]));
  }
  return { value: Buffer.concat(bytes) };
}
