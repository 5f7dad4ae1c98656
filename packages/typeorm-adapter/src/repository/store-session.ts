/** What the managers and repositories of one opened store share. */
import type { DataSource, EntityMetadata, EntityTarget } from 'typeorm';
import { FindPlanner } from '../find/find-plan';
import { Hydrator } from '../hydrate/hydrator';
import { snapshotNameOf } from '../mapping/mapped-entity';
import { findMetadata, metadataNamed } from '../mapping/schema-from-metadata';
import type { StoreContext } from '../store-context';
import { isBeyondSnapshot } from './database-only';
import { type Answer, StoreReads } from './store-reads';
import { requireStored, storedNames } from './stored-entities';

export class StoreSession {
  readonly planner: FindPlanner;
  readonly hydrator: Hydrator;
  readonly reads: StoreReads;
  readonly #metadatas = new Map<EntityTarget<any>, EntityMetadata>();

  constructor(
    readonly context: StoreContext,
    /** Where calls beyond the snapshot are handed on; undefined where they are refused. */
    readonly database: DataSource | undefined,
  ) {
    this.planner = new FindPlanner(context);
    this.hydrator = new Hydrator(context, this.planner);
    this.reads = new StoreReads(context, this.planner, this.hydrator);
  }

  /** What a read gives, when all that TypeORM awaits after loading is done; what the snapshot does not answer by `handOn`, where it is to. */
  async settle<V>(read: () => Answer<V>, handOn: (database: DataSource) => unknown): Promise<V> {
    try {
      const { value, loaded, finish } = read();
      if (loaded) await this.hydrator.afterLoad(loaded.found, loaded.entities);
      finish?.();
      return value;
    } catch (error) {
      if (!this.database || !isBeyondSnapshot(error)) throw error;
      return handOn(this.database) as V;
    }
  }

  /** The metadata of an entity that the snapshot holds. Throws ENTITY_UNKNOWN. */
  metadataOf(entity: EntityTarget<any>): EntityMetadata {
    // Of objects that name an entity there may be a new one each time.
    if (typeof entity === 'object') return this.requireStored(entity);
    let metadata = this.#metadatas.get(entity);
    if (!metadata) {
      metadata = this.requireStored(entity);
      this.#metadatas.set(entity, metadata);
    }
    return metadata;
  }

  /** Whether the snapshot holds an entity. */
  holds(entity: EntityTarget<any>): boolean {
    const metadata = metadataNamed(this.context.metadatas, entity);
    return metadata !== undefined && storedNames(this.context.snapshot).includes(snapshotNameOf(metadata));
  }

  /** Throws ENTITY_UNKNOWN for an entity that TypeORM does not know here, and for one that was not exported. */
  requireStored(entity: EntityTarget<any>): EntityMetadata {
    const metadata = findMetadata(this.context.metadatas, entity, 'this store');
    requireStored(this.context.snapshot, snapshotNameOf(metadata), entity);
    return metadata;
  }
}
