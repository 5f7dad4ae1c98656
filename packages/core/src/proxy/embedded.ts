/**
 * Embedded values as objects: they share the state of the record they belong to, so their getters are those of the record's own fields.
 * The object is the same while the record is held. It is no record: it cannot be asked for by key or materialized alone.
 */
import { testBit } from '../bytes/bitmap';
import type { EntityClass } from '../schema/class-description';
import type { EmbeddedSchema } from '../schema/embedded';
import type { Getter } from './getters';
import { type RecordState, STATE } from './record-state';

/** A field or embedded of a record or of an embedded, with what reads it from either. */
export interface ShownMember {
  readonly name: string;
  readonly get: Getter;
  readonly embedded?: EmbeddedShape;
  /** Whether copies and JSON have it only where it is named among the fields shown. */
  readonly shy?: true;
}

/** What copies need to know of an embedded. */
export interface EmbeddedShape {
  readonly valueClass: EntityClass;
  readonly members: readonly ShownMember[];
  /** By their names within it. */
  readonly relations: ReadonlyMap<string, Getter>;
  readonly path: readonly string[];
}

/**
 * The getter of an embedded. `prototype` shows its members, which are fields with `bits` among the record's and embeddeds; `linkNumber` is where
 * a record's state keeps the object. Cost: 60 ns at first, then 5–10; what is read of the object is as fast as the record's own fields.
 */
export function embeddedGetter(
  { nullable }: EmbeddedSchema,
  bits: readonly number[],
  linkNumber: number,
  prototype: object,
  ownMembers: readonly (readonly [name: string, accessor: PropertyDescriptor])[],
): Getter {
  function EmbeddedProxy(this: { [STATE]: RecordState }, state: RecordState) {
    this[STATE] = state;
  }
  EmbeddedProxy.prototype = prototype;
  const Constructor = EmbeddedProxy as unknown as new (state: RecordState) => object;
  return function () {
    const state = this[STATE];
    const held = state.links?.[linkNumber];
    if (held !== undefined) return held;
    const { records } = state.table;
    records.checkRecord(state.ordinal);
    const base = state.ordinal * records.stride;
    if (nullable && !bits.some((bit) => testBit(records.bytes, base, bit))) return null;
    const value = new Constructor(state);
    for (const [name, accessor] of ownMembers) Object.defineProperty(value, name, accessor);
    state.links ??= [];
    state.links[linkNumber] = value;
    return value;
  };
}
