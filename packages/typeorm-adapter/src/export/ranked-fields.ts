/** Which fields of an export are ranked: those that need it, and of them those that the option `databaseOrder` leaves. */
import { describeValue, nearestName, PermafrostError } from '@permafrost/core';
import type { ColumnCollation, ColumnOrder } from '@permafrost/postgres';
import { exportUnsupported } from '../errors';
import {
  isRankedByDefault,
  needsRank,
  type OrderedColumn,
  orderFactsOf,
  type StoredOrder,
} from '../mapping/database-order';
import { sourceOf } from '../mapping/field-source';
import type { MappedEntity, MappedField } from '../mapping/mapped-entity';

/** The option: all fields whose order needs it, none, or by entity the names of those that shall have it. */
export type DatabaseOrderOption = boolean | { readonly [entity: string]: readonly string[] };

/** Throws TypeError, ENTITY_UNKNOWN and FIELD_UNKNOWN for what the option names and is not exported. */
export function checkDatabaseOrder(option: unknown, mapped: readonly MappedEntity[]): void {
  if (option === undefined || typeof option === 'boolean') return;
  if (typeof option !== 'object' || option === null || Array.isArray(option)) {
    throw new TypeError(
      `exportSnapshot: \`databaseOrder\` is true, false, or by entity the names of fields: { Customer: ['name'] }; found ${describeValue(option)}.`,
    );
  }
  const known = mapped.map(({ name }) => name);
  for (const [entity, names] of Object.entries(option)) {
    const found = mapped.find(({ name }) => name === entity);
    if (!found) throw unknown('ENTITY_UNKNOWN', entity, 'is no entity of this export', known, { entity });
    if (!Array.isArray(names))
      throw new TypeError(
        `exportSnapshot: databaseOrder.${entity} is a list of names of fields; found ${describeValue(names)}.`,
      );
    const fields = found.fields.map(({ definition }) => definition.name);
    for (const name of names)
      if (!fields.includes(name))
        throw unknown('FIELD_UNKNOWN', String(name), `is no field of ${entity}`, fields, {
          entity,
          field: String(name),
        });
  }
}

/** What is stored of a field's order. Throws EXPORT_UNSUPPORTED for a field that is named and has none. */
export function storedOrder(
  { name: entity }: MappedEntity,
  { definition }: MappedField,
  column: OrderedColumn,
  option: DatabaseOrderOption,
): StoredOrder {
  const facts = orderFactsOf(column);
  const { name } = definition;
  const named = typeof option === 'object' && Object.hasOwn(option, entity) ? option[entity]! : undefined;
  if (named?.includes(name) && !column.order.isOrdered)
    throw exportUnsupported(
      entity,
      name,
      `an order of ${column.found.sqlType} values, for which PostgreSQL has none,`,
      'Take it out of `databaseOrder`.',
    );
  if (option === false || !needsRank(column)) return facts;
  const isWanted = named ? named.includes(name) : isRankedByDefault(column, sourceOf(definition)?.typeormType ?? '');
  return isWanted ? { ...facts, ranked: true } : facts;
}

/** The collations of columns by name, for the notes of a file. */
export function collationNotes(
  orders: Iterable<ColumnOrder>,
): Record<string, Omit<ColumnCollation, 'name' | 'sqlName'>> {
  const notes: Record<string, Omit<ColumnCollation, 'name' | 'sqlName'>> = {};
  for (const { collation } of orders) {
    if (!collation) continue;
    const { name, sqlName: _, ...rest } = collation;
    notes[name] = rest;
  }
  return notes;
}

function unknown(
  code: 'ENTITY_UNKNOWN' | 'FIELD_UNKNOWN',
  name: string,
  what: string,
  known: readonly string[],
  details: { readonly entity: string; readonly field?: string },
): PermafrostError {
  const near = nearestName(name, known);
  return new PermafrostError(
    code,
    `exportSnapshot: \`databaseOrder\` names "${name}", which ${what}.${near ? ` Did you mean "${near}"?` : ` There are: ${known.join(', ')}.`}`,
    { ...details, expected: known },
  );
}
