/**
 * Fields that hold more than one value: lists, sets and maps of scalars. What JavaScript's Set and Map find by value may be in a set or
 * be the key of a map: numbers, BigInts, strings and booleans, but no Dates, Buffers or objects, which they compare by identity.
 */
import { describeValue } from '../errors';
import { canBeKey, type FieldType, integerRanges, isFieldType } from './field-types';
import type { FieldDefinition, FieldSchema } from './schema';

/** Whether a field holds a list, set or map: it has no equality and no order. */
export function isCollection(field: FieldDefinition): boolean {
  return Boolean(field.array) || field.set === true || field.map !== undefined;
}

/** The type as people read it: `text`, `text[]`, `Set<text>`, `Map<text, int32>`; `typed float32[]` and `view of float32[]`. */
export function fieldTypeText({ type, array, set, map }: FieldShape): string {
  if (map) return `Map<${map}, ${type}>`;
  if (set) return `Set<${type}>`;
  return `${array === 'typed' ? 'typed ' : array === 'view' ? 'view of ' : ''}${type}${array ? '[]' : ''}`;
}

/** What of a field says which values it holds, as schemas and descriptions of them have it. */
export interface FieldShape {
  readonly type: string;
  readonly array?: boolean | string;
  readonly set?: boolean;
  readonly map?: string | null;
}

/** What is wrong with how a field says that it holds several values, or undefined. */
export function collectionDefect(field: FieldDefinition): string | undefined {
  const { type, array, set, map } = field;
  if (![undefined, true, false, 'typed', 'view'].includes(array))
    return `\`array\` is true, false, "typed" or "view", found ${describeValue(array)}`;
  if (set !== undefined && typeof set !== 'boolean') return `\`set\` is true or false, found ${describeValue(set)}`;
  if ([Boolean(array), set === true, map !== undefined].filter(Boolean).length > 1)
    return 'it is more than one of `array`, `set` and `map`; choose one';
  if (typeof array === 'string' && !isNumeric(type))
    return `an array given as "${array}" holds numbers, not ${type} values`;
  if (set && !isFoundByValue(type)) return `a set cannot hold ${type} values, which JavaScript compares by identity`;
  if (map === undefined) return undefined;
  if (!isFieldType(map)) return `\`map\` names the type of its keys, found ${describeValue(map)}`;
  if (map === 'enum') return 'the keys of a map cannot be of type enum; use text';
  return isFoundByValue(map)
    ? undefined
    : `the keys of a map cannot be ${map} values, which JavaScript compares by identity`;
}

/** The field of one value of a list or set, or of one value of a map. It may be null. */
export function elementField({ array: _, set: _set, map: _map, ...field }: FieldSchema): FieldSchema {
  return { ...field, array: false, nullable: true };
}

/** The field of one key of a map. */
export function mapKeyField({ name, map }: FieldSchema): FieldSchema {
  return { name, type: map!, array: false, nullable: true };
}

function isNumeric(type: FieldType): boolean {
  return integerRanges[type] !== undefined || type === 'float32' || type === 'float64';
}

function isFoundByValue(type: FieldType): boolean {
  return canBeKey(type) && type !== 'bytes' && type !== 'timestamp' && type !== 'timestamptz';
}
