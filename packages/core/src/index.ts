/** @permafrost/core: schema, writer, reader and proxies of immutable snapshot files. What is exported here is API. */

export { dateText, parseDate } from './bytes/date';
export type { IntervalAmounts, IntervalParts } from './bytes/interval';
export { timeText } from './bytes/time';
export { type DeriveSnapshotOptions, deriveSnapshot } from './derive/derive-snapshot';
export { type DuplicatePolicy, type MergeSnapshotsOptions, mergeSnapshots } from './derive/merge-snapshots';
export type { EntitySelection, EntitySelections } from './derive/project-schema';
export {
  describeValue,
  type ErrorCode,
  type ErrorDetails,
  errorCodes,
  isPermafrostError,
  nearestName,
  PermafrostBugError,
  PermafrostError,
  refuseUnknownOptions,
} from './errors';
export { memoryStorage } from './file/memory-storage';
export { sectionKinds } from './file/section-kinds';
export type { SnapshotShare } from './file/shared-file';
export { fileStorage, fileStorageWith, type ReadableFile, type Storage, type WritableFile } from './file/storage';
export { rankSize, slotSizes } from './layout/layout';
export type { ByOrdinal } from './proxy/by-ordinal';
export type { Conversion, Converter } from './proxy/field-reading';
export { type MaterializeOptions, materialize } from './proxy/materialize';
export type { CopiedMember } from './proxy/record-copier';
export type { PresenceOptions, TargetsOptions } from './proxy/record-facts';
export { isRecordList } from './proxy/record-list';
export { type FieldTree, type RelationTree, SHOWN_FIELDS, STRICT_RELATIONS } from './proxy/record-state';
export { relatedValues } from './proxy/related-values';
export { isRecord, isSameRecord } from './proxy/same-record';
export { type OpenSnapshotOptions, openSnapshot, type Snapshot as OpenedSnapshot } from './proxy/snapshot';
export type { DerivedMember, ValueOptions } from './proxy/value-options';
export { type AggregateFunction, aggregatePlan } from './query/aggregate-plan';
export type { Condition, OrderTerm, Query } from './query/criteria';
export { lowerCaseFrom, type ObservedLowerCase } from './query/expressions/lower-case-differences';
export type {
  Comparison,
  Expression,
  FieldReference,
  Join,
  Plan,
  PlanExplanation,
  PlanOrderTerm,
  ResultNode,
  ResultNodes,
} from './query/plan';
export { recordsInRowWindow } from './query/row-window';
export { countPlan, existsPlan, type PlanResult, runPlan } from './query/run-plan';
export { countQuery, runQuery } from './query/run-query';
export type { FieldMeasure, MeasureOptions } from './reader/measure-fields';
export type { RecordTable } from './reader/record-table';
export type { MemoryPart, PreloadOptions, SnapshotMemory } from './reader/snapshot-memory';
export type { SnapshotReader } from './reader/snapshot-reader';
export type { VerifyFinding, VerifyOptions } from './reader/verify';
export {
  type EmbeddedOptions,
  type EntityClass,
  entityNameOf,
  type SnapshotOptions,
  snapshotIndexesOf,
  snapshotOptionsOf,
} from './schema/class-description';
export { fieldTypeText } from './schema/collections';
export type { LowerCase } from './schema/database-order';
export {
  Embedded,
  Field,
  type FieldOptions,
  type Inverse,
  Snapshot,
  SnapshotIndex,
  Subtype,
  ToMany,
  ToOne,
} from './schema/decorators';
export { type EmbeddedDefinition, type EmbeddedSchema, pathTextOf } from './schema/embedded';
export { type FieldType, fieldTypes } from './schema/field-types';
export {
  defineSchema,
  type EntityDefinition,
  type EntitySchema,
  type FieldDefinition,
  type FieldSchema,
  type IndexDefinition,
  type IndexSchema,
  type JsonValue,
  keyFields,
  type RelationDefinition,
  type RelationSchema,
  type Schema,
} from './schema/schema';
export { schemaFromClasses } from './schema/schema-from-classes';
export { membersOf as membersOfSubtype, type SubtypeDefinition, type SubtypesDefinition } from './schema/subtypes';
export {
  type CreateGenerationOptions,
  createGeneration,
  type GenerationWriter,
  type OpenedGeneration,
  openGeneration,
  type PublishedGeneration,
} from './store/generations';
export { type Manifest, readManifest } from './store/manifest';
export { NumericArrayView, type TypedArray } from './structure/numeric-array';
export type { Representations } from './structure/slot-value';
export { snapshotOf } from './testing/snapshot-of';
export { type CreateSnapshotOptions, createSnapshot, type SnapshotWriter } from './writer/create-snapshot';
export type { LinkWriter } from './writer/link-writer';
export type { RecordWriter } from './writer/record-writer';
export type { DanglingCount, DanglingPolicy } from './writer/relations/dangling-policy';
export type { ColumnSetter } from './writer/setters/column-setter';
export type { KnownLayout, TextPlace } from './writer/text-places';
export type { EntitySummary, SnapshotSummary } from './writer/write-sections';
