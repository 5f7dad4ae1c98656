/**
 * Decorators that describe any class to Permafrost. They only note what they are given; nothing is checked before `schemaFromClasses`.
 * Legacy (experimental) decorators.
 */
import { PermafrostError, refuseUnknownOptions } from '../errors';
import { type EmbeddedOptions, type EntityClass, ownDescription, type SnapshotOptions } from './class-description';
import { accessedName, requireRelation } from './declared-relation';
import type { FieldType } from './field-types';
import type { FieldDefinition } from './schema';

/** What {@link Field} takes besides the type. */
export interface FieldOptions extends Omit<FieldDefinition, 'name' | 'type'> {
  /** Whether the field is part of the key; several make a composite key in the order of declaration. */
  readonly key?: boolean;
}

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
