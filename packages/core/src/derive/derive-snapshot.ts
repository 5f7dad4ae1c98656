/**
 * A snapshot from a snapshot: the records that a filter leaves, with the members that are named. Nothing becomes an object or a string on
 * the way, and memory grows by the few bytes a record that any export takes.
 */
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import type { Storage } from '../file/storage';
import type { Snapshot } from '../proxy/snapshot';
import { checkWhere } from '../query/checked-query';
import type { Condition } from '../query/criteria';
import { compileRecordTest } from '../query/expressions/compile-expression';
import { conditionOf } from '../query/run-query';
import type { RecordTable } from '../reader/record-table';
import type { JsonValue } from '../schema/schema';
import { withinSubtype } from '../schema/subtypes';
import { createSnapshot } from '../writer/create-snapshot';
import type { DanglingPolicy } from '../writer/relations/dangling-policy';
import type { SnapshotSummary } from '../writer/write-sections';
import { type EntitySelection, type EntitySelections, projectSchema, selectionOf } from './project-schema';
import { inTurns, recordCopier } from './record-copier';

/** What `deriveSnapshot` takes. */
export interface DeriveSnapshotOptions {
  /** The file to create; it must not exist. */
  readonly path: string;
  /** What to take over of each entity; `false` leaves one out, and one that is not named comes whole. Default all of every entity. */
  readonly entities?: EntitySelections;
  /** What becomes of references from records that stay to records that do not. Default `'error'`. */
  readonly dangling?: DanglingPolicy;
  /** Default the source's. */
  readonly notes?: JsonValue;
  /** Milliseconds since 1970 to record as the time of creation. Default now. */
  readonly createdAt?: number;
  readonly storage?: Storage;
  readonly signal?: AbortSignal;
}

/**
 * Writes a filtered and projected copy of an opened snapshot, which stays as it is. A relation whose other side is left out is left out
 * as well, unless it is named; so is an index without all of its fields. A list that the other side stores comes in key order. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN, RELATION_TARGET_MISSING,
 * QUERY_UNSUPPORTED, SNAPSHOT_CLOSED, FILE_CORRUPT and what {@link createSnapshot} and `finish` throw; no file is left then.
 * Cost: 1–3 µs a record, by its members and references.
 */
export async function deriveSnapshot(source: Snapshot, options: DeriveSnapshotOptions): Promise<SnapshotSummary> {
  refuseUnknownOptions('deriveSnapshot', options, [
    'path',
    'entities',
    'dangling',
    'notes',
    'createdAt',
    'storage',
    'signal',
  ]);
  const { entities = {}, dangling = 'error', notes = source.notes, signal, path, createdAt, storage } = options;
  checkSelections(source, entities);
  const schema = projectSchema(source.schema, entities);
  const previousLayouts = source.reader.tables;
  using writer = createSnapshot({ path, schema, notes, createdAt, dangling, previousLayouts, storage });
  for (const { name } of schema.entities) {
    const table = source.reader.tableByName(name);
    const { where = [] } = selectionOf(entities, name) as EntitySelection;
    const matches = matcherOf(table, where);
    const copy = recordCopier(table, writer);
    let ordinal = 0;
    await inTurns(signal, () => {
      if (ordinal === table.recordCount) return false;
      table.checkRecord(ordinal);
      if (matches(ordinal)) copy(ordinal);
      ordinal++;
      return true;
    });
  }
  return await writer.finish(signal ? { signal } : {});
}

/** Whether a record satisfies one of the alternatives; every record where there are none. */
function matcherOf(table: RecordTable, where: readonly (readonly Condition[])[]): (ordinal: number) => boolean {
  const { where: condition } = conditionOf(where);
  if (!condition) return () => true;
  const truthOf = compileRecordTest({ table }, condition);
  return (ordinal) => truthOf(ordinal) === 1;
}

/** Throws ENTITY_UNKNOWN, TypeError and what {@link checkWhere} throws; the names of members are left to {@link projectSchema}. */
function checkSelections(source: Snapshot, entities: unknown): void {
  if (typeof entities !== 'object' || entities === null || Symbol.iterator in entities)
    throw new TypeError(
      `deriveSnapshot: \`entities\` is an object by entity name, such as { Player: { fields: ['id'] }, Team: false }; found ${describeValue(entities)}.`,
    );
  for (const [name, selection] of Object.entries(entities)) {
    refuseSubtype(source, name);
    source.reader.tableByName(name);
    if (selection === false) continue;
    const place = `deriveSnapshot: entities.${name}`;
    if (typeof selection !== 'object' || selection === null)
      throw new TypeError(
        `${place}: expected { where, fields, relations }, or false to leave it out; found ${describeValue(selection)}. Do not name it to take all of it.`,
      );
    refuseUnknownOptions(place, selection, ['where', 'fields', 'relations']);
    const { where, fields, relations } = selection as { [option in keyof EntitySelection]: unknown };
    checkWhere(place, where);
    for (const [option, names] of Object.entries({ fields, relations })) {
      if (names !== undefined && !Array.isArray(names))
        throw new TypeError(`${place}: \`${option}\` is a list of names; found ${describeValue(names)}.`);
    }
  }
}

function refuseSubtype({ schema }: Snapshot, name: string): void {
  for (const entity of schema.entities) {
    if (!entity.subtypes?.classes.some((subtype) => subtype.name === name)) continue;
    const isWithin = withinSubtype(entity, name);
    const values = entity.subtypes.classes.filter((_, place) => isWithin[place]).map(({ value }) => value);
    throw new PermafrostError(
      'ENTITY_UNKNOWN',
      `deriveSnapshot: ${name} is a subtype of ${entity.name}, with which it shares a table. Name ${entity.name}; for the records of ${name} alone with where: [[{ field: ${JSON.stringify(entity.subtypes.field)}, operator: 'in', values: ${JSON.stringify(values)} }]].`,
      { entity: name },
    );
  }
}
