/**
 * The relation pass: keys that relations refer to become ordinals. Since a record's identity is (entity, key), cycles of any shape close.
 * Memory: 4 bytes a record for each stored to-one relation (a polymorphic one counts for each of its targets), 8 bytes a pair for each stored to-many relation.
 */

import { testBits } from '../../bytes/bitmap';
import { describeValue, PermafrostBugError, PermafrostError } from '../../errors';
import { missingValue } from '../../schema/canonical';
import type { EntitySchema, RelationSchema } from '../../schema/schema';
import { keyFields } from '../../schema/schema';
import { buildAdjacencyList } from '../../structure/adjacency-list';
import type { HeapView } from '../../structure/heap';
import type { LinkWriter } from '../link-writer';
import type { StagedReference } from '../record-writer';
import { type ForEachPair, requireSubtype } from '../require-subtypes';
import { loadKey, referenceParts, type SealedTable, stagedKey } from '../staging/sealed-table';
import { StagedText } from '../staging/staged-key';
import type { StagedRecords } from '../staging/staged-records';
import type { StagingTable } from '../staging/staging-table';
import type { DanglingReferences } from './dangling-policy';
import { DANGLING, type ResolvedReference, skipDangling } from './skip-dangling';

/** The ordinal slot of a reference that refers to nothing. */
export const NO_TARGET = 0xffffffff;

export interface ResolvedRelations {
  /**
   * For each to-one relation, stored or derived, the target of each ordinal or {@link NO_TARGET}: one list, or one a target of a
   * polymorphic relation.
   */
  referencesOf(entity: EntitySchema, relation: RelationSchema): readonly Uint32Array[];
  /** For each to-many relation, the bytes of its adjacency list. */
  adjacencyListOf(entity: EntitySchema, relation: RelationSchema): Buffer;
}

/**
 * Throws REFERENCE_DANGLING, REFERENCE_SUBTYPE, REFERENCE_NOT_UNIQUE and VALUE_NULL naming entity, relation and keys. Under the policy 'skip' tables may
 * have fewer records afterwards, with other ordinals.
 */
export function resolveRelations(
  tables: ReadonlyMap<string, SealedTable>,
  links: readonly LinkWriter[],
  scratchHeap: HeapView,
  dangling: DanglingReferences,
): ResolvedRelations {
  const resolveAll = () => resolveAllReferences(tables, scratchHeap, dangling);
  let resolved = resolveAll();
  if (dangling.policy === 'skip' && skipDangling(resolved, dangling)) resolved = resolveAll();
  const stored = (relation: RelationSchema) => resolved.filter((reference) => reference.relation === relation);
  const storedTo = (relation: RelationSchema, target: EntitySchema) =>
    stored(relation).find((reference) => reference.target.entity === target)!.targets;
  const pairs = new Map(links.map((link) => [link.relation, resolveLinks(link, tables, scratchHeap, dangling)]));
  const storedSide = (relation: RelationSchema): RelationSchema => {
    const { entity } = tables.get(relation.target!)!;
    const inverse = entity.relations.find((candidate) => candidate.name === relation.inverse);
    if (!inverse) throw new PermafrostBugError(`The relation ${relation.name} has no inverse ${relation.inverse}.`);
    return inverse;
  };
  const storedPairs =
    (relation: RelationSchema, target: EntitySchema): ForEachPair =>
    (visit) => {
      if (relation.kind === 'to-many') forEachPair(pairs.get(relation)!, visit);
      else forEachReference(storedTo(relation, target), visit);
    };
  const pairsOf = (entity: EntitySchema, relation: RelationSchema): ForEachPair => {
    if (relation.inverse === undefined) return storedPairs(relation, tables.get(relation.target!)!.entity);
    const inverted = storedPairs(storedSide(relation), entity);
    return (visit) => inverted((owner, target) => visit(target, owner));
  };
  for (const table of tables.values()) {
    for (const relation of table.entity.relations)
      if (relation.subtype !== undefined && !relation.passesOver)
        requireSubtype(table, relation, tables.get(relation.target!)!, pairsOf(table.entity, relation));
  }
  return {
    referencesOf(entity, relation) {
      if (relation.inverse === undefined) return stored(relation).map(({ targets }) => targets);
      const owners = storedTo(storedSide(relation), entity);
      return [invertReferences(tables.get(entity.name)!, relation, owners)];
    },
    adjacencyListOf(entity, relation) {
      return buildAdjacencyList(tables.get(entity.name)!.recordCount, pairsOf(entity, relation));
    },
  };
}

function resolveAllReferences(
  tables: ReadonlyMap<string, SealedTable>,
  scratchHeap: HeapView,
  dangling: DanglingReferences,
): ResolvedReference[] {
  return [...tables.values()].flatMap((table) =>
    table.writer.references.map((reference) => {
      const target = tables.get(reference.target.name)!;
      const targets = resolveReferences(table, reference, target, scratchHeap, dangling);
      return { table, target, relation: reference.relation, targets };
    }),
  );
}

function resolveReferences(
  table: SealedTable,
  reference: StagedReference,
  target: SealedTable,
  scratchHeap: HeapView,
  dangling: DanglingReferences,
): Uint32Array {
  const { entity, records } = table;
  const { staging } = table.writer;
  const { stride } = staging.layout;
  const parts = referenceParts(reference.target, reference.bits, staging, scratchHeap);
  const ordinals = new Uint32Array(table.recordCount);
  records.forEach(table.recordCount, (ordinal) => {
    const position = table.ordinals.positionOf(ordinal);
    if (!testBits(records.bytes, position * stride, reference.bits)) {
      ordinals[ordinal] = NO_TARGET;
      return;
    }
    loadKey(parts, records, position * stride);
    const found = target.ordinals.find(parts);
    if (found >= 0) ordinals[ordinal] = found;
    else if (dangling.policy === 'skip') ordinals[ordinal] = DANGLING;
    else if (dangling.policy === 'null' && reference.relation.nullable) {
      ordinals[ordinal] = NO_TARGET;
      dangling.add(entity, reference.relation, 'nulled');
    } else {
      const wanted = referredKey(reference.target, reference.bits, staging, records, scratchHeap, position);
      throw dangling.refuse(entity, reference.relation, table.keyAt(position), target, wanted);
    }
  });
  return ordinals;
}

/** Of each pair both ordinals; one is {@link NO_TARGET} where the link is left out. */
interface ResolvedPairs {
  readonly owners: Uint32Array;
  readonly targets: Uint32Array;
}

function resolveLinks(
  { staging, owner, ownerEntity, targetEntity, relation }: LinkWriter,
  tables: ReadonlyMap<string, SealedTable>,
  scratchHeap: HeapView,
  dangling: DanglingReferences,
): ResolvedPairs {
  const records = staging.seal();
  const { stride } = staging.layout;
  const bits = staging.layout.slots.map((slot) => slot.bit);
  const ownerBits = bits.slice(0, owner.length);
  const keyAt = (entity: EntitySchema, keyBits: readonly number[], position: number) =>
    referredKey(entity, keyBits, staging, records, scratchHeap, position);
  const side = (entity: EntitySchema, keyBits: readonly number[]): Uint32Array => {
    const table = tables.get(entity.name)!;
    const parts = referenceParts(entity, keyBits, staging, scratchHeap);
    const ordinals = new Uint32Array(staging.recordCount);
    records.forEach(staging.recordCount, (position) => {
      loadKey(parts, records, position * stride);
      const found = table.ordinals.find(parts);
      if (found < 0 && dangling.policy === 'error') {
        throw dangling.refuse(
          ownerEntity,
          relation,
          keyAt(ownerEntity, ownerBits, position),
          table,
          keyAt(entity, keyBits, position),
        );
      }
      ordinals[position] = found < 0 ? NO_TARGET : found;
    });
    return ordinals;
  };
  const pairs = { owners: side(ownerEntity, ownerBits), targets: side(targetEntity, bits.slice(owner.length)) };
  let linkCount = 0;
  forEachPair(pairs, () => linkCount++);
  dangling.add(ownerEntity, relation, 'unlinked', staging.recordCount - linkCount);
  return pairs;
}

/** The one-to-one relation seen from the side that does not store it. */
function invertReferences(table: SealedTable, relation: RelationSchema, owners: Uint32Array): Uint32Array {
  const { entity } = table;
  const keyOf = (ordinal: number) => table.keyAt(table.ordinals.positionOf(ordinal));
  const inverted = new Uint32Array(table.recordCount).fill(NO_TARGET);
  for (let target = 0; target < owners.length; target++) {
    const owner = owners[target]!;
    if (owner === NO_TARGET) continue;
    if (inverted[owner] !== NO_TARGET) {
      const key = keyOf(owner);
      throw new PermafrostError(
        'REFERENCE_NOT_UNIQUE',
        `${entity.name}.${relation.name}: two ${relation.target} records refer to ${entity.name} ${describeValue(key)} through "${relation.inverse}", but the relation is one-to-one. Declare it to-many, or correct the data.`,
        { entity: entity.name, field: relation.name, key },
      );
    }
    inverted[owner] = target;
  }
  const empty = relation.nullable ? -1 : inverted.indexOf(NO_TARGET);
  if (empty >= 0) throw missingValue({ entity: entity.name, field: relation.name, key: () => keyOf(empty) }, null);
  return inverted;
}

/** The key that staged members of a reference or link hold, for messages. */
function referredKey(
  entity: EntitySchema,
  bits: readonly number[],
  staging: StagingTable,
  records: StagedRecords,
  scratchHeap: HeapView,
  position: number,
): unknown {
  const sourceOf = () => new StagedText(scratchHeap, undefined);
  return stagedKey(keyFields(entity), bits, staging, records, scratchHeap, sourceOf, position);
}

function forEachReference(targets: Uint32Array, visit: (owner: number, target: number) => void): void {
  for (let owner = 0; owner < targets.length; owner++) if (targets[owner] !== NO_TARGET) visit(owner, targets[owner]!);
}

function forEachPair({ owners, targets }: ResolvedPairs, visit: (owner: number, target: number) => void): void {
  for (let pair = 0; pair < owners.length; pair++)
    if (owners[pair] !== NO_TARGET && targets[pair] !== NO_TARGET) visit(owners[pair]!, targets[pair]!);
}
