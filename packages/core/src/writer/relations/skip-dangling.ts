/**
 * The policy 'skip': records with a dangling reference are left out, then those that refer to them, until every reference leads to a
 * record that stays. A work list, so it takes time in proportion to the references, whatever shape they have.
 * Memory: a bit a record; where something dangles, 4 bytes a reference and 4 a target for each relation that leads to what is left out.
 */
import { bitmapSize, setBit, testBit } from '../../bytes/bitmap';
import type { RelationSchema } from '../../schema/schema';
import { AdjacencyListView, buildAdjacencyList } from '../../structure/adjacency-list';
import type { SealedTable } from '../staging/sealed-table';
import { trusted, viewOf } from '../staging/staging-table';
import type { DanglingReferences } from './dangling-policy';

/** In resolved references: the key that is referred to is nobody's. Above all ordinals. */
export const DANGLING = 0xfffffffe;

/** A stored to-one relation with the target of each ordinal, {@link DANGLING}, or more for none. */
export interface ResolvedReference {
  readonly table: SealedTable;
  readonly target: SealedTable;
  readonly relation: RelationSchema;
  readonly targets: Uint32Array;
}

/**
 * Leaves records out of their tables; true if there were any: then ordinals have changed and `references` no longer hold.
 * A record that must have a relation which the other side stores goes when the last record that gave it one goes.
 */
export function skipDangling(references: readonly ResolvedReference[], dangling: DanglingReferences): boolean {
  const skipped = new Map<SealedTable, Uint8Array>();
  const pending: { table: SealedTable; ordinal: number }[] = [];
  const isSkipped = (table: SealedTable, ordinal: number) => {
    const bits = skipped.get(table);
    return bits !== undefined && testBit(bits, 0, ordinal);
  };
  const skip = (table: SealedTable, relation: RelationSchema, ordinal: number) => {
    if (isSkipped(table, ordinal)) return;
    if (!skipped.has(table)) skipped.set(table, new Uint8Array(bitmapSize(table.recordCount)));
    setBit(skipped.get(table)!, 0, ordinal);
    dangling.add(table.entity, relation, 'skipped');
    pending.push({ table, ordinal });
  };

  for (const { table, relation, targets } of references) {
    for (let ordinal = 0; ordinal < targets.length; ordinal++)
      if (targets[ordinal] === DANGLING) skip(table, relation, ordinal);
  }
  const edges = references.map((reference) => new Edge(reference));
  for (let gone = pending.pop(); gone !== undefined; gone = pending.pop()) {
    const { table, ordinal } = gone;
    for (const edge of edges) {
      if (edge.target === table) edge.forEachReferrer(ordinal, (referrer) => skip(edge.table, edge.relation, referrer));
      if (edge.table !== table || !edge.requiredInverse) continue;
      const target = edge.targets[ordinal]!;
      if (target >= DANGLING) continue;
      let isHeld = false;
      edge.forEachReferrer(target, (referrer) => {
        isHeld ||= !isSkipped(table, referrer);
      });
      if (!isHeld) skip(edge.target, edge.requiredInverse, target);
    }
  }
  for (const [table, bits] of skipped) table.leaveOut(bits);
  return skipped.size > 0;
}

/** A relation that can be followed backwards; what that takes is made when it is first done. */
class Edge {
  readonly table: SealedTable;
  readonly target: SealedTable;
  readonly relation: RelationSchema;
  readonly targets: Uint32Array;
  /** The target's own to-one relation that this one stores, if it must not be empty. */
  readonly requiredInverse: RelationSchema | undefined;
  #referrers: AdjacencyListView | undefined;

  constructor({ table, target, relation, targets }: ResolvedReference) {
    this.table = table;
    this.target = target;
    this.relation = relation;
    this.targets = targets;
    this.requiredInverse = target.entity.relations.find(
      ({ kind, target: owner, inverse, nullable }) =>
        kind === 'to-one' && owner === table.entity.name && inverse === relation.name && !nullable,
    );
  }

  forEachReferrer(ordinal: number, visit: (referrer: number) => void): void {
    this.#referrers ??= this.#invert();
    const { start, count } = this.#referrers.runOf(ordinal);
    for (let position = start; position < start + count; position++) visit(this.#referrers.target(position));
  }

  #invert(): AdjacencyListView {
    const { targets } = this;
    const list = buildAdjacencyList(this.target.recordCount, (visit) => {
      for (let ordinal = 0; ordinal < targets.length; ordinal++)
        if (targets[ordinal]! < DANGLING) visit(targets[ordinal]!, ordinal);
    });
    return new AdjacencyListView(viewOf(list), trusted, 0);
  }
}
