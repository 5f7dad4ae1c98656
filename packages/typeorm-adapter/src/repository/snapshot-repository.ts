/**
 * The reading half of TypeORM's Repository over a snapshot: the same names, options and answers for what it supports, a coded error for
 * everything else. Results are proxies; the relations asked for show in JSON, `inspect` and `materialize`, and all can be followed.
 */
import {
  type Condition,
  countQuery,
  describeValue,
  nearestName,
  type OpenedSnapshot,
  PermafrostError,
  type Query,
  runQuery,
} from '@permafrost/core';
import {
  type EntityMetadata,
  EntityNotFoundError,
  type EntityTarget,
  type FindManyOptions,
  type FindOneOptions,
  type FindOptionsWhere,
  type ObjectLiteral,
} from 'typeorm';
import { queryUnsupported } from '../errors';
import { QueryContext } from '../find/query-context';
import { relationTreeOf } from '../find/relation-tree';
import { orderTerms, windowBound } from '../find/result-window';
import { type InvalidWhereValues, whereConditions } from '../find/where-conditions';
import { snapshotNameOf, tableMetadataOf } from '../mapping/mapped-entity';
import { refuseOtherMethods } from './refused-methods';

type Where<T> = FindOptionsWhere<T> | FindOptionsWhere<T>[];

/** What TypeORM's find methods know besides. */
const refusedOptions = [
  'select',
  'join',
  'cache',
  'lock',
  'comment',
  'relationLoadStrategy',
  'loadRelationIds',
  'transaction',
];
const answeredOptions = ['where', 'relations', 'order', 'skip', 'take', 'loadEagerRelations', 'withDeleted'];

/** What repositories of one store share. */
export interface RepositoryContext {
  readonly metadatas: readonly EntityMetadata[];
  readonly invalidWhereValues: InvalidWhereValues;
}

/**
 * Use {@link Store.getRepository}. Every method rejects with QUERY_UNSUPPORTED for options and operators that snapshots do not answer yet,
 * with SNAPSHOT_CLOSED after the store was closed, and with TypeORM's own errors for what TypeORM refuses too.
 * Records come in the order of their key where no order is asked for.
 */
export class SnapshotRepository<T extends ObjectLiteral> {
  readonly metadata: EntityMetadata;
  readonly #metadatas: readonly EntityMetadata[];
  readonly #snapshot: OpenedSnapshot;
  readonly #context: QueryContext;
  readonly #invalidWhereValues: InvalidWhereValues;

  /** @internal */
  constructor(
    snapshot: OpenedSnapshot,
    metadata: EntityMetadata,
    { metadatas, invalidWhereValues }: RepositoryContext,
  ) {
    const schemas = new Map(snapshot.schema.entities.map((entity) => [entity.name, entity]));
    const schemaOf = (entity: EntityMetadata) => schemas.get(snapshotNameOf(tableMetadataOf(entity)));
    this.metadata = metadata;
    this.#metadatas = metadatas;
    this.#snapshot = snapshot;
    this.#context = new QueryContext(metadata, schemaOf(metadata)!, schemaOf);
    this.#invalidWhereValues = invalidWhereValues;
  }

  get target(): EntityTarget<T> {
    return this.metadata.target as EntityTarget<T>;
  }

  /** The records that match, in key order or that of `order`. Cost: a scan of the records, unless `where` names the whole key. */
  async find(options?: FindManyOptions<T>): Promise<T[]> {
    return this.#find(options, 'find');
  }

  /** {@link find} with a `where` alone. */
  async findBy(where: Where<T>): Promise<T[]> {
    return this.#find({ where }, 'findBy');
  }

  /** The first record that matches, or null. Throws, as TypeORM does, where `where` is missing. */
  async findOne(options: FindOneOptions<T>): Promise<T | null> {
    if (!options?.where) throw new Error('You must provide selection conditions in order to find a single row.');
    return this.#find({ ...options, take: 1 }, 'findOne')[0] ?? null;
  }

  /** The first record that matches, or null. Cost: 1–2 µs for the whole key, else a scan up to the first match. */
  async findOneBy(where: Where<T>): Promise<T | null> {
    return this.#find({ where, take: 1 }, 'findOneBy')[0] ?? null;
  }

  /** Rejects with TypeORM's EntityNotFoundError where nothing matches. */
  async findOneOrFail(options: FindOneOptions<T>): Promise<T> {
    const record = await this.findOne(options);
    if (record === null) throw new EntityNotFoundError(this.target, options);
    return record;
  }

  /** Rejects with TypeORM's EntityNotFoundError where nothing matches. */
  async findOneByOrFail(where: Where<T>): Promise<T> {
    const record = await this.findOneBy(where);
    if (record === null) throw new EntityNotFoundError(this.target, where);
    return record;
  }

  /** The records of one page, and how many match in all. */
  async findAndCount(options?: FindManyOptions<T>): Promise<[T[], number]> {
    return [this.#find(options, 'findAndCount'), this.#count(options, 'findAndCount')];
  }

  /** {@link findAndCount} with a `where` alone. */
  async findAndCountBy(where: Where<T>): Promise<[T[], number]> {
    return this.findAndCount({ where });
  }

  /** How many records match; `skip` and `take` do not count. Without a `where` it does not depend on their number. */
  async count(options?: FindManyOptions<T>): Promise<number> {
    return this.#count(options, 'count');
  }

  /** {@link count} with a `where` alone. */
  async countBy(where: Where<T>): Promise<number> {
    return this.#count({ where }, 'countBy');
  }

  /** Whether any record matches. Cost: a scan up to the first match. */
  async exists(options?: FindManyOptions<T>): Promise<boolean> {
    return this.#exists(options, 'exists');
  }

  /** {@link exists} with a `where` alone. */
  async existsBy(where: Where<T>): Promise<boolean> {
    return this.#exists({ where }, 'existsBy');
  }

  #find(options: FindManyOptions<T> | undefined, method: string): T[] {
    const { relations, ...query } = this.#read(options, method);
    return this.#snapshot.proxiesOf(snapshotNameOf(this.metadata), this.#ordinalsOf(query), relations) as T[];
  }

  /** Without those of deleted records. */
  #ordinalsOf({
    where,
    order,
    skip,
    take,
  }: Omit<Query, 'entity'> & {
    readonly where: readonly (readonly Condition[])[];
    readonly skip: number;
    readonly take: number;
  }): ArrayLike<number> {
    const { schema } = this.#context;
    const entity = snapshotNameOf(this.metadata);
    const ofKey = this.#ordinalsOfKey(where, skip, take);
    if (schema.deletedBy === undefined) return ofKey ?? runQuery(this.#snapshot, { entity, where, order, skip, take });
    const all = [...(ofKey ?? runQuery(this.#snapshot, { entity, where, order }))];
    return all.filter((ordinal) => !this.#snapshot.isDeleted(entity, ordinal)).slice(skip, skip + take);
  }

  #count(options: FindManyOptions<T> | undefined, method: string): number {
    const query = this.#read(options, method);
    if (this.#context.schema.deletedBy !== undefined)
      return this.#ordinalsOf({ ...query, skip: 0, take: Number.POSITIVE_INFINITY }).length;
    return countQuery(this.#snapshot, { entity: snapshotNameOf(this.metadata), where: query.where });
  }

  #exists(options: FindManyOptions<T> | undefined, method: string): boolean {
    return this.#ordinalsOf({ ...this.#read(options, method), skip: 0, take: 1 }).length > 0;
  }

  /** The options in core's words; all are checked, also by methods that need only some. */
  #read(options: FindManyOptions<T> | undefined, method: string) {
    const context = this.#context;
    this.#checkOptions(options, method);
    const { where, order, skip, take, relations, loadEagerRelations } = options ?? {};
    return {
      where: whereConditions(context, where, this.#invalidWhereValues).map((conditions) =>
        conditions.map((condition) => this.#toLiving(condition)),
      ),
      order: orderTerms(context, order),
      skip: windowBound(context, 'skip', skip) ?? 0,
      take: windowBound(context, 'take', take) ?? Number.POSITIVE_INFINITY,
      relations: relationTreeOf(context, relations, loadEagerRelations !== false),
    };
  }

  /** A condition on a relation without the keys of deleted records: references to them are as good as none. */
  #toLiving(condition: Condition): Condition {
    const relation = this.#context.relation(condition.field);
    const target = relation && this.#context.target(condition.field).schema;
    if (target?.deletedBy === undefined) return condition;
    const isLiving = (key: unknown) => {
      const ordinal = key === null || key === undefined ? -1 : this.#snapshot.ordinalOf(target.name, key);
      return ordinal >= 0 && !this.#snapshot.isDeleted(target.name, ordinal);
    };
    return { ...condition, operator: 'in', values: condition.values.filter(isLiving) };
  }

  /** A single key needs no plan: this is the most frequent query of all. */
  #ordinalsOfKey(where: readonly (readonly Condition[])[], skip: number, take: number): number[] | undefined {
    const [conditions] = where;
    const { key } = this.#context.schema;
    if (where.length !== 1 || conditions!.length !== key.length || skip > 0 || take === 0) return undefined;
    const values = key.map(
      (name) => conditions!.find((condition) => condition.field === name && condition.operator === 'equal')?.values[0],
    );
    if (values.some((value) => value === undefined || value === null)) return undefined;
    const ordinal = this.#snapshot.ordinalOf(snapshotNameOf(this.metadata), values);
    return ordinal < 0 ? [] : [ordinal];
  }

  #checkOptions(options: FindManyOptions<T> | undefined, method: string): void {
    if (options !== undefined && (typeof options !== 'object' || options === null)) {
      throw queryUnsupported(
        this.#context.name,
        undefined,
        `${method}(${describeValue(options)})`,
        'Pass an options object.',
      );
    }
    for (const [option, value] of Object.entries(options ?? {})) {
      if (value === undefined || answeredOptions.includes(option)) continue;
      if (!refusedOptions.includes(option)) throw unknownOption(this.#context.name, option, method);
      throw queryUnsupported(
        this.#context.name,
        undefined,
        `the option \`${option}\` of ${method}`,
        `Leave it out, or ask the database. Answered are the options ${answeredOptions.join(', ')}.`,
      );
    }
    if (options?.withDeleted) this.#refuseDeleted();
  }

  /** Proxies do not lead to soft-deleted records. Where no entity has any, `withDeleted` changes nothing. */
  #refuseDeleted(): void {
    const names = new Set(this.#snapshot.schema.entities.map((entity) => entity.name));
    const soft = this.#metadatas.find((entity) => entity.deleteDateColumn && names.has(snapshotNameOf(entity)));
    if (soft)
      throw queryUnsupported(
        this.#context.name,
        undefined,
        `\`withDeleted\`: relations to soft-deleted records, as of ${snapshotNameOf(soft)}`,
        'Ask the database, or the snapshot: `store.snapshot.all` gives soft-deleted records too.',
      );
  }
}

refuseOtherMethods(SnapshotRepository.prototype);

/** TypeORM would ignore an option that it does not know. */
function unknownOption(entity: string, option: string, method: string): PermafrostError {
  const near = nearestName(option, answeredOptions);
  return new PermafrostError(
    'QUERY_UNSUPPORTED',
    `${entity}: ${method} has no option \`${option}\`.${near ? ` Did you mean \`${near}\`?` : ''} Answered are the options ${answeredOptions.join(', ')}.`,
    { entity, expected: answeredOptions, actual: option },
  );
}
