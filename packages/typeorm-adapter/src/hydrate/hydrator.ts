/**
 * From the records that a plan led to, to what the user gets: entities that cannot be told from TypeORM's own, or proxies. Making entities is
 * synchronous; what TypeORM awaits afterwards, listeners and relations loaded by queries of their own, is {@link Hydrator.afterLoad}.
 */
import type { PlanResult } from '@permafrost/core';
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { type FindPlan, FindPlanner } from '../find/find-plan';
import type { StoreContext } from '../store-context';
import { LoadListeners } from './after-load';
import { type EntityMaker, entityMaker } from './entity-maker';
import { Hydration } from './hydration';
import { LazyRelations } from './lazy-relations';
import { recordProxies, type ShownRecords, shownRecords } from './record-proxies';
import { RecordReaders } from './record-readers';
import { RelationLoads } from './relation-loads';

/** An application asks for an entity in a few shapes; one that makes up ever new selections must not fill the memory. */
const MAX_SHAPE_COUNT = 500;

export class Hydrator {
  readonly #context: StoreContext;
  readonly #planner: FindPlanner;
  readonly #readers: RecordReaders;
  readonly #listeners: LoadListeners;
  readonly #lazyRelations: LazyRelations;
  readonly #loads: RelationLoads;
  readonly #makers = new Map<EntityMetadata, Map<string, EntityMaker>>();
  /** Reads by key use one plan again and again. */
  readonly #makersOfPlans = new WeakMap<FindPlan, EntityMaker>();
  readonly #shown = new WeakMap<FindPlan, ShownRecords>();
  /** Of entities whose relations are loaded later. */
  readonly #ordinals = new WeakMap<ObjectLiteral, number>();

  constructor(context: StoreContext, planner = new FindPlanner(context)) {
    this.#context = context;
    this.#planner = planner;
    this.#readers = new RecordReaders(context.snapshot);
    this.#listeners = new LoadListeners(context.dataSource);
    this.#lazyRelations = new LazyRelations((relation, entity) => this.#loadLazy(relation, entity));
    this.#loads = new RelationLoads(context.snapshot, this.#readers, planner, {
      entitiesOf: (found, result) => this.#traced(found, result),
      ordinalOf: (entity) => this.#ordinals.get(entity)!,
    });
  }

  /** New instances, with the relations that were joined; whole when {@link afterLoad} has been through with them. Throws SNAPSHOT_CLOSED. */
  entities(found: FindPlan, result: PlanResult): ObjectLiteral[] {
    if (found.relationsByQuery.length > 0) return this.#traced(found, result);
    const maker = this.#makerOf(found);
    return result.isPlain ? maker.all(result.ordinals) : maker.allOfNodes(result.nodes);
  }

  /** Loads what TypeORM loads by further queries; calls and awaits `@AfterLoad` and subscribers. Rejects with what they throw. */
  async afterLoad(found: FindPlan, entities: readonly ObjectLiteral[]): Promise<void> {
    for (const loaded of this.#loads.complete(found, entities))
      await this.#listeners.call(loaded.metadata, loaded.entities);
  }

  /** The same without waiting. Throws QUERY_UNSUPPORTED where a listener returns a promise. */
  afterLoadSync(found: FindPlan, entities: readonly ObjectLiteral[]): void {
    for (const loaded of this.#loads.complete(found, entities))
      this.#listeners.callSync(loaded.metadata, loaded.entities);
  }

  /** Proxies, which show the fields and relations that entities would have; the others can be read too. Throws QUERY_UNSUPPORTED for `loadRelationIds`. */
  proxies(found: FindPlan, result: PlanResult): object[] {
    let shown = this.#shown.get(found);
    if (shown === undefined) {
      const hydration = new Hydration(found.map, found.sources, this.#readers, this.#lazyRelations);
      shown = shownRecords(this.#context, this.#planner, hydration, found);
      this.#shown.set(found, shown);
    }
    return recordProxies(this.#context, shown, found, result);
  }

  #traced(found: FindPlan, result: PlanResult): ObjectLiteral[] {
    const maker = this.#makerOf(found);
    const entities: ObjectLiteral[] = [];
    for (const node of result.nodes) {
      const entity = maker.one(node.ordinal, node);
      if (entity === undefined) continue;
      this.#ordinals.set(entity, node.ordinal);
      entities.push(entity);
    }
    return entities;
  }

  #makerOf(found: FindPlan): EntityMaker {
    let maker = this.#makersOfPlans.get(found);
    if (maker === undefined) {
      maker = this.#makerOfShape(found);
      this.#makersOfPlans.set(found, maker);
    }
    return maker;
  }

  /** Queries of one shape share a maker: making one takes longer than an entity does. */
  #makerOfShape({ map, sources, metadata }: FindPlan): EntityMaker {
    let makers = this.#makers.get(metadata);
    if (makers === undefined || makers.size >= MAX_SHAPE_COUNT) {
      makers = new Map();
      this.#makers.set(metadata, makers);
    }
    const shape = shapeOf(map);
    let maker = makers.get(shape);
    if (maker === undefined) {
      const hydration = new Hydration(map, sources, this.#readers, this.#lazyRelations);
      maker = entityMaker(hydration, map.mainAlias!.name, metadata);
      makers.set(shape, maker);
    }
    return maker;
  }

  async #loadLazy(relation: RelationMetadata, entity: ObjectLiteral): Promise<unknown> {
    const { found, entities } = this.#loads.lazy(relation, entity);
    await this.afterLoad(found, entities);
    return relation.isOneToOne || relation.isManyToOne ? (entities[0] ?? null) : entities;
  }
}

/** All that decides what entities show. */
function shapeOf({
  mainAlias,
  selects,
  joinAttributes,
  relationIdAttributes,
  withDeleted,
}: QueryExpressionMap): string {
  let shape = `${mainAlias!.name} ${withDeleted}`;
  for (const { selection } of selects) shape += `\n${selection}`;
  for (const { alias, entityOrProperty } of joinAttributes) shape += `\n${alias.name} of ${entityOrProperty as string}`;
  for (const { relationName, disableMixedMap } of relationIdAttributes) shape += `\n${relationName} ${disableMixedMap}`;
  return shape;
}
