/**
 * Column setters: how a source of records (an adapter decoding a wire format, or plain objects) hands over one field of the current record.
 * Each column has one setter of its type, chosen when the schema is known. A setter takes canonical values through the method of
 * its type and any JavaScript value through `setValue`; any other method is a mistake of the caller.
 */
import { missingValue, type ValuePlace } from '../../schema/canonical';
import { fieldTypeText } from '../../schema/collections';
import type { FieldSchema } from '../../schema/schema';
import type { StringTableBuilder } from '../../structure/string-table';
import type { TextPlace } from '../text-places';

/** Where a setter writes: a record being made, or an element of an array being made. */
export interface SlotTarget {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Bytes from the start of `view` to the record. */
  readonly base: number;
  markValue(bit: number): void;
  /** Takes back a value that was marked before: the last call counts. */
  markNull(bit: number): void;
  markAbsent(bit: number): void;
}

/** Where a setter puts what does not fit its slot. */
export interface HeapTarget {
  append(record: DataView, slotAt: number, bytes: Uint8Array, start: number, end: number, encoding: number): void;
}

/** The slot that a setter fills, and what its errors say of it. */
export interface SlotPlace {
  readonly target: SlotTarget;
  /** Bytes from the start of the target's record. */
  readonly slotOffset: number;
  readonly bit: number;
  readonly place: ValuePlace;
}

/** All that a setter of any type needs. */
export interface SetterPlace extends SlotPlace {
  readonly heap: HeapTarget;
  /** Of text that may have few distinct values. */
  readonly stringTable?: StringTableBuilder | undefined;
  /** Where the generation before has the field's text. */
  readonly previous?: TextPlace | undefined;
}

/** Takes one field of the record being made; see {@link RecordWriter.column}. Each method throws VALUE_TYPE or VALUE_RANGE for what the field does not hold. */
export abstract class ColumnSetter {
  protected readonly target: SlotTarget;
  protected readonly slotOffset: number;
  protected readonly bit: number;
  protected readonly place: ValuePlace;

  constructor(
    readonly field: FieldSchema,
    { target, slotOffset, bit, place }: SlotPlace,
  ) {
    this.target = target;
    this.slotOffset = slotOffset;
    this.bit = bit;
    this.place = place;
  }

  /** Any JavaScript value of the field's type; null and undefined where the field is nullable. Throws VALUE_TYPE, VALUE_RANGE, VALUE_NULL. */
  setValue(value: unknown): void {
    if (value === null) this.setNull();
    else if (value === undefined) this.setUndefined();
    else this.setChecked(value);
  }

  /** Throws VALUE_NULL where the field is not nullable. */
  setNull(): void {
    if (!this.field.nullable) throw missingValue(this.place, null);
    this.target.markNull(this.bit);
  }

  /** Leaves the field without a value: what a column that is never set is, too. */
  setUndefined(): void {
    if (!this.field.nullable) throw missingValue(this.place, undefined);
    this.target.markAbsent(this.bit);
  }

  /** Booleans. */
  setBoolean(_value: boolean): void {
    this.refuse('setBoolean');
  }

  /** A whole number that fits 32 bits: integer fields of every width, and days since 1970-01-01 for dates. */
  setInt32(_value: number): void {
    this.refuse('setInt32');
  }

  /** Two's complement halves: 64-bit integers; for timestamps microseconds since 1970-01-01, for times since midnight. */
  setInt64(_low: number, _high: number): void {
    this.refuse('setInt64');
  }

  /** Months and days as 32-bit integers, microseconds as two's complement halves of a safe integer. */
  setInterval(_months: number, _days: number, _microsecondsLow: number, _microsecondsHigh: number): void {
    this.refuse('setInterval');
  }

  /** Floats; float32 fields round it. */
  setFloat64(_value: number): void {
    this.refuse('setFloat64');
  }

  /** `coefficient` × 10^-`scale`, with a safe integer coefficient. */
  setDecimal(_coefficient: number, _scale: number): void {
    this.refuse('setDecimal');
  }

  /** Text, JSON text, an enum's label, or the text of a decimal or UUID. */
  setText(_value: string): void {
    this.refuse('setText');
  }

  /** The same as UTF-8, which must be valid: bytes[start, end). No JavaScript string is made of text or JSON. */
  setUtf8(_bytes: Uint8Array, _start: number, _end: number): void {
    this.refuse('setUtf8');
  }

  /** Binary values, and the 16 bytes of a UUID: bytes[start, end). */
  setBytes(_bytes: Uint8Array, _start: number, _end: number): void {
    this.refuse('setBytes');
  }

  /** Begins a list of `elementCount` elements: each is one {@link nextElement} and one call of a set method; then {@link endArray}. */
  beginArray(_elementCount: number): void {
    this.refuse('beginArray');
  }

  /** Moves to the next element, which is null unless it is set, and returns its setter. */
  nextElement(): ColumnSetter {
    return this.refuse('nextElement');
  }

  /** Ends the list. Throws VALUE_RANGE when fewer elements were begun than announced. */
  endArray(): void {
    this.refuse('endArray');
  }

  /** A value that is neither null nor undefined. */
  protected abstract setChecked(value: unknown): void;

  /** Where this column's slot lies in the target's view. */
  protected get slotAt(): number {
    return this.target.base + this.slotOffset;
  }

  private refuse(method: string): never {
    throw new TypeError(
      `${this.place.entity}.${this.place.field}: a column of type ${fieldTypeText(this.field)} does not take ${method}.`,
    );
  }
}

/** A setter of values that do not fit their slots. */
export abstract class HeapSetter extends ColumnSetter {
  protected readonly heap: HeapTarget;

  constructor(field: FieldSchema, at: SetterPlace) {
    super(field, at);
    this.heap = at.heap;
  }
}
