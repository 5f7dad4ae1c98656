/**
 * Conditions as they are typed: `member=value`, or `member in [value, …]` with a JSON list. Which member is meant is decided by the names
 * that the entity has, the longest first, so that values may hold anything. A value is read by its field's type.
 */
import {
  type Condition,
  describeValue,
  type EntitySchema,
  type FieldSchema,
  keyFields,
  nearestName,
  PermafrostError,
  parseDate,
  pathTextOf,
  type Schema,
} from '@permafrost/core';
import { CliError } from './errors';

/** Throws USAGE, FIELD_UNKNOWN and VALUE_TYPE. */
export function parseCondition(schema: Schema, entity: EntitySchema, text: string): Condition {
  const names = membersOf(entity).filter((name) => text.startsWith(`${name}=`) || text.startsWith(`${name} in `));
  if (names.length === 0) throw noCondition(entity, text);
  const name = names.reduce((longest, candidate) => (candidate.length > longest.length ? candidate : longest));
  const parse = operandParser(schema, entity, name);
  if (text.startsWith(`${name}=`)) {
    return { field: name, operator: 'equal', values: [parse(text.slice(name.length + 1))] };
  }
  const list = parseJson(text.slice(name.length + ' in '.length));
  if (!Array.isArray(list)) {
    throw new CliError(
      'USAGE',
      `--where "${text}": expected a JSON list, such as '${name} in ["a", "b"]' or '${name} in [1, 2]'.`,
    );
  }
  return { field: name, operator: 'in', values: list.map(parse) };
}

/** Fields and relations by name. */
export function membersOf({ fields, relations }: EntitySchema): string[] {
  return [...fields.map(pathTextOf), ...relations.map(({ name }) => name)];
}

/** FIELD_UNKNOWN, with the nearest of the known names. */
export function unknownMember(entity: EntitySchema, name: string, known: readonly string[]): PermafrostError {
  const near = nearestName(name, known);
  return new PermafrostError(
    'FIELD_UNKNOWN',
    `${entity.name} has no "${name}".${near ? ` Did you mean "${near}"?` : ` There are: ${known.join(', ') || 'none'}.`}`,
    { entity: entity.name, field: name, expected: known },
  );
}

function noCondition(entity: EntitySchema, text: string): Error {
  const name = /^(.*?)(?:=| in )/s.exec(text)?.[1];
  const known = membersOf(entity);
  if (name !== undefined && !known.includes(name.trim())) return unknownMember(entity, name, known);
  return new CliError(
    'USAGE',
    `--where "${text}": expected 'member=value' without blanks around the sign, or 'member in [value, …]'. ${entity.name} has ${known.join(', ')}.`,
  );
}

/** Reads a field's value, or the key of a to-one relation's target. */
function operandParser(schema: Schema, entity: EntitySchema, name: string): (given: unknown) => unknown {
  const place = `${entity.name}.${name}`;
  const field = entity.fields.find((candidate) => pathTextOf(candidate) === name);
  if (field) return (given) => parseOperand([field], given, place);
  const { target, targets } = entity.relations.find((candidate) => candidate.name === name)!;
  const keyOf = (entityName: string) => keyFields(schema.entities.find((candidate) => candidate.name === entityName)!);
  if (!targets) return (given) => parseOperand(keyOf(target!), given, place);
  return (given) => {
    const chosen = (typeof given === 'string' ? parseJson(given) : given) as
      | { entity?: unknown; key?: unknown }
      | undefined;
    const entityName = targets.find((candidate) => candidate === chosen?.entity);
    if (entityName === undefined) {
      throw wrongValue(place, `{"entity": …, "key": …} in JSON, with the entity ${targets.join(' or ')}`, given);
    }
    return { entity: entityName, key: parseOperand(keyOf(entityName), chosen!.key, place) };
  };
}

/** The value of one field, or the list of a key's; `given` is what was typed, or an element of a JSON list. */
function parseOperand(fields: readonly FieldSchema[], given: unknown, place: string): unknown {
  if (fields.length === 1) return parseValue(fields[0]!, textOf(given, place), place);
  const parts = typeof given === 'string' ? parseJson(given) : given;
  if (!Array.isArray(parts) || parts.length !== fields.length) {
    const names = fields.map(({ name }) => name).join(', ');
    throw wrongValue(place, `a key of ${fields.length} parts (${names}) as a JSON list`, given);
  }
  return fields.map((field, part) => parseValue(field, textOf(parts[part], place), place));
}

function textOf(given: unknown, place: string): string {
  if (typeof given === 'string') return given;
  if (typeof given === 'number' && Number.isInteger(given) && !Number.isSafeInteger(given))
    throw wrongValue(place, 'a number that JSON keeps exactly (put larger ones in quotes)', given);
  if (typeof given === 'number' || typeof given === 'boolean') return String(given);
  throw wrongValue(place, 'a string, number or boolean', given);
}

/** What core compares with. A number outside its field's range is no mistake: no record has it. */
function parseValue(field: FieldSchema, text: string, place: string): unknown {
  const expect = (right: boolean, expected: string): string => {
    if (right) return text;
    throw wrongValue(place, expected, text);
  };
  switch (field.type) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return Number(expect(/^[+-]?\d+$/.test(text), 'a whole number'));
    case 'int64':
    case 'uint64':
      return BigInt(expect(/^-?\d+$/.test(text), 'a whole number'));
    case 'float32':
    case 'float64':
      return Number(expect(text === 'NaN' || isNumberText(text), 'a number'));
    case 'decimal':
      return expect(text === 'NaN' || isNumberText(text), 'a number');
    case 'boolean':
      return expect(text === 'true' || text === 'false', 'true or false') === 'true';
    case 'enum':
      return expect(field.values!.includes(text), `one of ${field.values!.join(', ')}`);
    case 'bytes':
      return Buffer.from(expect(/^\\x([\da-f]{2})*$/i.test(text), 'hex digits such as \\x00ff').slice(2), 'hex');
    case 'date':
      return expect(parseDate(text) !== undefined, 'a date of the calendar as YYYY-MM-DD');
    case 'time':
      return expect(/^\d\d:\d\d:\d\d(\.\d{1,6})?$/.test(text), 'a time such as 12:30:00 or 12:30:00.5');
    case 'timestamp':
    case 'timestamptz':
      return microsecondsOf(text, field.type === 'timestamptz') ?? expect(false, timestampForms[field.type]);
    case 'uuid':
      return expect(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text), 'a UUID');
    case 'json':
      expect(parseJson(text) !== undefined, 'JSON');
      return parseJson(expect(!longNumber.test(text), 'JSON without exponents and numbers of more than 15 digits'));
    default:
      return text;
  }
}

/** What parsing may round. */
const longNumber = /\d[eE]|[\d.]{16}/;

const timestampForms = {
  timestamp: 'a time such as 2024-01-31T12:00:00 or 2024-01-31, without zone',
  timestamptz: 'a time such as 2024-01-31T12:00:00Z or 2024-01-31T12:00:00.123456+01:00',
};

/** Microseconds since 1970; undefined for what is no time. Times with zone that name none are UTC. */
function microsecondsOf(text: string, hasZone: boolean): bigint | number | undefined {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  if (text === '-infinity') return Number.NEGATIVE_INFINITY;
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (!match) return undefined;
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone] = match;
  if (zone !== undefined && !hasZone) return undefined;
  const utc = Date.parse(`${day}T${minutes}:${seconds}Z`);
  // Date.parse takes the 31st of every month.
  if (Number.isNaN(utc) || !new Date(utc).toISOString().startsWith(`${day}T${minutes}`)) return undefined;
  const [, sign, hours, rest] = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '') ?? [];
  const offsetMinutes = sign === undefined ? 0 : (Number(hours) * 60 + Number(rest)) * (sign === '-' ? -1 : 1);
  return BigInt(utc - offsetMinutes * 60_000) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

function isNumberText(text: string): boolean {
  return /^[+-]?(Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)$/.test(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrongValue(place: string, expected: string, actual: unknown): PermafrostError {
  const [entity, field] = place.split('.');
  return new PermafrostError('VALUE_TYPE', `--where ${place}: expected ${expected}, found ${describeValue(actual)}.`, {
    entity: entity!,
    field: field!,
    expected,
    actual,
  });
}
