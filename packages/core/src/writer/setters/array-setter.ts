/** Column setter of arrays: elements are set through a setter of their own type. Sets and maps are written through it too. */
import type { SlotKind } from '../../layout/layout';
import { nullElement, outOfRange, wrongType } from '../../schema/canonical';
import type { FieldSchema } from '../../schema/schema';
import { ArrayValueBuilder } from '../../structure/array-value';
import { littleEndianBytes, NumericArrayView } from '../../structure/numeric-array';
import { type ColumnSetter, HeapSetter, type SetterPlace, type SlotTarget } from './column-setter';

/** Arrays: elements are set through a setter of their own type that writes into an {@link ArrayValueBuilder}. */
export class ArraySetter extends HeapSetter {
  readonly #builder: ArrayValueBuilder;
  readonly #element: ColumnSetter;
  readonly #kind: SlotKind;
  readonly #holdsNumbers: boolean;
  #elementCount = 0;

  constructor(
    field: FieldSchema,
    at: SetterPlace,
    kind: SlotKind,
    makeElementSetter: (at: SetterPlace) => ColumnSetter,
  ) {
    super(field, at);
    this.#builder = new ArrayValueBuilder(kind);
    this.#kind = kind;
    this.#holdsNumbers = typeof field.array === 'string';
    this.#element = makeElementSetter({
      target: new ElementTarget(this.#builder),
      slotOffset: 0,
      bit: 0,
      place: { ...at.place, field: `${at.place.field}[]` },
      heap: this.#builder,
    });
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
