/** Column setters of the types that fit their slots: integers, floats, booleans, enums, dates, times, timestamps, intervals. */
import { highHalf, int64ToNumber, lowHalf } from '../../bytes/int64';
import { type IntervalParts, packInterval } from '../../bytes/interval';
import { MAX_TIME } from '../../bytes/time';
import { canonicalFloat, canonicalInteger, canonicalInterval, enumCode, outOfRange } from '../../schema/canonical';
import { integerRanges } from '../../schema/field-types';
import type { FieldSchema } from '../../schema/schema';
import { ColumnSetter, type SlotPlace } from './column-setter';

/** 64-bit integers, signed or not, and timestamps. */
export class Int64Setter extends ColumnSetter {
  override setInt32(value: number): void {
    if (!Number.isInteger(value) || (value < 0 && this.field.type === 'uint64')) {
      throw outOfRange(this.place, `a whole number${this.field.type === 'uint64' ? ' from 0' : ''}`, value);
    }
    this.setInt64(lowHalf(value), highHalf(value));
  }

  override setInt64(low: number, high: number): void {
    const { view } = this.target;
    view.setUint32(this.slotAt, low, true);
    view.setInt32(this.slotAt + 4, high, true);
    this.target.markValue(this.bit);
  }

  protected override setChecked(value: unknown): void {
    const whole = canonicalInteger(this.field, value, this.place);
    if (typeof whole === 'number') this.setInt64(lowHalf(whole), highHalf(whole));
    else this.setInt64(Number(whole & 0xffffffffn), Number(whole >> 32n));
  }
}

/** Times of day: microseconds since midnight. */
export class TimeSetter extends Int64Setter {
  override setInt64(low: number, high: number): void {
    const microseconds = int64ToNumber(low, high);
    if (!(microseconds >= 0 && microseconds <= MAX_TIME))
      throw outOfRange(this.place, `0 to ${MAX_TIME} microseconds since midnight`, microseconds);
    super.setInt64(low, high);
  }
}

export class IntervalSetter extends ColumnSetter {
  override setInterval(months: number, days: number, microsecondsLow: number, microsecondsHigh: number): void {
    const microseconds = int64ToNumber(microsecondsLow, microsecondsHigh);
    this.#set(canonicalInterval({ months, days, microseconds }, this.place));
  }

  protected override setChecked(value: unknown): void {
    this.#set(canonicalInterval(value, this.place));
  }

  #set(parts: IntervalParts): void {
    packInterval(this.target.view, this.slotAt, parts);
    this.target.markValue(this.bit);
  }
}

/** Integers up to 32 bits, dates, and the codes of enums and booleans. */
export class Int32Setter extends ColumnSetter {
  readonly #write: (view: DataView, at: number, value: number) => void;
  readonly #minimum: number;
  readonly #maximum: number;

  constructor(field: FieldSchema, at: SlotPlace, slotSize: number) {
    super(field, at);
    this.#write =
      slotSize === 1
        ? (view, at, value) => view.setUint8(at, value)
        : slotSize === 2
          ? (view, at, value) => view.setUint16(at, value, true)
          : (view, at, value) => view.setUint32(at, value, true);
    const [minimum, maximum] = codeRange(field) ?? [-(2 ** 31), 2 ** 31 - 1];
    this.#minimum = minimum;
    this.#maximum = maximum;
  }

  override setInt32(value: number): void {
    if (!(value >= this.#minimum && value <= this.#maximum && Number.isInteger(value))) {
      throw outOfRange(this.place, `a whole number from ${this.#minimum} to ${this.#maximum}`, value);
    }
    this.#write(this.target.view, this.slotAt, value);
    this.target.markValue(this.bit);
  }

  override setInt64(low: number, high: number): void {
    this.setInt32(int64ToNumber(low, high));
  }

  override setBoolean(value: boolean): void {
    this.setInt32(value ? 1 : 0);
  }

  protected override setChecked(value: unknown): void {
    this.setInt32(Number(canonicalInteger(this.field, value, this.place)));
  }
}

/** The numbers that a slot of the field's type may hold; undefined for all of 32 bits. */
function codeRange(field: FieldSchema): readonly [minimum: number, maximum: number] | undefined {
  if (field.type === 'boolean') return [0, 1];
  if (field.type === 'enum') return [0, field.values!.length - 1];
  const range = integerRanges[field.type];
  return range && [Number(range.minimum), Number(range.maximum)];
}

/** Enum labels, from JavaScript strings or from UTF-8. */
export class EnumSetter extends Int32Setter {
  readonly #codes: readonly Buffer[];

  constructor(field: FieldSchema, at: SlotPlace, slotSize: number) {
    super(field, at, slotSize);
    this.#codes = field.values!.map((label) => Buffer.from(label, 'utf8'));
  }

  override setText(label: string): void {
    this.setInt32(enumCode(this.field, label, this.place));
  }

  override setUtf8(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const code = this.#codes.findIndex((label) => label.length === size && label.compare(bytes, start, end) === 0);
    if (code >= 0) this.setInt32(code);
    else this.setText(Buffer.from(bytes.subarray(start, end)).toString('utf8'));
  }
}

export class FloatSetter extends ColumnSetter {
  override setFloat64(value: number): void {
    const held = canonicalFloat(this.field.type, value, this.place);
    if (this.field.type === 'float32') this.target.view.setFloat32(this.slotAt, held, true);
    else this.target.view.setFloat64(this.slotAt, held, true);
    this.target.markValue(this.bit);
  }

  protected override setChecked(value: unknown): void {
    this.setFloat64(value as number);
  }
}
