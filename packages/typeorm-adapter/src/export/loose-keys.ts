/**
 * Keys that the database calls equal where their bytes differ: citext, collations that ignore differences, char(n) of several lengths. A
 * foreign key may spell such a key otherwise, so the database is asked for what it refers to.
 */
import type { ExportTransaction, ResolvedColumn } from '@permafrost/postgres';
import { storedForm } from '../mapping/column-types';
import { orderFactsOf } from '../mapping/database-order';
import { postgresDialect } from '../mapping/dialect';
import { type MappedEntity, tableMetadataOf } from '../mapping/mapped-entity';
import { expressionOf, OWN_ALIAS } from './table-select';

/** The entities with such keys, of those that relations refer to by them. A few catalog queries for each that might. Throws EXPORT_FAILED. */
export async function looselyKeyed(
  entities: readonly MappedEntity[],
  transaction: ExportTransaction,
): Promise<ReadonlySet<MappedEntity>> {
  const referred = new Set(
    entities.flatMap(({ relations }) =>
      relations.map(({ relation }) => tableMetadataOf(relation.inverseEntityMetadata)),
    ),
  );
  for (const { metadata, relations } of entities)
    if (relations.some(({ relation }) => relation.isManyToManyOwner)) referred.add(metadata);
  const loose = new Set<MappedEntity>();
  for (const entity of entities) {
    if (!referred.has(entity.metadata) || entity.key.every(({ definition }) => isExact(definition.type))) continue;
    const columns = entity.key.map((key) => expressionOf(key, OWN_ALIAS));
    const sql = `SELECT ${columns.join(', ')} FROM ${postgresDialect.tableOf(entity.metadata)} AS ${OWN_ALIAS}`;
    const types = await transaction.resolveColumnTypes(sql);
    const orders = await transaction.resolveColumnOrders(sql, types);
    if (types.some((found, part) => isLoose(found, orders[part]!))) loose.add(entity);
  }
  return loose;
}

/** Of the types that are declared for most keys; the database has the last word about others. */
function isExact(type: string): boolean {
  return /^int(16|32|64)$/.test(type) || type === 'uuid';
}

function isLoose(found: ResolvedColumn, order: Parameters<typeof orderFactsOf>[0]['order']): boolean {
  const form = storedForm(found);
  return (
    found.typeName === 'bpchar' ||
    (form !== undefined && orderFactsOf({ found, form, order }).looseEquality !== undefined)
  );
}
