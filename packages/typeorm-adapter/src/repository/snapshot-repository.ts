/**
 * The reading half of TypeORM's Repository over a snapshot. It is a Repository, so it goes wherever one is asked for; its reads take one
 * option more, `as`, and each has a synchronous twin under {@link SnapshotRepository.sync}.
 */
import type { PlanExplanation } from '@permafrost/core';
import {
  type FindManyOptions,
  type FindOneOptions,
  type FindOptionsWhere,
  type ObjectLiteral,
  Repository,
} from 'typeorm';
import type { SnapshotEntityManager } from './snapshot-entity-manager';
import type { ReadOptions } from './store-reads';
import { SyncReads } from './sync-reads';

type Where<T> = FindOptionsWhere<T> | FindOptionsWhere<T>[];
type Many<T> = FindManyOptions<T> & ReadOptions;
type One<T> = FindOneOptions<T> & ReadOptions;

/**
 * Use {@link Store.getRepository}. Answers are TypeORM's, errors too; QUERY_UNSUPPORTED names what a snapshot does not answer, READ_ONLY a
 * write, and SNAPSHOT_CLOSED says that the store was closed. Records come in the order of their key where no order is asked for.
 */
export class SnapshotRepository<T extends ObjectLiteral> extends Repository<T> {
  declare readonly manager: SnapshotEntityManager;
  #sync: SyncReads<T> | undefined;

  /** The same reads without a promise. Entities whose loading TypeORM awaits (an async `@AfterLoad`) are refused by QUERY_UNSUPPORTED. */
  get sync(): SyncReads<T> {
    this.#sync ??= new SyncReads<T>(this.manager, this.target);
    return this.#sync;
  }

  /** How `find(options)` finds its records: by which index, and how many records it looked at. It runs the query. */
  explain(options?: FindManyOptions<T>): PlanExplanation {
    const { session } = this.manager;
    return session.reads.explain(session.metadataOf(this.target), options);
  }

  /** The records that match. Cost: 60–400 ns by a key or index and some µs to plan; else a scan, 2–20 ns a record. */
  override find(options?: Many<T>): Promise<T[]> {
    return this.manager.find(this.target, options);
  }

  /** {@link find} with a `where` alone. */
  override findBy(where: Where<T>, options?: ReadOptions): Promise<T[]> {
    return this.manager.findBy(this.target, where, options);
  }

  /** The records of one page, and how many match in all. */
  override findAndCount(options?: Many<T>): Promise<[T[], number]> {
    return this.manager.findAndCount(this.target, options);
  }

  /** {@link findAndCount} with a `where` alone. */
  override findAndCountBy(where: Where<T>, options?: ReadOptions): Promise<[T[], number]> {
    return this.manager.findAndCountBy(this.target, where, options);
  }

  /** The first record that matches, or null. Rejects, as TypeORM does, where `where` is missing. */
  override findOne(options: One<T>): Promise<T | null> {
    return this.manager.findOne(this.target, options);
  }

  /** The first record that matches, or null. Cost: 1–2 µs for the whole key. */
  override findOneBy(where: Where<T>, options?: ReadOptions): Promise<T | null> {
    return this.manager.findOneBy(this.target, where, options);
  }

  /** Rejects with TypeORM's EntityNotFoundError where nothing matches. */
  override findOneOrFail(options: One<T>): Promise<T> {
    return this.manager.findOneOrFail(this.target, options);
  }

  /** Rejects with TypeORM's EntityNotFoundError where nothing matches. */
  override findOneByOrFail(where: Where<T>, options?: ReadOptions): Promise<T> {
    return this.manager.findOneByOrFail(this.target, where, options);
  }
}
