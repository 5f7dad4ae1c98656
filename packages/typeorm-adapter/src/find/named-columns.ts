/** Columns that a query's order and selection name, as fields of its row sources. What SQL computes is there only where it is selected. */
import type { FieldReference, PlanOrderTerm } from '@permafrost/core';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { queryFailed, queryUnsupported } from '../errors';
import { snapshotNameOf } from '../mapping/mapped-entity';
import { nullsOf } from './row-options';
import { columnNamed, type StoredMembers } from './stored-members';
import { refuseComputed } from './where-expression';

/** One term of TypeORM's `allOrderBys`. Throws its error for a computed column that is not selected, and QUERY_UNSUPPORTED. */
export function orderTerm(
  stored: StoredMembers,
  map: QueryExpressionMap,
  sources: ReadonlyMap<string, number>,
  key: string,
  given: QueryExpressionMap['orderBys'][string],
): PlanOrderTerm {
  // Names of aliases have dots in them where a relation lies two embeddeds deep.
  const alias = [...sources.keys()].findLast((name) => key.startsWith(`${name}.`))!;
  const path = key.slice(alias.length + 1);
  const { metadata } = map.findAliasByName(alias);
  const column = columnNamed(metadata, path);
  if (!column)
    throw queryUnsupported(snapshotNameOf(metadata), path, 'an order by what is no column', 'Order by a column.');
  if (column.isVirtualProperty && !map.selects.some(({ selection }) => selection === key))
    throw noColumn(alias, column);
  const { order, nulls } = typeof given === 'string' ? { order: given, nulls: undefined } : given;
  const direction = order === 'DESC' ? 'descending' : 'ascending';
  const found = stored.of(metadata).column(sources.get(alias)!, column);
  const join = map.joinAttributes[found.reference.source - 1];
  if (column.isVirtualProperty && join?.direction === 'LEFT') throw refuseComputed(found);
  return {
    ...found.reference,
    direction,
    nulls: nullsOf(found, direction, nulls),
  };
}

/** Columns that `select` names, each once, of the entity and of what is joined. */
export function selectedColumns(stored: StoredMembers, map: QueryExpressionMap): FieldReference[] {
  const columns = new Map<string, FieldReference>();
  const numbers = new Map(map.joinAttributes.map(({ alias }, place) => [alias.name, place + 1]));
  for (const { selection } of map.selects) {
    const dot = selection.indexOf('.');
    if (dot < 0) continue;
    const name = selection.slice(0, dot);
    const alias = map.aliases.find((candidate) => candidate.name === name && candidate.hasMetadata);
    const column = alias?.metadata.findColumnWithPropertyPath(selection.slice(dot + 1));
    if (!column) continue;
    const source = numbers.get(name) ?? 0;
    const found = stored.of(alias!.metadata).column(source, column);
    if (column.isVirtualProperty && map.joinAttributes[source - 1]?.direction === 'LEFT') throw refuseComputed(found);
    columns.set(selection, found.reference);
  }
  return [...columns.values()];
}

/** TypeORM computes virtual columns where they are selected alone, and writes their names elsewhere. */
export function noColumn(alias: string, { databaseName }: ColumnMetadata): Error {
  return queryFailed(`column ${alias}.${databaseName} does not exist`, '42703');
}
