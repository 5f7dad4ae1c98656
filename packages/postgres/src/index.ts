/** PostgreSQL's wire for exports: one consistent transaction, and binary COPY decoded into the writer's column setters. */

export { type ColumnCollation, type ColumnOrder, type RankedAmong, rankedSelect } from './column-orders';
export {
  isSupportedType,
  type PgTypeName,
  type ResolvedColumn,
  resolveColumnTypes,
  supportedTypes,
} from './column-types';
export type { CopyColumn, CopyPlan, CopySummary } from './copy-records';
export type { DatabaseCollation, DatabaseFacts } from './facts';
export { observeLowerCase } from './lower-case';
export {
  type ConsistentTransactionOptions,
  type ExportTransaction,
  withConsistentTransaction,
} from './transaction';
