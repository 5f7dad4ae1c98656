/**
 * What joins led to, as a tree a record: of joins that decide which rows there are only the targets in rows that satisfy the condition, in
 * the order of the rows; of the others all targets that their own condition leaves. Made as it is looked at.
 */

import { fieldAt } from '../schema/embedded';
import { conditionsBySource } from './condition-parts';
import { sourcesOf } from './expressions/compile-expression';
import { JoinedRows } from './joined-rows';
import type { ResultNode, ResultNodes } from './plan';
import { type JoinedSource, neededJoins, type PlanSources } from './plan-sources';
import { type RowOrder, rowOrder, sortRows } from './row-order';

const NONE: ResultNodes = Object.freeze({});

/** The nodes of records that satisfy a plan. */
export function nodesOf(sources: PlanSources, ordinals: Uint32Array): readonly ResultNode[] {
  const maker = new NodeMaker(sources);
  return Array.from(ordinals, (ordinal) => maker.rootNode(ordinal));
}

/** Whether the joined relations lead from a record of the result wherever they lead from any record: nothing trims or orders a list. */
export function isPlain({ plan, joins }: PlanSources): boolean {
  const named = plan.where ? sourcesOf(plan.where) : new Set<number>();
  for (const { source } of plan.order ?? []) named.add(source);
  /** Row sources with a join below them that decides about rows. */
  const decided = new Set<number>();
  /** Row sources without which a join below them drops the row. */
  const required = new Set<number>();
  for (const { number, parent, link, join } of joins.toReversed()) {
    const isDecided = named.has(number) || decided.has(number);
    if (!leadsAsRelation(joins[number - 1]!) || (link.isToMany && isDecided)) return false;
    const isRequired = join.kind === 'inner' || required.has(number);
    if (isRequired) required.add(parent);
    if (isDecided || (isRequired && (link.isToMany || link.relation.nullable || join.on))) decided.add(parent);
  }
  return true;
}

/** Whether a join leads to the targets that relations of records lead to: all that they do not pass over. */
function leadsAsRelation({ number, join, link, table }: JoinedSource): boolean {
  const { entity } = table;
  if (link.relation.passesOver) return false;
  if (entity.deletedBy === undefined) return join.on === undefined;
  if (join.on?.kind !== 'is-null') return false;
  const { source, field, through } = join.on.operand;
  return source === number && through === undefined && fieldAt(entity, field)?.name === entity.deletedBy;
}

class NodeMaker {
  readonly #sources: PlanSources;
  readonly #joins: readonly JoinedSource[];
  readonly #decides: readonly boolean[];
  readonly #rows: JoinedRows;
  readonly #order: RowOrder;
  readonly #scratch: Int32Array;

  constructor(sources: PlanSources) {
    const { plan } = sources;
    this.#sources = sources;
    this.#joins = neededJoins(sources, plan);
    const decides = new Array<boolean>(sources.sources.length).fill(false);
    for (const { number } of this.#joins) decides[number] = true;
    this.#decides = decides;
    this.#rows = new JoinedRows(sources.sources, this.#joins, conditionsBySource(plan.where));
    this.#order = rowOrder(sources.sources, plan.order ?? []);
    this.#scratch = new Int32Array(sources.sources.length);
  }

  rootNode(ordinal: number): ResultNode {
    if (this.#sources.below[0]!.length === 0) return { ordinal, joined: NONE };
    return new Node(ordinal, () =>
      this.#walk(0, ordinal, this.#joins.length === 0 ? undefined : this.#rowsOf(ordinal)),
    );
  }

  #rowsOf(root: number): Int32Array[] {
    const rows: Int32Array[] = [];
    this.#sources.table.checkRecord(root);
    this.#rows.forEach(root, (row) => {
      rows.push(row.slice());
      return true;
    });
    sortRows(rows, this.#order);
    return rows;
  }

  /** What hangs on a record of a row source, in rows that have it there; without rows no join below decides about any. */
  #walk(source: number, ordinal: number, rows: Int32Array[] | undefined): ResultNodes {
    this.#sources.sources[source]!.table.checkRecord(ordinal);
    const joined: { [source: number]: readonly ResultNode[] } = {};
    for (const join of this.#sources.below[source]!)
      joined[join.number] =
        rows && this.#decides[join.number] ? this.#grouped(join, rows) : this.#targets(join, ordinal);
    return joined;
  }

  #grouped({ number }: JoinedSource, rows: readonly Int32Array[]): ResultNode[] {
    const groups = new Map<number, Int32Array[]>();
    for (const row of rows) {
      const ordinal = row[number]!;
      if (ordinal < 0) continue;
      const group = groups.get(ordinal);
      if (group) group.push(row);
      else groups.set(ordinal, [row]);
    }
    return Array.from(groups, ([ordinal, group]) => this.#node(number, ordinal, group));
  }

  #targets({ number, table, link, on }: JoinedSource, owner: number): ResultNode[] {
    const counts = (target: number) => {
      table.checkRecord(target);
      if (!on) return true;
      this.#scratch[number] = target;
      return on(this.#scratch);
    };
    if (!link.isToMany) {
      const target = link.targetOf(owner);
      return target >= 0 && counts(target) ? [this.#node(number, target, undefined)] : [];
    }
    const { source, start, count } = link.runOf(owner);
    const targets = new Set<number>();
    for (let place = start; place < start + count; place++) {
      const target = source.target(place);
      if (!targets.has(target) && counts(target)) targets.add(target);
    }
    return Array.from(targets, (target) => this.#node(number, target, undefined));
  }

  #node(source: number, ordinal: number, rows: Int32Array[] | undefined): ResultNode {
    if (this.#sources.below[source]!.length === 0) return { ordinal, joined: NONE };
    return new Node(ordinal, () => this.#walk(source, ordinal, rows));
  }
}

/** A record whose joins are followed when they are first asked for. */
class Node implements ResultNode {
  #joined: ResultNodes | undefined;
  #follow: (() => ResultNodes) | undefined;

  constructor(
    readonly ordinal: number,
    follow: () => ResultNodes,
  ) {
    this.#follow = follow;
  }

  get joined(): ResultNodes {
    if (this.#joined === undefined) {
      this.#joined = this.#follow!();
      this.#follow = undefined;
    }
    return this.#joined;
  }
}
