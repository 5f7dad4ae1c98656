/** What the discriminator of a record being added must hold: the value of the class that it was added as, or is an instance of. */
import { outOfRange, type ValuePlace } from '../schema/canonical';
import { type EntityClass, entityNameOf } from '../schema/class-description';
import type { EntitySchema } from '../schema/schema';
import { type SubtypeDefinition, withinSubtype } from '../schema/subtypes';

export class Discriminator {
  readonly field: string;
  readonly #entity: EntitySchema;
  readonly #classes: readonly SubtypeDefinition[];
  /** By prototype: the subtype whose instances have it. */
  readonly #byPrototype = new WeakMap<object, SubtypeDefinition | false>();

  constructor(entity: EntitySchema) {
    this.#entity = entity;
    this.#classes = entity.subtypes!.classes;
    this.field = entity.subtypes!.field;
  }

  /**
   * The value for a record that was given one, or none. `subtype` is the name of the subtype that it is added as, if it is.
   * Throws VALUE_RANGE when what was given says another class.
   */
  valueFor(record: object, given: unknown, subtype: string | undefined, place: ValuePlace): unknown {
    const named = this.#classes.find(({ name }) => name === subtype);
    const instance = this.#subtypeOf(record);
    const claimed = instance && (!named || this.#extends(instance, named)) ? instance : named;
    if (!claimed) return given;
    if (given === undefined || given === null) return claimed.value;
    const said = this.#classes.find(({ value }) => value === given);
    if (said && this.#extends(said, claimed)) return given;
    throw outOfRange(place, `${JSON.stringify(claimed.value)}, as of every ${claimed.name}`, given);
  }

  #extends(subtype: SubtypeDefinition, other: SubtypeDefinition): boolean {
    return withinSubtype(this.#entity, other.name)[this.#classes.indexOf(subtype)]!;
  }

  #subtypeOf(record: object): SubtypeDefinition | undefined {
    const prototype: object | null = Object.getPrototypeOf(record);
    if (prototype === null || prototype === Object.prototype) return undefined;
    let subtype = this.#byPrototype.get(prototype);
    if (subtype === undefined) {
      subtype = this.#subtypeOfPrototype(prototype) ?? false;
      this.#byPrototype.set(prototype, subtype);
    }
    return subtype || undefined;
  }

  #subtypeOfPrototype(prototype: object): SubtypeDefinition | undefined {
    for (let link: object | null = prototype; link !== null; link = Object.getPrototypeOf(link)) {
      if (!Object.hasOwn(link, 'constructor')) continue;
      const name = entityNameOf(link.constructor as EntityClass);
      const subtype = this.#classes.find((candidate) => candidate.name === name);
      if (subtype) return subtype;
    }
    return undefined;
  }
}
