/** Options of finds on what comes from MariaDB or SQLite: what those and TypeORM's classes for them have otherwise than for PostgreSQL. */
import type { PlanOrderTerm } from '@permafrost/core';
import { type DataSourceOptions, type EntityMetadata, OffsetWithoutLimitNotSupportedError } from 'typeorm';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { queryUnsupported } from '../errors';
import { databaseKindOf } from '../mapping/database-kind';
import { sourceOf } from '../mapping/field-source';
import { snapshotNameOf } from '../mapping/mapped-entity';
import type { StoredColumn } from './stored-members';

/** Throws TypeORM's error for a page that MariaDB cannot have, and QUERY_UNSUPPORTED. */
export function checkRowWindow(
  { skip, take, joinAttributes }: QueryExpressionMap,
  metadata: EntityMetadata,
  bugCompatible: boolean,
): void {
  const kind = databaseKindOf(metadata.dataSource.options);
  if (kind === 'postgres') return;
  if (!isCount(skip) || !isCount(take)) throw refuse(metadata, `skip ${skip} and take ${take}`);
  if (kind === 'mysql' && skip && (take === undefined || take === null))
    throw new OffsetWithoutLimitNotSupportedError();
  if (bugCompatible && joinAttributes.length > 0 && (skip || take))
    throw refuse(metadata, 'pages over joins with `bugCompatible`');
}

/** Where nulls come in an order. Throws QUERY_UNSUPPORTED for a place that the database's SQL does not know. */
export function nullsOf(
  { entity, column, field }: StoredColumn,
  direction: PlanOrderTerm['direction'],
  given: 'NULLS FIRST' | 'NULLS LAST' | undefined,
): PlanOrderTerm['nulls'] {
  const database = sourceOf(field)?.database;
  if (given && database === 'mysql')
    throw queryUnsupported(
      entity,
      column.propertyPath,
      `${given}, which MariaDB and MySQL do not know,`,
      'Leave it out.',
    );
  if (given) return given === 'NULLS FIRST' ? 'first' : 'last';
  // Null is greater than all to PostgreSQL, and less to the others.
  const isLast = database === undefined ? direction === 'ascending' : direction === 'descending';
  return isLast ? 'last' : 'first';
}

/** Throws QUERY_UNSUPPORTED for a count of distinct values, which each database counts in its own way. */
export function requireDistinctCount(metadata: EntityMetadata): void {
  if (databaseKindOf(metadata.dataSource.options) !== 'postgres')
    throw refuse(metadata, 'counts of what `select` names');
}

/** Throws QUERY_UNSUPPORTED for what databases do not compute alike: averages, sums of floats, extremes of what is no number. */
export function requireAggregate({ entity, column, field }: StoredColumn, aggregate: string): void {
  if (sourceOf(field)?.database === undefined) return;
  const isWhole = field.type === 'int32' || field.type === 'int64';
  const isNumber = isWhole || (field.type === 'float64' && !field.looseEquality);
  if (aggregate === 'sum' ? isWhole : isNumber && aggregate !== 'average') return;
  throw queryUnsupported(entity, column.propertyPath, `${aggregate}() of ${field.type}`, 'Ask the database.');
}

function isCount(given: number | null | undefined): boolean {
  return given === undefined || given === null || (Number.isSafeInteger(given) && given >= 0);
}

function refuse(metadata: EntityMetadata, what: string): Error {
  const { type }: Pick<DataSourceOptions, 'type'> = metadata.dataSource.options;
  return queryUnsupported(snapshotNameOf(metadata), undefined, `${what} of ${type}`, 'Ask the database.');
}
