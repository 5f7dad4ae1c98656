/**
 * What prototypes of proxies and of their embeddeds have: an accessor a member, and the ways to JSON and to the console. Everything is
 * chosen when the prototype is made.
 */
import { inspect } from 'node:util';
import { describeValue, PermafrostError } from '../errors';
import type { RecordLayout } from '../layout/layout';
import type { EntityClass } from '../schema/class-description';
import { pathOf, type ValueMember } from '../schema/embedded';
import type { EntitySchema } from '../schema/schema';
import { prepareForCopies } from './copies-for-tests';
import { type EmbeddedShape, embeddedGetter, type ShownMember } from './embedded';
import type { Getter } from './getters';
import { hasNoJson, plainEmbedded, plainValue, shownCopyOfEmbedded } from './materialize';
import { type RecordState, STATE } from './record-state';

/** A record or an embedded. */
type Shown = { [STATE]: RecordState };

/** What the members of a record are made from. */
export interface MemberSource {
  readonly entity: EntitySchema;
  readonly layout: RecordLayout;
  /** By the bit of the field: what its member is read by, what those who copy all members read it by, and whether they pass over it. */
  readonly getters: readonly { readonly get: Getter; readonly copied: Getter; readonly shy: boolean }[];
  readonly embeddedClasses: ReadonlyMap<string, EntityClass>;
  /** The prototypes of the record ('') and of the embeddeds that have been made, by path. */
  readonly holders: Map<string, object>;
  /** Of the embeddeds that have been made. */
  readonly shapes: EmbeddedShape[];
}

/** Defines fields and embeddeds on the prototype of a record or of an embedded; `derived` are the names of what it will have besides. */
export function showMembers(
  prototype: object,
  members: readonly ValueMember[],
  source: MemberSource,
  derived: readonly string[] = [],
): ShownMember[] {
  const { entity, getters, layout } = source;
  const shown = members.filter((member) => !('bit' in member && getters[member.bit]!.shy));
  prepareForCopies(prototype, [...shown.map((member) => member.name), ...derived], entity, layout);
  return members.map((member) => {
    if ('bit' in member) {
      const { get, copied, shy } = getters[member.bit]!;
      defineMember(prototype, entity, pathOf(entity.fields[member.bit]!), get, !shy);
      return { name: member.name, get: copied, ...(shy ? { shy } : {}) };
    }
    const shown = showEmbedded(member, source);
    defineMember(prototype, entity, member.embedded.path, shown.get);
    return shown;
  });
}

function showEmbedded(
  { name, embedded, members }: Extract<ValueMember, { embedded: unknown }>,
  source: MemberSource,
): ShownMember {
  const { entity } = source;
  const { path } = embedded;
  const valueClass = source.embeddedClasses.get(path.join('.'))!;
  const prototype = Object.create(valueClass.prototype as object) as object;
  // A record's state holds the objects of its embeddeds behind those of its relations.
  const linkNumber = entity.relations.length + source.shapes.length;
  const shown: ShownMember[] = [];
  const shape: EmbeddedShape = { valueClass, members: shown, relations: new Map(), path };
  source.shapes.push(shape);
  source.holders.set(path.join('.'), prototype);
  defineOutput(prototype, valueClass, `${entity.name}.${path.join('.')}`, {
    copied: (_, self) => shownCopyOfEmbedded(shape, self),
    plain: (_, self) => plainEmbedded(shape, self),
  });
  shown.push(...showMembers(prototype, members, source)); // a member called "toJSON" takes the place of the method
  const own = members.some((member) => member.name === 'toJSON') ? ownAccessors(prototype, shape.members) : [];
  return { name, get: embeddedGetter(embedded, bitsOf(members), linkNumber, prototype, own), embedded: shape };
}

function bitsOf(members: readonly ValueMember[]): number[] {
  return members.flatMap((member) => ('bit' in member ? [member.bit] : bitsOf(member.members)));
}

/** The accessors of members, for objects that have them as their own. */
export function ownAccessors(prototype: object, members: readonly ShownMember[]) {
  return members.map(({ name }) => [name, knownToJson(Object.getOwnPropertyDescriptor(prototype, name)!)] as const);
}

/** Gives the sets, maps and typed arrays that an accessor makes what shows them to JSON. */
function knownToJson({ get, ...accessor }: PropertyDescriptor): PropertyDescriptor {
  return {
    ...accessor,
    get() {
      const value: unknown = get!.call(this);
      if (!hasNoJson(value)) return value;
      return Object.defineProperty(value, 'toJSON', { value: () => plainValue(value) });
    },
  };
}

/** One accessor; setting it is an error. */
export function defineMember(
  prototype: object,
  entity: EntitySchema,
  path: readonly string[],
  get: Getter,
  enumerable = true,
): void {
  const name = path.join('.');
  Object.defineProperty(prototype, path.at(-1)!, {
    configurable: true,
    enumerable,
    get,
    set(value: unknown) {
      throw new PermafrostError(
        'READ_ONLY',
        `${entity.name}.${name} = ${describeValue(value)}: records of a snapshot cannot be changed. Take a copy with materialize(record) and change that.`,
        { entity: entity.name, field: name },
      );
    },
  });
}

/** JSON and `util.inspect` of records and embeddeds; a class's own ways of these are left alone. */
export function defineOutput(
  prototype: object,
  shownClass: EntityClass,
  name: string,
  output: Record<'copied' | 'plain', (state: RecordState, self: Shown) => object>,
): void {
  const hidden = (method: string | symbol, value: unknown) =>
    Object.defineProperty(prototype, method, { configurable: true, writable: true, value });
  if (!('toJSON' in shownClass.prototype)) {
    hidden('toJSON', function (this: Shown) {
      return Object.hasOwn(this, STATE) ? output.plain(this[STATE], this) : { ...(this as object) };
    });
  }
  if (!(inspect.custom in shownClass.prototype)) {
    hidden(inspect.custom, function (this: Shown, depth: number, options: object, show: typeof inspect) {
      const state = this[STATE];
      if (state.table.isStale) return `[stale cursor of ${name}]`;
      if (state.table.records.reader.closed) return `[${name} of a closed snapshot]`;
      if (depth < 0) return `[${name}]`;
      return show(output.copied(state, this), options);
    });
  }
}
