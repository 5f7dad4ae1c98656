/** A relation as the engine follows it: from a record's ordinal to those of its targets, and back where the schema has a way back. */
import { testBit } from '../bytes/bitmap';
import type { RecordTable } from '../reader/record-table';
import type { RelationSchema } from '../schema/schema';
import type { TargetRun } from '../structure/adjacency-list';

export interface Link {
  readonly relation: RelationSchema;
  readonly target: RecordTable;
  readonly isToMany: boolean;
  /** Of a to-one relation: the target of a record whose block has been checked, or -1. The target's block has not been checked. */
  readonly targetOf: (ordinal: number) => number;
  /** Of a to-many relation: the targets of a record. */
  readonly runOf: (ordinal: number) => TargetRun;
}

/** How a relation to one entity is followed. */
export function linkOf(table: RecordTable, relationNumber: number): Link {
  const relation = table.entity.relations[relationNumber]!;
  const [target] = table.targetTables(relation);
  const isToMany = relation.kind === 'to-many';
  return {
    relation,
    target: target!,
    isToMany,
    targetOf: isToMany ? () => -1 : referenceReader(table, relation.name),
    runOf: (ordinal) => table.adjacencyList(relationNumber).runOf(ordinal),
  };
}

/** The ordinal in the slot of a to-one relation, or -1. */
export function referenceReader(table: RecordTable, relation: string): (ordinal: number) => number {
  const { bytes, view, stride } = table;
  const { offset, bit } = table.slotOf(relation);
  return (ordinal) => {
    const base = ordinal * stride;
    return testBit(bytes, base, bit) ? view.getUint32(base + offset, true) : -1;
  };
}

/** From a target's ordinal to the records that refer to it; undefined where the schema does not say. Checks the targets' blocks. */
export function wayBack(
  table: RecordTable,
  relation: RelationSchema,
): ((target: number) => Iterable<number>) | undefined {
  if (relation.targets) return undefined;
  const target = table.targetTables(relation)[0]!;
  const number = target.entity.relations.findIndex(
    (other) =>
      !other.targets &&
      other.target === table.entity.name &&
      (relation.inverse === undefined ? other.inverse === relation.name : other.name === relation.inverse),
  );
  if (number < 0) return undefined;
  const { isToMany, targetOf, runOf } = linkOf(target, number);
  if (isToMany) return (ordinal) => ordinalsIn(runOf(ordinal));
  return (ordinal) => {
    target.checkRecord(ordinal);
    const owner = targetOf(ordinal);
    return owner < 0 ? [] : [owner];
  };
}

function* ordinalsIn({ source, start, count }: TargetRun): Iterable<number> {
  for (let place = start; place < start + count; place++) yield source.target(place);
}
