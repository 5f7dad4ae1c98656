/** How values are given back, and checks of what `openSnapshot` is given of it: a representation that nobody knows would otherwise be the default, without notice. */
import { describeValue, nearestName, refuseUnknownOptions } from '../errors';
import type { EntityClass } from '../schema/class-description';
import type { EntitySchema, FieldSchema, RelationSchema } from '../schema/schema';
import type { Representations } from '../structure/slot-value';
import type { Conversion, Converter } from './field-reading';

/** How a snapshot gives values back. */
export interface ValueOptions extends Representations {
  /**
   * Chooses a conversion of a field's values; an adapter's hook. A converter by itself never gets null. Generations share the class of
   * their proxies where it gives the same conversions, by identity.
   */
  readonly convert?: (entity: EntitySchema, field: FieldSchema) => Converter | Conversion | undefined;
  /** Chooses what relations give besides what they lead to, e.g. a promise of it; an adapter's hook. Copies and JSON are as without it. */
  readonly wrap?: (entity: EntitySchema, relation: RelationSchema) => Converter | undefined;
  /** Chooses the class of an embedded where the entity's class does not declare it; an adapter's hook. */
  readonly embeddedClass?: (
    entity: EntitySchema,
    path: readonly string[],
    entityClass: EntityClass,
  ) => EntityClass | undefined;
  /** Chooses fields that can be read, but that copies and JSON only have where they are selected by name; an adapter's hook. */
  readonly showsOnlySelected?: (entity: EntitySchema, field: FieldSchema) => boolean;
  /** Chooses members that records have beside those of the schema, behind their fields; an adapter's hook. Those that give undefined are absent. */
  readonly derive?: (entity: EntitySchema, entityClass: EntityClass) => readonly DerivedMember[];
}

/** A member that is made from its record. */
export interface DerivedMember {
  readonly name: string;
  /** Generations share the class of their proxies where it is the same function. */
  readonly give: (record: object) => unknown;
}

type Forms = { readonly [Name in keyof Representations]-?: readonly NonNullable<Representations[Name]>[] };

const forms: Forms = {
  int64: ['bigint', 'string', 'number'],
  timestamp: ['date', 'local-date', 'microseconds'],
  timestamptz: ['date', 'microseconds'],
  decimal: ['text', 'number'],
  interval: ['parts', 'text'],
  json: ['value', 'text'],
};

const hooks = ['convert', 'wrap', 'embeddedClass', 'showsOnlySelected', 'derive'] as const;

/** Throws TypeError for an unknown kind of values, or an unknown way to give them back. */
export function checkValueOptions(values: ValueOptions | undefined): void {
  refuseUnknownOptions('openSnapshot, values', values, [...Object.keys(forms), ...hooks]);
  if (values === undefined) return;
  for (const [name, known] of Object.entries(forms)) requireOneOf(`values.${name}`, values[name as keyof Forms], known);
  for (const hook of hooks) {
    if (values[hook] !== undefined && typeof values[hook] !== 'function')
      throw new TypeError(`openSnapshot: values.${hook} is a function, found ${describeValue(values[hook])}.`);
  }
}

/** Throws TypeError for an option that has a value, but none of those known. */
export function requireOneOf(option: string, given: unknown, known: readonly string[]): void {
  if (given === undefined || known.includes(given as string)) return;
  const near = typeof given === 'string' ? nearestName(given, known) : undefined;
  throw new TypeError(
    `openSnapshot: ${option} is ${known.map((form) => `"${form}"`).join(' or ')}, found ${describeValue(given)}.${near ? ` Did you mean "${near}"?` : ''}`,
  );
}
