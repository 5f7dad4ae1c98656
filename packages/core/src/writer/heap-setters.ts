/** Column setters of the types whose values lie in the heap or need parsing: text, JSON, bytes, UUIDs, decimals, arrays. */
import {
  ASCII,
  isAscii,
  maxTextSize,
  type TextEncodingCode,
  UTF8,
  WTF8,
  writeText,
  writtenTextSize,
} from '../bytes/text';
import { writeUuid } from '../bytes/uuid';
import type { SlotKind } from '../layout/layout';
import { MAX_DECIMAL_SIZE } from '../limits';
import { nullElement, outOfRange, type ValuePlace, wrongType } from '../schema/canonical';
import type { FieldSchema } from '../schema/schema';
import { ArrayValueBuilder } from '../structure/array-value';
import {
  decimalText,
  fitsDecimalSlot,
  INLINE,
  packDecimal,
  packHeapDecimal,
  packSpecialDecimal,
  parseDecimal,
} from '../structure/decimal';
import { littleEndianBytes, NumericArrayView } from '../structure/numeric-array';
import type { StringTableBuilder } from '../structure/string-table';
import { ColumnSetter, type HeapTarget, type SlotTarget } from './column-setter';
import { placeOf, type TextPlace } from './text-places';

/** The encoding of a staged text slot that holds a string table id instead of a heap offset. */
export const STAGED_ID = 3;

/** A longer buffer, for a longer text, is given back with the next one. */
const MAX_KEPT_SCRATCH = 2 ** 22;
let scratch = Buffer.allocUnsafe(2 ** 16);

/** Encodes `text` into the shared scratch buffer; its size is `writtenTextSize`. */
function encodeToScratch(text: string): TextEncodingCode {
  const size = maxTextSize(text);
  if (size > scratch.length || scratch.length > MAX_KEPT_SCRATCH) {
    scratch = Buffer.allocUnsafe(
      size > MAX_KEPT_SCRATCH ? size : Math.max(2 ** 16, Math.min(2 * size, MAX_KEPT_SCRATCH)),
    );
  }
  return writeText(scratch, 0, text);
}

/** Text: into the string table while the field has few distinct values, or had in the generation before; into the heap otherwise. */
export class TextSetter extends ColumnSetter {
  #stringTable: StringTableBuilder | undefined;
  readonly #heap: HeapTarget;
  readonly #previous: TextPlace | undefined;
  #valueCount = 0;

  constructor(
    field: FieldSchema,
    target: SlotTarget,
    slotOffset: number,
    bit: number,
    place: ValuePlace,
    heap: HeapTarget,
    stringTable?: StringTableBuilder,
    previous?: TextPlace,
  ) {
    super(field, target, slotOffset, bit, place);
    this.#heap = heap;
    this.#stringTable = stringTable;
    this.#previous = previous;
  }

  /** Where the values set so far belong. */
  get textPlace(): TextPlace {
    const table = this.#stringTable;
    return table === undefined ? 'heap' : placeOf(table.count, this.#valueCount, this.#previous);
  }

  override setText(value: string): void {
    const encoding = encodeToScratch(value);
    this.#append(scratch, 0, writtenTextSize, encoding);
  }

  override setUtf8(bytes: Uint8Array, start: number, end: number): void {
    this.#append(bytes, start, end, isAscii(bytes, start, end) ? ASCII : UTF8);
  }

  /** Text that a snapshot holds already, in its encoding there. */
  setEncoded(bytes: Uint8Array, start: number, end: number, encoding: TextEncodingCode): void {
    this.#append(bytes, start, end, encoding);
  }

  protected override setChecked(value: unknown): void {
    if (this.field.type === 'json') this.setText(jsonText(value, this.place));
    else if (typeof value !== 'string') throw wrongType(this.place, 'a string', value);
    else this.setText(value);
  }

  #append(bytes: Uint8Array, start: number, end: number, encoding: TextEncodingCode): void {
    this.#valueCount++;
    this.target.markValue(this.bit);
    if (this.#stringTable) {
      const id = this.#stringTable.idOf(bytes, start, end, encoding === WTF8);
      if (id >= 0) {
        this.target.view.setUint32(this.slotAt, id, true);
        this.target.view.setUint32(this.slotAt + 4, (STAGED_ID << 30) >>> 0, true);
        if ((this.#valueCount & 4095) !== 0 || this.#previous === 'table') return;
        if (this.#stringTable.count * 2 < this.#valueCount) return;
      }
      // Too many distinct values: from here on the heap; what has an id keeps it until the records are written.
      this.#stringTable = undefined;
      if (id >= 0) return;
    }
    this.#heap.append(this.target.view, this.slotAt, bytes, start, end, encoding);
  }
}

export class BytesSetter extends ColumnSetter {
  constructor(
    field: FieldSchema,
    target: SlotTarget,
    slotOffset: number,
    bit: number,
    place: ValuePlace,
    private readonly heap: HeapTarget,
  ) {
    super(field, target, slotOffset, bit, place);
  }

  override setBytes(bytes: Uint8Array, start: number, end: number): void {
    this.target.markValue(this.bit);
    this.heap.append(this.target.view, this.slotAt, bytes, start, end, 0);
  }

  protected override setChecked(value: unknown): void {
    if (!(value instanceof Uint8Array)) throw wrongType(this.place, 'a Uint8Array or Buffer', value);
    this.setBytes(value, 0, value.length);
  }
}

export class UuidSetter extends ColumnSetter {
  override setBytes(bytes: Uint8Array, start: number, end: number): void {
    if (end - start !== 16) throw outOfRange(this.place, '16 bytes', bytes.subarray(start, end));
    for (let at = 0; at < 16; at++) this.target.view.setUint8(this.slotAt + at, bytes[start + at]!);
    this.target.markValue(this.bit);
  }

  override setText(value: string): void {
    if (!writeUuid(scratch, 0, value))
      throw outOfRange(this.place, 'a UUID such as "123e4567-e89b-12d3-a456-426614174000"', value);
    this.setBytes(scratch, 0, 16);
  }

  override setUtf8(bytes: Uint8Array, start: number, end: number): void {
    this.setText(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
  }

  protected override setChecked(value: unknown): void {
    if (typeof value !== 'string') throw wrongType(this.place, 'a UUID as a string', value);
    this.setText(value);
  }
}

export class DecimalSetter extends ColumnSetter {
  constructor(
    field: FieldSchema,
    target: SlotTarget,
    slotOffset: number,
    bit: number,
    place: ValuePlace,
    private readonly heap: HeapTarget,
  ) {
    super(field, target, slotOffset, bit, place);
  }

  override setDecimal(coefficient: number, scale: number): void {
    if (!fitsDecimalSlot(coefficient, scale))
      throw outOfRange(
        this.place,
        'a safe integer coefficient and a scale up to 127 (else give the text)',
        coefficient,
      );
    packDecimal(this.target.view, this.slotAt, coefficient, scale);
    this.target.markValue(this.bit);
  }

  override setText(value: string): void {
    const parts = parseDecimal(value);
    if (!parts) throw outOfRange(this.place, 'a decimal such as "-12.50", NaN or Infinity', value);
    const { view } = this.target;
    const slotAt = this.slotAt;
    const coefficient = parts.kind === INLINE ? Number(parts.digits) * (parts.negative ? -1 : 1) : 0;
    if (parts.kind !== INLINE) packSpecialDecimal(view, slotAt, parts.kind);
    else if (fitsDecimalSlot(coefficient, parts.scale)) packDecimal(view, slotAt, coefficient, parts.scale);
    else {
      encodeToScratch(decimalText(parts));
      const size = writtenTextSize;
      if (size > MAX_DECIMAL_SIZE)
        throw outOfRange(this.place, `a decimal of at most ${MAX_DECIMAL_SIZE} characters`, value);
      this.heap.append(view, slotAt, scratch, 0, size, ASCII);
      const written = this.target.view; // an array's view moves as it grows
      const offset = written.getUint32(slotAt, true) + (written.getUint32(slotAt + 4, true) & 0xff) * 2 ** 32;
      packHeapDecimal(written, slotAt, offset, size);
    }
    this.target.markValue(this.bit);
  }

  override setUtf8(bytes: Uint8Array, start: number, end: number): void {
    this.setText(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
  }

  protected override setChecked(value: unknown): void {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
      throw wrongType(this.place, 'a decimal as a string, number or BigInt', value);
    }
    this.setText(String(value));
  }
}

/** Arrays: elements are set through a setter of their own type that writes into an {@link ArrayValueBuilder}. */
export class ArraySetter extends ColumnSetter {
  readonly #builder: ArrayValueBuilder;
  readonly #element: ColumnSetter;
  readonly #kind: SlotKind;
  readonly #holdsNumbers: boolean;
  #elementCount = 0;

  constructor(
    field: FieldSchema,
    target: SlotTarget,
    slotOffset: number,
    bit: number,
    place: ValuePlace,
    private readonly heap: HeapTarget,
    kind: SlotKind,
    makeElementSetter: (target: SlotTarget, heap: HeapTarget, place: ValuePlace) => ColumnSetter,
  ) {
    super(field, target, slotOffset, bit, place);
    this.#builder = new ArrayValueBuilder(kind);
    this.#kind = kind;
    this.#holdsNumbers = typeof field.array === 'string';
    const elementPlace: ValuePlace = {
      entity: place.entity,
      field: `${place.field}[]`,
      ...(place.key ? { key: () => place.key!() } : {}),
    };
    this.#element = makeElementSetter(new ElementTarget(this.#builder), this.#builder, elementPlace);
  }

  override beginArray(elementCount: number): void {
    this.#elementCount = elementCount;
    this.#builder.begin(elementCount);
  }

  override nextElement(): ColumnSetter {
    this.#builder.next();
    return this.#element;
  }

  override endArray(): void {
    const seen = this.#builder.elementsSeen;
    if (seen !== this.#elementCount) throw outOfRange(this.place, `${this.#elementCount} elements`, seen);
    if (this.#holdsNumbers && this.#builder.hasNull)
      throw nullElement(this.place, `an element of an array given as "${this.field.array}"`, null);
    this.target.markValue(this.bit);
    this.heap.append(this.target.view, this.slotAt, this.#builder.bytes, 0, this.#builder.end(), 0);
  }

  protected override setChecked(value: unknown): void {
    const isList = Array.isArray(value) || (this.#holdsNumbers && isNumberList(value));
    if (!isList) throw wrongType(this.place, `a list of ${this.field.type}`, value);
    const list = value as readonly unknown[];
    const slots = this.#holdsNumbers ? littleEndianBytes(this.#kind, value) : undefined;
    this.beginArray(list.length);
    if (slots) this.#builder.setAll(list.length, slots);
    else for (const item of list) this.nextElement().setValue(item === undefined ? null : item);
    this.endArray();
  }
}

/** Typed arrays and views of numbers. */
function isNumberList(value: unknown): boolean {
  return (ArrayBuffer.isView(value) && !(value instanceof DataView)) || value instanceof NumericArrayView;
}

/** The current element of an array as a target: an element without a value is null. */
class ElementTarget implements SlotTarget {
  constructor(private readonly builder: ArrayValueBuilder) {}
  get view(): DataView {
    return this.builder.view;
  }
  get bytes(): Uint8Array {
    return this.builder.bytes;
  }
  get base(): number {
    return this.builder.base;
  }
  markValue(): void {
    this.builder.markValue();
  }
  markNull(): void {
    this.builder.clearValue();
  }
  markAbsent(): void {
    this.builder.clearValue();
  }
}

function jsonText(value: unknown, place: ValuePlace): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw wrongType(place, `a JSON value (${(cause as Error).message})`, value);
  }
  if (text === undefined) throw wrongType(place, 'a JSON value', value);
  return text;
}
