/** @permafrost/typeorm-adapter: freeze TypeORM entities into a snapshot, and read them through repositories. What is exported here is API. */

export { Snapshot, SnapshotIndex, type SnapshotOptions } from '@permafrost/core';
export type { ExportRoot } from './export/closure-roots';
export {
  type ExportedEntity,
  type ExportOptions,
  type ExportProgress,
  type ExportReport,
  exportSnapshot,
} from './export/export-snapshot';
export type { DatabaseOrderOption } from './export/ranked-fields';
export { type EntityName, type SchemaFromMetadataOptions, schemaFromMetadata } from './mapping/schema-from-metadata';
export { type OpenStoreOptions, openStore, type Store } from './open-store';
export { SnapshotRepository } from './repository/snapshot-repository';
