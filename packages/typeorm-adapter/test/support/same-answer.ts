/** Runs planned finds over a snapshot and holds them against TypeORM: the same records in order, with the same targets of the relations asked for. */
import { type OpenedSnapshot, type ResultNode, runPlan } from '@permafrost/core';
import type { EntityMetadata, EntityTarget, FindManyOptions } from 'typeorm';
import type { FindPlan, FindPlanner } from '../../src/find/find-plan';
import { snapshotNameOf, tableMetadataOf } from '../../src/mapping/mapped-entity';
import type { Kind } from './kinds';

type Tree = readonly [key: string, ...relations: unknown[]];

/** Lists without an order are compared as sets; so is what one without a total order finds, if `inOrder` is false. */
export async function expectSameAnswer(
  { dataSource, store }: Kind,
  planner: FindPlanner,
  entity: EntityTarget<any>,
  optionsOf: () => FindManyOptions<any>,
  inOrder?: boolean,
): Promise<void> {
  const metadata = dataSource.getMetadata(entity);
  const found = planner.plan(metadata, optionsOf(), 'find');
  const { nodes } = runPlan(store.snapshot, found.plan);
  const actual = nodes.map((node) => treeOfNode(store.snapshot, found, 0, node));
  const expected = (await dataSource.getRepository<any>(entity).find(optionsOf())).map((record) =>
    treeOfEntity(found, found.map.mainAlias!.name, metadata, record),
  );
  const isOrdered = inOrder ?? found.plan.order !== undefined;
  expect(isOrdered ? actual : sorted(actual)).toEqual(isOrdered ? expected : sorted(expected));
}

function treeOfNode(snapshot: OpenedSnapshot, found: FindPlan, source: number, node: ResultNode): Tree {
  const alias = [...found.sources].find(([, number]) => number === source)![0];
  const { metadata } = found.map.findAliasByName(alias);
  const record = [
    ...snapshot.byOrdinal.proxiesOf(snapshotNameOf(tableMetadataOf(metadata)), [node.ordinal]),
  ][0] as object;
  const below = joinsBelow(found, alias).map((join) =>
    (node.joined[found.sources.get(join.alias.name)!] ?? []).map((target) =>
      treeOfNode(snapshot, found, found.sources.get(join.alias.name)!, target),
    ),
  );
  return [keyOf(metadata, record), ...below.map(sorted)];
}

function treeOfEntity(found: FindPlan, alias: string, metadata: EntityMetadata, record: any): Tree {
  const below = joinsBelow(found, alias).map((join) => {
    const relation = join.relation!;
    const value = relation.getEntityValue(record);
    const targets: object[] = Array.isArray(value) ? value : value ? [value] : [];
    return targets.map((target) => treeOfEntity(found, join.alias.name, relation.inverseEntityMetadata, target));
  });
  return [keyOf(metadata, record), ...below.map(sorted)];
}

function joinsBelow({ map }: FindPlan, alias: string) {
  return map.joinAttributes.filter((join) => join.parentAlias === alias && join.isSelected);
}

function keyOf(metadata: EntityMetadata, record: object): string {
  return metadata.primaryColumns.map((column) => String(column.getEntityValue(record))).join();
}

function sorted<T>(trees: readonly T[]): T[] {
  return [...trees].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
