/** What every part of a query's translation needs to know of the entity that is asked for. */
import { type EntitySchema, type FieldSchema, nearestName, type RelationSchema } from '@permafrost/core';
import { type EntityMetadata, EntityPropertyNotFoundError } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { queryUnsupported } from '../errors';

export class QueryContext {
  constructor(
    readonly metadata: EntityMetadata,
    readonly schema: EntitySchema,
    private readonly schemaOf: (metadata: EntityMetadata) => EntitySchema | undefined,
  ) {}

  get name(): string {
    return this.schema.name;
  }

  field(property: string): FieldSchema | undefined {
    return this.schema.fields.find((field) => field.name === property);
  }

  relation(property: string): RelationSchema | undefined {
    return this.schema.relations.find((relation) => relation.name === property);
  }

  relationMetadata(property: string): RelationMetadata {
    return this.metadata.findRelationWithPropertyPath(property)!;
  }

  /** The context of a relation's target. */
  target(property: string): QueryContext {
    const metadata = this.relationMetadata(property).inverseEntityMetadata;
    return new QueryContext(metadata, this.schemaOf(metadata)!, this.schemaOf);
  }

  /** The error for a property that is no member of the snapshot: TypeORM's own where it does not know it either. */
  unknown(property: string): Error {
    const { metadata } = this;
    const column = metadata.findColumnWithPropertyPathStrict(property);
    const isDeclared =
      column ?? metadata.findRelationWithPropertyPath(property) ?? metadata.findEmbeddedWithPropertyPath(property);
    if (isDeclared)
      return queryUnsupported(
        this.name,
        property,
        'conditions on members that were not exported',
        `${wayToExport(property, column?.isSelect === false)}, or ask the database.`,
      );
    const near = nearestName(
      property,
      [...this.schema.fields, ...this.schema.relations].map((member) => member.name),
    );
    const error = new EntityPropertyNotFoundError(property, metadata);
    if (near) error.message += ` Did you mean "${near}"?`;
    return error;
  }
}

function wayToExport(property: string, isHidden: boolean): string {
  return isHidden
    ? `It has \`select: false\`; to export it: @Snapshot({ include: ['${property}'] })`
    : `Export it: take it out of \`exclude\` of its entity's @Snapshot`;
}
