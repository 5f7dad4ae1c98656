/** @permafrost/typeorm-adapter: freeze TypeORM entities into a snapshot, and read them through repositories. What is exported here is API. */

export { Snapshot, SnapshotIndex, type SnapshotOptions } from '@permafrost/core';
export type { ExportRoot } from './export/closure-roots';
export type { ExportedEntity, ExportOptions, ExportProgress, ExportReport } from './export/export-snapshot';
export { exportSnapshot } from './export/on-demand';
export type { DatabaseOrderOption } from './export/ranked-fields';
export { type EntityName, type SchemaFromMetadataOptions, schemaFromMetadata } from './mapping/schema-from-metadata';
export { type OpenStoreOptions, openStore, type Store } from './open-store';
export { useStore } from './repository/active-record';
export type { BeyondPolicy } from './repository/database-only';
export { SnapshotDataSource } from './repository/snapshot-data-source';
export { SnapshotEntityManager } from './repository/snapshot-entity-manager';
export { SnapshotRepository } from './repository/snapshot-repository';
export { SnapshotTreeRepository } from './repository/snapshot-tree-repository';
export type { ReadOptions, ResultKind } from './repository/store-reads';
export type { SyncReads } from './repository/sync-reads';
export type { SyncTreeReads } from './repository/sync-tree-reads';
