/**
 * What a schema says of the order and the equality that a database has for a field: its collation, and whether ranks tell the order.
 * Ranks are a matter of the layout, and none of this changes which values records hold: it is not in the fingerprint.
 */
import { describeValue } from '../errors';
import { isCollection } from './collections';
import type { FieldDefinition } from './schema';

/** The collation whose order is that of the UTF-8 bytes. */
export const BYTE_ORDER = 'C';

/** What is wrong with what a field says of its order, or undefined. */
export function orderDefect(field: FieldDefinition): string | undefined {
  const { type, collation, ranked, looseEquality } = field;
  if (collation !== undefined) {
    if (typeof collation !== 'string' || collation === '')
      return `\`collation\` is the name of a collation, found ${describeValue(collation)}`;
    if (type !== 'text') return '`collation` is for text only';
  }
  for (const [name, value] of Object.entries({ ranked, looseEquality }))
    if (value !== undefined && typeof value !== 'boolean')
      return `\`${name}\` is true or false, found ${describeValue(value)}`;
  return undefined;
}

/** Whether the order of the stored values is that of the database, so that no rank is needed: by the bytes of text, by value elsewhere. */
export function isInOwnOrder(field: FieldDefinition): boolean {
  if (field.looseEquality || isCollection(field) || field.type === 'json' || field.type === 'interval') return false;
  return field.type !== 'text' || (field.collation ?? BYTE_ORDER) === BYTE_ORDER;
}
