/**
 * What verify checks of relations: lists lie one behind another and name records that are there, and the two sides of a relation hold
 * the same pairs. Pairs are compared by their number and two order-independent sums: no memory, about 20 ns a pair and side.
 */
import { testBit } from '../bytes/bitmap';
import { murmur3Int64 } from '../bytes/murmur3';
import type { SlotKind } from '../layout/layout';
import type { EntitySchema, RelationSchema } from '../schema/schema';
import { ORDINAL_OFFSET } from './polymorphic-slot';
import type { RecordTable } from './record-table';
import type { Findings } from './verify-findings';

export function verifyRelations(table: RecordTable, findings: Findings): void {
  for (const [number, relation] of table.entity.relations.entries()) {
    findings.collect(table, relation.name, undefined, () => {
      if (relation.kind === 'to-many') verifyList(table, number, relation, findings);
      if (relation.inverse !== undefined && !findings.full) verifyInverse(table, relation, findings);
      if (relation.subtype !== undefined && !relation.passesOver && !findings.full)
        verifySubtype(table, relation, findings);
    });
  }
}

/** What is wrong with the slot of a to-one relation, or undefined. */
export function referenceDefect(
  view: DataView,
  slotAt: number,
  kind: SlotKind,
  targets: readonly RecordTable[],
): string | undefined {
  const isPolymorphic = kind === 'polymorphic-reference';
  const number = isPolymorphic ? view.getUint32(slotAt, true) : 0;
  const target = targets[number];
  if (!target) return `it refers to a record of target ${number} of ${targets.length}.`;
  const ordinal = view.getUint32(slotAt + (isPolymorphic ? ORDINAL_OFFSET : 0), true);
  return ordinal < target.recordCount
    ? undefined
    : `it refers to ${target.entity.name} record ${ordinal} of ${target.recordCount}.`;
}

function verifyList(table: RecordTable, number: number, relation: RelationSchema, findings: Findings): void {
  const list = table.adjacencyList(number);
  const targetCount = table.targetTables(relation)[0]!.recordCount;
  let position = 0;
  for (let owner = 0; owner < list.ownerCount && !findings.full; owner++) {
    const { start, count } = list.runOf(owner);
    if (start !== position)
      findings.say(table, `its list starts at ${start}, not at ${position}.`, relation.name, owner);
    position = start + count;
  }
  if (position !== list.targetCount) {
    findings.say(table, `its lists end at ${position} of ${list.targetCount} targets.`, relation.name);
  }
  for (let place = 0; place < list.targetCount && !findings.full; place++) {
    const target = list.target(place);
    if (target >= targetCount) {
      findings.say(table, `a list names ${relation.target} record ${target} of ${targetCount}.`, relation.name);
    }
  }
}

/** A relation to a subtype leads to records of it alone. */
function verifySubtype(table: RecordTable, relation: RelationSchema, findings: Findings): void {
  const target = table.targetTables(relation)[0]!;
  const isMember = target.subtypes!.memberOf(relation.subtype!);
  forEachPair(table, relation, (owner, ordinal) => {
    if (ordinal < target.recordCount && !isMember(ordinal))
      findings.say(
        table,
        `it leads to ${relation.target} record ${ordinal}, which is no ${relation.subtype}.`,
        relation.name,
        owner,
      );
  });
}

/** The relation as this side has it must be the one that the other side stores. */
function verifyInverse(table: RecordTable, relation: RelationSchema, findings: Findings): void {
  const other = table.targetTables(relation)[0]!;
  const stored = other.entity.relations.find((candidate) => candidate.name === relation.inverse)!;
  const here = new PairSums();
  forEachPair(table, relation, (owner, target) => here.add(target, owner));
  const there = new PairSums();
  const number = stored.targets === undefined ? undefined : stored.targets.indexOf(table.entity.name);
  forEachPair(other, stored, (owner, target) => there.add(owner, target), number);
  if (here.equals(there)) return;
  findings.say(
    table,
    `its ${here.count} pairs are not the ${there.count} that ${other.entity.name}.${stored.name} stores.`,
    relation.name,
  );
}

/** Of a polymorphic relation only the pairs that lead to the target with `targetNumber`. */
function forEachPair(
  table: RecordTable,
  relation: RelationSchema,
  visit: (owner: number, target: number) => void,
  targetNumber?: number,
): void {
  if (relation.kind === 'to-many') {
    const list = table.adjacencyList(numberOf(table.entity, relation));
    for (let owner = 0; owner < list.ownerCount; owner++) {
      const { start, count } = list.runOf(owner);
      for (let place = start; place < start + count; place++) visit(owner, list.target(place));
    }
    return;
  }
  const { bytes, view, stride, recordCount } = table;
  const { offset, bit } = table.slotOf(relation.name);
  for (let owner = 0; owner < recordCount; owner++) {
    if (!testBit(bytes, owner * stride, bit)) continue;
    const slotAt = owner * stride + offset;
    if (targetNumber === undefined) visit(owner, view.getUint32(slotAt, true));
    else if (view.getUint32(slotAt, true) === targetNumber) visit(owner, view.getUint32(slotAt + ORDINAL_OFFSET, true));
  }
}

function numberOf(entity: EntitySchema, relation: RelationSchema): number {
  return entity.relations.indexOf(relation);
}

class PairSums {
  count = 0;
  #sum = 0;
  #exclusive = 0;

  add(owner: number, target: number): void {
    const hash = murmur3Int64(owner, target, 0);
    this.count++;
    this.#sum = (this.#sum + hash) >>> 0;
    this.#exclusive ^= hash;
  }

  equals(other: PairSums): boolean {
    return this.count === other.count && this.#sum === other.#sum && this.#exclusive === other.#exclusive;
  }
}
