/**
 * Single-table inheritance: the classes that share an entity's table as core's subtypes. TypeORM gives the base the columns and relations of
 * all of them, and each class those of what it extends and of what extends it; which are a class's own is worked out here.
 */
import type { SubtypeDefinition, SubtypesDefinition } from '@permafrost/core';
import type { EntityMetadata } from 'typeorm';
import { exportUnsupported } from '../errors';
import { type MappedEntity, type MappedField, type MappedRelation, snapshotNameOf } from './mapped-entity';

/** The classes that share the table of a base, each behind what it extends. */
export function subclassesOf(base: EntityMetadata): EntityMetadata[] {
  if (base.inheritancePattern !== 'STI') return [];
  return base.childEntityMetadatas
    .filter(({ tableType }) => tableType === 'entity-child')
    .sort((a, b) => depthOf(a) - depthOf(b));
}

/** Members with what subtypes make of them: those that not every class has are nullable. Without subclasses, the same members. */
export function subtypesOf({
  metadata,
  metadatas,
  fields,
  relations,
}: Pick<MappedEntity, 'metadata' | 'metadatas' | 'fields' | 'relations'>): {
  readonly fields: readonly MappedField[];
  readonly relations: readonly MappedRelation[];
  readonly subtypes?: SubtypesDefinition;
} {
  const [, ...subclasses] = metadatas;
  const { discriminatorColumn } = metadata;
  if (subclasses.length === 0 || !discriminatorColumn) return { fields, relations };
  const told = fields.find(({ column }) => column === discriminatorColumn)!;
  // Classes are told apart by text, also one whose value no label of an enum is; what holds something else is exported as text too.
  const discriminator: MappedField =
    told.definition.type === 'text'
      ? told
      : {
          column: discriminatorColumn,
          asText: true,
          definition: { name: `${told.definition.name}::text`, type: 'text', nullable: true, hidden: true },
        };
  const all = [
    ...fields.map(({ definition }) => definition.name),
    ...relations.map(({ definition }) => definition.name),
  ];
  const key = new Set(metadata.primaryColumns);
  const shared = new Set(
    [...fields.filter(({ column }) => column === undefined || key.has(column)), told].map(
      ({ definition }) => definition.name,
    ),
  );
  const own = new Map(
    metadatas.map((one) => [one, new Set(all.filter((member) => shared.has(member) || declares(one, member)))]),
  );
  const classes = subclasses.map((subclass): SubtypeDefinition => {
    requireComparable(metadata, subclass, told);
    const parent = subclasses.find((other) => other !== subclass && isParent(other, subclass, subclasses));
    const [has, inherited] = [own.get(subclass)!, own.get(parent ?? metadata)!];
    const without = [...inherited].filter((member) => !has.has(member));
    return {
      name: snapshotNameOf(subclass),
      value: String(subclass.discriminatorValue),
      ...(parent ? { parent: snapshotNameOf(parent) } : {}),
      members: [...has].filter((member) => !inherited.has(member)),
      ...(without.length > 0 ? { without } : {}),
    };
  });
  const named = new Set(classes.flatMap(({ members, without = [] }) => [...members, ...without]));
  const nullable = <T extends MappedField | MappedRelation>(member: T): T =>
    named.has(member.definition.name) ? { ...member, definition: { ...member.definition, nullable: true } } : member;
  return {
    fields: [...fields, ...(discriminator === told ? [] : [discriminator])].map(nullable),
    relations: relations.map(nullable),
    subtypes: { field: discriminator.definition.name, classes },
  };
}

/** TypeORM compares values by ===: where a class is given "1" for a column of numbers, it finds its rows but shows them as the base. */
function requireComparable(base: EntityMetadata, subclass: EntityMetadata, { definition }: MappedField): void {
  const { type, name } = definition;
  const { options } = base.dataSource;
  const isNumber = type === 'int64' ? 'parseInt8' in options && options.parseInt8 : /^(int|float)/.test(type);
  const expected = isNumber ? 'number' : type === 'boolean' ? 'boolean' : 'string';
  const value: unknown = subclass.discriminatorValue;
  if (typeof value === expected) return;
  throw exportUnsupported(
    snapshotNameOf(base),
    name,
    `the class ${subclass.name}, whose value ${JSON.stringify(value)} is no ${expected} as those of the column,`,
    `Give it one: @ChildEntity(…).`,
  );
}

/** Whether instances of a class have a member, as TypeORM decides when it makes them: not where only a class that extends it has. */
function declares(metadata: EntityMetadata, propertyPath: string): boolean {
  const isBelow = (target: unknown) => metadata.childEntityMetadatas.some((child) => child.target === target);
  return [...metadata.columns, ...metadata.relations].some(
    (member) => member.propertyPath === propertyPath && !isBelow(member.target),
  );
}

/** Whether `other` is what `subclass` extends, with no other of the subclasses between them. */
function isParent(other: EntityMetadata, subclass: EntityMetadata, subclasses: readonly EntityMetadata[]): boolean {
  const above = subclasses.filter((one) => one !== subclass && extendsClass(subclass, one));
  return above.includes(other) && above.every((one) => one === other || extendsClass(other, one));
}

function extendsClass(metadata: EntityMetadata, above: EntityMetadata): boolean {
  return (
    typeof metadata.target === 'function' &&
    typeof above.target === 'function' &&
    Object.prototype.isPrototypeOf.call(above.target, metadata.target)
  );
}

function depthOf({ target }: EntityMetadata): number {
  let depth = 0;
  for (let link: unknown = target; typeof link === 'function'; link = Object.getPrototypeOf(link)) depth++;
  return depth;
}
