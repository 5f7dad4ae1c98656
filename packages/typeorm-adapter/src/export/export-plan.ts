/**
 * From mapped entities and what the database says of their columns to the schema of a file and the copies that fill it.
 * A column that is in the database something TypeORM gives back otherwise than declared is refused by name.
 */
import { defineSchema, type FieldDefinition, type FieldType, PermafrostError, type Schema } from '@permafrost/core';
import type { ExportTransaction, ResolvedColumn } from '@permafrost/postgres';
import type { ClientBase } from 'pg';
import type { EntityMetadata } from 'typeorm';
import { leaveOut } from '../errors';
import { databaseFieldType, isSameFamily, typeormTypeOf } from '../mapping/column-types';
import { fieldSourceOf } from '../mapping/field-source';
import type { MappedEntity, MappedField, MappedRelation } from '../mapping/mapped-entity';
import { entitySelect, linkSelect, pairColumns, type TableSelect, tableOf } from './table-select';
import { checkTypeParser, type FindParser, int8Representation, parserReplaced } from './type-parsers';

/** One SELECT, with the types of its columns. */
export interface TableCopy extends TableSelect {
  readonly entity: MappedEntity;
  /** The many-to-many relation whose pairs these are; absent for an entity's records. */
  readonly links?: MappedRelation;
  /** In the order of `columns`. */
  readonly types: readonly ResolvedColumn[];
}

export interface ExportPlan {
  readonly schema: Schema;
  /** Entities in the order given, each followed by the join tables it owns. */
  readonly copies: readonly TableCopy[];
  readonly mapped: ReadonlyMap<EntityMetadata, MappedEntity>;
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
): Promise<ExportPlan> {
  const mapped = new Map(entities.map((entity) => [entity.metadata, entity]));
  const findParser = parserFinder(client);
  const fields = new Map<MappedField, FieldDefinition>();
  const copies: TableCopy[] = [];
  let int64: ExportPlan['int64'] | undefined;
  for (const entity of entities) {
    const select = entitySelect(entity, mapped);
    const types = await transaction.resolveColumnTypes(select.sql);
    const loose = await looseColumns(client, entity.metadata);
    for (const [position, column] of select.columns.entries()) {
      const type = types[position]!;
      for (const use of column.uses) {
        if (use.kind !== 'field') continue;
        fields.set(use.field, storedField(entity, use.field, type, loose));
        checkTypeParser(type, entity.name, column.property, findParser);
        if (type.typeName !== 'int8') continue;
        const given = int8Representation(type, entity.name, column.property, findParser);
        int64 ??= given;
        if (given !== int64) throw parserReplaced(type, entity.name, column.property, given);
      }
    }
    copies.push({ ...select, entity, types });
    for (const links of entity.relations) {
      if (links.relation.isManyToManyOwner) copies.push(await linkCopy(entity, links, mapped, transaction, client));
    }
  }
  for (const copy of copies) checkReferences(copy, fields);
  const definitions = entities.map(({ definition, fields: own }) => ({
    ...definition,
    fields: own.map((field) => fields.get(field)!),
  }));
  return {
    schema: defineSchema(definitions),
    copies,
    mapped,
    int64: int64 ?? 'string',
    keyTypesOf: (entity) => keyTypesOf(copies.find((copy) => copy.entity === entity && !copy.links)!),
  };
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
  mapped: ReadonlyMap<EntityMetadata, MappedEntity>,
  transaction: ExportTransaction,
  client: ClientBase,
): Promise<TableCopy> {
  const { relation } = links;
  const select = linkSelect(
    relation,
    mapped,
    !(await hasUniquePairs(client, relation.junctionEntityMetadata!, pairColumns(relation))),
  );
  return { ...select, entity, links, types: await transaction.resolveColumnTypes(select.sql) };
}

/** The field as the database has it: its exact type, the order of its enum values. */
function storedField(
  entity: MappedEntity,
  { column, definition }: MappedField,
  found: ResolvedColumn,
  loose: ReadonlySet<string>,
): FieldDefinition {
  const type = databaseFieldType(found.typeName);
  const isUnparsedList = found.array && (found.typeName === 'citext' || found.typeName === 'name');
  if (
    type === undefined ||
    found.array !== column.isArray ||
    isUnparsedList ||
    !isSameFamily(definition.type, type, found.array)
  ) {
    throw new PermafrostError(
      'EXPORT_UNSUPPORTED',
      `${entity.name}.${definition.name}: it is declared as ${typeormTypeOf(column)}${column.isArray ? '[]' : ''}, but in the database it is ${found.sqlType}, which cannot be exported as that. Declare it as what it is, if that can be exported. ${leaveOut(definition.name)}`,
      { entity: entity.name, field: definition.name, expected: typeormTypeOf(column), actual: found.sqlType },
    );
  }
  const { values: _, ...rest } = definition;
  return {
    ...rest,
    type,
    ...(type === 'enum' ? { values: found.enumLabels! } : {}),
    source: {
      ...fieldSourceOf(column),
      databaseType: found.sqlType,
      ...(found.typeName === 'citext' || loose.has(column.databaseName) ? { looseEquality: true as const } : {}),
    },
  };
}

/** A foreign key must hold what the key it refers to is made of. */
function checkReferences(
  { columns, types, entity }: TableCopy,
  fields: ReadonlyMap<MappedField, FieldDefinition>,
): void {
  for (const [position, column] of columns.entries()) {
    const type = databaseFieldType(types[position]!.typeName);
    for (const use of column.uses) {
      if (use.kind === 'field') continue;
      const key = fields.get(use.key)!;
      if (type !== undefined && !types[position]!.array && isKeyOf(type, key.type)) continue;
      throw new PermafrostError(
        'EXPORT_UNSUPPORTED',
        `${entity.name}.${column.property}: its column ${column.expression} is ${types[position]!.sqlType}, but the key field "${key.name}" it refers to is ${key.type}. Give both one type. ${leaveOut(column.property)}`,
        { entity: entity.name, field: column.property, expected: key.type, actual: types[position]!.sqlType },
      );
    }
  }
}

/** Integers of any width can refer to each other: the setters check the range. */
function isKeyOf(reference: FieldType, key: FieldType): boolean {
  const isInteger = (type: FieldType) => type === 'int16' || type === 'int32' || type === 'int64';
  return reference === key || (isInteger(reference) && isInteger(key));
}

function parserFinder(client: ClientBase): FindParser {
  return (oid) =>
    (client as unknown as { getTypeParser(oid: number, format: 'text'): (text: string) => unknown }).getTypeParser(
      oid,
      'text',
    );
}

/** The columns of a table whose collation takes different bytes for equal. */
async function looseColumns(client: ClientBase, metadata: EntityMetadata): Promise<ReadonlySet<string>> {
  const names = await catalogNames(
    client,
    `SELECT a.attname FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation
      WHERE a.attrelid = $1::regclass AND NOT c.collisdeterministic`,
    [tableOf(metadata)],
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
    [tableOf(junction), columns],
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
