/** From values of indexed fields to the ordinals of the records that have them: a secondary index, verified against the records. */
import { testBits } from '../bytes/bitmap';
import { describeValue, isPermafrostError, PermafrostError } from '../errors';
import { type FieldSchema, type IndexSchema, indexFields } from '../schema/schema';
import type { HashIndexView, KeyMatcher } from '../structure/hash-index';
import { equalsRecord, keyProbesOf } from '../structure/key';
import type { KeyPart } from '../structure/key-parts';
import type { RecordTable } from './record-table';

export class IndexLookup implements KeyMatcher<readonly KeyPart[]> {
  readonly index: IndexSchema;
  readonly #view: HashIndexView;
  readonly #probe: readonly KeyPart[];
  readonly #parts: readonly KeyPart[];
  readonly #bits: readonly number[];

  constructor(
    private readonly table: RecordTable,
    readonly indexNumber: number,
  ) {
    this.index = table.entity.indexes[indexNumber]!;
    const fields = indexFields(table.entity, this.index);
    this.#view = table.secondaryIndex(indexNumber);
    this.#probe = keyProbesOf(fields, table.entity.name);
    this.#parts = table.partsOf(fields);
    this.#bits = fields.map((field) => table.entity.fields.indexOf(field));
  }

  /** The lowest ordinal with these values, one a field, or -1. Throws KEY_INVALID. Cost: 60–400 ns. */
  findFirst(values: readonly unknown[]): number {
    return this.#load(values) ? this.#view.find(this.#hash(), this, this.#probe) : -1;
  }

  /** All ordinals with these values, ascending. Throws KEY_INVALID. Cost: as {@link findFirst}, and 10–100 ns a record found. */
  findAll(values: readonly unknown[]): number[] {
    return this.#load(values) ? this.#view.findAll(this.#hash(), this, this.#probe) : [];
  }

  matches(ordinal: number, probe: readonly KeyPart[]): boolean {
    const { table } = this;
    table.checkRecord(ordinal);
    const base = ordinal * table.stride;
    return testBits(table.bytes, base, this.#bits) && equalsRecord(this.#parts, table.view, base, probe);
  }

  #hash(): number {
    let hash = 0;
    for (const part of this.#probe) hash = part.hash(hash);
    return hash;
  }

  /** False when no record can have such values: one is outside its field's range. */
  #load(values: readonly unknown[]): boolean {
    try {
      for (let part = 0; part < this.#probe.length; part++) {
        const probe = this.#probe[part]!;
        const value = values[part];
        if (value === null || value === undefined) throw this.#refuse(probe.field, value);
        probe.loadValue(value);
      }
      return true;
    } catch (error) {
      if (!isPermafrostError(error) || error.code === 'KEY_INVALID') throw error;
      if (error.code === 'VALUE_RANGE') return false;
      throw new PermafrostError('KEY_INVALID', error.message, error.details, { cause: error });
    }
  }

  #refuse(field: FieldSchema, value: null | undefined): PermafrostError {
    const { name } = this.table.entity;
    return new PermafrostError(
      'KEY_INVALID',
      `${name}.${field.name}: an index finds no ${value}, since null equals nothing, as in SQL. Give a value, or filter the records.`,
      { entity: name, field: field.name, expected: 'a value', actual: value },
    );
  }
}

/** The number of the index on exactly these fields in this order. Throws INDEX_UNKNOWN with what there is. */
export function indexNumberOf(table: RecordTable, names: readonly string[]): number {
  const { name, indexes } = table.entity;
  const number = indexes.findIndex(
    ({ fields }) => fields.length === names.length && fields.every((field, part) => field === names[part]),
  );
  if (number >= 0) return number;
  const known = indexes.map(({ fields }) => (fields.length === 1 ? fields[0]! : `[${fields.join(', ')}]`));
  throw new PermafrostError(
    'INDEX_UNKNOWN',
    `${name} has no index on ${names.length === 1 ? describeValue(names[0]) : `[${names.join(', ')}]`}. ${known.length > 0 ? `Indexed are: ${known.join('; ')}.` : 'It has none but its key, which get() takes.'} Declare one with @SnapshotIndex() and export again.`,
    { entity: name, field: names.join(', '), expected: known },
  );
}
