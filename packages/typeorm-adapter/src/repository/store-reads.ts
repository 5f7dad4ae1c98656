/**
 * Every read of a store, answered at once: options → plan → records. The asynchronous and the synchronous faces both stand on it; what they
 * differ in is what TypeORM awaits after loading, @AfterLoad and subscribers, which an {@link Answer} leaves to them.
 */
import {
  aggregatePlan,
  countPlan,
  describeValue,
  existsPlan,
  type PlanExplanation,
  type PlanResult,
  runPlan,
} from '@permafrost/core';
import {
  type EntityMetadata,
  EntityNotFoundError,
  type EntityTarget,
  type FindManyOptions,
  type FindOneOptions,
  type ObjectLiteral,
} from 'typeorm';
import type { AggregatePlan, FindPlan, FindPlanner } from '../find/find-plan';
import { checkLockedVersion } from '../find/locks';
import type { Hydrator } from '../hydrate/hydrator';
import type { StoreContext } from '../store-context';
import { type Aggregate, aggregateOf, requireFunction } from './aggregates';
import { KeyReads } from './key-reads';

/** What a read gives: records of the snapshot, or ordinary instances of the entity's class. */
export type ResultKind = 'proxy' | 'entity';

/** What every reading method of a snapshot's repository takes besides TypeORM's options. */
export interface ReadOptions {
  /**
   * 'proxy': records that read from the snapshot as they are touched. 'entity': ordinary instances, as TypeORM makes them. Default: as the
   * repository or the store was asked for.
   */
  readonly as?: ResultKind;
}

/** A read's value, the entities in it that listeners are still to be called for, and what is to be done with them then. */
export interface Answer<V> {
  readonly value: V;
  readonly loaded?: { readonly found: FindPlan; readonly entities: readonly ObjectLiteral[] };
  readonly finish?: () => void;
}

/** Methods that take conditions alone are asked with `{ where }`; `method` is the one called, for messages. */
export class StoreReads {
  readonly #keys: KeyReads;

  constructor(
    private readonly context: StoreContext,
    private readonly planner: FindPlanner,
    private readonly hydrator: Hydrator,
  ) {
    this.#keys = new KeyReads(context, planner);
  }

  find(
    metadata: EntityMetadata,
    options: FindManyOptions | undefined,
    as: ResultKind,
    method: string,
  ): Answer<ObjectLiteral[]> {
    return this.records(this.planner.plan(metadata, options, method), as);
  }

  findOneBy(metadata: EntityMetadata, where: unknown, as: ResultKind, method: string): Answer<ObjectLiteral | null> {
    const byKey = this.#keys.find(metadata, where);
    const answer = byKey
      ? this.records(byKey.found, as, byKey.result)
      : this.find(metadata, { where, take: 1 } as FindManyOptions, as, method);
    return first(answer);
  }

  /** Throws TypeORM's error where an optimistic lock expects another version. */
  findOne(
    metadata: EntityMetadata,
    options: FindOneOptions,
    as: ResultKind,
    method: string,
  ): Answer<ObjectLiteral | null> {
    if (!options.where) throw new Error('You must provide selection conditions in order to find a single row.');
    const found = this.planner.plan(metadata, { ...options, take: 1 }, method);
    const answer = first(this.records(found, as));
    if (answer.value) checkLockedVersion(found.map, answer.value);
    return answer;
  }

  findAndCount(
    metadata: EntityMetadata,
    options: FindManyOptions | undefined,
    as: ResultKind,
    method: string,
  ): Answer<[ObjectLiteral[], number]> {
    const found = this.planner.plan(metadata, options, method);
    const { value, ...rest } = this.records(found, as);
    return { ...rest, value: [value, this.planner.knownCount(found, value.length) ?? this.#countOf(found)] };
  }

  /** `skip` and `take` do not count. */
  count(metadata: EntityMetadata, options: FindManyOptions | undefined, method: string): number {
    return this.#countOf(this.planner.plan(metadata, options, method));
  }

  exists(metadata: EntityMetadata, options: FindManyOptions | undefined, method: string): boolean {
    return existsPlan(this.context.snapshot, this.planner.plan(metadata, options, method).plan);
  }

  aggregate(metadata: EntityMetadata, aggregate: Aggregate, column: string, where: unknown): number | null {
    const check = (operand: AggregatePlan['operand']) => requireFunction(operand, aggregate);
    const plan = this.planner.planAggregate(metadata, column, where, check);
    return aggregateOf(this.context.snapshot, plan, aggregate);
  }

  /** How {@link find} would look for records; it does look, without making any. */
  explain(metadata: EntityMetadata, options: FindManyOptions | undefined): PlanExplanation {
    return runPlan(this.context.snapshot, this.planner.plan(metadata, options, 'explain').plan).explanation;
  }

  /** What a plan leads to; its result, where that is known. */
  records(
    found: FindPlan,
    as: ResultKind,
    result: PlanResult = runPlan(this.context.snapshot, found.plan),
  ): Answer<ObjectLiteral[]> {
    if (as === 'proxy') return { value: this.hydrator.proxies(found, result) };
    const entities = this.hydrator.entities(found, result);
    return { value: entities, loaded: { found, entities } };
  }

  #countOf(found: FindPlan): number {
    const { plan, distinct } = this.planner.countOf(found);
    const { snapshot } = this.context;
    if (!distinct) return countPlan(snapshot, plan);
    return Number(aggregatePlan(snapshot, plan, 'count-distinct', ...distinct));
  }
}

/** What a call asks for, else what its repository gives. Throws TypeError for what is neither. */
export function kindOf(options: ReadOptions | null | undefined, fallback: ResultKind): ResultKind {
  const as = options?.as ?? fallback;
  if (as === 'proxy' || as === 'entity') return as;
  throw new TypeError(`\`as\` is "proxy" or "entity"; found ${describeValue(as)}.`);
}

/** Throws TypeORM's error where nothing was found. */
export function orFail<T>(found: T | null, entity: EntityTarget<any>, criteria: unknown): T {
  if (found === null) throw new EntityNotFoundError(entity, criteria);
  return found;
}

function first({ value, loaded }: Answer<ObjectLiteral[]>): Answer<ObjectLiteral | null> {
  return loaded ? { value: value[0] ?? null, loaded } : { value: value[0] ?? null };
}
