/**
 * TypeORM's EntityManager over a snapshot: repositories and active records all read through it. What TypeORM's own does without a database
 * (`create`, `merge`, `hasId`, `getId`) is inherited; reads are answered here; the rest goes by the store's policy.
 */
import {
  type DataSource,
  EntityManager,
  type EntityMetadata,
  type EntityTarget,
  type FindManyOptions,
  type FindOneOptions,
  type FindOptionsWhere,
  type ObjectLiteral,
} from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { PlainObjectToDatabaseEntityTransformer } from 'typeorm/query-builder/transformer/PlainObjectToDatabaseEntityTransformer.js';
import type { Aggregate } from './aggregates';
import { defineDatabaseMethods, type HasDatabase, handOn } from './database-only';
import { rememberOperators } from './given-operators';
import { withoutRecords } from './given-records';
import { SnapshotRepository } from './snapshot-repository';
import { SnapshotTreeRepository } from './snapshot-tree-repository';
import { type Answer, kindOf, orFail, type ReadOptions, type ResultKind } from './store-reads';
import type { StoreSession } from './store-session';

type Where<T> = FindOptionsWhere<T> | FindOptionsWhere<T>[];
type Many<T> = FindManyOptions<T> & ReadOptions;
type One<T> = FindOneOptions<T> & ReadOptions;

/** Use {@link Store.manager}. Each method answers as TypeORM's does on the database that was exported, or rejects with a coded error. */
export class SnapshotEntityManager extends EntityManager implements HasDatabase {
  #session: StoreSession | undefined;
  #as: ResultKind = 'proxy';

  /** @internal Called once the store is open; TypeORM makes a DataSource's manager before. */
  attach(session: StoreSession, as: ResultKind): void {
    this.#session = session;
    this.#as = as;
  }

  /** @internal */
  get session(): StoreSession {
    return this.#session!;
  }

  /** What its reads give unless the call says otherwise. */
  get as(): ResultKind {
    return this.#as;
  }

  get database(): DataSource | undefined {
    return this.session.database;
  }

  override find<T extends ObjectLiteral>(entity: EntityTarget<T>, options?: Many<T>): Promise<T[]> {
    return this.#answer('find', [entity, options], (metadata) =>
      this.session.reads.find(metadata, options, kindOf(options, this.as), 'find'),
    );
  }

  override findBy<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    where: Where<T>,
    options?: ReadOptions,
  ): Promise<T[]> {
    return this.#answer('findBy', [entity, where], (metadata) =>
      this.session.reads.find(metadata, { where }, kindOf(options, this.as), 'findBy'),
    );
  }

  override findAndCount<T extends ObjectLiteral>(entity: EntityTarget<T>, options?: Many<T>): Promise<[T[], number]> {
    return this.#answer('findAndCount', [entity, options], (metadata) =>
      this.session.reads.findAndCount(metadata, options, kindOf(options, this.as), 'findAndCount'),
    );
  }

  override findAndCountBy<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    where: Where<T>,
    options?: ReadOptions,
  ): Promise<[T[], number]> {
    return this.#answer('findAndCountBy', [entity, where], (metadata) =>
      this.session.reads.findAndCount(metadata, { where }, kindOf(options, this.as), 'findAndCountBy'),
    );
  }

  override findOne<T extends ObjectLiteral>(entity: EntityTarget<T>, options: One<T>): Promise<T | null> {
    return this.#answer('findOne', [entity, options], (metadata) =>
      this.session.reads.findOne(metadata, options, kindOf(options, this.as), 'findOne'),
    );
  }

  override findOneBy<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    where: Where<T>,
    options?: ReadOptions,
  ): Promise<T | null> {
    return this.#answer('findOneBy', [entity, where], (metadata) =>
      this.session.reads.findOneBy(metadata, where, kindOf(options, this.as), 'findOneBy'),
    );
  }

  override async findOneOrFail<T extends ObjectLiteral>(entity: EntityTarget<T>, options: One<T>): Promise<T> {
    return orFail(await this.findOne(entity, options), entity, options);
  }

  override async findOneByOrFail<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    where: Where<T>,
    options?: ReadOptions,
  ): Promise<T> {
    return orFail(await this.findOneBy(entity, where, options), entity, where);
  }

  override count<T extends ObjectLiteral>(entity: EntityTarget<T>, options?: FindManyOptions<T>): Promise<number> {
    return this.#answer('count', [entity, options], (metadata) =>
      plain(this.session.reads.count(metadata, options, 'count')),
    );
  }

  override countBy<T extends ObjectLiteral>(entity: EntityTarget<T>, where: Where<T>): Promise<number> {
    return this.#answer('countBy', [entity, where], (metadata) =>
      plain(this.session.reads.count(metadata, { where }, 'countBy')),
    );
  }

  override exists<T extends ObjectLiteral>(entity: EntityTarget<T>, options?: FindManyOptions<T>): Promise<boolean> {
    return this.#answer('exists', [entity, options], (metadata) =>
      plain(this.session.reads.exists(metadata, options, 'exists')),
    );
  }

  override existsBy<T extends ObjectLiteral>(entity: EntityTarget<T>, where: Where<T>): Promise<boolean> {
    return this.#answer('existsBy', [entity, where], (metadata) =>
      plain(this.session.reads.exists(metadata, { where }, 'existsBy')),
    );
  }

  override sum<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    column: string,
    where?: Where<T>,
  ): Promise<number | null> {
    return this.#aggregate('sum', entity, column, where);
  }

  override average<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    column: string,
    where?: Where<T>,
  ): Promise<number | null> {
    return this.#aggregate('average', entity, column, where);
  }

  override minimum<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    column: string,
    where?: Where<T>,
  ): Promise<number | null> {
    return this.#aggregate('minimum', entity, column, where);
  }

  override maximum<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    column: string,
    where?: Where<T>,
  ): Promise<number | null> {
    return this.#aggregate('maximum', entity, column, where);
  }

  /** As TypeORM's; records of snapshots in what is given count as the entities that they show. */
  override create(entity: any, given?: any): any {
    return given === undefined ? super.create(entity) : super.create(entity, withoutRecords(given));
  }

  /** As TypeORM's; records of snapshots in what is given count as the entities that they show. */
  override merge(entity: any, into: any, ...given: any[]): any {
    return super.merge(entity, into, ...given.map(withoutRecords));
  }

  /** An ordinary instance of what the snapshot holds by the key in `given`, with the values of `given` over it. */
  override async preload(entity: any, given: any): Promise<any> {
    const entityLike = withoutRecords(given);
    const metadata = this.dataSource.getMetadata(entity);
    const transformer = new PlainObjectToDatabaseEntityTransformer(this.#loadingByIds() as never);
    const loaded = await transformer.transform(entityLike, metadata);
    return loaded && this.merge(entity, loaded, entityLike);
  }

  /** Runs the callback on this snapshot, which is one instant anyway; on the database where calls beyond the snapshot go there. */
  override transaction<T>(run: (manager: EntityManager) => Promise<T>): Promise<T>;
  override transaction<T>(isolation: IsolationLevel, run: (manager: EntityManager) => Promise<T>): Promise<T>;
  override async transaction(first: unknown, second?: unknown): Promise<any> {
    const run = (second ?? first) as (manager: EntityManager) => unknown;
    if (typeof run !== 'function') throw new TypeError('transaction: expected a callback as last argument.');
    if (!this.database) return run(this);
    const { manager } = this.database;
    return second === undefined
      ? manager.transaction(run as never)
      : manager.transaction(first as IsolationLevel, run as never);
  }

  /** The same repository for every name of an entity. Throws ENTITY_UNKNOWN for one that was not exported. */
  override getRepository<T extends ObjectLiteral>(entity: EntityTarget<T>): SnapshotRepository<T> {
    const target = this.session.metadataOf(entity).target as EntityTarget<T>;
    let repository = this.repositories.get(target) as SnapshotRepository<T> | undefined;
    if (!repository) {
      repository = new SnapshotRepository<T>(target, this);
      this.repositories.set(target, repository);
    }
    return repository;
  }

  /** The same repository for every name of an entity. Throws ENTITY_UNKNOWN for one that was not exported. */
  override getTreeRepository<T extends ObjectLiteral>(entity: EntityTarget<T>): SnapshotTreeRepository<T> {
    const target = this.session.metadataOf(entity).target as EntityTarget<T>;
    let repository = this.treeRepositories.find((known) => known.target === target);
    if (!repository) {
      repository = new SnapshotTreeRepository<T>(target, this);
      this.treeRepositories.push(repository);
    }
    return repository as SnapshotTreeRepository<T>;
  }

  #aggregate(aggregate: Aggregate, entity: EntityTarget<any>, column: string, where: unknown): Promise<number | null> {
    return this.#answer(aggregate, [entity, column, where], (metadata) =>
      plain(this.session.reads.aggregate(metadata, aggregate, column, where)),
    );
  }

  /** What is handed on to the database is asked with the operators as they were given. */
  #answer(method: string, args: readonly unknown[], read: (metadata: EntityMetadata) => Answer<any>): Promise<any> {
    const putBack = this.database && rememberOperators(args.slice(1));
    return this.session.settle(
      () => read(this.session.metadataOf(args[0] as EntityTarget<any>)),
      (database) => {
        putBack!();
        return handOn(database, method, args);
      },
    );
  }

  /** As much of an entity manager as TypeORM's `preload` asks for: entities by their ids, without eager relations. */
  #loadingByIds(): object {
    const getMany = (target: EntityTarget<any>, ids: readonly unknown[]) => {
      const metadata = this.dataSource.getMetadata(target);
      const where = ids.map((id) => metadata.ensureEntityIdMap(id));
      return this.find(target, { where, loadEagerRelations: false, as: 'entity' });
    };
    return {
      dataSource: this.dataSource,
      getRepository: (target: EntityTarget<any>) => ({
        createQueryBuilder: () => ({
          whereInIds: (ids: readonly unknown[]) => ({ getMany: () => getMany(target, ids) }),
        }),
      }),
    };
  }
}

defineDatabaseMethods(SnapshotEntityManager.prototype);

function plain<V>(value: V): Answer<V> {
  return { value };
}
