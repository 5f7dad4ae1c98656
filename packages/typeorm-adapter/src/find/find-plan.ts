/** From TypeORM's find options to core's plan: TypeORM's own query builder applies the options, and what it then holds is told in core's words. */
import { type Expression, type FieldReference, type Join, PermafrostError, type Plan } from '@permafrost/core';
import {
  type EntityMetadata,
  type FindManyOptions,
  type FindTreeOptions,
  type ObjectLiteral,
  SelectQueryBuilder,
  TypeORMError,
} from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { firstRefusal } from '../errors';
import { snapshotNameOf } from '../mapping/mapped-entity';
import type { StoreContext } from '../store-context';
import { reportIgnored, unknownOptions } from './ignored-options';
import { checkLock } from './locks';
import { noColumn, orderTerm, selectedColumns } from './named-columns';
import { pagedAsTypeorm } from './paging';
import { builderMethods, PlanningQueryBuilder } from './planning-query-builder';
import { checkRowWindow, requireDistinctCount } from './row-options';
import { type StoredColumn, StoredMembers } from './stored-members';
import { windowOf } from './window';

/** One find, as core answers it and as TypeORM describes it. */
export interface FindPlan {
  readonly plan: Plan;
  /** What TypeORM knows of the query: mainAlias, joinAttributes, selects, relationIdAttributes, allOrderBys, withDeleted, lockMode … */
  readonly map: QueryExpressionMap;
  /** By name of alias the number of its row source in the plan; 0 is the entity asked for. */
  readonly sources: ReadonlyMap<string, number>;
  /** Of `relationLoadStrategy: 'query'`: relations to load for the entities found, by {@link FindPlanner.planRelation}. */
  readonly relationsByQuery: readonly RelationMetadata[];
  readonly metadata: EntityMetadata;
  /** The options asked with. */
  readonly options: FindManyOptions<ObjectLiteral>;
}

/** How many records there are: of the plan's entity, or of distinct values of fields over all rows of its joins. */
export interface CountPlan {
  readonly plan: Plan;
  /** TypeORM counts what `select` names. A single field's nulls are not counted; of several each row of values counts. */
  readonly distinct?: readonly FieldReference[];
}

/** A sum, average, minimum or maximum over all rows of a plan's joins. */
export interface AggregatePlan {
  readonly plan: Plan;
  readonly operand: StoredColumn;
}

/** One for a store. Planning costs tens of microseconds and reads no record. */
export class FindPlanner {
  readonly #stored: StoredMembers;

  constructor(private readonly context: StoreContext) {
    requireBuilder();
    this.#stored = new StoredMembers(context.snapshot.schema);
  }

  /**
   * The plan of a find method. FindOperators on columns with a transformer are changed by it, as by TypeORM: plan a call once.
   * Throws TypeORM's own errors, and QUERY_UNSUPPORTED for what snapshots do not answer.
   */
  plan(metadata: EntityMetadata, options: FindManyOptions<any> | null | undefined, method: string): FindPlan {
    const builder = new PlanningQueryBuilder(this.#stored, this.context.dataSource, metadata);
    const asked = options ?? {};
    builder.setFindOptions(asked);
    checkLock(builder.expressionMap, metadata, method);
    const found = this.#planOf(builder, metadata);
    const ignored = [...unknownOptions(asked), ...builder.ignored];
    if (ignored.length > 0) reportIgnored(found.plan.entity, method, ignored);
    // TypeORM drops order and window of what is counted, with their errors.
    return counting.has(method) ? found : this.#inWindow(found);
  }

  /** The plan of a TreeRepository's method, over all records of the tree. Throws TypeORM's error for relations that there are not. */
  planTree(metadata: EntityMetadata, options: FindTreeOptions | undefined): FindPlan {
    const builder = new PlanningQueryBuilder(this.#stored, this.context.dataSource, metadata, 'treeEntity');
    return this.#inWindow(this.#planOf(builder.setTreeOptions(options), metadata));
  }

  /** Of `sum` and the like; `check` is called before `where` is looked at, as the database does. Throws TypeORM's error for an unknown column. */
  planAggregate(
    metadata: EntityMetadata,
    property: string,
    where: unknown,
    check: (operand: StoredColumn) => void = () => {},
  ): AggregatePlan {
    const column = metadata.columns.find(({ propertyPath }) => propertyPath === property);
    if (!column) throw new TypeORMError(`Column "${property}" was not found in table "${metadata.name}"`);
    const builder = new PlanningQueryBuilder(this.#stored, this.context.dataSource, metadata);
    builder.setFindOptions({ where: where === undefined ? {} : where } as never);
    if (column.isVirtualProperty) throw noColumn(metadata.name, column);
    const operand = this.#stored.of(metadata).column(0, column);
    check(operand);
    return { plan: this.#planOf(builder, metadata).plan, operand };
  }

  /** What `count` counts, of a plan made for it or for findAndCount. */
  countOf({ plan, map, options, metadata }: FindPlan): CountPlan {
    const all = withoutWindow(plan);
    const distinct = options.select ? selectedColumns(this.#stored, map) : [];
    if (distinct.length === 0) return { plan: all };
    requireDistinctCount(metadata);
    return { plan: all, distinct };
  }

  /**
   * The count of findAndCount, where it follows from the number of entities found: on a page that is not full TypeORM does not ask the
   * database, whose count may be another: of a view's equal rows it finds one, and none of records whose selected columns are all null.
   */
  knownCount({ map }: FindPlan, foundCount: number): number | undefined {
    const skip = map.skip ?? 0;
    if (foundCount === map.take || (foundCount === 0 && skip > 0)) return undefined;
    return foundCount + Math.max(skip, 0);
  }

  /**
   * The plan of one of {@link FindPlan.relationsByQuery}, over all targets; undefined where TypeORM loads nothing, to end a circle of eager
   * relations.
   */
  planRelation(found: FindPlan, relation: RelationMetadata): FindPlan | undefined {
    const { options } = found;
    const target = relation.inverseEntityMetadata;
    const before = eagerTablesOf.get(found) ?? new Set<string>();
    if (relation.isEager && before.has(target.tablePath)) return undefined;
    const builder = new PlanningQueryBuilder(this.#stored, this.context.dataSource, target, target.targetName);
    if (relation.isEager) builder.eagerTables = new Set([...before, relation.entityMetadata.tablePath]);
    const below = (tree: unknown) => (tree ? valueAt(tree, relation.propertyPath) : undefined);
    builder.setFindOptions({
      select: below(options.select),
      order: below(options.order),
      relations: below(options.relations),
      withDeleted: options.withDeleted,
      relationLoadStrategy: options.relationLoadStrategy,
      loadEagerRelations: options.loadEagerRelations,
    } as FindManyOptions);
    return this.#inWindow(this.#planOf(builder, target));
  }

  /** Joins and condition; neither order nor window. */
  #planOf(builder: PlanningQueryBuilder, metadata: EntityMetadata): FindPlan {
    const refusal = firstRefusal(builder.refusals);
    if (refusal) throw refusal;
    const map = builder.expressionMap;
    const sources = new Map([[map.mainAlias!.name, 0]]);
    for (const { alias } of map.joinAttributes) sources.set(alias.name, sources.size);
    const where = this.#whereOf(builder, metadata);
    const plan: Plan = {
      entity: snapshotNameOf(metadata),
      ...(sources.size > 1 ? { joins: this.#joinsOf(map, sources) } : {}),
      ...(where ? { where } : {}),
    };
    const found: FindPlan = {
      plan,
      map,
      sources,
      relationsByQuery: builder.relationsByQuery,
      metadata,
      options: builder.applied,
    };
    if (builder.eagerTables.size > 0) eagerTablesOf.set(found, builder.eagerTables);
    return found;
  }

  #inWindow(found: FindPlan): FindPlan {
    checkRowWindow(found.map, found.metadata, this.context.bugCompatible);
    const inOrder = this.#inOrder(found);
    return this.context.bugCompatible ? pagedAsTypeorm(this.context.snapshot, inOrder) : inOrder;
  }

  #inOrder(found: FindPlan): FindPlan {
    const { map, sources } = found;
    const order = Object.entries(map.allOrderBys).map(([key, given]) =>
      orderTerm(this.#stored, map, sources, key, given),
    );
    const { skip, take } = windowOf(map.skip, map.take);
    if (order.length === 0 && skip === 0 && take === undefined) return found;
    const plan: Plan = {
      ...found.plan,
      ...(order.length > 0 ? { order } : {}),
      ...(skip > 0 ? { skip } : {}),
      ...(take === undefined ? {} : { take }),
    };
    return { ...found, plan };
  }

  /** What is asked, and that the record is not soft-deleted. Which class it is of the plan's entity says. */
  #whereOf({ condition, expressionMap }: PlanningQueryBuilder, metadata: EntityMetadata): Expression | undefined {
    const isThere = expressionMap.withDeleted ? undefined : this.#isNotDeleted(0, metadata);
    if (!isThere || !condition) return condition ?? isThere;
    return { kind: 'and', terms: [condition, isThere] };
  }

  #joinsOf(map: QueryExpressionMap, sources: ReadonlyMap<string, number>): Join[] {
    const joins: Join[] = [];
    for (const { alias, parentAlias, relation, direction } of map.joinAttributes) {
      const parent = sources.get(parentAlias!)!;
      // Below a left join TypeORM nests an inner one, so that it drops no rows: its reference is never empty, and so it finds as much as a left one.
      const kind = direction === 'INNER' && joins[parent - 1]?.kind !== 'left' ? 'inner' : 'left';
      const on = this.#joinCondition(map, sources.get(alias.name)!, relation!);
      joins.push({
        parent,
        relation: relation!.propertyPath,
        kind,
        ...(on ? { on } : {}),
        // The join table is joined by itself.
        ...(on && relation!.isManyToMany ? { leavesGaps: true } : {}),
      });
    }
    return joins;
  }

  #joinCondition(map: QueryExpressionMap, source: number, relation: RelationMetadata): Expression | undefined {
    const target = relation.inverseEntityMetadata;
    const terms: Expression[] = [];
    const isThere = map.withDeleted ? undefined : this.#isNotDeleted(source, target);
    if (isThere) terms.push(isThere);
    // The other side of a relation to a class of several in one table: TypeORM asks for this class, not for those that extend it.
    const { subtypes } = this.#stored.of(target).schema ?? {};
    if ((relation.isOneToMany || relation.isOneToOneNotOwner) && target.tableType === 'entity-child' && subtypes) {
      const value = String(target.discriminatorValue);
      terms.push({ kind: 'compare', operand: { source, field: subtypes.field }, operator: 'equal', value });
    }
    return terms.length > 1 ? { kind: 'and', terms } : terms[0];
  }

  #isNotDeleted(source: number, metadata: EntityMetadata): Expression | undefined {
    const { deleteDateColumn } = metadata;
    const stored = deleteDateColumn && this.#stored.of(metadata).findColumn(source, deleteDateColumn);
    return stored && { kind: 'is-null', operand: stored.reference };
  }
}

const counting: ReadonlySet<string> = new Set(['count', 'countBy', 'exists', 'existsBy']);
/** Of plans made below eager relations. */
const eagerTablesOf = new WeakMap<FindPlan, Set<string>>();

/** Throws where a later TypeORM lacks what planning rests on. */
function requireBuilder(): void {
  const missing = builderMethods.filter((name) => typeof (SelectQueryBuilder.prototype as any)[name] !== 'function');
  if (missing.length > 0)
    throw new PermafrostError(
      'QUERY_UNSUPPORTED',
      `This version of TypeORM has no ${missing.map((name) => `SelectQueryBuilder.${name}`).join(', ')}, by which find options are planned. Use TypeORM 1.1.1, and report it.`,
      { missing },
    );
}

function withoutWindow({ skip: _skip, take: _take, order: _order, ...plan }: Plan): Plan {
  return plan;
}

/** What stands in a tree of options at a property path, through embeddeds. */
function valueAt(tree: unknown, propertyPath: string): unknown {
  let value = tree;
  for (const name of propertyPath.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}
