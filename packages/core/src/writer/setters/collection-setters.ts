/** Column setters of sets and maps: over setters of lists, which they give distinct elements. They take whole values only. */

import { canonicalFloat, canonicalInteger, nullElement, type ValuePlace, wrongType } from '../../schema/canonical';
import { fieldTypeText } from '../../schema/collections';
import type { FieldSchema } from '../../schema/schema';
import { decimalText, parseDecimal } from '../../structure/decimal';
import { encodeMapValue } from '../../structure/map-value';
import {
  ColumnSetter,
  HeapSetter,
  type HeapTarget,
  type SetterPlace,
  type SlotPlace,
  type SlotTarget,
} from './column-setter';

/** A Set or a list; of equal elements the first is kept. */
export class SetSetter extends ColumnSetter {
  readonly #identity: Identity;

  constructor(
    field: FieldSchema,
    at: SlotPlace,
    private readonly elements: ColumnSetter,
  ) {
    super(field, at);
    this.#identity = identityOf(field, at.place);
  }

  protected override setChecked(value: unknown): void {
    if (!(value instanceof Set) && !Array.isArray(value))
      throw wrongType(this.place, `a Set or list of ${this.field.type}`, value);
    const distinct = new Map<unknown, unknown>();
    for (const element of value as Iterable<unknown>) {
      const identity = this.#identity(element ?? null);
      if (!distinct.has(identity)) distinct.set(identity, withoutMinusZero(element));
    }
    this.elements.setValue([...distinct.values()]);
  }
}

/** A Map or a list of [key, value] pairs; of equal keys the first keeps its place and the last its value, as in a Map. */
export class MapSetter extends HeapSetter {
  readonly #identity: Identity;

  constructor(
    field: FieldSchema,
    at: SetterPlace,
    private readonly keys: {
      readonly field: FieldSchema;
      readonly setter: ColumnSetter;
      readonly written: WrittenValue;
    },
    private readonly values: { readonly setter: ColumnSetter; readonly written: WrittenValue },
  ) {
    super(field, at);
    this.#identity = identityOf(keys.field, at.place);
  }

  protected override setChecked(value: unknown): void {
    if (!(value instanceof Map) && !isPairs(value))
      throw wrongType(this.place, `a ${fieldTypeText(this.field)} or a list of its [key, value] pairs`, value);
    const distinct = new Map<unknown, { readonly key: unknown; value: unknown }>();
    for (const [key, element] of value as Iterable<readonly [unknown, unknown]>) {
      if (key === null || key === undefined) throw nullElement(this.place, 'a key of a map', key);
      const identity = this.#identity(key);
      const known = distinct.get(identity);
      if (known) known.value = element;
      else distinct.set(identity, { key: withoutMinusZero(key), value: element });
    }
    const entries = [...distinct.values()];
    this.keys.setter.setValue(entries.map((entry) => entry.key));
    this.values.setter.setValue(entries.map((entry) => entry.value));
    const bytes = encodeMapValue(this.keys.written.bytes, this.values.written.bytes);
    this.heap.append(this.target.view, this.slotAt, bytes, 0, bytes.length, 0);
    this.target.markValue(this.bit);
  }
}

/** Where the setters of a map's keys and values write: keeps the bytes of the last value until the next one. */
export class WrittenValue implements SlotTarget, HeapTarget {
  readonly view = new DataView(new ArrayBuffer(8));
  readonly base = 0;
  bytes: Uint8Array = new Uint8Array(0);
  append(_record: DataView, _slotAt: number, bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes.subarray(start, end);
  }
  markValue(): void {}
  markNull(): void {}
  markAbsent(): void {}
}

/** A value that a Map finds by what the element is, however it is written: 5n and 5, "AB…" and "ab…" of a UUID. */
type Identity = (value: unknown) => unknown;

/** Sets and maps of JavaScript have one zero. Equal values are equal bytes. */
function withoutMinusZero(value: unknown): unknown {
  return value === 0 ? 0 : value;
}

function identityOf(field: FieldSchema, place: ValuePlace): Identity {
  const whole = (value: unknown) => canonicalInteger(field, value, place);
  return (value) => {
    if (value === null) return null;
    switch (field.type) {
      case 'text':
        return value;
      case 'uuid':
        return String(value).toLowerCase();
      case 'decimal': {
        const parts = parseDecimal(String(value));
        return parts ? decimalText(parts) : value;
      }
      case 'float32':
      case 'float64':
        return canonicalFloat(field.type, value, place);
      default:
        return whole(value);
    }
  };
}

function isPairs(value: unknown): boolean {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
}
