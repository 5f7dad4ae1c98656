/** The synchronous twin of every read of a repository: the same answers and errors, without a promise. */
import type {
  EntityMetadata,
  EntityTarget,
  FindManyOptions,
  FindOneOptions,
  FindOptionsWhere,
  ObjectLiteral,
} from 'typeorm';
import type { SnapshotEntityManager } from './snapshot-entity-manager';
import { type Answer, kindOf, orFail, type ReadOptions, type ResultKind, type StoreReads } from './store-reads';

type Where<T> = FindOptionsWhere<T> | FindOptionsWhere<T>[];
type Many<T> = FindManyOptions<T> & ReadOptions;
type One<T> = FindOneOptions<T> & ReadOptions;

/** Use {@link SnapshotRepository.sync}. The database is never asked, whatever the store's policy. */
export class SyncReads<T extends ObjectLiteral> {
  protected readonly manager: SnapshotEntityManager;
  readonly #target: EntityTarget<T>;

  /** @internal */
  constructor(manager: SnapshotEntityManager, target: EntityTarget<T>) {
    this.manager = manager;
    this.#target = target;
  }

  /** As the repository's `find`. */
  find(options?: Many<T>): T[] {
    return this.settle(this.#reads.find(this.#metadata, options, this.#kind(options), 'find'));
  }

  /** As the repository's `findBy`. */
  findBy(where: Where<T>, options?: ReadOptions): T[] {
    return this.settle(this.#reads.find(this.#metadata, { where }, this.#kind(options), 'findBy'));
  }

  /** As the repository's `findAndCount`. */
  findAndCount(options?: Many<T>): [T[], number] {
    return this.settle(this.#reads.findAndCount(this.#metadata, options, this.#kind(options), 'findAndCount'));
  }

  /** As the repository's `findAndCountBy`. */
  findAndCountBy(where: Where<T>, options?: ReadOptions): [T[], number] {
    return this.settle(this.#reads.findAndCount(this.#metadata, { where }, this.#kind(options), 'findAndCountBy'));
  }

  /** As the repository's `findOne`. */
  findOne(options: One<T>): T | null {
    return this.settle(this.#reads.findOne(this.#metadata, options, this.#kind(options), 'findOne'));
  }

  /** As the repository's `findOneBy`. */
  findOneBy(where: Where<T>, options?: ReadOptions): T | null {
    return this.settle(this.#reads.findOneBy(this.#metadata, where, this.#kind(options), 'findOneBy'));
  }

  /** As the repository's `findOneOrFail`: throws TypeORM's EntityNotFoundError. */
  findOneOrFail(options: One<T>): T {
    return orFail(this.findOne(options), this.#target, options);
  }

  /** As the repository's `findOneByOrFail`: throws TypeORM's EntityNotFoundError. */
  findOneByOrFail(where: Where<T>, options?: ReadOptions): T {
    return orFail(this.findOneBy(where, options), this.#target, where);
  }

  /** As the repository's `count`. */
  count(options?: FindManyOptions<T>): number {
    return this.#reads.count(this.#metadata, options, 'count');
  }

  /** As the repository's `countBy`. */
  countBy(where: Where<T>): number {
    return this.#reads.count(this.#metadata, { where }, 'countBy');
  }

  /** As the repository's `exists`. */
  exists(options?: FindManyOptions<T>): boolean {
    return this.#reads.exists(this.#metadata, options, 'exists');
  }

  /** As the repository's `existsBy`. */
  existsBy(where: Where<T>): boolean {
    return this.#reads.exists(this.#metadata, { where }, 'existsBy');
  }

  /** As the repository's `sum`. */
  sum(column: keyof T & string, where?: Where<T>): number | null {
    return this.#reads.aggregate(this.#metadata, 'sum', column, where);
  }

  /** As the repository's `average`. */
  average(column: keyof T & string, where?: Where<T>): number | null {
    return this.#reads.aggregate(this.#metadata, 'average', column, where);
  }

  /** As the repository's `minimum`. */
  minimum(column: keyof T & string, where?: Where<T>): number | null {
    return this.#reads.aggregate(this.#metadata, 'minimum', column, where);
  }

  /** As the repository's `maximum`. */
  maximum(column: keyof T & string, where?: Where<T>): number | null {
    return this.#reads.aggregate(this.#metadata, 'maximum', column, where);
  }

  get #reads(): StoreReads {
    return this.manager.session.reads;
  }

  get #metadata(): EntityMetadata {
    return this.manager.session.metadataOf(this.#target);
  }

  #kind(options: ReadOptions | undefined): ResultKind {
    return kindOf(options, this.manager.as);
  }

  /** @internal Calls listeners, and gives the value. */
  protected settle(answer: Answer<any>): any {
    if (answer.loaded) this.manager.session.hydrator.afterLoadSync(answer.loaded.found, [...answer.loaded.entities]);
    answer.finish?.();
    return answer.value;
  }
}
