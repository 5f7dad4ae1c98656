/**
 * What `finish` does with all that was gathered:
 *
 *   order by key, index → resolve relations → records, string tables, adjacency lists, indexes → directory, footer
 *
 * The heap has been written before. What is of it already in the file is mapped: keys of text are compared there.
 */
import { sectionKinds } from '../file/section-kinds';
import type { SnapshotFileWriter } from '../file/snapshot-file-writer';
import type { RecordLayout } from '../layout/layout';
import type { EntitySchema, JsonValue, Schema } from '../schema/schema';
import type { HeapBuilder } from '../structure/heap';
import type { LinkWriter } from './link-writer';
import type { RecordWriter } from './record-writer';
import type { DanglingCount, DanglingReferences } from './relations/dangling-policy';
import { type ResolvedRelations, resolveRelations } from './relations/resolve-relations';
import { requireFields } from './require-subtypes';
import type { ScratchHeap } from './staging/scratch-heap';
import { SealedTable } from './staging/sealed-table';
import { trustedHeap } from './staging/staged-key';
import { writeIndexes } from './write-indexes';
import { placeText, writeRecords } from './write-records';

/** What was written of one entity. */
export interface EntitySummary {
  readonly entity: string;
  readonly records: number;
  /** Bytes of the record table, its string tables, adjacency lists and key index; text in the heap is not counted. */
  readonly bytes: number;
}

/** What `finish` has written. */
export interface SnapshotSummary {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly contentHash: string;
  readonly fingerprint: string;
  readonly heapSize: number;
  readonly entities: readonly EntitySummary[];
  /** What the policy `dangling` did, relation by relation; empty when nothing dangled. */
  readonly dangling: readonly DanglingCount[];
}

/** All that was handed over: records and links in their staging tables, large values in the heaps. */
export interface GatheredSnapshot {
  readonly schema: Schema;
  readonly notes: JsonValue;
  /** The file being made; its section of the heap has begun. */
  readonly frame: SnapshotFileWriter;
  readonly heap: HeapBuilder;
  readonly scratchHeap: ScratchHeap;
  /** By the names of entities. */
  readonly tables: ReadonlyMap<string, RecordWriter>;
  readonly links: readonly LinkWriter[];
  readonly dangling: DanglingReferences;
}

/**
 * Orders, resolves and writes all that was gathered; `breathe` runs between the steps, and may throw to end it.
 * Throws KEY_DUPLICATE, VALUE_NULL, INDEX_DUPLICATE, REFERENCE_DANGLING, REFERENCE_SUBTYPE, REFERENCE_NOT_UNIQUE, LIMIT_EXCEEDED and FILE_ACCESS.
 */
export async function writeSections(
  { schema, notes, frame, heap: builder, scratchHeap: scratch, tables: writers, links, dangling }: GatheredSnapshot,
  breathe: () => Promise<void>,
): Promise<Omit<SnapshotSummary, 'path'>> {
  const placements = new Map([...writers].map(([name, writer]) => [name, placeText(writer, builder)]));
  builder.flush();
  const heapSection = frame.endSection(0);
  const scratchHeap = trustedHeap(scratch.seal());
  const written = frame.map();
  try {
    const heap = trustedHeap(
      Buffer.from(written.bytes.buffer, written.bytes.byteOffset + heapSection.offset, heapSection.size),
    );
    const tables = new Map<string, SealedTable>();
    for (const [name, writer] of writers) {
      await breathe();
      const table = new SealedTable(writer, heap);
      requireFields(table);
      tables.set(name, table);
    }
    await breathe();
    const relations = resolveRelations(tables, links, scratchHeap, dangling);
    const layouts: RecordLayout[] = [];
    const summaries: EntitySummary[] = [];
    for (const [entityId, entity] of schema.entities.entries()) {
      await breathe();
      const start = frame.position;
      const table = tables.get(entity.name)!;
      layouts.push(writeRecords(frame, entityId, table, placements.get(entity.name)!, relations));
      writeSideSections(frame, entityId, entity, table, placements.get(entity.name)!.tableText, relations);
      summaries.push({ entity: entity.name, records: table.recordCount, bytes: frame.position - start });
    }
    await breathe();
    const { size, contentHash } = frame.finish({ schema, layouts, notes });
    return {
      size,
      contentHash,
      fingerprint: schema.fingerprint,
      heapSize: heapSection.size,
      entities: summaries,
      dangling: dangling.counts(schema.entities),
    };
  } finally {
    written.close();
  }
}

/** What records need besides their slots: string tables, lists, the key's index and others. */
function writeSideSections(
  frame: SnapshotFileWriter,
  entityId: number,
  entity: EntitySchema,
  table: SealedTable,
  tableText: ReadonlySet<string>,
  relations: ResolvedRelations,
): void {
  for (const [memberId, field] of entity.fields.entries()) {
    if (!tableText.has(field.name)) continue;
    const strings = table.writer.stringTables[memberId]!;
    frame.writeSection(sectionKinds.stringTable, { entityId, memberId }, strings.count, strings.finish());
  }
  for (const [number, relation] of entity.relations.entries()) {
    if (relation.kind !== 'to-many') continue;
    const list = relations.adjacencyListOf(entity, relation);
    frame.writeSection(
      sectionKinds.adjacencyList,
      { entityId, memberId: entity.fields.length + number },
      list.readUInt32LE(4),
      list,
    );
  }
  const { sectionKind, section } = table.ordinals;
  frame.writeSection(sectionKind, { entityId }, table.recordCount, section);
  writeIndexes(frame, entityId, table);
}
