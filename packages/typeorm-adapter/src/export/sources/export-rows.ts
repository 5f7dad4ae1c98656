/** Exporting through a driver: mapped entities → SELECTs → the forms of their columns → a schema → rows into column setters. */
import {
  type ColumnSetter,
  defineSchema,
  type FieldDefinition,
  type JsonValue,
  PermafrostError,
  type Schema,
  type SnapshotWriter,
} from '@permafrost/core';
import type { DataSource } from 'typeorm';
import { exportUnsupported, leaveOut } from '../../errors';
import { databaseKindOf } from '../../mapping/database-kind';
import { fieldSourceOf } from '../../mapping/field-source';
import type { MappedEntity, MappedField, MappedRelation } from '../../mapping/mapped-entity';
import { treeNotes } from '../../mapping/tree-notes';
import { copyTarget } from '../copy-target';
import { crookedTrees } from '../crooked-trees';
import type { ExportedEntity, ExportOptions } from '../export-snapshot';
import { entitySelect, linkSelect, type TableSelect } from '../table-select';
import { requireMatches } from '../unmatched-references';
import { requireExactClasses } from './exact-classes';
import { mysqlReading } from './mysql-source';
import type { RowForm, RowReading, RunReading } from './row-source';
import { sqliteReading } from './sqlite-source';

/** One SELECT, with what its columns are stored as. */
interface RowCopy extends TableSelect {
  readonly entity: MappedEntity;
  /** The many-to-many relation whose pairs these are; absent for an entity's records. */
  readonly links?: MappedRelation;
  readonly forms: readonly RowForm[];
  /** Positions of the columns whose ranks are read too. */
  readonly ranked: readonly number[];
}

export interface RowExport {
  readonly dataSource: DataSource;
  readonly mapped: readonly MappedEntity[];
  readonly options: ExportOptions;
  /** Called once: makes the file. */
  readonly begin: (schema: Schema, notes: { readonly [member: string]: JsonValue }) => SnapshotWriter;
}

/** Throws EXPORT_UNSUPPORTED, EXPORT_FAILED, REFERENCE_DANGLING and what a writer throws. */
export async function exportRows({ dataSource, mapped, options, begin }: RowExport): Promise<ExportedEntity[]> {
  const { dangling = 'error', signal } = options;
  return readingOf(dataSource)(async (reading) => {
    const copies = await copiesOf(mapped, reading, options);
    if (dangling !== 'null') await requireMatches(copies, reading);
    if (dangling !== 'error') requireByteKeys(copies);
    const { type } = dataSource.options;
    const crooked = await crookedTrees(mapped, reading.dialect, (sql) => reading.readRows(sql));
    const writer = begin(schemaOf(mapped, copies, type), {
      source: { type, ...reading.facts },
      values: { int64: 'string' },
      ...treeNotes(crooked),
    });
    const exported = new Map<string, ExportedEntity>();
    for (const copy of copies) {
      signal?.throwIfAborted();
      const started = performance.now();
      const { name } = copy.entity;
      const records = await copyRows(copy, reading, writer, options);
      const before = exported.get(name);
      exported.set(name, {
        entity: name,
        records: before?.records ?? records,
        bytes: 0,
        seconds: (before?.seconds ?? 0) + (performance.now() - started) / 1000,
      });
    }
    signal?.throwIfAborted();
    return [...exported.values()];
  });
}

function readingOf(dataSource: DataSource): RunReading {
  return databaseKindOf(dataSource.options) === 'mysql' ? mysqlReading(dataSource) : sqliteReading(dataSource);
}

async function copiesOf(
  entities: readonly MappedEntity[],
  reading: RowReading,
  { databaseOrder = true }: ExportOptions,
): Promise<RowCopy[]> {
  const mapped = new Map(entities.flatMap((entity) => entity.metadatas.map((metadata) => [metadata, entity])));
  const copies: RowCopy[] = [];
  for (const entity of entities) {
    await requireExactClasses(entity, reading);
    const select = entitySelect(entity, { mapped }, reading.dialect);
    const forms = (await reading.formsOf(entity, select)).map((form, position): RowForm => {
      const { order: { ranked: _, looseEquality, ...order } = {}, ...rest } = form;
      // The classes that the rows have were looked at.
      if (looseEquality && isDiscriminator(select.columns[position]!)) {
        const notes = { ...form.notes, looseText: true };
        return { ...rest, notes, order };
      }
      return form.order?.ranked && !isWanted(entity, select.columns[position]!.property, databaseOrder)
        ? { ...rest, order: { ...order, looseEquality: true } }
        : form;
    });
    const ranked = forms.flatMap(({ order }, position) => (order?.ranked ? [position] : []));
    copies.push({ ...select, entity, forms, ranked });
    for (const links of entity.relations) {
      if (!links.relation.isManyToManyOwner) continue;
      const pairs = linkSelect(links.relation, { mapped }, true, reading.dialect);
      copies.push({ ...pairs, entity, links, forms: await reading.formsOf(entity, pairs), ranked: [] });
    }
  }
  return copies;
}

function isDiscriminator({ uses }: RowCopy['columns'][number]): boolean {
  return uses.some((use) => use.kind === 'field' && use.field.column?.isDiscriminator);
}

function isWanted({ name }: MappedEntity, property: string, option: ExportOptions['databaseOrder']): boolean {
  if (typeof option !== 'object') return option !== false;
  return Object.hasOwn(option, name) ? option[name]!.includes(property) : true;
}

function schemaOf(entities: readonly MappedEntity[], copies: readonly RowCopy[], type: string): Schema {
  const fields = new Map<MappedField, FieldDefinition>();
  for (const { columns, forms } of copies)
    for (const [position, { uses }] of columns.entries())
      for (const use of uses)
        if (use.kind === 'field') fields.set(use.field, storedField(use.field, forms[position]!, type));
  return defineSchema(
    entities.map(({ definition, fields: own }) => ({ ...definition, fields: own.map((field) => fields.get(field)!) })),
  );
}

function storedField({ column, asText, definition }: MappedField, form: RowForm, type: string): FieldDefinition {
  if (!column || asText) return definition;
  const { values: _, ...rest } = definition;
  return {
    ...rest,
    type: form.type,
    array: false,
    ...form.order,
    source: {
      ...fieldSourceOf(column),
      database: databaseKindOf({ type: type as never })!,
      databaseType: form.databaseType,
      ...form.notes,
    },
  };
}

/** Where the database calls texts equal that differ, references to them could seem to lead nowhere, and be cleared in silence. */
function requireByteKeys(copies: readonly RowCopy[]): void {
  for (const { columns, forms, entity } of copies)
    for (const [position, { uses, property }] of columns.entries())
      if (forms[position]!.order?.looseEquality && uses.some((use) => use.kind !== 'field'))
        throw exportUnsupported(
          entity.name,
          property,
          'references by text that the database compares by a collation, with `dangling` other than "error",',
          leaveOut(property),
        );
}

async function copyRows(
  copy: RowCopy,
  reading: RowReading,
  writer: SnapshotWriter,
  { onProgress, signal }: ExportOptions,
): Promise<number> {
  const { entity, links, sql, forms, ranked } = copy;
  const { setters, rankSetters, begin, end } = copyTarget(writer, copy);
  const all: readonly (readonly ColumnSetter[])[] = [...setters, ...rankSetters];
  const label = links ? `${entity.name}.${links.definition.name}` : entity.name;
  let [records, lastProgress] = [0, performance.now()];
  const tell = (estimatedRecords: number) =>
    onProgress?.({ phase: 'rows', entity: label, records, estimatedRecords, bytes: 0 });
  const expected = onProgress
    ? Number((await reading.readRows(`SELECT count(*) FROM (\n${sql}\n) AS counted`))[0]![0])
    : 0;
  tell(expected);
  await reading.copyRows(reading.ranked(copy, ranked), forms, (row) => {
    begin();
    for (let position = 0; position < all.length; position++)
      for (const setter of all[position]!) setter.setValue(row[position]);
    end();
    records++;
    if (records % SIGNAL_EVERY === 0) signal?.throwIfAborted();
    if (!onProgress || performance.now() - lastProgress < PROGRESS_EVERY_MS) return;
    lastProgress = performance.now();
    tell(expected);
  });
  tell(records);
  return records;
}

const PROGRESS_EVERY_MS = 100;
/** Records between looks at the signal. */
const SIGNAL_EVERY = 1000;

/** Throws EXPORT_UNSUPPORTED for options that only PostgreSQL's exports have. */
export function refuseOptions({ roots }: ExportOptions, type: string): void {
  if (roots !== undefined)
    throw new PermafrostError(
      'EXPORT_UNSUPPORTED',
      `exportSnapshot: \`roots\` are for PostgreSQL; from a DataSource of type "${type}" all records are exported. Leave \`roots\` out.`,
      { actual: type },
    );
}
