/**
 * What decorators have noted of a class, and of those it extends. Notes lie on the classes themselves; nothing in them is checked.
 */
import type { FieldDefinition, IndexDefinition, RelationDefinition } from './schema';

/** A class whose instances records look like; abstract ones will do, since no constructor is run. */
export type EntityClass<T = any> = abstract new (...args: any[]) => T;

/** What {@link Snapshot} takes. */
export interface SnapshotOptions {
  /** The entity's name in the file. Default: the class name. */
  readonly name?: string;
  /** Fields to store although the ORM hides them by default (`select: false`). */
  readonly include?: readonly string[];
  /** Fields and relations not to store. */
  readonly exclude?: readonly string[];
  /** The field that tells classes decorated with {@link Subtype} apart, which share the table of this one. */
  readonly discriminator?: string;
}

/** @internal */
export interface ClassDescription {
  options?: SnapshotOptions;
  /** Of a subtype: what the discriminator holds. */
  subtypeValue?: string;
  readonly fields: (FieldDefinition & { key: boolean })[];
  readonly relations: (Omit<RelationDefinition, 'target' | 'targets' | 'inverse'> & {
    target: () => EntityClass | readonly EntityClass[];
    inverse?: string;
  })[];
  readonly indexes: IndexDefinition[];
  readonly embeddeds: EmbeddedDescription[];
}

interface EmbeddedDescription extends EmbeddedOptions {
  readonly name: string;
  readonly target: () => EntityClass;
}

/** How a value object lies in its owner's record. */
export interface EmbeddedOptions {
  /** Before the names of the embedded's fields, which must be unique among all of the entity. Default: the property's name and "_". */
  readonly prefix?: string;
  /** Whether it reads null when none of its fields has a value, and may be null when it is written. Default false: then it is never null. */
  readonly nullable?: boolean;
}

/** Global, so that two copies of this package in one process see the same descriptions. */
const description = Symbol.for('permafrost.class-description');

/** What has been noted of the class itself, for decorators to add to. */
export function ownDescription(target: object): ClassDescription {
  if (!Object.hasOwn(target, description)) {
    Object.defineProperty(target, description, {
      value: { fields: [], relations: [], indexes: [], embeddeds: [] } satisfies ClassDescription,
    });
  }
  return describe(target)!;
}

/** What a class and those it extends declare, the base first. */
export function chainOf(entityClass: EntityClass): ClassDescription[] {
  const chain: ClassDescription[] = [];
  for (let link: object | null = entityClass; link !== null; link = Object.getPrototypeOf(link)) {
    if (Object.hasOwn(link, description)) chain.unshift(describe(link)!);
  }
  return chain;
}

/** Of members that are declared again the last. */
export function overriding<T extends { name: string }>(members: T[]): T[] {
  return [...new Map(members.map((member) => [member.name, member])).values()];
}

/** The indexes that {@link SnapshotIndex} declares on a class and its base classes. */
export function snapshotIndexesOf(entityClass: EntityClass): readonly IndexDefinition[] {
  return typeof entityClass === 'function' ? chainOf(entityClass).flatMap((link) => link.indexes) : [];
}

/** What {@link Snapshot} was given for a class, or undefined when the class is not decorated with it. */
export function snapshotOptionsOf(entityClass: EntityClass): SnapshotOptions | undefined {
  if (typeof entityClass !== 'function') return undefined; // of a circular import
  return Object.hasOwn(entityClass, description) ? describe(entityClass)?.options : undefined;
}

/** What {@link Subtype} was given for a class, or undefined when it is no subtype. */
export function subtypeValueOf(entityClass: EntityClass): string | undefined {
  return snapshotOptionsOf(entityClass) && describe(entityClass)!.subtypeValue;
}

/** The name a decorated class has in a snapshot; undefined when it is not decorated. */
export function entityNameOf(entityClass: EntityClass): string | undefined {
  const options = snapshotOptionsOf(entityClass);
  return options && (options.name ?? entityClass.name);
}

/** True when the class declares fields with {@link Field}; an ORM's class describes itself elsewhere. */
export function declaresFields(entityClass: EntityClass): boolean {
  return chainOf(entityClass).some((link) => link.fields.length > 0 || link.embeddeds.length > 0);
}

/** The class of the embedded that is reached by a path from an entity's class; undefined when the class declares none there. */
export function embeddedClassOf(entityClass: EntityClass, path: readonly string[]): EntityClass | undefined {
  let reached: EntityClass | undefined = entityClass;
  for (const name of path) {
    const declared: EmbeddedDescription | undefined = chainOf(reached)
      .flatMap((link) => link.embeddeds)
      .findLast((embedded) => embedded.name === name);
    reached = declared?.target();
    if (typeof reached !== 'function') return undefined;
  }
  return reached;
}

/** True for a class decorated with {@link Subtype}. */
export function isSubtype(entityClass: EntityClass): boolean {
  return subtypeValueOf(entityClass) !== undefined;
}

/** The decorated class that a subtype extends in the end, whose table it shares. */
export function baseOf(subtype: EntityClass): EntityClass | undefined {
  let link: EntityClass | undefined = subtype;
  while (link && isSubtype(link)) link = parentOf(link);
  return link;
}

/** The nearest decorated class above. */
export function parentOf(entityClass: EntityClass): EntityClass | undefined {
  let link: unknown = Object.getPrototypeOf(entityClass);
  while (typeof link === 'function' && snapshotOptionsOf(link as EntityClass) === undefined)
    link = Object.getPrototypeOf(link);
  return typeof link === 'function' ? (link as EntityClass) : undefined;
}

function describe(target: object): ClassDescription | undefined {
  return (target as { [description]?: ClassDescription })[description];
}
