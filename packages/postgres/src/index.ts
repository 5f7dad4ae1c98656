/** PostgreSQL's wire for exports: one consistent transaction, and binary COPY decoded into the writer's column setters. */

export {
  isSupportedType,
  type PgTypeName,
  type ResolvedColumn,
  resolveColumnTypes,
  supportedTypes,
} from './column-types';
export type { CopyColumn, CopyPlan, CopySummary } from './copy-records';
export {
  type ConsistentTransactionOptions,
  type DatabaseCollation,
  type DatabaseFacts,
  type ExportTransaction,
  withConsistentTransaction,
} from './transaction';
