/**
 * The main path of reading: the current generation of a directory, opened with TypeORM's entities and without a database.
 * Values come back as TypeORM gives them; what the entities mean is held against what the file means.
 */
import {
  type EntityClass,
  type OpenedSnapshot,
  openGeneration,
  PermafrostError,
  refuseUnknownOptions,
} from '@permafrost/core';
import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { entityMetadatasOf } from './mapping/entity-metadatas';
import { mapEntity, snapshotNameOf } from './mapping/mapped-entity';
import { proxyHooks } from './mapping/proxy-hooks';
import { requireSameMeaning } from './mapping/same-meaning';
import { type EntityName, entityNameOf, findMetadata, selectEntities } from './mapping/schema-from-metadata';
import { SnapshotRepository } from './repository/snapshot-repository';
import { giveBackAsTypeorm, representations } from './values/given-back';
import { int8Kind, typeParsersOf } from './values/type-parsers';

/** What {@link openStore} takes. */
export interface OpenStoreOptions {
  /** Where generations lie; the current one is opened. */
  readonly directory: string;
  /** The entities to read. Default, where a DataSource is given: those of it that are decorated with `@Snapshot`. */
  readonly entities?: readonly EntityName[];
  /** The application's DataSource, whose options then hold (naming strategy, `parseInt8`, `invalidWhereValuesBehavior`). Nothing connects. */
  readonly dataSource?: DataSource;
}

/** An opened generation and its repositories. */
export interface Store extends Disposable, AsyncDisposable {
  readonly generation: number;
  /** The generation itself: `get`, `count`, `all` and `scan` without awaiting. */
  readonly snapshot: OpenedSnapshot;
  /** The same repository for every call. Throws ENTITY_UNKNOWN. */
  getRepository<T extends ObjectLiteral>(entity: EntityTarget<T>): SnapshotRepository<T>;
  /** Gives the memory back at once. Records still held throw SNAPSHOT_CLOSED when read. Idempotent. */
  close(): void;
}

/**
 * Opens the current generation. Cost: that of describing the entities, a few milliseconds; it does not depend on the size of the data.
 * Throws FILE_NOT_FOUND, MANIFEST_INVALID, ENTITY_UNKNOWN, SCHEMA_MISMATCH, EXPORT_UNSUPPORTED (entities that could not be exported either)
 * and what openSnapshot of @permafrost/core throws.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  refuseUnknownOptions('openStore', options ?? {}, ['directory', 'entities', 'dataSource']);
  const { directory, entities, dataSource } = options ?? {};
  if (typeof directory !== 'string' || directory === '')
    throw new TypeError('openStore: the option `directory` is missing: where the generations of the snapshot lie.');
  if (!entities && !dataSource)
    throw new TypeError('openStore: the option `entities` is missing: the classes to read, as in exportSnapshot.');
  const metadatas = await entityMetadatasOf(entities ?? [], dataSource);
  const selected = selectEntities(metadatas, entities, dataSource ? 'the DataSource' : 'this store');
  const named = new Map([...metadatas, ...selected].map((metadata) => [snapshotNameOf(metadata), metadata]));
  const classes = new Map([...named].map(([name, metadata]) => [name, classOf(metadata)]));
  const parsesInt8 = dataSource && 'parseInt8' in dataSource.options ? dataSource.options.parseInt8 : undefined;
  const parsers = typeParsersOf(dataSource);

  const open = (int64: 'string' | 'number', isInt64Given = parsesInt8 !== undefined) => {
    const convert = giveBackAsTypeorm({ metadatas: named, parsers, int64, isInt64Given });
    return openGeneration(directory, { classes, values: { ...representations, int64, convert, ...proxyHooks(named) } });
  };
  let { generation, snapshot } = await open((parsesInt8 ?? int8Kind(parsers) === 'number') ? 'number' : 'string');
  if (parsesInt8 === undefined && int64Of(snapshot) === 'number') {
    snapshot.close();
    ({ generation, snapshot } = await open('number', true));
  }
  try {
    for (const metadata of selected) checkStored(snapshot, metadata, entities === undefined);
    for (const [name, metadata] of named) {
      const stored = snapshot.schema.entities.find((entity) => entity.name === name);
      if (stored) requireSameMeaning(snapshot.path, stored, mapEntity(metadata));
    }
    return new OpenedStore(generation, snapshot, metadatas, dataSource);
  } catch (error) {
    snapshot.close();
    throw error;
  }
}

class OpenedStore implements Store {
  readonly #repositories = new Map<EntityMetadata, SnapshotRepository<any>>();

  constructor(
    readonly generation: number,
    readonly snapshot: OpenedSnapshot,
    private readonly metadatas: readonly EntityMetadata[],
    private readonly dataSource: DataSource | undefined,
  ) {}

  getRepository<T extends ObjectLiteral>(entity: EntityTarget<T>): SnapshotRepository<T> {
    const metadata = findMetadata(this.metadatas, entity, this.dataSource ? 'the DataSource' : 'this store');
    let repository = this.#repositories.get(metadata);
    if (!repository) {
      checkStored(this.snapshot, metadata);
      const invalidWhereValues = this.dataSource?.options.invalidWhereValuesBehavior ?? {};
      repository = new SnapshotRepository<any>(this.snapshot, metadata, {
        metadatas: this.metadatas,
        invalidWhereValues,
      });
      this.#repositories.set(metadata, repository);
    }
    return repository;
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

/** Throws ENTITY_UNKNOWN for an entity that was not exported; `isDefault` when nobody asked for it by name. */
function checkStored(snapshot: OpenedSnapshot, metadata: EntityMetadata, isDefault = false): void {
  const name = snapshotNameOf(metadata);
  const known = snapshot.schema.entities.flatMap(({ name: own, subtypes }) => [
    own,
    ...(subtypes?.classes ?? []).map((subtype) => subtype.name),
  ]);
  if (known.includes(name)) return;
  throw new PermafrostError(
    'ENTITY_UNKNOWN',
    `${snapshot.path} holds no entity "${name}" (${entityNameOf(metadata.target)}). Export it too${isDefault ? `, or name those to read: openStore({ entities: […] }). There` : '; there'} are: ${known.join(', ')}.`,
    {
      entity: name,
      path: snapshot.path,
      expected: known,
    },
  );
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
