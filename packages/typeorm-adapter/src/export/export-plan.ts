/** From mapped entities and what the database says of their columns to the schema of a file and the copies that fill it. */
import {
  defineSchema,
  type EntityDefinition,
  type FieldDefinition,
  PermafrostError,
  type Schema,
} from '@permafrost/core';
import type { ColumnOrder, ExportTransaction, ResolvedColumn } from '@permafrost/postgres';
import type { ClientBase } from 'pg';
import type { EntityMetadata } from 'typeorm';
import type { StoredForm } from '../mapping/column-types';
import { hasLowerCase, type OrderedColumn } from '../mapping/database-order';
import { postgresDialect } from '../mapping/dialect';
import type { MappedEntity, MappedField, MappedRelation } from '../mapping/mapped-entity';
import { int8Kind, type TypeParsers } from '../values/type-parsers';
import { looselyKeyed } from './loose-keys';
import { LowerCases } from './lower-cases';
import { collationNotes, type DatabaseOrderOption, storedOrder } from './ranked-fields';
import { checkReference, formsOf, type SessionSettings, sessionSettings, storedField } from './stored-fields';
import { entitySelect, linkSelect, pairColumns, type ReferredEntities, type TableSelect } from './table-select';

/** One SELECT, with the types of its columns. */
export interface TableCopy extends TableSelect {
  readonly entity: MappedEntity;
  /** The many-to-many relation whose pairs these are; absent for an entity's records. */
  readonly links?: MappedRelation;
  /** In the order of `columns`. */
  readonly types: readonly ResolvedColumn[];
  /** What they are stored as, in the same order. */
  readonly forms: readonly StoredForm[];
  /** Positions of the columns whose ranks are read too, behind all columns. */
  readonly ranked: readonly number[];
}

export interface ExportPlan {
  readonly schema: Schema;
  /** Entities in the order given, each followed by the join tables it owns. */
  readonly copies: readonly TableCopy[];
  readonly mapped: ReadonlyMap<EntityMetadata, MappedEntity>;
  /** By which the database orders text columns, by name. */
  readonly collations: ReturnType<typeof collationNotes>;
  /** How this application's node-postgres gives int8. */
  readonly int64: 'string' | 'number';
  /** The types of an entity's key columns, part by part, as SQL writes them. */
  keyTypesOf(entity: MappedEntity): readonly string[];
}

/** Runs a few catalog queries an entity. Throws EXPORT_UNSUPPORTED, EXPORT_FAILED and SCHEMA_INVALID. */
export async function planExport(
  entities: readonly MappedEntity[],
  transaction: ExportTransaction,
  client: ClientBase,
  databaseOrder: DatabaseOrderOption = true,
): Promise<ExportPlan> {
  const mapped = new Map(entities.flatMap((entity) => entity.metadatas.map((metadata) => [metadata, entity])));
  const referred = { mapped, loose: await looselyKeyed(entities, transaction) };
  const settings = await sessionSettings(transaction);
  const fields = new Map<MappedField, FieldDefinition>();
  const copies: TableCopy[] = [];
  const orders: ColumnOrder[] = [];
  const lowerCases = new LowerCases(transaction);
  for (const entity of entities) {
    const select = entitySelect(entity, referred);
    const types = await transaction.resolveColumnTypes(select.sql);
    const forms = await formsOf(entity.name, select, types, settings, transaction);
    const columnOrders = await transaction.resolveColumnOrders(select.sql, types);
    orders.push(...columnOrders);
    for (const [position, column] of select.columns.entries()) {
      const found = types[position]!;
      const form = forms[position]!;
      for (const use of column.uses) {
        if (use.kind !== 'field') continue;
        const order = columnOrders[position]!;
        const ordered = { found, form, order, ...(await lowerCasesOf(found, form, order, lowerCases)) };
        const stored = storedOrder(entity, use.field, ordered, databaseOrder);
        fields.set(use.field, storedField(use.field, found, form, stored, settings));
      }
    }
    copies.push({ ...select, entity, types, forms, ranked: rankedPositions(select, fields) });
    for (const links of entity.relations) {
      if (links.relation.isManyToManyOwner)
        copies.push(await linkCopy(entity, links, referred, settings, transaction, client));
    }
  }
  for (const copy of copies) checkReferences(copy, fields);
  const definitions: EntityDefinition[] = [];
  for (const entity of entities) definitions.push(await definitionOf(entity, fields, client));
  return {
    schema: defineSchema(definitions),
    copies,
    mapped,
    collations: collationNotes(orders),
    int64: int64Of(client),
    keyTypesOf: (entity) => keyTypesOf(copies.find((copy) => copy.entity === entity && !copy.links)!),
  };
}

/** The entity as the database has it: what is declared not nullable may hold null there, and then does for TypeORM too. */
async function definitionOf(
  { definition, metadata, fields, relations }: MappedEntity,
  stored: ReadonlyMap<MappedField, FieldDefinition>,
  client: ClientBase,
): Promise<EntityDefinition> {
  const mayBeNull = await nullableColumns(client, metadata);
  return {
    ...definition,
    fields: fields.map((field) => {
      const { column } = field;
      const isNullable = column !== undefined && !column.isPrimary && mayBeNull.has(column.databaseName);
      return { ...stored.get(field)!, ...(isNullable ? { nullable: true } : {}) };
    }),
    relations: relations.map(({ relation, definition: declared }) => {
      const isNullable = relation.joinColumns.some(({ databaseName }) => mayBeNull.has(databaseName));
      return { ...declared, ...(relation.isWithJoinColumn && isNullable ? { nullable: true } : {}) };
    }),
  };
}

async function lowerCasesOf(
  found: ResolvedColumn,
  form: StoredForm,
  { collation }: ColumnOrder,
  lowerCases: LowerCases,
): Promise<Pick<OrderedColumn, 'lowerCase' | 'ownLowerCase'>> {
  if (!collation || !hasLowerCase(found, form)) return {};
  const lowerCase = await lowerCases.of(collation);
  return found.typeName === 'citext' ? { lowerCase, ownLowerCase: await lowerCases.ofDatabase() } : { lowerCase };
}

function rankedPositions({ columns }: TableSelect, fields: ReadonlyMap<MappedField, FieldDefinition>): number[] {
  return columns.flatMap(({ uses }, position) =>
    uses.some((use) => use.kind === 'field' && fields.get(use.field)!.ranked) ? [position] : [],
  );
}

function keyTypesOf({ entity, columns, types }: TableCopy): string[] {
  return entity.key.map((key) => {
    const position = columns.findIndex(({ uses }) => uses.some((use) => use.kind === 'field' && use.field === key));
    return types[position]!.sqlType;
  });
}

async function linkCopy(
  entity: MappedEntity,
  links: MappedRelation,
  referred: ReferredEntities,
  settings: SessionSettings,
  transaction: ExportTransaction,
  client: ClientBase,
): Promise<TableCopy> {
  const { relation } = links;
  const select = linkSelect(
    relation,
    referred,
    !(await hasUniquePairs(client, relation.junctionEntityMetadata!, pairColumns(relation))),
  );
  const types = await transaction.resolveColumnTypes(select.sql);
  const forms = await formsOf(entity.name, select, types, settings, transaction);
  return { ...select, entity, links, types, forms, ranked: [] };
}

function checkReferences(
  { columns, types, forms, entity }: TableCopy,
  fields: ReadonlyMap<MappedField, FieldDefinition>,
): void {
  for (const [position, column] of columns.entries()) {
    for (const use of column.uses) {
      if (use.kind !== 'field')
        checkReference(entity, column, types[position]!, forms[position]!, fields.get(use.key)!);
    }
  }
}

/** How this application's node-postgres gives int8: text, or numbers where `parseInt8` is set. */
function int64Of(client: ClientBase): ExportPlan['int64'] {
  return int8Kind(client as unknown as TypeParsers) === 'number' ? 'number' : 'string';
}

/** Columns that the database lets be null. */
async function nullableColumns(client: ClientBase, metadata: EntityMetadata): Promise<ReadonlySet<string>> {
  const names = await catalogNames(
    client,
    'SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attnotnull',
    [postgresDialect.tableOf(metadata)],
  );
  return new Set(names);
}

/** Whether the database promises that a join table holds no pair twice. */
async function hasUniquePairs(
  client: ClientBase,
  junction: EntityMetadata,
  columns: readonly string[],
): Promise<boolean> {
  const indexes = await catalogNames(
    client,
    `SELECT c.relname FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        AND NOT EXISTS (
          SELECT FROM generate_series(0, i.indnkeyatts - 1) AS place
            LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[place]
           WHERE a.attname IS NULL OR a.attname <> ALL ($2::text[]))`,
    [postgresDialect.tableOf(junction), columns],
  );
  return indexes.length > 0;
}

async function catalogNames(client: ClientBase, text: string, values: unknown[]): Promise<string[]> {
  const { rows } = await client.query<[string]>({ text, values, rowMode: 'array' }).catch((cause: Error) => {
    throw new PermafrostError(
      'EXPORT_FAILED',
      `Asking the database's catalog failed: ${cause.message}`,
      { sql: text },
      { cause },
    );
  });
  return rows.map(([name]) => name);
}
