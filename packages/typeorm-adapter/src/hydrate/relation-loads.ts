/**
 * Relations that TypeORM loads by queries of their own: those of `relationLoadStrategy: 'query'`, after the entities' own listeners, and lazy
 * ones when they are read. Each target is one instance, however many of the entities it is related to.
 */
import { type OpenedSnapshot, type PlanResult, runPlan } from '@permafrost/core';
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { OrmUtils } from 'typeorm/util/OrmUtils.js';
import type { FindPlan, FindPlanner } from '../find/find-plan';
import { snapshotNameOf } from '../mapping/mapped-entity';
import { FOLLOWED, isMatchedByOwners, passesOverDeletedOwners, queryTargets } from './query-targets';
import type { RecordReaders } from './record-readers';
import { otherColumnsOf, ownColumnsOf } from './relation-columns';
import { valueSetter } from './relation-setter';

/** Entities of one query, for whose listeners it is time. */
export interface Loaded {
  readonly metadata: EntityMetadata;
  readonly entities: readonly ObjectLiteral[];
}

/** What makes entities, and remembers of which records. */
export interface EntitySource {
  entitiesOf(found: FindPlan, result: PlanResult): ObjectLiteral[];
  ordinalOf(entity: ObjectLiteral): number;
}

export class RelationLoads {
  constructor(
    private readonly snapshot: OpenedSnapshot,
    private readonly readers: RecordReaders,
    private readonly planner: FindPlanner,
    private readonly source: EntitySource,
  ) {}

  /** Loads what the plan leaves to further queries, query by query; each step is to be finished by the listeners of what it has loaded. */
  *complete(found: FindPlan, entities: readonly ObjectLiteral[]): Generator<Loaded, void> {
    yield { metadata: found.metadata, entities };
    for (const relation of found.relationsByQuery) {
      const below = this.planner.planRelation(found, relation);
      if (below === undefined || entities.length === 0) continue;
      const targets = entities.map((entity) => this.#targetsOf(found, relation, entity));
      const among = [...new Set(targets.flat())];
      const related = this.source.entitiesOf(below, runPlan(this.snapshot, { ...below.plan, among }));
      yield* this.complete(below, related);
      this.#assign(relation, entities, targets, below, related);
    }
  }

  /** What a lazy relation leads to, with the plan that its entities come of. */
  lazy(
    relation: RelationMetadata,
    entity: ObjectLiteral,
  ): { readonly found: FindPlan; readonly entities: ObjectLiteral[] } {
    const found = this.planner.plan(relation.inverseEntityMetadata, {}, 'find');
    // To-one relations are followed from records that are not deleted.
    const owners = this.#ownersLike(relation, entity, !relation.isWithJoinColumn);
    const follow = this.readers.targets(snapshotNameOf(relation.entityMetadata), relation.propertyPath, FOLLOWED);
    const among = [...new Set(owners.flatMap((ordinal) => [...follow(ordinal)]))];
    return { found, entities: this.source.entitiesOf(found, runPlan(this.snapshot, { ...found.plan, among })) };
  }

  /** TypeORM finds them by the entity's own columns: what a partial selection does not show leads nowhere. */
  #targetsOf(found: FindPlan, relation: RelationMetadata, entity: ObjectLiteral): readonly number[] {
    const columns = ownColumnsOf(relation);
    const isTold = isToldByKey(relation, entity);
    if (!isTold && !relation.isWithJoinColumn) return [];
    const follow = queryTargets(this.readers, relation);
    if (isTold && columns.every((column) => isSelected(found, column))) return follow(this.source.ordinalOf(entity));
    // What is not selected has the value that the class gives it, which may be another record's; a Date is that of a record without microseconds.
    return this.#ownersLike(relation, entity, true).flatMap((ordinal) => [...follow(ordinal)]);
  }

  #assign(
    relation: RelationMetadata,
    entities: readonly ObjectLiteral[],
    targets: readonly (readonly number[])[],
    below: FindPlan,
    related: readonly ObjectLiteral[],
  ): void {
    const set = valueSetter(relation);
    const isMany = relation.isManyToMany || relation.isOneToMany;
    const places = new Map<number, number[]>();
    for (const [place, target] of related.entries())
      for (const ordinal of this.#takenFor(relation, below, target))
        places.set(ordinal, [...(places.get(ordinal) ?? []), place]);
    const isMatched = isMatchedByOwners(relation, () => isEachMatched(relation, entities, related));
    const passesOver = passesOverDeletedOwners(relation, isMatched);
    const owners = snapshotNameOf(relation.entityMetadata);
    const follow = queryTargets(this.readers, relation);
    for (const [place, entity] of entities.entries()) {
      const ordinal = this.source.ordinalOf(entity);
      const isTold = isToldByKey(relation, entity);
      const isLost = (passesOver && this.snapshot.byOrdinal.isDeleted(owners, ordinal)) || !(isTold || isMatched);
      const led = isTold ? targets[place]! : follow(ordinal);
      const found = isLost ? [] : led.flatMap((target) => places.get(target) ?? []);
      const own = found.sort((a, b) => a - b).map((at) => related[at]!);
      set(entity, isMany ? own : (own.at(-1) ?? null));
    }
  }

  /** The records that TypeORM takes a related entity for: its own, but where what tells it is not selected, those with what its class gives it. */
  #takenFor(relation: RelationMetadata, below: FindPlan, target: ObjectLiteral): readonly number[] {
    const columns = otherColumnsOf(relation);
    if (!columns.every((column) => isComparable(column.getEntityValue(target)))) return [];
    if (columns.every((column) => isSelected(below, column))) return [this.source.ordinalOf(target)];
    return this.#recordsLike(relation.inverseEntityMetadata, columns, target, true);
  }

  /** Records with the values that the entity has now in the columns by which TypeORM follows the relation. */
  #ownersLike(relation: RelationMetadata, entity: ObjectLiteral, withDeleted: boolean): number[] {
    return this.#recordsLike(relation.entityMetadata, ownColumnsOf(relation), entity, withDeleted);
  }

  #recordsLike(
    metadata: EntityMetadata,
    columns: readonly ColumnMetadata[],
    entity: ObjectLiteral,
    withDeleted: boolean,
  ): number[] {
    const where = {};
    for (const column of columns) {
      const value: unknown = column.getEntityValue(entity);
      if (value === undefined || value === null) return [];
      OrmUtils.mergeDeep(where, column.createValueMap(value));
    }
    const options = { where, withDeleted, loadEagerRelations: false };
    const { plan } = this.planner.plan(metadata, options, 'find');
    return [...runPlan(this.snapshot, plan).ordinals];
  }
}

function isSelected({ map }: FindPlan, { propertyPath }: ColumnMetadata): boolean {
  const { name } = map.mainAlias!;
  return map.selects.some(({ selection }) => selection === name || selection === `${name}.${propertyPath}`);
}

/** Whether each entity refers to one of the related ones, by the values that they have now. */
function isEachMatched(
  { joinColumns }: RelationMetadata,
  entities: readonly ObjectLiteral[],
  related: readonly ObjectLiteral[],
): boolean {
  return joinColumns.every((column) => {
    const referredTo = new Set<unknown>(related.map((target) => column.referencedColumn!.getEntityValue(target)));
    referredTo.delete(undefined);
    return entities.every((entity) => referredTo.has(column.getEntityValue(entity)));
  });
}

/** Whether TypeORM finds the entity again by the columns by which it follows the relation. */
function isToldByKey(relation: RelationMetadata, entity: ObjectLiteral): boolean {
  return ownColumnsOf(relation).every((column) => isComparable(column.getEntityValue(entity)));
}

/** Whether TypeORM, which compares by `===`, would find a value equal to that of another query. */
function isComparable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return value instanceof Uint8Array || typeof (value as { equals?: unknown }).equals === 'function';
}
