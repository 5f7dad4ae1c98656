/** An opened snapshot as plain data: what `permafrost inspect --json` prints. From the directory and the schema, and measures where asked for. */
import {
  type FieldMeasure,
  type FieldType,
  type OpenedSnapshot,
  type RecordTable,
  rankSize,
  type SubtypesDefinition,
  sectionKinds,
  slotSizes,
} from '@permafrost/core';

export interface SectionDescription {
  readonly kind: number;
  /** Null for a kind that this version does not know. */
  readonly name: string | null;
  readonly version: number;
  readonly required: boolean;
  readonly entity: string | null;
  readonly member: string | null;
  readonly offset: number;
  readonly size: number;
  readonly items: number;
}

export interface FieldDescription {
  readonly name: string;
  readonly type: string;
  /** 'typed' and 'view' for arrays of numbers without nulls. */
  readonly array: boolean | 'typed' | 'view';
  readonly set: boolean;
  /** The type of a map's keys; null for what is no map. */
  readonly map: FieldType | null;
  readonly nullable: boolean;
  /** How the database orders it; null where nobody has said. */
  readonly collation: string | null;
  readonly slot: string;
  /** Bytes from the start of a record. */
  readonly offset: number;
  readonly slotSize: number;
  /** Of the place in the database's order that each value has with it; 0 for a field that is not ranked. */
  readonly rankSize: number;
  /** Slots and ranks of all records and the field's string table; what lies in the heap is not counted. */
  readonly bytes: number;
  /** With `--values`. */
  readonly values?: ValuesDescription;
}

export interface ValuesDescription {
  readonly count: number;
  readonly nulls: number;
  /** Neither a value nor null. */
  readonly absent: number;
  /** Of all records, those without a value: 0 to 1. */
  readonly emptyShare: number;
  readonly distinct: number;
  /** False: there are more. */
  readonly distinctIsExact: boolean;
  /** At most so many where `heapBytesAreExact` is false. */
  readonly heapBytes: number;
  readonly heapBytesAreExact: boolean;
  /** With each value stored by itself. */
  readonly plainBytes: number;
  /** plainBytes by what the field takes. */
  readonly dedupRatio: number;
}

export interface IndexDescription {
  readonly kind: string;
  /** Those of the key, for the first index of an entity. */
  readonly fields: readonly string[];
  readonly isKey: boolean;
  readonly unique: boolean;
  readonly entries: number;
  readonly bytes: number;
}

export interface RelationDescription {
  readonly name: string;
  readonly kind: 'to-one' | 'to-many';
  /** The entity it leads to; null when it leads to one of several, which `targets` names. */
  readonly target: string | null;
  readonly targets: readonly string[];
  /** The subtype of the target that it leads to alone. */
  readonly subtype: string | null;
  readonly inverse: string | null;
  readonly nullable: boolean;
  /** The slot kind of a to-one relation, or adjacencyList. */
  readonly slot: string;
  readonly offset: number | null;
  readonly slotSize: number | null;
  /** Slots of all records, or the adjacency list. */
  readonly bytes: number;
}

export interface EntityDescription {
  readonly name: string;
  readonly key: readonly string[];
  readonly records: number;
  readonly stride: number;
  /** Records, string tables, adjacency lists and indexes; what lies in the heap is not counted. */
  readonly bytes: number;
  readonly bytesPerRecord: number;
  /** Bitmaps and gaps of one record. */
  readonly otherBytesPerRecord: number;
  readonly indexes: readonly IndexDescription[];
  readonly fields: readonly FieldDescription[];
  readonly relations: readonly RelationDescription[];
  /** Of an entity whose records a field tells apart: the field, and the classes with the members they have beyond their parents. */
  readonly subtypes: SubtypesDefinition | null;
}

export interface SnapshotDescription {
  readonly path: string;
  /** Null for a file that was named itself. */
  readonly generation: number | null;
  readonly formatVersion: number;
  readonly createdAt: string;
  readonly size: number;
  readonly contentHash: string;
  readonly fingerprint: string;
  readonly notes: unknown;
  readonly records: number;
  readonly heapSize: number;
  readonly sections: readonly SectionDescription[];
  readonly entities: readonly EntityDescription[];
}

export function describeSnapshot(
  snapshot: OpenedSnapshot,
  generation: number | undefined,
  measures: readonly FieldMeasure[] = [],
): SnapshotDescription {
  const { reader } = snapshot;
  const sections = reader.sections.map((section): SectionDescription => {
    const entity = snapshot.schema.entities[section.entityId];
    const member =
      section.kind === sectionKinds.secondaryIndex
        ? entity?.indexes[section.memberId]?.fields.join(', ')
        : entity && [...entity.fields, ...entity.relations][section.memberId]?.name;
    return {
      kind: section.kind,
      name: sectionNames.get(section.kind) ?? null,
      version: section.version,
      required: (section.flags & 1) !== 0,
      entity: entity?.name ?? null,
      member: member ?? null,
      offset: section.offset,
      size: section.size,
      items: section.itemCount,
    };
  });
  return {
    path: snapshot.path,
    generation: generation ?? null,
    formatVersion: reader.formatVersion,
    createdAt: snapshot.createdAt.toISOString(),
    size: snapshot.size,
    contentHash: snapshot.contentHash,
    fingerprint: snapshot.schema.fingerprint,
    notes: snapshot.notes,
    records: reader.tables.reduce((sum, table) => sum + table.recordCount, 0),
    heapSize: sections.find(({ name }) => name === 'heap')?.size ?? 0,
    sections,
    entities: reader.tables.map((table) => describeEntity(table, sections, measures)),
  };
}

function describeEntity(
  table: RecordTable,
  sections: readonly SectionDescription[],
  measures: readonly FieldMeasure[],
): EntityDescription {
  const { entity, layout, recordCount, stride } = table;
  const own = sections.filter((section) => section.entity === entity.name);
  const sizeOf = (name: string, member: string) =>
    own.find((section) => section.name === name && section.member === member)?.size ?? 0;
  const bytes = own.reduce((sum, { size }) => sum + size, 0);
  return {
    name: entity.name,
    key: entity.key,
    records: recordCount,
    stride,
    bytes,
    bytesPerRecord: recordCount === 0 ? 0 : bytes / recordCount,
    otherBytesPerRecord: stride - layout.slots.reduce((sum, slot) => sum + slotSizes[slot.kind] + rankSizeOf(slot), 0),
    indexes: describeIndexes(table),
    fields: entity.fields.map(({ name, type, array, set = false, map = null, nullable, collation = null }, bit) => {
      const slot = layout.slots[bit]!;
      const slotSize = slotSizes[slot.kind];
      const measure = measures.find((candidate) => candidate.entity === entity.name && candidate.field === name);
      return {
        name,
        type,
        array,
        set,
        map,
        nullable,
        collation,
        slot: slot.kind,
        offset: slot.offset,
        slotSize,
        rankSize: rankSizeOf(slot),
        bytes: (slotSize + rankSizeOf(slot)) * recordCount + sizeOf('stringTable', name),
        ...(measure ? { values: describeValues(measure, recordCount) } : {}),
      };
    }),
    relations: entity.relations.map(
      ({ name, kind, target = null, targets, subtype = null, inverse = null, nullable }) => {
        const slot = kind === 'to-one' ? table.slotOf(name) : undefined;
        return {
          name,
          kind,
          target,
          targets: targets ?? [target!],
          subtype,
          inverse,
          nullable,
          slot: slot?.kind ?? 'adjacencyList',
          offset: slot?.offset ?? null,
          slotSize: slot ? slotSizes[slot.kind] : null,
          bytes: slot ? slotSizes[slot.kind] * recordCount : sizeOf('adjacencyList', name),
        };
      },
    ),
    subtypes: entity.subtypes ?? null,
  };
}

function rankSizeOf({ rankOffset }: { readonly rankOffset?: number }): number {
  return rankOffset === undefined ? 0 : rankSize;
}

/** The key's first, then the others in schema order. */
function describeIndexes({ reader, entity, entityId }: RecordTable): IndexDescription[] {
  const describe = (kind: keyof typeof sectionKinds, memberId: number | undefined, fields: readonly string[]) => {
    const section = reader.section(sectionKinds[kind], entityId, memberId);
    return section ? [{ kind, fields, entries: section.itemCount, bytes: section.size }] : [];
  };
  const ofKey = [...describe('rankBitmap', undefined, entity.key), ...describe('hashIndex', undefined, entity.key)];
  return [
    ...ofKey.map((index) => ({ ...index, isKey: true, unique: true })),
    ...entity.indexes.flatMap(({ fields, unique }, number) =>
      describe('secondaryIndex', number, fields).map((index) => ({ ...index, isKey: false, unique })),
    ),
  ];
}

function describeValues(measure: FieldMeasure, recordCount: number): ValuesDescription {
  const bytes = measure.slotsSize + measure.heapSize + measure.stringTableSize;
  return {
    count: measure.valueCount,
    nulls: measure.nullCount,
    absent: measure.absentCount,
    emptyShare: recordCount === 0 ? 0 : 1 - measure.valueCount / recordCount,
    distinct: measure.distinctCount,
    distinctIsExact: measure.distinctIsExact,
    heapBytes: measure.heapSize,
    heapBytesAreExact: measure.heapSizeIsExact,
    plainBytes: measure.plainSize,
    dedupRatio: bytes === 0 ? 1 : measure.plainSize / bytes,
  };
}

const sectionNames = new Map<number, string>(Object.entries(sectionKinds).map(([name, kind]) => [kind, name]));
