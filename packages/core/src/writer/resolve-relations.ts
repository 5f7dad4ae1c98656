/**
 * The relation pass: keys that relations refer to become ordinals. Since a record's identity is (entity, key), cycles of any shape close.
 * Memory: 4 bytes a record for each stored to-one relation, 8 bytes a pair for each stored to-many relation.
 */

import { testBit } from '../bytes/bitmap';
import { describeValue, PermafrostBugError, PermafrostError } from '../errors';
import type { EntitySchema, RelationSchema } from '../schema/schema';
import { keyFields } from '../schema/schema';
import { buildAdjacencyList } from '../structure/adjacency-list';
import type { HeapView } from '../structure/heap';
import type { LinkWriter, StagedReference } from './record-writer';
import { loadKey, referenceParts, type SealedTable, stagedKey } from './sealed-table';
import { StagedText } from './staged-key';

/** The ordinal slot of a reference that refers to nothing. */
export const NO_TARGET = 0xffffffff;

export interface ResolvedRelations {
  /** For each to-one relation, stored or derived, the target of each ordinal or {@link NO_TARGET}. */
  referencesOf(entity: EntitySchema, relation: RelationSchema): Uint32Array;
  /** For each to-many relation, the bytes of its adjacency list. */
  adjacencyListOf(entity: EntitySchema, relation: RelationSchema): Buffer;
}

/** Throws REFERENCE_DANGLING and REFERENCE_NOT_UNIQUE naming entity, relation and keys. */
export function resolveRelations(
  tables: ReadonlyMap<string, SealedTable>,
  links: readonly LinkWriter[],
  scratchHeap: HeapView,
): ResolvedRelations {
  const references = new Map<string, Uint32Array>();
  for (const table of tables.values()) {
    for (const reference of table.writer.references) {
      references.set(
        nameOf(table.entity, reference.relation),
        resolveReferences(table, reference, tables.get(reference.target.name)!, scratchHeap),
      );
    }
  }
  const pairs = new Map(
    links.map((link) => [nameOf(link.ownerEntity, link.relation), resolveLinks(link, tables, scratchHeap)]),
  );
  const stored = (relation: RelationSchema): { name: string; inverse: RelationSchema } => {
    const inverse = tables
      .get(relation.target)!
      .entity.relations.find((candidate) => candidate.name === relation.inverse);
    if (!inverse) throw new PermafrostBugError(`The relation ${relation.name} has no inverse ${relation.inverse}.`);
    return { name: `${relation.target}.${inverse.name}`, inverse };
  };
  return {
    referencesOf(entity, relation) {
      const own = references.get(nameOf(entity, relation));
      if (own) return own;
      return invertReferences(entity, relation, references.get(stored(relation).name)!, tables);
    },
    adjacencyListOf(entity, relation) {
      const ownerCount = tables.get(entity.name)!.recordCount;
      const own = pairs.get(nameOf(entity, relation));
      if (own) return buildAdjacencyList(ownerCount, (visit) => forEachPair(own, visit));
      const { name, inverse } = stored(relation);
      if (inverse.kind === 'to-many')
        return buildAdjacencyList(ownerCount, (visit) =>
          forEachPair(pairs.get(name)!, (owner, target) => visit(target, owner)),
        );
      const owners = references.get(name)!;
      return buildAdjacencyList(ownerCount, (visit) => {
        for (let target = 0; target < owners.length; target++)
          if (owners[target] !== NO_TARGET) visit(owners[target]!, target);
      });
    },
  };
}

function resolveReferences(
  table: SealedTable,
  reference: StagedReference,
  target: SealedTable,
  scratchHeap: HeapView,
): Uint32Array {
  const { staging } = table.writer;
  const { stride } = staging.layout;
  const parts = referenceParts(reference.target, reference.bits, staging, scratchHeap);
  const ordinals = new Uint32Array(table.recordCount);
  for (let ordinal = 0; ordinal < table.recordCount; ordinal++) {
    const base = table.ordinals.positionOf(ordinal) * stride;
    if (!holdsAll(table.records.bytes, base, reference.bits)) {
      ordinals[ordinal] = NO_TARGET;
      continue;
    }
    loadKey(parts, table.records, base);
    const found = target.ordinals.find(parts);
    if (found < 0) {
      const position = base / stride;
      const wanted = stagedKey(
        keyFields(reference.target),
        reference.bits,
        staging,
        table.records,
        scratchHeap,
        () => new StagedText(scratchHeap, undefined),
        position,
      );
      throw dangling(
        `${table.entity.name}.${reference.relation.name}`,
        `record ${describeValue(table.keyAt(position))}`,
        target,
        wanted,
        { entity: table.entity.name, field: reference.relation.name, key: table.keyAt(position) },
      );
    }
    ordinals[ordinal] = found;
  }
  return ordinals;
}

interface ResolvedPairs {
  readonly owners: Uint32Array;
  readonly targets: Uint32Array;
}

function resolveLinks(
  link: LinkWriter,
  tables: ReadonlyMap<string, SealedTable>,
  scratchHeap: HeapView,
): ResolvedPairs {
  const records = link.staging.seal();
  const count = link.staging.recordCount;
  const { stride } = link.staging.layout;
  const ownerSize = link.owner.length;
  const side = (entity: EntitySchema, bits: readonly number[]): Uint32Array => {
    const table = tables.get(entity.name)!;
    const parts = referenceParts(entity, bits, link.staging, scratchHeap);
    const ordinals = new Uint32Array(count);
    for (let position = 0; position < count; position++) {
      loadKey(parts, records, position * stride);
      const found = table.ordinals.find(parts);
      if (found < 0) {
        const wanted = stagedKey(
          keyFields(entity),
          bits,
          link.staging,
          records,
          scratchHeap,
          () => new StagedText(scratchHeap, undefined),
          position,
        );
        throw dangling(nameOf(link.ownerEntity, link.relation), `link ${position}`, table, wanted, {
          entity: link.ownerEntity.name,
          field: link.relation.name,
        });
      }
      ordinals[position] = found;
    }
    return ordinals;
  };
  const bits = link.staging.layout.slots.map((slot) => slot.bit);
  return {
    owners: side(link.ownerEntity, bits.slice(0, ownerSize)),
    targets: side(link.targetEntity, bits.slice(ownerSize)),
  };
}

/** The one-to-one relation seen from the side that does not store it. */
function invertReferences(
  entity: EntitySchema,
  relation: RelationSchema,
  owners: Uint32Array,
  tables: ReadonlyMap<string, SealedTable>,
): Uint32Array {
  const inverted = new Uint32Array(tables.get(entity.name)!.recordCount).fill(NO_TARGET);
  for (let target = 0; target < owners.length; target++) {
    const owner = owners[target]!;
    if (owner === NO_TARGET) continue;
    if (inverted[owner] !== NO_TARGET) {
      const table = tables.get(entity.name)!;
      const key = table.keyAt(table.ordinals.positionOf(owner));
      throw new PermafrostError(
        'REFERENCE_NOT_UNIQUE',
        `${entity.name}.${relation.name}: two ${relation.target} records refer to ${entity.name} ${describeValue(key)} through "${relation.inverse}", but the relation is one-to-one. Declare it to-many, or correct the data.`,
        {
          entity: entity.name,
          field: relation.name,
          key,
        },
      );
    }
    inverted[owner] = target;
  }
  return inverted;
}

function forEachPair({ owners, targets }: ResolvedPairs, visit: (owner: number, target: number) => void): void {
  for (let pair = 0; pair < owners.length; pair++) visit(owners[pair]!, targets[pair]!);
}

function holdsAll(bytes: Uint8Array, base: number, bits: readonly number[]): boolean {
  for (const bit of bits) if (!testBit(bytes, base, bit)) return false;
  return true;
}

function nameOf(entity: EntitySchema, relation: RelationSchema): string {
  return `${entity.name}.${relation.name}`;
}

function dangling(
  relation: string,
  from: string,
  target: SealedTable,
  wanted: unknown,
  details: { entity: string; field: string; key?: unknown },
): PermafrostError {
  return new PermafrostError(
    'REFERENCE_DANGLING',
    `${relation}: ${from} refers to ${target.entity.name} ${describeValue(wanted)}, but none of the ${target.recordCount} records has that key. Export it too, or clear the reference.`,
    { ...details, expected: `a ${target.entity.name} with this key`, actual: wanted },
  );
}
