/**
 * What the snapshot holds of each entity, by TypeORM's property paths, and how a column of TypeORM's is read from it. What was not exported
 * is refused by name with the way to export it: a query never passes over it.
 */
import {
  type EntitySchema,
  type FieldReference,
  type FieldSchema,
  type PermafrostError,
  pathTextOf,
  type RelationSchema,
  type Schema,
} from '@permafrost/core';
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { queryUnsupported } from '../errors';
import { fieldNameOf, snapshotNameOf } from '../mapping/mapped-entity';

/** A column of a row source: where core reads it, and the field that says what its values are. */
export interface StoredColumn {
  readonly reference: FieldReference;
  readonly field: FieldSchema;
  readonly column: ColumnMetadata;
  /** The entity's name in the snapshot; for messages. */
  readonly entity: string;
}

/** One for each entity that TypeORM knows; made at its first use. */
export class StoredMembers {
  readonly #entities = new Map<EntityMetadata, StoredEntity>();

  constructor(private readonly schema: Schema) {}

  of(metadata: EntityMetadata): StoredEntity {
    let entity = this.#entities.get(metadata);
    if (!entity) {
      entity = new StoredEntity(this, metadata, entitySchemaOf(this.schema, snapshotNameOf(metadata)));
      this.#entities.set(metadata, entity);
    }
    return entity;
  }
}

export class StoredEntity {
  /** An entity's or subtype's name in the snapshot. */
  readonly name: string;
  readonly #fields: ReadonlyMap<string, FieldSchema>;
  readonly #relations: ReadonlyMap<string, RelationSchema>;

  constructor(
    private readonly all: StoredMembers,
    readonly metadata: EntityMetadata,
    /** Of the whole table, for a subtype too. Undefined for an entity that was not exported. */
    readonly schema: EntitySchema | undefined,
  ) {
    this.name = snapshotNameOf(metadata);
    this.#fields = new Map(schema?.fields.map((field) => [pathTextOf(field), field]));
    this.#relations = new Map(schema?.relations.map((relation) => [pathTextOf(relation), relation]));
  }

  field(propertyPath: string): FieldSchema | undefined {
    return this.#fields.get(propertyPath);
  }

  hasRelation(propertyPath: string): boolean {
    return this.#relations.has(propertyPath);
  }

  /** Throws QUERY_UNSUPPORTED for a relation that was not exported. */
  requireRelation(relation: RelationMetadata): void {
    if (!this.hasRelation(relation.propertyPath)) throw this.#notExported(relation.propertyPath);
  }

  /** A field of its own, or a foreign key, which the relation itself holds. Throws QUERY_UNSUPPORTED for a column that was not exported. */
  column(source: number, column: ColumnMetadata): StoredColumn {
    const stored = this.findColumn(source, column);
    if (stored) return stored;
    throw this.#notExported(column.propertyPath, column);
  }

  /** Throws QUERY_UNSUPPORTED for a column whose values records do not give. */
  requireShown(column: ColumnMetadata): void {
    const stored = this.findColumn(0, column);
    if (!stored || stored.field.hidden) throw this.#notExported(column.propertyPath, column);
  }

  /** The same as {@link column}, or undefined. */
  findColumn(source: number, column: ColumnMetadata): StoredColumn | undefined {
    const { relationMetadata: relation } = column;
    return this.#ownField(source, column) ?? (relation && this.#foreignKey(source, relation, column));
  }

  /** The column of a join column, which relations of this side alone have. */
  joinColumn(source: number, relation: RelationMetadata, column: ColumnMetadata): StoredColumn {
    const stored = this.#ownField(source, column) ?? this.#foreignKey(source, relation, column);
    if (stored) return stored;
    throw this.#notExported(relation.propertyPath);
  }

  #ownField(source: number, column: ColumnMetadata): StoredColumn | undefined {
    const name = fieldNameOf(column);
    const field = this.field(name);
    return field && { reference: { source, field: name }, field, column, entity: this.name };
  }

  #foreignKey(source: number, relation: RelationMetadata, column: ColumnMetadata): StoredColumn | undefined {
    if (!column.referencedColumn || !this.hasRelation(relation.propertyPath)) return undefined;
    const target = this.all.of(relation.inverseEntityMetadata).#ownField(source, column.referencedColumn);
    if (!target) return undefined;
    const reference = { ...target.reference, through: relation.propertyPath };
    return { reference, field: target.field, column, entity: this.name };
  }

  #notExported(propertyPath: string, column?: ColumnMetadata): PermafrostError {
    const [property] = propertyPath.split('.');
    const wayOut =
      column?.isSelect === false
        ? `It has \`select: false\`; to export it: @Snapshot({ include: ['${propertyPath}'] }), or ask the database.`
        : `Export it: take "${property}" out of \`exclude\` of its entity's @Snapshot, or ask the database.`;
    return queryUnsupported(this.name, propertyPath, 'what was not exported', wayOut);
  }
}

/**
 * The column that TypeORM's SQL means by a name behind an alias: by path, property or database name, the last of several, so that a composite
 * foreign key is its last column; else a relation's first.
 */
export function columnNamed(metadata: EntityMetadata, name: string): ColumnMetadata | undefined {
  const { columns } = metadata;
  return (
    columns.findLast(({ propertyPath }) => propertyPath === name) ??
    columns.findLast(({ propertyName }) => propertyName === name) ??
    columns.findLast(({ databaseName }) => databaseName === name) ??
    metadata.findRelationWithPropertyPath(name)?.joinColumns[0]
  );
}

function entitySchemaOf(schema: Schema, name: string): EntitySchema | undefined {
  return schema.entities.find(
    (entity) => entity.name === name || entity.subtypes?.classes.some((subtype) => subtype.name === name),
  );
}
