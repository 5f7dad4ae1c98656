/**
 * The main path of reading: the current generation of a directory, opened with TypeORM's entities and without a database.
 * Values come back as TypeORM gives them; what the entities mean is held against what the file means.
 */
import {
  describeValue,
  type EntityClass,
  type OpenedSnapshot,
  openGeneration,
  PermafrostError,
  refuseUnknownOptions,
} from '@permafrost/core';
import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { databaseKindOf, supportedTypes } from './mapping/database-kind';
import { mapEntity, snapshotNameOf } from './mapping/mapped-entity';
import { proxyHooks } from './mapping/proxy-hooks';
import { requireSameMeaning } from './mapping/same-meaning';
import { type EntityName, selectEntities } from './mapping/schema-from-metadata';
import type { BeyondPolicy } from './repository/database-only';
import { describingDataSource, type SnapshotDataSource } from './repository/snapshot-data-source';
import { SnapshotEntityManager } from './repository/snapshot-entity-manager';
import type { SnapshotRepository } from './repository/snapshot-repository';
import type { SnapshotTreeRepository } from './repository/snapshot-tree-repository';
import type { ReadOptions, ResultKind } from './repository/store-reads';
import { StoreSession } from './repository/store-session';
import { requireStored } from './repository/stored-entities';
import { giveBackAsTypeorm, representations } from './values/given-back';
import { int8Kind, typeParsersOf } from './values/type-parsers';

/** What {@link openStore} takes. */
export interface OpenStoreOptions {
  /** Where generations lie; the current one is opened. */
  readonly directory: string;
  /** The entities to read. Default, where a DataSource is given: those of it that are decorated with `@Snapshot`. */
  readonly entities?: readonly EntityName[];
  /**
   * The application's DataSource, whose options then hold (naming strategy, `parseInt8`, `invalidWhereValuesBehavior`, subscribers). Nothing
   * connects; with `beyond: 'database'` calls are handed to it, so it has to be initialized by then.
   */
  readonly dataSource?: DataSource;
  /** What reads give: 'proxy', records that read from the snapshot as they are touched (default), or 'entity', ordinary instances as TypeORM makes them. */
  readonly as?: ResultKind;
  /**
   * What becomes of writes, SQL, query builders, and reads that a snapshot cannot answer exactly: 'reject' (default), a coded error that names
   * method, entity and the way out; or 'database', which hands them to `dataSource`.
   */
  readonly beyond?: BeyondPolicy;
  /** Copies TypeORM's own bugs with `skip` and `take` beside joins: short pages, and errors on some orders. Default false. */
  readonly bugCompatible?: boolean;
  /** Proxies refuse to follow relations they were not asked for with, by RELATION_NOT_ASKED. Default false: they navigate freely. */
  readonly strictRelations?: boolean;
}

/** An opened generation and its repositories. */
export interface Store extends Disposable, AsyncDisposable {
  readonly generation: number;
  /** The generation itself: `get`, `count`, `all` and `scan` without awaiting. */
  readonly snapshot: OpenedSnapshot;
  /** Reads any entity of the store, as TypeORM's EntityManager. */
  readonly manager: SnapshotEntityManager;
  /** Describes the entities, and is what active records are used with; it never connects. */
  readonly dataSource: SnapshotDataSource;
  /** The same repository for every call. Throws ENTITY_UNKNOWN. */
  getRepository<T extends ObjectLiteral>(entity: EntityTarget<T>, options?: ReadOptions): SnapshotRepository<T>;
  /** The same repository for every call. Throws ENTITY_UNKNOWN. */
  getTreeRepository<T extends ObjectLiteral>(entity: EntityTarget<T>, options?: ReadOptions): SnapshotTreeRepository<T>;
  /** Whether the entity was exported. */
  holds(entity: EntityTarget<any>): boolean;
  /** Gives the memory back at once. Records still held throw SNAPSHOT_CLOSED when read. Idempotent. */
  close(): void;
}

/**
 * Opens the current generation. Cost: that of describing the entities, a few milliseconds; it does not depend on the size of the data.
 * Throws FILE_NOT_FOUND, MANIFEST_INVALID, ENTITY_UNKNOWN, SCHEMA_MISMATCH, EXPORT_UNSUPPORTED (entities that could not be exported either)
 * and what openSnapshot of @permafrost/core throws.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  checkOptions(options);
  const { directory, entities, dataSource, as = 'proxy', beyond = 'reject' } = options;
  let described = await describe(entities, dataSource);
  const parsesInt8 = dataSource && 'parseInt8' in dataSource.options ? dataSource.options.parseInt8 : undefined;
  const parsers = typeParsersOf(dataSource);

  const open = (int64: 'string' | 'number', isInt64Given = parsesInt8 !== undefined) => {
    const { named, classes } = described;
    const convert = giveBackAsTypeorm({ metadatas: named, parsers, int64, isInt64Given });
    return openGeneration(directory, { classes, values: { ...representations, int64, convert, ...proxyHooks(named) } });
  };
  let { generation, snapshot } = await open((parsesInt8 ?? int8Kind(parsers) === 'number') ? 'number' : 'string');
  const source = sourceTypeOf(snapshot);
  if (!dataSource && source !== 'postgres') {
    snapshot.close();
    described = await describe(entities, undefined, source);
    ({ generation, snapshot } = await open('string'));
  } else if (parsesInt8 === undefined && int64Of(snapshot) === 'number') {
    snapshot.close();
    ({ generation, snapshot } = await open('number', true));
  }
  const { describing, metadatas, selected, named } = described;
  try {
    requireSameSource(snapshot, describing, source);
    for (const metadata of selected)
      requireStored(snapshot, snapshotNameOf(metadata), metadata.target, entities === undefined);
    for (const [name, metadata] of named) {
      const stored = snapshot.schema.entities.find((entity) => entity.name === name);
      if (stored) requireSameMeaning(snapshot.path, stored, mapEntity(metadata));
    }
    const { bugCompatible = false, strictRelations = false } = options;
    const context = { snapshot, dataSource: describing, metadatas, bugCompatible, strictRelations };
    const session = new StoreSession(context, beyond === 'database' ? dataSource : undefined);
    return new OpenedStore(generation, describing, session, as);
  } catch (error) {
    snapshot.close();
    throw error;
  }
}

/** What TypeORM says of the entities, under the options of the application's DataSource, or of one of this type. */
async function describe(
  entities: OpenStoreOptions['entities'],
  dataSource: DataSource | undefined,
  type?: DataSource['options']['type'],
) {
  const describing = await describingDataSource(entities ?? [], dataSource, type);
  const metadatas = describing.entityMetadatas;
  const selected = selectEntities(metadatas, entities, dataSource ? 'the DataSource' : 'this store');
  const named = new Map([...metadatas, ...selected].map((metadata) => [snapshotNameOf(metadata), metadata]));
  const classes = new Map([...named].map(([name, metadata]) => [name, classOf(metadata)]));
  return { describing, metadatas, selected, named, classes };
}

/** Throws SCHEMA_MISMATCH for a DataSource of another kind of database than the file is from. */
function requireSameSource({ path }: OpenedSnapshot, { options }: DataSource, source: string): void {
  if (databaseKindOf(options) === databaseKindOf({ type: source as DataSource['options']['type'] })) return;
  throw new PermafrostError(
    'SCHEMA_MISMATCH',
    `${path}: it was exported from a DataSource of type "${source}", and is opened with one of type "${options.type}". Open it with \`entities\` alone, or with a DataSource of that type.`,
    { path, expected: source, actual: options.type },
  );
}

/** Throws TypeError. */
function checkOptions(options: OpenStoreOptions): void {
  refuseUnknownOptions('openStore', options ?? {}, [
    'directory',
    'entities',
    'dataSource',
    'as',
    'beyond',
    'bugCompatible',
    'strictRelations',
  ]);
  const { directory, entities, dataSource, as, beyond } = options ?? {};
  if (typeof directory !== 'string' || directory === '')
    throw new TypeError('openStore: the option `directory` is missing: where the generations of the snapshot lie.');
  if (!entities && !dataSource)
    throw new TypeError('openStore: the option `entities` is missing: the classes to read, as in exportSnapshot.');
  const files = entities?.find((entity) => typeof entity === 'string' && /[*/\\]/.test(entity));
  if (files !== undefined)
    throw new TypeError(
      `openStore: \`entities\` are classes, EntitySchemas or names; found ${describeValue(files)}. Give files to the DataSource, and that as \`dataSource\`.`,
    );
  requireOneOf('openStore', 'as', as, ['proxy', 'entity']);
  requireOneOf('openStore', 'beyond', beyond, ['reject', 'database']);
  if (beyond === 'database' && !dataSource)
    throw new TypeError(
      "openStore: `beyond: 'database'` hands calls to `dataSource`, which is missing. Pass the application's DataSource.",
    );
}

/** Throws TypeError for a value that is none of those known. */
function requireOneOf(caller: string, option: string, value: unknown, known: readonly string[]): void {
  if (value !== undefined && !known.includes(value as string))
    throw new TypeError(
      `${caller}: \`${option}\` is ${known.map(describeValue).join(' or ')}; found ${describeValue(value)}.`,
    );
}

class OpenedStore implements Store {
  readonly #managers: Readonly<Record<ResultKind, SnapshotEntityManager>>;

  constructor(
    readonly generation: number,
    readonly dataSource: SnapshotDataSource,
    private readonly session: StoreSession,
    private readonly as: ResultKind,
  ) {
    const managers = { proxy: new SnapshotEntityManager(dataSource), entity: new SnapshotEntityManager(dataSource) };
    managers[as] = dataSource.manager;
    for (const kind of ['proxy', 'entity'] as const) managers[kind].attach(session, kind);
    this.#managers = managers;
  }

  get snapshot(): OpenedSnapshot {
    return this.session.context.snapshot;
  }

  get manager(): SnapshotEntityManager {
    return this.dataSource.manager;
  }

  getRepository<T extends ObjectLiteral>(entity: EntityTarget<T>, options: ReadOptions = {}): SnapshotRepository<T> {
    return this.#managers[resultKind('getRepository', options, this.as)].getRepository(entity);
  }

  getTreeRepository<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    options: ReadOptions = {},
  ): SnapshotTreeRepository<T> {
    return this.#managers[resultKind('getTreeRepository', options, this.as)].getTreeRepository(entity);
  }

  holds(entity: EntityTarget<any>): boolean {
    return this.session.holds(entity);
  }

  close(): void {
    this.snapshot.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

/** Throws TypeError for an `as` that is none. */
function resultKind(method: string, options: ReadOptions, fallback: ResultKind): ResultKind {
  refuseUnknownOptions(method, options, ['as']);
  requireOneOf(method, 'as', options.as, ['proxy', 'entity']);
  return options.as ?? fallback;
}

/** Entities of an EntitySchema without a class are plain objects to TypeORM. */
function classOf(metadata: EntityMetadata): EntityClass {
  return typeof metadata.target === 'function' ? (metadata.target as unknown as EntityClass) : Object;
}

/** How the exporting application read int8, as the file notes it. */
function int64Of(snapshot: OpenedSnapshot): unknown {
  const notes = snapshot.notes as { values?: { int64?: unknown } } | null;
  return notes?.values?.int64;
}

/** The type of the DataSource that a file was exported from. */
function sourceTypeOf(snapshot: OpenedSnapshot): DataSource['options']['type'] {
  const notes = snapshot.notes as { source?: { type?: unknown } } | null;
  const type = notes?.source?.type;
  return typeof type === 'string' && supportedTypes.includes(type)
    ? (type as DataSource['options']['type'])
    : 'postgres';
}
