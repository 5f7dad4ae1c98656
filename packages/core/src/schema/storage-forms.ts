/** Forms of storage that a field may be declared to have. They do not change which values it holds, so they are not in the fingerprint. */
import { describeValue } from '../errors';
import { isCollection } from './collections';
import type { FieldType } from './field-types';
import type { FieldDefinition } from './schema';

/** What is wrong with the forms a field is declared to have, or undefined. */
export function storageDefect(field: FieldDefinition): string | undefined {
  return flagDefect(field, 'packed', 'json') ?? flagDefect(field, 'compressed', 'text');
}

function flagDefect(field: FieldDefinition, flag: 'packed' | 'compressed', type: FieldType): string | undefined {
  const value: unknown = field[flag];
  if (value !== undefined && typeof value !== 'boolean')
    return `\`${flag}\` is true or false, found ${describeValue(value)}`;
  const isSuited = field.type === type && (field.array || !isCollection(field));
  return value && !isSuited ? `\`${flag}\` is for ${type} and lists of ${type} only` : undefined;
}
