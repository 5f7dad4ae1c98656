/**
 * One part of a key, by the type of its field: it loads a value from a record or from JavaScript into its registers, and hashes and
 * compares what is loaded, in canonical form: so a value found in one layout compares with one in another.
 *
 * Hashed are canonical bytes: integer-like types as i64, floats as f64 (-0 as 0, one NaN), text and bytes as they are, UUIDs as
 * 16 bytes, decimals as normalized text.
 */
import { highHalf, lowHalf } from '../bytes/int64';
import { murmur3, murmur3Ascii, murmur3Int64 } from '../bytes/murmur3';
import { compareBytes, encodeText, equalBytes, equalsAscii } from '../bytes/text';
import { writeUuid } from '../bytes/uuid';
import { describeValue, PermafrostError } from '../errors';
import type { SlotKind } from '../layout/layout';
import { canonicalFloat, canonicalInteger, outOfRange, type ValuePlace, wrongType } from '../schema/canonical';
import type { FieldSchema } from '../schema/schema';
import { compareDecimals, type DecimalParts, normalizedDecimalText, parseDecimal } from './decimal';
import { type SlotReader, slotReaderOf, type ValueSource } from './slot-value';

/** Finds the bytes of a text or binary slot. A heap view is one; so are string tables and staged text. */
export interface BytesSource {
  bytes: Uint8Array;
  start: number;
  end: number;
  locate(view: DataView, slotAt: number): void;
}

export abstract class KeyPart {
  constructor(
    readonly field: FieldSchema,
    /** Bytes from the start of the record; 0 for parts that only take JavaScript values. */
    protected readonly slotOffset: number,
    protected readonly place: ValuePlace,
  ) {}

  abstract loadRecord(view: DataView, base: number): void;
  /** Throws VALUE_TYPE or VALUE_RANGE. */
  abstract loadValue(value: unknown): void;
  /** The hash of the loaded value. */
  abstract hash(seed: number): number;
  /** Order of two loaded parts of one field type. */
  abstract compare(other: this): number;

  equals(other: this): boolean {
    return this.compare(other) === 0;
  }
}

/** Integers, booleans, enum codes, dates, times and timestamps, as 64-bit integers. */
export class IntegerKeyPart extends KeyPart {
  low = 0;
  high = 0;
  readonly #kind: SlotKind;
  readonly #unsigned: boolean;

  constructor(field: FieldSchema, slotOffset: number, place: ValuePlace, kind: SlotKind) {
    super(field, slotOffset, place);
    this.#kind = kind;
    this.#unsigned = field.type === 'uint64';
  }

  override loadRecord(view: DataView, base: number): void {
    const at = base + this.slotOffset;
    switch (this.#kind) {
      case 'int64':
      case 'uint64':
      case 'timestamp':
      case 'time':
        this.low = view.getUint32(at, true);
        this.high = view.getInt32(at + 4, true);
        return;
      case 'int32':
      case 'date':
        this.#load32(view.getInt32(at, true));
        return;
      case 'int16':
        this.#load32(view.getInt16(at, true));
        return;
      case 'int8':
        this.#load32(view.getInt8(at));
        return;
      case 'uint32':
        this.low = view.getUint32(at, true);
        this.high = 0;
        return;
      case 'uint16':
      case 'enum16':
        this.#load32(view.getUint16(at, true));
        return;
      default:
        this.#load32(view.getUint8(at));
        return;
    }
  }

  override loadValue(value: unknown): void {
    const whole = canonicalInteger(this.field, value, this.place);
    if (typeof whole === 'number') {
      this.low = lowHalf(whole);
      this.high = highHalf(whole);
    } else {
      this.low = Number(whole & 0xffffffffn);
      this.high = Number(whole >> 32n);
    }
  }

  override hash(seed: number): number {
    return murmur3Int64(this.low, this.high, seed);
  }

  override compare(other: this): number {
    if (this.high !== other.high)
      return this.#unsigned ? (this.high >>> 0) - (other.high >>> 0) : this.high - other.high;
    return (this.low >>> 0) - (other.low >>> 0);
  }

  #load32(value: number): void {
    this.low = value >>> 0;
    this.high = value < 0 ? -1 : 0;
  }
}

export class FloatKeyPart extends KeyPart {
  #value = 0;
  readonly #bits = new DataView(new ArrayBuffer(8));

  override loadRecord(view: DataView, base: number): void {
    const at = base + this.slotOffset;
    this.#value = (this.field.type === 'float32' ? view.getFloat32(at, true) : view.getFloat64(at, true)) + 0;
  }

  override loadValue(value: unknown): void {
    this.#value = canonicalFloat(this.field.type, value, this.place) + 0; // -0 + 0 is 0
  }

  override hash(seed: number): number {
    this.#bits.setFloat64(0, Number.isNaN(this.#value) ? Number.NaN : this.#value, true);
    return murmur3Int64(this.#bits.getUint32(0, true), this.#bits.getUint32(4, true), seed);
  }

  override compare(other: this): number {
    const [a, b] = [this.#value, other.#value];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a < b ? -1 : a > b ? 1 : 0;
  }
}

/** Text and binary values, as bytes: once loaded from a record, bytes[start, end). */
export class BytesKeyPart extends KeyPart {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** The loaded text while it has not been encoded: ASCII never is. */
  protected text: string | undefined;
  /** Whether {@link text} is known to be ASCII; the hash finds out. */
  protected isAscii = false;
  readonly #source: BytesSource | undefined;

  constructor(field: FieldSchema, slotOffset: number, place: ValuePlace, source: BytesSource | undefined) {
    super(field, slotOffset, place);
    this.#source = source;
  }

  override loadRecord(view: DataView, base: number): void {
    const source = this.#source!;
    source.locate(view, base + this.slotOffset);
    this.bytes = source.bytes;
    this.start = source.start;
    this.end = source.end;
    this.text = undefined;
  }

  override loadValue(value: unknown): void {
    if (this.field.type === 'bytes') {
      if (!(value instanceof Uint8Array)) throw wrongType(this.place, 'a Uint8Array or Buffer', value);
      this.load(value);
    } else {
      if (typeof value !== 'string') throw wrongType(this.place, 'a string', value);
      this.text = value;
      this.isAscii = false;
    }
  }

  override hash(seed: number): number {
    if (this.text !== undefined) {
      const hash = murmur3Ascii(this.text, seed);
      this.isAscii = hash !== undefined;
      if (hash !== undefined) return hash;
      this.encode();
    }
    return murmur3(this.bytes, this.start, this.end, seed);
  }

  override equals(other: this): boolean {
    if (this.text === undefined && other.text !== undefined && other.isAscii) {
      return equalsAscii(this.bytes, this.start, this.end, other.text);
    }
    this.encode();
    other.encode();
    const size = this.end - this.start;
    return size === other.end - other.start && equalBytes(this.bytes, this.start, other.bytes, other.start, size);
  }

  override compare(other: this): number {
    this.encode();
    other.encode();
    return compareBytes(this.bytes, this.start, this.end, other.bytes, other.start, other.end);
  }

  protected load(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.start = 0;
    this.end = bytes.length;
    this.text = undefined;
  }

  private encode(): void {
    if (this.text !== undefined) this.load(encodeText(this.text));
  }
}

export class UuidKeyPart extends BytesKeyPart {
  readonly #bytes = new Uint8Array(16);

  override loadRecord(view: DataView, base: number): void {
    for (let at = 0; at < 16; at++) this.#bytes[at] = view.getUint8(base + this.slotOffset + at);
    this.load(this.#bytes);
  }

  override loadValue(value: unknown): void {
    if (typeof value !== 'string') throw wrongType(this.place, 'a UUID as a string', value);
    if (!writeUuid(this.#bytes, 0, value))
      throw outOfRange(this.place, 'a UUID such as "123e4567-e89b-12d3-a456-426614174000"', value);
    this.load(this.#bytes);
  }
}

export class DecimalKeyPart extends KeyPart {
  #parts: DecimalParts = parseDecimal('0')!;
  readonly #read: SlotReader | undefined;
  readonly #values: ValueSource | undefined;

  constructor(
    field: FieldSchema,
    slotOffset: number,
    place: ValuePlace,
    kind: SlotKind | undefined,
    values: ValueSource | undefined,
  ) {
    super(field, slotOffset, place);
    this.#read = kind && slotReaderOf(field, kind, 0, {});
    this.#values = values;
  }

  override loadRecord(view: DataView, base: number): void {
    const text = this.#read!(view, base + this.slotOffset, this.#values!, 0) as string;
    const parts = parseDecimal(text);
    if (!parts)
      throw new PermafrostError(
        'FILE_CORRUPT',
        `${this.place.entity}.${this.place.field}: a record holds ${describeValue(text)} where a decimal should be. Publish again.`,
        { field: this.place.field },
      );
    this.#parts = parts;
  }

  override loadValue(value: unknown): void {
    const parts =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
        ? parseDecimal(String(value))
        : undefined;
    if (!parts) throw wrongType(this.place, 'a decimal as a string, number or BigInt', value);
    this.#parts = parts;
  }

  override hash(seed: number): number {
    return murmur3Ascii(normalizedDecimalText(this.#parts), seed)!;
  }

  override compare(other: this): number {
    return compareDecimals(this.#parts, other.#parts);
  }
}
