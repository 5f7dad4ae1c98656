/** The synchronous twin of a tree repository's reads. */
import type { EntityTarget, FindTreeOptions, ObjectLiteral } from 'typeorm';
import type { SnapshotEntityManager } from './snapshot-entity-manager';
import { SyncReads } from './sync-reads';
import type { TreeReads } from './tree-reads';

/** Use {@link SnapshotTreeRepository.sync}. */
export class SyncTreeReads<T extends ObjectLiteral> extends SyncReads<T> {
  readonly #reads: () => TreeReads;

  /** @internal */
  constructor(manager: SnapshotEntityManager, target: EntityTarget<T>, reads: () => TreeReads) {
    super(manager, target);
    this.#reads = reads;
  }

  /** As the repository's `findTrees`. */
  findTrees(options?: FindTreeOptions): T[] {
    return this.settle(this.#reads().trees(options, this.manager.as));
  }

  /** As the repository's `findRoots`. */
  findRoots(options?: FindTreeOptions): T[] {
    return this.settle(this.#reads().roots(options, this.manager.as));
  }

  /** As the repository's `findDescendants`. */
  findDescendants(entity: T, options?: FindTreeOptions): T[] {
    return this.settle(this.#reads().descendants(entity, options, this.manager.as));
  }

  /** As the repository's `findDescendantsTree`. */
  findDescendantsTree(entity: T, options?: FindTreeOptions): T {
    return this.settle(this.#reads().descendantsTree(entity, options));
  }

  /** As the repository's `countDescendants`. */
  countDescendants(entity: T): number {
    return this.#reads().countDescendants(entity);
  }

  /** As the repository's `findAncestors`. */
  findAncestors(entity: T, options?: FindTreeOptions): T[] {
    return this.settle(this.#reads().ancestors(entity, options, this.manager.as));
  }

  /** As the repository's `findAncestorsTree`. */
  findAncestorsTree(entity: T, options?: FindTreeOptions): T {
    return this.settle(this.#reads().ancestorsTree(entity, options));
  }

  /** As the repository's `countAncestors`. */
  countAncestors(entity: T): number {
    return this.#reads().countAncestors(entity);
  }
}
