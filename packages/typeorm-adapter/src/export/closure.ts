/**
 * The closure of an export's roots: the least set of records that holds the roots and, with each record, all that the named relations
 * lead to from it. Found in the database, within the export's transaction: TypeORM writes the SQL of conditions and joins, the keys that
 * are found wait here, and each record is asked for its relations once, in batches, so that cycles end.
 * Memory: the keys of the closure as text, some 100 bytes each; a read-only transaction cannot keep them in a table of its own.
 */
import type { ExportTransaction } from '@permafrost/postgres';
import type { DataSource, EntityMetadata, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { MappedEntity, MappedRelation } from '../mapping/mapped-entity';
import type { ClosureRoots } from './closure-roots';
import type { ExportPlan } from './export-plan';
import type { ExportOptions } from './export-snapshot';
import { KeySet } from './key-set';
import { expressionOf } from './table-select';

/** For each entity the keys of its chosen records, or 'all'; an entity that is not here has none. */
export type Closure = ReadonlyMap<MappedEntity, KeySet | 'all'>;

export interface ClosureOptions extends ClosureRoots {
  readonly dataSource: DataSource;
  readonly transaction: ExportTransaction;
  readonly plan: ExportPlan;
  readonly onProgress: ExportOptions['onProgress'];
}

/** Records asked for their relations at once. */
const BATCH_COUNT = 50_000;
const PROGRESS_EVERY_MS = 100;
const OWNER = 'permafrost_owner';
const TARGET = 'permafrost_target';

/** Throws EXPORT_FAILED, the transaction's abort reason, and what TypeORM throws for a `where` it does not take. */
export async function findClosure(options: ClosureOptions): Promise<Closure> {
  const walk = new Walk(options);
  for (const root of options.roots) await walk.begin(root);
  await walk.follow();
  return walk.closure;
}

class Walk {
  readonly #options: ClosureOptions;
  readonly #keys = new Map<MappedEntity, KeySet>();
  readonly #whole = new Set<MappedEntity>();
  #lastProgress = Number.NEGATIVE_INFINITY;

  constructor(options: ClosureOptions) {
    this.#options = options;
    for (const { entity, metadata, where } of options.roots)
      if (where === undefined && metadata === entity.metadata) this.#whole.add(entity);
  }

  get closure(): Closure {
    return new Map<MappedEntity, KeySet | 'all'>([
      ...this.#keys,
      ...[...this.#whole].map((entity) => [entity, 'all'] as const),
    ]);
  }

  async begin({ entity, metadata, where }: ClosureRoots['roots'][number]): Promise<void> {
    if (!this.#needsKeys(entity)) return;
    const query = this.#query(metadata, OWNER).setFindOptions({
      ...(where === undefined ? {} : { where }),
      loadEagerRelations: false,
    });
    await this.#add(entity, selectKey(query, OWNER, entity));
  }

  /** Until no record is left whose relations have not been followed. */
  async follow(): Promise<void> {
    for (let isDone = false; !isDone; ) {
      isDone = true;
      for (const [entity, relations] of this.#options.edges) {
        const batch = this.#keys.get(entity)?.takeNew(BATCH_COUNT);
        if (!batch) continue;
        isDone = false;
        for (const relation of relations) await this.#followOne(entity, relation, batch);
      }
    }
  }

  async #followOne(entity: MappedEntity, relation: MappedRelation, batch: readonly string[][]): Promise<void> {
    const target = this.#options.plan.mapped.get(relation.relation.inverseEntityMetadata)!;
    if (!this.#needsKeys(target)) return;
    const columns = entity.key.map((key) => expressionOf(key, OWNER));
    const types = this.#options.plan.keyTypesOf(entity);
    const lists = types.map((type, part) => `CAST(:permafrost_keys_${part} AS ${type}[])`);
    const { inverseRelation, propertyPath } = relation.relation;
    // Joined by the side that stores it: TypeORM cannot join by one that the other side does not name. What is reached is stored, also
    // where it is soft-deleted; TypeORM asks for that before it joins.
    const joined =
      relation.definition.inverse === undefined
        ? this.#query(entity.metadata, OWNER).withDeleted().innerJoin(`${OWNER}.${propertyPath}`, TARGET)
        : this.#query(target.metadata, TARGET)
            .withDeleted()
            .innerJoin(`${TARGET}.${inverseRelation!.propertyPath}`, OWNER);
    const query = joined
      .where(`(${columns.join(', ')}) IN (SELECT * FROM unnest(${lists.join(', ')}))`)
      .setParameters(Object.fromEntries(batch.map((keys, part) => [`permafrost_keys_${part}`, keys])))
      .distinct();
    await this.#add(target, selectKey(query, TARGET, target));
  }

  /** All records of an entity are exported without a look at their keys, unless relations lead on from them. */
  #needsKeys(entity: MappedEntity): boolean {
    return !this.#whole.has(entity) || this.#options.edges.has(entity);
  }

  #query({ target }: EntityMetadata, alias: string): SelectQueryBuilder<ObjectLiteral> {
    const repository = this.#options.dataSource.getRepository<ObjectLiteral>(target);
    return repository.createQueryBuilder(alias).setOption('disable-global-order');
  }

  async #add(entity: MappedEntity, query: SelectQueryBuilder<ObjectLiteral>): Promise<void> {
    const keys = this.#keys.get(entity) ?? new KeySet(entity.key.length);
    this.#keys.set(entity, keys);
    const [sql, parameters] = query.getQueryAndParameters();
    for (const row of await this.#options.transaction.readRows(sql, parameters)) keys.add(row as string[]);
    this.#tell(entity.name, keys.size);
  }

  #tell(entity: string, records: number): void {
    const { onProgress } = this.#options;
    const now = performance.now();
    if (!onProgress || now - this.#lastProgress < PROGRESS_EVERY_MS) return;
    this.#lastProgress = now;
    onProgress({ phase: 'roots', entity, records, estimatedRecords: 0, bytes: 0 });
  }
}

/** The key as the server's text: what it gives back as it was when it is read as the column's type. */
function selectKey(
  query: SelectQueryBuilder<ObjectLiteral>,
  alias: string,
  entity: MappedEntity,
): SelectQueryBuilder<ObjectLiteral> {
  query.select([]);
  for (const [part, key] of entity.key.entries())
    query.addSelect(`CAST(${expressionOf(key, alias)} AS text)`, `k${part}`);
  return query;
}
