/**
 * Relations that TypeORM loads by queries of their own, as joins that lead to what these queries give: no condition of the first query trims
 * them, and they may give deleted records.
 */
import { type Join, type ResultNode, type ResultNodes, runPlan } from '@permafrost/core';
import type { FindPlan, FindPlanner } from '../find/find-plan';
import { snapshotNameOf } from '../mapping/mapped-entity';
import { isMatchedByOwners, passesOverDeletedOwners, queryTargets } from './query-targets';
import type { RecordReaders } from './record-readers';

/** Nodes, and the joins that lead on from them; undefined for a join of which nothing is shown. */
export interface LinkedNodes {
  readonly nodes: readonly ResultNode[];
  readonly joins: readonly (Pick<Join, 'parent' | 'relation'> | undefined)[];
}

/** The nodes of a plan, with what its {@link FindPlan.relationsByQuery} lead to. Runs a query a relation. Throws SNAPSHOT_CLOSED. */
export function loadedNodes(
  planner: FindPlanner,
  readers: RecordReaders,
  found: FindPlan,
  nodes: readonly ResultNode[],
): LinkedNodes {
  const joins: LinkedNodes['joins'][number][] = found.map.joinAttributes.map(({ isSelected }, place) =>
    isSelected ? found.plan.joins![place]! : undefined,
  );
  let linked = nodes;
  for (const relation of found.relationsByQuery) {
    const below = planner.planRelation(found, relation);
    if (below === undefined) continue;
    const follow = queryTargets(readers, relation);
    const targets = linked.map(({ ordinal }) => follow(ordinal));
    const among = [...new Set(targets.flat())];
    const related = loadedNodes(planner, readers, below, runPlan(readers.snapshot, { ...below.plan, among }).nodes);
    const source = joins.push({ parent: 0, relation: relation.propertyPath });
    for (const join of related.joins) joins.push(join && { ...join, parent: join.parent + source });
    const places = new Map(related.nodes.map(({ ordinal }, place) => [ordinal, place]));
    const renumbered = related.nodes.map((node) => behind(source, node));
    const isMany = relation.isManyToMany || relation.isOneToMany;
    const isEachMatched = () => targets.every((own) => own.some((ordinal) => places.has(ordinal)));
    const passesOver = passesOverDeletedOwners(relation, isMatchedByOwners(relation, isEachMatched));
    const owners = snapshotNameOf(relation.entityMetadata);
    linked = linked.map((node, owner) => {
      const isLost = passesOver && readers.snapshot.byOrdinal.isDeleted(owners, node.ordinal);
      const found = isLost ? [] : targets[owner]!.flatMap((ordinal) => places.get(ordinal) ?? []);
      const own = found.sort((a, b) => a - b);
      return withTargets(
        node,
        source,
        (isMany ? own : own.slice(-1)).map((place) => renumbered[place]!),
      );
    });
  }
  return { nodes: linked, joins };
}

function withTargets(node: ResultNode, source: number, targets: readonly ResultNode[]): ResultNode {
  return {
    ordinal: node.ordinal,
    get joined(): ResultNodes {
      return { ...node.joined, [source]: targets };
    },
  };
}

/** A node whose joins come behind those of another query. */
function behind(count: number, node: ResultNode): ResultNode {
  return {
    ordinal: node.ordinal,
    get joined(): ResultNodes {
      return Object.fromEntries(
        Object.entries(node.joined).map(([source, targets]) => [
          Number(source) + count,
          targets.map((target) => behind(count, target)),
        ]),
      );
    },
  };
}
