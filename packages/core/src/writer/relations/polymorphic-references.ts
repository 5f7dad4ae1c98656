/**
 * A relation to one of several entities, as it is written: the staged record has members for the key of each target, of which at most
 * one is set. Which one decides the entity.
 */
import { missingValue, outOfRange, type ValuePlace, wrongType } from '../../schema/canonical';
import { entityNameOf } from '../../schema/class-description';
import type { EntitySchema, RelationSchema } from '../../schema/schema';
import type { StagedReference } from '../record-writer';
import type { StagingTable } from '../staging/staging-table';

/** The references of one polymorphic relation, one a target in the order of its `targets`. */
export interface ReferenceChoice {
  readonly relation: RelationSchema;
  readonly references: readonly StagedReference[];
}

export function referenceChoices(references: readonly StagedReference[]): ReferenceChoice[] {
  const relations = new Set(references.map(({ relation }) => relation).filter(({ targets }) => targets !== undefined));
  return [...relations].map((relation) => ({
    relation,
    references: references.filter((reference) => reference.relation === relation),
  }));
}

/** Throws VALUE_RANGE when the current record refers to several targets, VALUE_NULL when to none and it must. */
export function checkChoice({ relation, references }: ReferenceChoice, staging: StagingTable, place: ValuePlace): void {
  const set = references.filter(({ bits }) => bits.every((bit) => staging.holdsValue(bit)));
  if (set.length > 1)
    throw outOfRange(place, 'the key of one target', `${set.map(({ target }) => target.name).join(' and ')} at once`);
  if (set.length === 0 && !relation.nullable) throw missingValue(place, undefined);
}

/**
 * Which target a value means, and its record or key: an instance of a decorated class, or `{ entity, key }` with a name or class, which
 * may be that of a subtype of a target.
 * Throws VALUE_TYPE.
 */
export function chosenReference(
  { references }: ReferenceChoice,
  value: unknown,
  place: ValuePlace,
): { readonly reference: StagedReference; readonly value: unknown } {
  const names = references.map(({ target }) => target.name);
  const refuse = (): never => {
    throw wrongType(
      place,
      `an instance of the class of ${names.join(' or ')}, or { entity, key } with one of these names`,
      value,
    );
  };
  if (typeof value !== 'object' || value === null) return refuse();
  const byClass = entityOfInstance(value, names);
  const named = byClass === undefined ? namedKey(value) : { entity: byClass, key: value };
  const reference = named && references.find(({ target }) => isNameOf(target, named.entity));
  return reference ? { reference, value: named.key } : refuse();
}

/** Whether it names an entity or one of its subtypes, whose records are in one table. */
export function isNameOf({ name, subtypes }: EntitySchema, given: unknown): boolean {
  return name === given || (subtypes?.classes.some((subtype) => subtype.name === given) ?? false);
}

/** What `{ entity, key }` names, by name or class; undefined for anything else. */
export function namedKey(value: object): { readonly entity: unknown; readonly key: unknown } | undefined {
  const { entity, key } = value as { entity?: unknown; key?: unknown };
  if (!Object.hasOwn(value, 'entity') || !Object.hasOwn(value, 'key') || key === null || key === undefined)
    return undefined;
  return { entity: typeof entity === 'function' ? entityNameOf(entity as never) : entity, key };
}

/** The entity of the nearest class that an object is an instance of and that has one of the names; else of the nearest decorated one. */
function entityOfInstance(value: object, names: readonly string[]): string | undefined {
  let nearest: string | undefined;
  for (let link: object | null = Object.getPrototypeOf(value); link !== null; link = Object.getPrototypeOf(link)) {
    if (!Object.hasOwn(link, 'constructor')) continue;
    const name = entityNameOf(link.constructor as never);
    if (name !== undefined && names.includes(name)) return name;
    nearest ??= name;
  }
  return nearest;
}
