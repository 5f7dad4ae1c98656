/** TypeORM's TreeRepository over a snapshot: what a SnapshotRepository does, and the reads of trees. */
import type { PlanExplanation } from '@permafrost/core';
import { type FindManyOptions, type FindTreeOptions, type ObjectLiteral, TreeRepository } from 'typeorm';
import { databaseNeeded, handOn } from './database-only';
import type { SnapshotEntityManager } from './snapshot-entity-manager';
import type { Answer } from './store-reads';
import { SyncTreeReads } from './sync-tree-reads';
import { TreeReads } from './tree-reads';

/**
 * Use {@link Store.getTreeRepository}. Trees of every kind TypeORM has; with proxies the trees are records whose children are read as they are
 * touched. Order among siblings is that of their keys.
 */
export class SnapshotTreeRepository<T extends ObjectLiteral> extends TreeRepository<T> {
  declare readonly manager: SnapshotEntityManager;
  #tree: TreeReads | undefined;
  #syncReads: SyncTreeReads<T> | undefined;

  /** The same reads without a promise. */
  get sync(): SyncTreeReads<T> {
    this.#syncReads ??= new SyncTreeReads<T>(this.manager, this.target, () => this.#reads);
    return this.#syncReads;
  }

  /** How `find(options)` finds its records, as {@link SnapshotRepository.explain}. */
  explain(options?: FindManyOptions<T>): PlanExplanation {
    const { session } = this.manager;
    return session.reads.explain(session.metadataOf(this.target), options);
  }

  /** All roots, each with everything below it. */
  override findTrees(options?: FindTreeOptions): Promise<T[]> {
    return this.#answer('findTrees', [options], () => this.#reads.trees(options, this.manager.as));
  }

  /** The nodes without a parent. */
  override findRoots(options?: FindTreeOptions): Promise<T[]> {
    return this.#answer('findRoots', [options], () => this.#reads.roots(options, this.manager.as));
  }

  /** The entity and all below it, in one list. */
  override findDescendants(entity: T, options?: FindTreeOptions): Promise<T[]> {
    return this.#answer('findDescendants', [entity, options], () =>
      this.#reads.descendants(entity, options, this.manager.as),
    );
  }

  /** The entity given, with all below it nested into it. A record of a snapshot cannot be changed: another record of the same comes back. */
  override findDescendantsTree(entity: T, options?: FindTreeOptions): Promise<T> {
    return this.#answer('findDescendantsTree', [entity, options], () => this.#reads.descendantsTree(entity, options));
  }

  /** How many records {@link findDescendants} gives. */
  override countDescendants(entity: T): Promise<number> {
    return this.#answer('countDescendants', [entity], () => ({ value: this.#reads.countDescendants(entity) }));
  }

  /** The entity and all above it, in one list. */
  override findAncestors(entity: T, options?: FindTreeOptions): Promise<T[]> {
    return this.#answer('findAncestors', [entity, options], () =>
      this.#reads.ancestors(entity, options, this.manager.as),
    );
  }

  /** The entity given, with its ancestors nested into it. A record of a snapshot cannot be changed: another record of the same comes back. */
  override findAncestorsTree(entity: T, options?: FindTreeOptions): Promise<T> {
    return this.#answer('findAncestorsTree', [entity, options], () => this.#reads.ancestorsTree(entity, options));
  }

  /** How many records {@link findAncestors} gives. */
  override countAncestors(entity: T): Promise<number> {
    return this.#answer('countAncestors', [entity], () => ({ value: this.#reads.countAncestors(entity) }));
  }

  /** A query builder is SQL: by the store's policy. */
  override createDescendantsQueryBuilder(...args: Parameters<TreeRepository<T>['createDescendantsQueryBuilder']>) {
    return this.#inDatabase('createDescendantsQueryBuilder').createDescendantsQueryBuilder(...args);
  }

  /** A query builder is SQL: by the store's policy. */
  override createAncestorsQueryBuilder(...args: Parameters<TreeRepository<T>['createAncestorsQueryBuilder']>) {
    return this.#inDatabase('createAncestorsQueryBuilder').createAncestorsQueryBuilder(...args);
  }

  get #reads(): TreeReads {
    const { session } = this.manager;
    this.#tree ??= new TreeReads(session, session.metadataOf(this.target));
    return this.#tree;
  }

  #answer<V>(method: string, args: readonly unknown[], read: () => Answer<unknown>): Promise<V> {
    return this.manager.session.settle(read as () => Answer<V>, (database) =>
      handOn(database, method, args, () => database.getTreeRepository(this.target)),
    );
  }

  #inDatabase(method: string): TreeRepository<T> {
    const { database } = this.manager;
    if (!database) throw databaseNeeded(method, this.metadata.name);
    return database.getTreeRepository(this.target);
  }
}
