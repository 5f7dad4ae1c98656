/**
 * A plan's records as proxies: they show what TypeORM's entities would, read as it is touched. Fields that were not selected can be read too;
 * relations that were not asked for can be followed, unless relations are strict.
 */
import {
  type FieldTree,
  type PlanResult,
  type RelationTree,
  type ResultNode,
  SHOWN_FIELDS,
  STRICT_RELATIONS,
} from '@permafrost/core';
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { queryUnsupported } from '../errors';
import type { FindPlan, FindPlanner } from '../find/find-plan';
import type { StoreContext } from '../store-context';
import type { Hydration } from './hydration';
import { type LinkedNodes, loadedNodes } from './loaded-nodes';
import { ownColumnsOf } from './relation-columns';
import { firstOfGroups, viewGroups } from './view-groups';

interface MutableTree {
  [relation: string]: MutableTree;
  [SHOWN_FIELDS]?: FieldTree;
  [STRICT_RELATIONS]?: boolean;
}

type MutableFields = { [field: string]: true | MutableFields };

/** What a plan's proxies show. */
export interface ShownRecords {
  readonly asked: RelationTree;
  /** Undefined where every record shows something. */
  readonly isThere: PresenceTest | undefined;
  /** The nodes of a result, with what TypeORM loads by queries of their own. */
  readonly linked: (nodes: readonly ResultNode[]) => LinkedNodes;
  /** Of a view: what rows that are one have in common. */
  readonly groupOf: ((ordinal: number) => unknown) | undefined;
}

/** Throws QUERY_UNSUPPORTED for `loadRelationIds`: a proxy has no room for ids in the place of records. */
export function shownRecords(
  { strictRelations }: StoreContext,
  planner: FindPlanner,
  hydration: Hydration,
  found: FindPlan,
): ShownRecords {
  if (found.map.relationIdAttributes.length > 0)
    throw queryUnsupported(
      found.plan.entity,
      undefined,
      '`loadRelationIds` with proxies',
      "Ask for entities: { as: 'entity' }, or declare @RelationId members.",
    );
  return {
    asked: relationTreeOf(found, planner, strictRelations),
    isThere: presenceTest(hydration, found),
    linked: (nodes) => loadedNodes(planner, hydration.readers, found, nodes),
    groupOf: viewGroups(hydration, found.map.mainAlias!.name, found.metadata),
  };
}

export function recordProxies(
  { snapshot }: StoreContext,
  { asked, isThere, linked, groupOf }: ShownRecords,
  { map, plan, relationsByQuery }: FindPlan,
  result: PlanResult,
): object[] {
  // Relations that proxies follow by themselves pass over deleted records.
  const isFollowed = relationsByQuery.length === 0 && !(map.withDeleted && plan.joins);
  if (result.isPlain && !isThere && isFollowed)
    return snapshot.byOrdinal.proxiesOf(
      plan.entity,
      groupOf ? firstOfGroups(result.ordinals, groupOf) : result.ordinals,
      asked,
    );
  const nodes = isThere ? present(result.nodes, 0, isThere) : result.nodes;
  const shown = groupOf ? firstOfGroups(nodes, (node) => groupOf(node.ordinal)) : nodes;
  const { nodes: all, joins } = linked(shown);
  return snapshot.byOrdinal.proxiesOfNodes(plan.entity, all, joins, asked);
}

/** The relations and fields that are selected, with those that TypeORM would load by queries of their own. */
export function relationTreeOf(found: FindPlan, planner: FindPlanner, isStrict: boolean): RelationTree {
  const { map, metadata } = found;
  const selections = new Set(map.selects.map(({ selection }) => selection));
  const tree = treeBelow(map.mainAlias!.name, metadata);
  for (const relation of found.relationsByQuery) {
    const below = planner.planRelation(found, relation);
    if (below) put(tree, relation.propertyPath, relationTreeOf(below, planner, isStrict) as MutableTree);
  }
  return tree as RelationTree;

  function treeBelow(alias: string, metadata: EntityMetadata): MutableTree {
    const below: MutableTree = {};
    if (isStrict) below[STRICT_RELATIONS] = true;
    if (!selections.has(alias)) {
      const fields: MutableFields = {};
      const isSelected = ({ propertyPath }: ColumnMetadata) => selections.has(`${alias}.${propertyPath}`);
      const selected = metadata.columns.filter(isSelected);
      for (const { propertyPath } of selected) put<MutableFields | true>(fields, propertyPath, true);
      // TypeORM gives ids beside what is selected, if it has fetched by what it finds them.
      for (const { relation, propertyName } of selected.length > 0 ? metadata.relationIds : []) {
        const columns = relation.isWithJoinColumn ? relation.joinColumns : ownColumnsOf(relation);
        if (columns.every((column) => column.isPrimary || isSelected(column))) fields[propertyName] = true;
      }
      // It says the class whatever is selected.
      const { typename } = metadata.dataSource.options;
      const isMember = [...metadata.columns, ...metadata.relations].some((one) => one.propertyName === typename);
      if (typename && !isMember) fields[typename] = true;
      below[SHOWN_FIELDS] = fields;
    }
    for (const join of map.joinAttributes)
      if (join.isSelected && join.parentAlias === alias && join.relation)
        put(below, join.relation.propertyPath, treeBelow(join.alias.name, join.metadata!));
    return below;
  }
}

/** What lies in embeddeds stands below the embedded's name. */
function put<T>(tree: { [name: string]: T }, propertyPath: string, value: T): void {
  const path = propertyPath.split('.');
  let holder = tree;
  for (const name of path.slice(0, -1)) {
    holder[name] ??= {} as T;
    holder = holder[name] as { [name: string]: T };
  }
  holder[path.at(-1)!] = value;
}

/** Whether a record of a row source shows anything: one whose selected fields are all null does not exist for TypeORM. */
type PresenceTest = (source: number, ordinal: number) => boolean;

/** Undefined where every record shows something, its key if nothing else. */
function presenceTest(hydration: Hydration, { map, sources, metadata }: FindPlan): PresenceTest | undefined {
  const bySource = new Map<number, readonly ((ordinal: number) => boolean)[]>();
  const add = (alias: string, of: EntityMetadata) => {
    if (of.primaryColumns.some((column) => hydration.isShown(alias, column))) return;
    const held = of.columns.filter(
      (column) => !column.isVirtualProperty && hydration.isShown(alias, column) && hydration.isStored(of, column),
    );
    bySource.set(
      sources.get(alias)!,
      held.map((column) => hydration.presence(of, column)),
    );
  };
  add(map.mainAlias!.name, metadata);
  for (const join of map.joinAttributes) if (join.isSelected && join.metadata) add(join.alias.name, join.metadata);
  if (bySource.size === 0) return undefined;
  return (source, ordinal) => bySource.get(source)?.some((has) => has(ordinal)) ?? true;
}

function present(nodes: readonly ResultNode[], source: number, isThere: PresenceTest): ResultNode[] {
  const kept = nodes.filter(({ ordinal }) => isThere(source, ordinal));
  return kept.map(({ ordinal, joined }) => ({
    ordinal,
    joined: Object.fromEntries(
      Object.entries(joined).map(([below, targets]) => [below, present(targets, Number(below), isThere)]),
    ),
  }));
}
