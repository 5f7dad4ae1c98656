/**
 * Operands of conditions as core compares with them: what PostgreSQL reads from the text that node-postgres sends, in the type of the
 * column, since that is what it takes a parameter beside a column for. What the server would refuse throws TypeORM's QueryFailedError with
 * the server's message; what it may take and this does not know is QUERY_UNSUPPORTED, never ignored.
 */
import { describeValue, type FieldSchema } from '@permafrost/core';
import { queryFailed, queryUnsupported } from '../errors';
import { sourceOf } from '../mapping/field-source';
import { bytesOperand } from './bytes-operand';
import { canonicalText } from './canonical-text';
import { intervalOperand } from './interval-operand';
import { parameterText } from './parameter-text';
import { invalidSyntax, type Reading, refusal, trim } from './reading';
import { nearestFloat32 } from './shortest-float32';
import { dateOperand, timeOperand, timestampOperand, timestamptzOperand } from './timestamp-operand';

/**
 * The value core compares a field, or the elements of a list field, with; null equals nothing. Throws QueryFailedError and
 * QUERY_UNSUPPORTED.
 */
export function operandValue(entity: string, field: FieldSchema, value: unknown): unknown {
  const sent = operandText(value);
  if (sent === null) return null;
  if (typeof sent !== 'string') {
    if (field.type === 'bytes') return Buffer.from(sent);
    throw unsupported(entity, field, `bytes as an operand for ${typeNameOf(field)}`);
  }
  const read = readingOf(field, sent);
  if (read === undefined)
    throw unsupported(entity, field, `${describeValue(value)} as an operand for ${typeNameOf(field)}`);
  if ('refusal' in read) throw queryFailed(read.refusal.message, read.refusal.sqlState);
  return read.value;
}

/**
 * Whether core may compare a field with a text alone if some record holds it: then it is as the server writes it, and ranks tell which other
 * texts are equal. Else nothing is known of it, as of the notations of rare types.
 */
export function mustOccur(field: FieldSchema, value: unknown): value is string {
  if (!sourceOf(field)?.serverText || typeof value !== 'string' || value.includes('\0')) return false;
  return Boolean(field.looseEquality) || readingOf(field, value) === undefined;
}

/** What is sent for an operand. Throws QueryFailedError for text that no database holds. */
export function operandText(value: unknown): string | Uint8Array | null {
  const sent = parameterText(value);
  if (typeof sent === 'string' && sent.includes('\0'))
    throw queryFailed('invalid byte sequence for encoding "UTF8": 0x00', '22021');
  return sent;
}

/**
 * The elements of a list operand for `= ANY` and for what asks lists for elements: lists in it count by their elements. Undefined for what
 * PostgreSQL has no list for.
 */
export function flatElements(values: readonly unknown[]): readonly unknown[] | undefined {
  if (!values.some(Array.isArray)) return values;
  const [first] = values;
  const isEven = values.every((value) => Array.isArray(value) && value.length === (first as unknown[]).length);
  return isEven && (first as unknown[]).length > 0 ? flatElements(values.flat()) : undefined;
}

/** The column's type as the server's messages name it, without the length: "character varying", "integer[]". */
export function typeNameOf(field: FieldSchema): string {
  return (sourceOf(field)?.databaseType ?? field.type).replaceAll(/\([^)]*\)/g, '');
}

/** Throws TypeORM's error for an operator that PostgreSQL's type of the column does not have: "operator does not exist: json = unknown". */
export function requireOperator(field: FieldSchema, operator: keyof typeof sqlOperators): void {
  const type = sourceOf(field)?.pgType;
  if (type === undefined || !lacksOperator(type, operator, field)) return;
  throw queryFailed(`operator does not exist: ${typeNameOf(field)} ${sqlOperators[operator]} unknown`, '42883');
}

function lacksOperator(type: string, operator: keyof typeof sqlOperators, field: FieldSchema): boolean {
  const isList = () => typeNameOf(field).endsWith('[]');
  // Lists have the operator, and the elements lack it.
  if (incomparable.has(type)) return !isList();
  if (operator === 'like' || operator === 'ilike')
    return !(operator === 'like' ? likeTypes : ilikeTypes).has(type) || isList();
  return Object.hasOwn(missingOperators, type) && missingOperators[type]!.includes(operator) && !isList();
}

const sqlOperators = {
  equal: '=',
  'not-equal': '<>',
  less: '<',
  'less-or-equal': '<=',
  greater: '>',
  'greater-or-equal': '>=',
  like: '~~',
  ilike: '~~*',
} as const;
const incomparable: ReadonlySet<string> = new Set(['json', 'xml', 'polygon', 'jsonpath']);
const orders: readonly (keyof typeof sqlOperators)[] = ['less', 'less-or-equal', 'greater', 'greater-or-equal'];
const missingOperators: Readonly<Record<string, readonly (keyof typeof sqlOperators)[]>> = {
  box: ['not-equal'],
  path: ['not-equal'],
  hstore: orders,
  line: [...orders, 'not-equal'],
  point: [...orders, 'equal'],
};
const ilikeTypes: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'citext', 'name']);
const likeTypes: ReadonlySet<string> = new Set([...ilikeTypes, 'bytea']);

function readingOf(field: FieldSchema, text: string): Reading {
  const source = sourceOf(field);
  if (source?.serverText) {
    const isList = source.databaseType?.endsWith('[]') ?? false;
    return isList ? undefined : canonicalText(source.pgType ?? '', text);
  }
  switch (field.type) {
    case 'int16':
      return integerOperand('smallint', 16, text);
    case 'int32':
      return integerOperand('integer', 32, text);
    case 'int64':
      return integerOperand('bigint', 64, text);
    case 'float32':
      return floatOperand('real', text, nearestFloat32);
    case 'float64':
      return floatOperand('double precision', text, Number);
    case 'decimal':
      return decimalOperand(text);
    case 'boolean':
      return booleanOperand(text);
    case 'text':
      return { value: textOperand(source?.databaseType ?? '', text) };
    case 'enum':
      if (field.values!.includes(text)) return { value: text };
      return refusal(`invalid input value for enum ${typeNameOf(field).replace(/\[\]$/, '')}: "${text}"`, '22P02');
    case 'bytes':
      return bytesOperand(text);
    case 'uuid':
      return uuidOperand(text);
    case 'date':
      return dateOperand(text);
    case 'time':
      return timeOperand(text);
    case 'timestamp':
      return timestampOperand(text);
    case 'timestamptz':
      return timestamptzOperand(text, source?.timeZone ?? 'UTC');
    case 'interval':
      return intervalOperand(text);
    default:
      return undefined;
  }
}

function integerOperand(type: string, bits: number, text: string): Reading {
  const digits = trim(text);
  if (!/^[+-]?\d+$/.test(digits)) return isOtherNotation(digits) ? undefined : invalidSyntax(type, text);
  const whole = BigInt(digits.replace(/^\+/, ''));
  if (BigInt.asIntN(bits, whole) !== whole) return refusal(`value "${text}" is out of range for type ${type}`, '22003');
  return { value: bits === 64 ? whole : Number(whole) };
}

/** Integers since PostgreSQL 16: 0x1F, 0b1, 0o7, 1_000. */
function isOtherNotation(text: string): boolean {
  return /^[+-]?(0[xob][\da-f_]+|\d[\d_]*)$/i.test(text);
}

const decimalForm = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function floatOperand(type: string, text: string, nearest: (text: string) => number): Reading {
  const trimmed = trim(text);
  const named = namedNumber(trimmed);
  if (named !== undefined) return { value: Number(named) };
  // strtod reads more than PostgreSQL's manual says.
  if (!decimalForm.test(trimmed)) return /^[+-]?(0x|nan)/i.test(trimmed) ? undefined : invalidSyntax(type, text);
  const value = nearest(trimmed);
  const isLost = value === 0 && /[1-9]/.test(trimmed.replace(/e.*/i, ''));
  if (isLost || !Number.isFinite(value)) return refusal(`"${trimmed}" is out of range for type ${type}`, '22003');
  return { value };
}

/** More digits of an exponent than any column has. */
const SURE_EXPONENT = 1000;

function decimalOperand(text: string): Reading {
  const trimmed = trim(text);
  const named = namedNumber(trimmed);
  if (named !== undefined) return { value: named };
  const match = decimalForm.exec(trimmed);
  if (!match)
    return isOtherNotation(trimmed) || /^[+-]nan$|_/i.test(trimmed) ? undefined : invalidSyntax('numeric', text);
  if (Math.abs(Number(match[2]?.slice(1) ?? 0)) > SURE_EXPONENT) return undefined;
  return { value: trimmed.replace(/^\+/, '') };
}

function namedNumber(text: string): string | undefined {
  if (/^nan$/i.test(text)) return 'NaN';
  const match = /^([+-]?)inf(inity)?$/i.exec(text);
  return match ? `${match[1] === '-' ? '-' : ''}Infinity` : undefined;
}

/** Beginnings of the words, as long as they tell them apart. */
function booleanOperand(text: string): Reading {
  const word = trim(text).toLowerCase();
  if (/^(t(r(ue?)?)?|y(es?)?|on|1)$/.test(word)) return { value: true };
  if (/^(f(a(l(se?)?)?)?|no?|off?|0)$/.test(word)) return { value: false };
  return invalidSyntax('boolean', text);
}

/** char(n) is stored with blanks up to n characters, and compared without them. */
function textOperand(databaseType: string, text: string): string {
  const padded = /^character\((\d+)\)/.exec(databaseType);
  if (!padded) return text;
  const trimmed = text.replace(/ +$/, '');
  return trimmed + ' '.repeat(Math.max(0, Number(padded[1]) - [...trimmed].length));
}

function uuidOperand(text: string): Reading {
  const match = /^(\{?)([\da-f]{4}(?:-?[\da-f]{4}){7})(\}?)$/i.exec(text);
  if (!match || (match[1] === '') !== (match[3] === '')) return invalidSyntax('uuid', text);
  const digits = match[2]!.replaceAll('-', '').toLowerCase();
  return { value: digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
}

function unsupported(entity: string, field: FieldSchema, what: string): Error {
  return queryUnsupported(
    entity,
    field.name,
    what,
    'Give it in the form PostgreSQL writes it in, filter the results, or ask the database.',
  );
}
