/** Reads entities of an opened store by plan and hydrator alone, beside the live repository that tells what they must be. */
import { runPlan } from '@permafrost/core';
import type { Store } from '@permafrost/typeorm-adapter';
import type { DataSource, EntityTarget, FindManyOptions, ObjectLiteral } from 'typeorm';
import { FindPlanner } from '../../src/find/find-plan';
import { Hydrator } from '../../src/hydrate/hydrator';
import type { StoreContext } from '../../src/store-context';
import { firstDifference } from './identical';
import { inKeyOrder } from './same';

export class Finder {
  readonly hydrator: Hydrator;
  readonly #planner: FindPlanner;
  readonly #context: StoreContext;

  constructor(
    private readonly store: Store,
    private readonly dataSource: DataSource,
    context: Partial<StoreContext> = {},
  ) {
    this.#context = {
      snapshot: store.snapshot,
      dataSource,
      metadatas: dataSource.entityMetadatas,
      bugCompatible: false,
      strictRelations: false,
      ...context,
    };
    this.#planner = new FindPlanner(this.#context);
    this.hydrator = new Hydrator(this.#context);
  }

  /** What `repository.find(options)` gives as entities. */
  async entities(entity: EntityTarget<any>, options: FindManyOptions<any> = {}): Promise<ObjectLiteral[]> {
    const { found, result } = this.#run(entity, options);
    const entities = this.hydrator.entities(found, result);
    await this.hydrator.afterLoad(found, entities);
    return entities;
  }

  /** The same without waiting. */
  entitiesSync(entity: EntityTarget<any>, options: FindManyOptions<any> = {}): ObjectLiteral[] {
    const { found, result } = this.#run(entity, options);
    const entities = this.hydrator.entities(found, result);
    this.hydrator.afterLoadSync(found, entities);
    return entities;
  }

  proxies(entity: EntityTarget<any>, options: FindManyOptions<any> = {}): object[] {
    const { found, result } = this.#run(entity, options);
    return this.hydrator.proxies(found, result);
  }

  /** Fails where entities differ from what the live repository finds; lists without an order are compared in key order. */
  async expectAsLive(entity: EntityTarget<any>, options: FindManyOptions<any> = {}): Promise<ObjectLiteral[]> {
    const metadata = this.dataSource.getMetadata(entity);
    const live: ObjectLiteral[] = await this.dataSource.getRepository(entity).find(options);
    const own = await this.entities(entity, options);
    if (!options.order) for (const found of [own, live]) inKeyOrder(metadata, found);
    const difference = firstDifference(own, live);
    expect({ options, difference }).toEqual({ options, difference: undefined });
    return own;
  }

  #run(entity: EntityTarget<any>, options: FindManyOptions<any>) {
    const found = this.#planner.plan(this.dataSource.getMetadata(entity), options, 'find');
    return { found, result: runPlan(this.store.snapshot, found.plan) };
  }
}
