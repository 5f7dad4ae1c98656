/**
 * A DataSource that describes entities and never connects: TypeORM's repositories, entity manager, active records and query planning need one.
 * Its manager is the snapshot's. Whatever would ask a database goes by the store's policy.
 */
import { DataSource, type DataSourceOptions, type EntityManager, type QueryRunner } from 'typeorm';
import { ConnectionMetadataBuilder } from 'typeorm/connection/ConnectionMetadataBuilder.js';
import { databaseKindOf } from '../mapping/database-kind';
import { describeEntities, listOf } from '../mapping/entity-metadatas';
import { reachable } from '../mapping/reachable-entities';
import type { EntityName } from '../mapping/schema-from-metadata';
import { databaseNeeded } from './database-only';
import { SnapshotEntityManager } from './snapshot-entity-manager';

/** Use {@link Store.dataSource}. It describes a store's entities and never connects; what asks a database throws QUERY_UNSUPPORTED. */
export class SnapshotDataSource extends DataSource {
  /** The store's own manager, whose results are as `openStore({ as })` says. */
  declare readonly manager: SnapshotEntityManager;

  /** The constructor of DataSource calls it for {@link manager}; custom repositories call it for one of their own, which reads as that one. */
  override createEntityManager(_queryRunner?: QueryRunner): SnapshotEntityManager & EntityManager {
    const manager = new SnapshotEntityManager(this);
    if (this.manager) manager.attach(this.manager.session, this.manager.as);
    return manager;
  }

  override createQueryRunner(): never {
    throw databaseNeeded('createQueryRunner', undefined);
  }

  override initialize(): never {
    throw databaseNeeded('initialize', undefined);
  }

  override async destroy(): Promise<void> {}
}

/** SQL is the manager's matter, which knows the store's policy. */
for (const method of ['query', 'sql', 'createQueryBuilder'] as const)
  define(method, ({ manager }, args) => (manager[method] as (...args: unknown[]) => unknown)(...args));

for (const method of ['synchronize', 'dropDatabase', 'runMigrations', 'undoLastMigration', 'showMigrations'] as const)
  define(method, () => Promise.reject(databaseNeeded(method, undefined)));

function define(method: keyof DataSource, run: (dataSource: SnapshotDataSource, args: unknown[]) => unknown): void {
  Object.defineProperty(SnapshotDataSource.prototype, method, {
    configurable: true,
    writable: true,
    value(this: SnapshotDataSource, ...args: unknown[]) {
      return run(this, args);
    },
  });
}

/**
 * Describes `entities` and all that they lead to; where the application's DataSource is given, all of its entities under its options (naming
 * strategy, `parseInt8`, `invalidWhereValuesBehavior`, subscribers …), whether it is initialized or not. `type` is for those without one.
 * Throws what TypeORM throws for entities it cannot describe.
 */
export async function describingDataSource(
  entities: readonly EntityName[],
  application?: DataSource,
  type: DataSourceOptions['type'] = 'postgres',
): Promise<SnapshotDataSource> {
  const dataSource = new SnapshotDataSource(optionsOf(entities, application, type));
  const metadatas = await describeEntities(dataSource);
  Object.assign(dataSource, {
    entityMetadatas: metadatas,
    entityMetadatasMap: new Map(metadatas.map((metadata) => [metadata.target, metadata])),
    subscribers: application?.isInitialized
      ? application.subscribers
      : await new ConnectionMetadataBuilder(dataSource).buildSubscribers(listOf(dataSource.options.subscribers ?? [])),
    isInitialized: true,
  });
  return dataSource;
}

/** Without a driver to load it does not even need node-postgres. */
function optionsOf(
  entities: readonly EntityName[],
  application: DataSource | undefined,
  type: DataSourceOptions['type'],
): DataSourceOptions {
  const withoutDriver = { driver: {}, nativeDriver: {}, cache: false, logging: false };
  // What it does not say is mysql2's default, and not what the exported DataSource had.
  const values = { timezone: 'local', dateStrings: false };
  if (application)
    return {
      ...(databaseKindOf(application.options) === 'mysql' ? values : {}),
      ...application.options,
      ...withoutDriver,
    } as unknown as DataSourceOptions;
  const database = type === 'better-sqlite3' ? { database: ':memory:' } : {};
  return { type, ...database, entities: reachable(entities), ...withoutDriver } as unknown as DataSourceOptions;
}
