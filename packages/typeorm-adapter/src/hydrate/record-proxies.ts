/** A plan's records as proxies: they show what TypeORM's entities would, read as it is touched. */
import type { OpenedSnapshot, PlanResult, RelationTree } from '@permafrost/core';
import { queryUnsupported } from '../errors';
import type { FindPlan, FindPlanner } from '../find/find-plan';

type MutableTree = { [relation: string]: MutableTree };

/** Throws QUERY_UNSUPPORTED for `loadRelationIds`: a proxy has no room for ids in the place of records. */
export function recordProxies(
  snapshot: OpenedSnapshot,
  planner: FindPlanner,
  found: FindPlan,
  result: PlanResult,
): object[] {
  const { map, plan } = found;
  if (map.relationIdAttributes.length > 0)
    throw queryUnsupported(
      plan.entity,
      undefined,
      '`loadRelationIds` with proxies',
      "Ask for entities: { as: 'entity' }, or declare @RelationId members.",
    );
  const asked = relationTreeOf(found, planner);
  // Relations that proxies follow by themselves pass over deleted records.
  const isPlain = result.isPlain && !(map.withDeleted && plan.joins);
  return isPlain
    ? snapshot.proxiesOf(plan.entity, result.ordinals, asked)
    : snapshot.proxiesOfNodes(plan.entity, result.nodes, plan.joins ?? [], asked);
}

/** The relations that are selected, with those that TypeORM would load by queries of their own. */
export function relationTreeOf(found: FindPlan, planner: FindPlanner): RelationTree {
  const { map } = found;
  const tree = joinedBelow(map.mainAlias!.name);
  for (const relation of found.relationsByQuery) {
    const below = planner.planRelation(found, relation);
    if (below) put(tree, relation.propertyPath, relationTreeOf(below, planner) as MutableTree);
  }
  return tree;

  function joinedBelow(alias: string): MutableTree {
    const below: MutableTree = {};
    for (const join of map.joinAttributes)
      if (join.isSelected && join.parentAlias === alias && join.relation)
        put(below, join.relation.propertyPath, joinedBelow(join.alias.name));
    return below;
  }
}

/** Relations in embeddeds stand below the embedded's name. */
function put(tree: MutableTree, propertyPath: string, below: MutableTree): void {
  const path = propertyPath.split('.');
  let holder = tree;
  for (const name of path.slice(0, -1)) holder = holder[name] ??= {};
  holder[path.at(-1)!] = below;
}
