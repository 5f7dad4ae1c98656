/** What every part of the reading side knows of an opened store. */
import type { OpenedSnapshot } from '@permafrost/core';
import type { DataSource, EntityMetadata } from 'typeorm';

export interface StoreContext {
  readonly snapshot: OpenedSnapshot;
  /** Describes the entities, with the application's options where it gave a DataSource. It never connects. */
  readonly dataSource: DataSource;
  /** Of all entities, stored or not, that those of the store lead to. */
  readonly metadatas: readonly EntityMetadata[];
  /** Whether TypeORM's own bugs with `skip` and `take` beside joins are copied. */
  readonly bugCompatible: boolean;
  /** Whether a proxy refuses to follow relations it was not asked for with. */
  readonly strictRelations: boolean;
}
