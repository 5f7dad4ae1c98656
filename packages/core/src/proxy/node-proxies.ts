/**
 * Proxies that show what a query led to: their joined relations hold the targets of its nodes from the start, where a getter would
 * otherwise follow the reference. Lists are those of all relations, and make their elements as these are read.
 */
import { pathOf, pathTextOf } from '../schema/embedded';
import type { ProxyTable } from './proxy-table';
import { RecordList } from './record-list';
import { askedAt, type RelationTree, stateOf } from './record-state';

/** A record, and what the relations followed from it led to. */
export interface LinkedNode {
  readonly ordinal: number;
  /** By number of the join, from 1; of a to-one relation one node at most. */
  readonly joined: { readonly [source: number]: readonly LinkedNode[] };
}

/** A relation followed from the records of a join, or from those of the entity itself (0). */
export interface FollowedRelation {
  readonly parent: number;
  readonly relation: string;
}

/** A joined relation of one entity's records. */
interface Joined {
  /** Number of the join. */
  readonly source: number;
  readonly relationNumber: number;
  readonly isToMany: boolean;
  readonly name: string;
  readonly makeTarget: MakeProxy;
  readonly table: ProxyTable;
}

type MakeProxy = (node: LinkedNode) => object;

/**
 * The proxies of `nodes`, which are records of `table`. Joins that are undefined, or that `asked`, if given, does not name, are left to the
 * relation itself.
 */
export function nodeProxies(
  table: ProxyTable,
  nodes: readonly LinkedNode[],
  joins: readonly (FollowedRelation | undefined)[],
  asked: RelationTree | undefined,
): object[] {
  return nodes.map(proxyMaker(table, 0, joins, 0, asked, asked === undefined));
}

function proxyMaker(
  table: ProxyTable,
  source: number,
  joins: readonly (FollowedRelation | undefined)[],
  depth: number,
  asked: RelationTree | undefined,
  followsAll: boolean,
): MakeProxy {
  const joined: Joined[] = [];
  for (const [place, join] of joins.entries()) {
    if (join?.parent !== source) continue;
    const { relation } = join;
    const relationNumber = table.records.entity.relations.findIndex((one) => pathTextOf(one) === relation);
    const target = table.targets[relationNumber]?.[0];
    if (!target || joined.some((other) => other.relationNumber === relationNumber)) continue;
    const path = pathOf(table.records.entity.relations[relationNumber]!);
    if (!followsAll && !isAsked(asked, path)) continue;
    const below = askedAt(asked, path);
    joined.push({
      source: place + 1,
      relationNumber,
      isToMany: table.records.entity.relations[relationNumber]!.kind === 'to-many',
      name: `${table.records.entity.name}.${relation}`,
      makeTarget: proxyMaker(target, place + 1, joins, depth + 1, below, followsAll),
      table: target,
    });
  }
  const relationCount = table.targets.length;
  return (node) => {
    table.records.checkRecord(node.ordinal);
    const proxy = table.create(node.ordinal, depth, asked);
    if (joined.length === 0) return proxy;
    const links: unknown[] = new Array(relationCount);
    for (const join of joined) {
      const nodes = node.joined[join.source] ?? [];
      links[join.relationNumber] = join.isToMany
        ? listOf(join, nodes, depth + 1)
        : nodes.length === 0
          ? null
          : join.makeTarget(nodes[0]!);
    }
    stateOf(proxy)!.links = links;
    return proxy;
  };
}

function isAsked(asked: RelationTree | undefined, path: readonly string[]): boolean {
  const holder = askedAt(asked, path.slice(0, -1));
  const name = path.at(-1)!;
  return holder !== undefined && Object.hasOwn(holder, name) && holder[name] !== undefined && holder[name] !== false;
}

function listOf({ table, name, makeTarget }: Joined, nodes: readonly LinkedNode[], depth: number): object {
  const run = { source: { target: (place: number) => nodes[place]!.ordinal }, start: 0, count: nodes.length };
  return new RecordList(table, run, name, depth, undefined, (place) => makeTarget(nodes[place]!));
}
