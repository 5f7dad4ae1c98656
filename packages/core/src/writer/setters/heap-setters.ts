/** Column setters of the types whose values lie in the heap or need parsing: text, JSON, bytes, UUIDs, decimals. */
import {
  ASCII,
  isAscii,
  maxTextSize,
  type TextEncodingCode,
  UTF8,
  WTF8,
  writeText,
  writtenTextSize,
} from '../../bytes/text';
import { writeUuid } from '../../bytes/uuid';
import { MAX_DECIMAL_SIZE } from '../../limits';
import { outOfRange, type ValuePlace, wrongType } from '../../schema/canonical';
import type { FieldSchema } from '../../schema/schema';
import {
  decimalText,
  fitsDecimalSlot,
  INLINE,
  packDecimal,
  packHeapDecimal,
  packSpecialDecimal,
  parseDecimal,
} from '../../structure/decimal';
import { unpackHeapSlot } from '../../structure/heap';
import type { StringTableBuilder } from '../../structure/string-table';
import { placeOf, type TextPlace } from '../text-places';
import { ColumnSetter, HeapSetter, type SetterPlace } from './column-setter';
import { largeValueHeap } from './large-values';

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
export class TextSetter extends HeapSetter {
  #stringTable: StringTableBuilder | undefined;
  readonly #previous: TextPlace | undefined;
  #valueCount = 0;

  constructor(field: FieldSchema, at: SetterPlace) {
    super(field, { ...at, heap: largeValueHeap(field, at.heap) });
    this.#stringTable = at.stringTable;
    this.#previous = at.previous;
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
    this.heap.append(this.target.view, this.slotAt, bytes, start, end, encoding);
  }
}

export class BytesSetter extends HeapSetter {
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

export class DecimalSetter extends HeapSetter {
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
      packHeapDecimal(written, slotAt, unpackHeapSlot(written, slotAt).offset, size);
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
