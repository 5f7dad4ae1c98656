/**
 * Decorators that describe any class to Permafrost, and the way from decorated classes to a schema.
 * They only note what they are given; nothing is checked before `schemaFromClasses`. Legacy (experimental) decorators.
 */
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import { MAX_EMBEDDED_DEPTH } from '../limits';
import { accessedName, requireRelation } from './declared-relation';
import { baseOf, isSubtype, requireBases, withSubtypes } from './decorated-subtypes';
import type { EmbeddedDefinition } from './embedded';
import type { FieldType } from './field-types';
import {
  defineSchema,
  type EntityDefinition,
  type FieldDefinition,
  type IndexDefinition,
  type RelationDefinition,
  type Schema,
} from './schema';

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

/** What {@link Field} takes besides the type. */
export interface FieldOptions extends Omit<FieldDefinition, 'name' | 'type'> {
  /** Whether the field is part of the key; several make a composite key in the order of declaration. */
  readonly key?: boolean;
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

/** Selects a class for snapshots and says how it is stored. */
export function Snapshot(options: SnapshotOptions = {}): ClassDecorator {
  refuseUnknownOptions('@Snapshot', options, ['name', 'include', 'exclude', 'discriminator']);
  return (target) => {
    ownDescription(target).options = options;
  };
}

/**
 * Declares a class as a subtype of the one it extends, which is decorated with `@Snapshot({ discriminator: 'type' })` or a subtype
 * itself. Records whose discriminator holds `value` are instances of it. Its own fields are those of its records alone, which
 * must have them unless they are nullable; its own to-one relations may be empty, declared so or not.
 */
export function Subtype(value: string, options: { readonly name?: string } = {}): ClassDecorator {
  refuseUnknownOptions('@Subtype', options, ['name']);
  return (target) => {
    const own = ownDescription(target);
    own.options = options;
    own.subtypeValue = value;
  };
}

/** Declares a stored field. `options.key` makes it part of the key. */
export function Field(type: FieldType, options: FieldOptions = {}): PropertyDecorator {
  return (target, name) => {
    refuseUnknownOptions('@Field', options, [
      'key',
      'array',
      'set',
      'map',
      'nullable',
      'values',
      'packed',
      'compressed',
      'source',
    ]);
    const { key = false, ...rest } = options;
    ownDescription(target.constructor).fields.push({ ...rest, name: memberName(target, name), type, key });
  };
}

/** The member of the other side that stores a relation: `(player) => player.team`, or its name. */
export type Inverse<T> = ((member: Required<T>) => unknown) | (string & keyof T);

/**
 * Declares a value object whose fields lie in the owner's record: `@Embedded(() => Address) address!: Address`. Its class declares them with
 * {@link Field}, and may embed others; it has no key and no relations. What is read is an instance of the class.
 */
export function Embedded(target: () => EntityClass, options: EmbeddedOptions = {}): PropertyDecorator {
  return (owner, name) => {
    refuseUnknownOptions('@Embedded', options, ['prefix', 'nullable']);
    ownDescription(owner.constructor).embeddeds.push({ ...options, name: memberName(owner, name), target });
  };
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

/**
 * Declares a relation to at most one record. With `inverse` the other side stores it. It may be empty, unless `nullable` is false. A list of classes makes it polymorphic: each
 * record refers to one of these entities. `target` is called when the schema is made, so circular imports are fine.
 */
export function ToOne<T>(
  target: () => EntityClass<T>,
  inverse?: Inverse<T>,
  options?: { nullable?: boolean },
): PropertyDecorator;
export function ToOne<T>(target: () => EntityClass<T>, options?: { nullable?: boolean }): PropertyDecorator;
export function ToOne(targets: () => readonly EntityClass[], options?: { nullable?: boolean }): PropertyDecorator;
export function ToOne<T>(
  target: () => EntityClass<T> | readonly EntityClass[],
  second?: Inverse<T> | { nullable?: boolean },
  third?: { nullable?: boolean },
): PropertyDecorator {
  const inverse = typeof second === 'object' ? undefined : second;
  const options = typeof second === 'object' ? second : third;
  refuseUnknownOptions('@ToOne', options, ['nullable']);
  return declareRelation('to-one', target, inverse, options?.nullable);
}

/** Declares a relation to any number of records. With `inverse` the other side stores it. */
export function ToMany<T>(target: () => EntityClass<T>, inverse?: Inverse<T>): PropertyDecorator {
  return declareRelation('to-many', target, inverse, undefined);
}

/**
 * Declares an index: of a field, when it decorates a property; of a group of fields, when it decorates the class. Works on entities of an
 * ORM too, beside the indexes that the ORM declares. Cost: 6–7 bytes a record in the file.
 */
export function SnapshotIndex(options?: { unique?: boolean }): PropertyDecorator;
export function SnapshotIndex(fields: readonly string[], options?: { unique?: boolean }): ClassDecorator;
export function SnapshotIndex(
  first: readonly string[] | { unique?: boolean } = {},
  second: { unique?: boolean } = {},
): (target: any, name?: string | symbol) => void {
  const fields = Array.isArray(first) ? (first as readonly string[]) : undefined;
  const options = fields ? second : (first as { unique?: boolean });
  refuseUnknownOptions('@SnapshotIndex', options, ['unique']);
  return (target, name) => {
    if ((fields === undefined) !== (typeof target !== 'function')) {
      throw new TypeError(
        '@SnapshotIndex: on a property it takes no field names, on a class it takes a list of them, e.g. @SnapshotIndex(["country", "city"]).',
      );
    }
    const described = fields ? target : target.constructor;
    ownDescription(described).indexes.push({ fields: fields ?? [memberName(target, name!)], ...options });
  };
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

/** The schema of decorated classes. Throws SCHEMA_INVALID. Members of base classes come first. */
export function schemaFromClasses(classes: readonly EntityClass[]): Schema {
  if (!Array.isArray(classes)) {
    throw new TypeError(
      `schemaFromClasses: expected a list of decorated classes, found ${describeValue(classes)}. Write schemaFromClasses([${typeof classes === 'function' ? (classes as EntityClass).name : 'Team, Player'}]).`,
    );
  }
  requireBases(classes);
  return defineSchema(
    classes
      .filter((entityClass) => !isSubtype(entityClass))
      .map((entityClass) =>
        definitionOf(
          entityClass,
          classes.filter((subtype) => isSubtype(subtype) && baseOf(subtype) === entityClass),
        ),
      ),
  );
}

/** What a decorated class declares, and its subtypes. Throws SCHEMA_INVALID when it, or a relation's target, is not decorated. */
export function definitionOf(entityClass: EntityClass, subtypes: readonly EntityClass[] = []): EntityDefinition {
  const name = entityNameOf(entityClass);
  if (name === undefined) {
    throw new PermafrostError(
      'SCHEMA_INVALID',
      `The class ${entityClass?.name ?? String(entityClass)} is not decorated with @Snapshot(). Decorate it, or leave it out.`,
      {
        entity: entityClass?.name,
      },
    );
  }
  const chain = chainOf(entityClass);
  const fields = overriding(chain.flatMap((link) => link.fields));
  const embedded = embeddedMembers(name, entityClass, [], '');
  const relations = overriding(chain.flatMap((link) => link.relations)).map((relation) => relationOf(name, relation));
  const indexes = [entityClass, ...subtypes].flatMap((link) => chainOf(link)).flatMap((link) => link.indexes);
  indexes.push(...embedded.indexes);
  const definition = {
    name,
    key: fields.filter((field) => field.key).map((field) => field.name),
    fields: [...fields.map(({ key: _, ...field }) => field), ...embedded.fields],
    ...(embedded.nullable.length > 0 ? { embeddeds: embedded.nullable } : {}),
    ...(indexes.length > 0 ? { indexes: [...new Set(indexes)] } : {}),
    relations,
  };
  return subtypes.length === 0 ? definition : withSubtypes(definition, entityClass, subtypes);
}

/** A relation as a class declares it, its target's class called by name. Throws SCHEMA_INVALID. */
export function relationOf(entity: string, relation: ClassDescription['relations'][number]): RelationDefinition {
  const { target, inverse, ...rest } = relation;
  const classes = target();
  return {
    ...rest,
    ...(Array.isArray(classes)
      ? { targets: classes.map((targetClass) => targetNameOf(entity, relation.name, targetClass)) }
      : targetOf(entity, relation.name, classes as EntityClass)),
    ...(inverse === undefined ? {} : { inverse }),
  };
}

/** The target that a class means; a subtype means its entity, and itself. */
function targetOf(entity: string, relation: string, targetClass: EntityClass): { target: string; subtype?: string } {
  const name = targetNameOf(entity, relation, targetClass);
  if (!isSubtype(targetClass)) return { target: name };
  return { target: targetNameOf(entity, relation, baseOf(targetClass)), subtype: name };
}

function targetNameOf(entity: string, relation: string, targetClass: EntityClass | undefined): string {
  const name = targetClass && entityNameOf(targetClass);
  if (name !== undefined) return name;
  throw new PermafrostError(
    'SCHEMA_INVALID',
    `${entity}.${relation}: it refers to ${targetClass?.name ?? 'an undefined class (a circular import?)'}, which is not decorated with @Snapshot().`,
    { entity, field: relation },
  );
}

/** The fields of the embeddeds of a class, and of those within them; `path` and `prefix` are those of the class. Throws SCHEMA_INVALID. */
function embeddedMembers(entity: string, owner: EntityClass, path: readonly string[], prefix: string) {
  const members = {
    fields: [] as FieldDefinition[],
    nullable: [] as EmbeddedDefinition[],
    indexes: [] as IndexDefinition[],
  };
  for (const embedded of overriding(chainOf(owner).flatMap((link) => link.embeddeds))) {
    const ownPath = [...path, embedded.name];
    const refuse = (why: string): never => {
      const field = ownPath.join('.');
      throw new PermafrostError('SCHEMA_INVALID', `${entity}.${field}: ${why}.`, { entity, field });
    };
    if (ownPath.length > MAX_EMBEDDED_DEPTH)
      refuse(`it lies more than ${MAX_EMBEDDED_DEPTH} embeddeds deep; a class cannot embed itself`);
    const target = embedded.target();
    if (typeof target !== 'function') refuse('it embeds an undefined class (a circular import?)');
    if (!declaresFields(target)) refuse(`it embeds ${target.name}, which declares no @Field`);
    const chain = chainOf(target);
    if (chain.some((link) => link.relations.length > 0))
      refuse(`it embeds ${target.name}, which has relations; the entity must have them`);
    const ownPrefix = prefix + (embedded.prefix ?? `${embedded.name}_`);
    for (const { key, ...field } of overriding(chain.flatMap((link) => link.fields))) {
      if (key) refuse(`it embeds ${target.name}, whose field "${field.name}" is a key; an embedded has none`);
      members.fields.push({ ...field, name: ownPrefix + field.name, path: [...ownPath, field.name] });
    }
    for (const index of chain.flatMap((link) => link.indexes))
      members.indexes.push({ ...index, fields: index.fields.map((name) => ownPrefix + name) });
    if (embedded.nullable) members.nullable.push({ path: ownPath, nullable: true });
    const inner = embeddedMembers(entity, target, ownPath, ownPrefix);
    members.fields.push(...inner.fields);
    members.nullable.push(...inner.nullable);
    members.indexes.push(...inner.indexes);
  }
  return members;
}

function declareRelation(
  kind: 'to-one' | 'to-many',
  target: () => EntityClass | readonly EntityClass[],
  inverse: ((member: any) => unknown) | string | undefined,
  nullable: boolean | undefined,
): PropertyDecorator {
  return (owner, name) => {
    requireRelation(kind, owner, name, target, inverse);
    ownDescription(owner.constructor).relations.push({
      name: memberName(owner, name),
      kind,
      target,
      ...(inverse ? { inverse: typeof inverse === 'string' ? inverse : accessedName(inverse) } : {}),
      ...(nullable === undefined ? {} : { nullable }),
    });
  };
}

function memberName(target: object, name: string | symbol): string {
  if (typeof name === 'string') return name;
  throw new PermafrostError(
    'SCHEMA_INVALID',
    `${target.constructor.name}.${String(name)}: a symbol cannot name a stored member; give it a string name.`,
    {
      entity: target.constructor.name,
    },
  );
}

/** Of members that are declared again the last. */
export function overriding<T extends { name: string }>(members: T[]): T[] {
  return [...new Map(members.map((member) => [member.name, member])).values()];
}

function ownDescription(target: object): ClassDescription {
  if (!Object.hasOwn(target, description)) {
    Object.defineProperty(target, description, {
      value: { fields: [], relations: [], indexes: [], embeddeds: [] } satisfies ClassDescription,
    });
  }
  return describe(target)!;
}

function describe(target: object): ClassDescription | undefined {
  return (target as { [description]?: ClassDescription })[description];
}

/** What a class and those it extends declare, the base first. */
export function chainOf(entityClass: EntityClass): ClassDescription[] {
  const chain: ClassDescription[] = [];
  for (let link: object | null = entityClass; link !== null; link = Object.getPrototypeOf(link)) {
    if (Object.hasOwn(link, description)) chain.unshift(describe(link)!);
  }
  return chain;
}
