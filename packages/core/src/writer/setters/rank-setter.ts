/**
 * Ranks on their way into a record: the setter that a source hands them to, and what the writer checks when the record ends, when it is
 * known whether the field holds a value. A rank of 0 says that there is none.
 */
import { int64ToNumber } from '../../bytes/int64';
import { PermafrostError } from '../../errors';
import { MAX_RECORD_COUNT } from '../../limits';
import { canonicalInteger, outOfRange, type ValuePlace } from '../../schema/canonical';
import { pathTextOf } from '../../schema/embedded';
import type { FieldSchema } from '../../schema/schema';
import type { StagingTable } from '../staging/staging-table';
import { ColumnSetter } from './column-setter';

/** Takes the rank of a field's value: a whole number from 1 on. That of a field without a value is forgotten, as databases rank nulls too. */
export class RankSetter extends ColumnSetter {
  constructor({ name }: FieldSchema, target: StagingTable, bit: number, place: ValuePlace) {
    const rank: FieldSchema = { name, type: 'uint32', array: false, nullable: true };
    super(rank, { target, slotOffset: target.layout.slots[bit]!.rankOffset!, bit, place });
  }

  override setInt32(rank: number): void {
    if (!(rank >= 1 && rank <= MAX_RECORD_COUNT && Number.isInteger(rank)))
      throw outOfRange(this.place, `a rank from 1 to ${MAX_RECORD_COUNT}`, rank);
    this.target.view.setUint32(this.slotAt, rank, true);
  }

  override setInt64(low: number, high: number): void {
    this.setInt32(int64ToNumber(low, high));
  }

  override setNull(): void {
    this.target.view.setUint32(this.slotAt, 0, true);
  }

  override setUndefined(): void {
    this.setNull();
  }

  protected override setChecked(value: unknown): void {
    this.setInt32(Number(canonicalInteger(this.field, value, this.place)));
  }
}

/** A function that looks at the record being written in `staging`. It throws RANK_MISSING for a value without rank, and drops ranks without value. */
export function rankChecker(
  fields: readonly FieldSchema[],
  staging: StagingTable,
  place: { readonly entity: string; key(): unknown },
): () => void {
  const ranks = staging.layout.slots.flatMap(({ bit, rankOffset }) =>
    rankOffset === undefined ? [] : [{ bit, rankOffset, field: fields[bit]! }],
  );
  return () => {
    for (let number = 0; number < ranks.length; number++) {
      const { bit, rankOffset, field } = ranks[number]!;
      const at = staging.base + rankOffset;
      if (!staging.holdsValue(bit)) staging.view.setUint32(at, 0, true);
      else if (staging.view.getUint32(at, true) === 0) throw missingRank(field, place);
    }
  };
}

function missingRank(
  field: FieldSchema,
  { entity, key }: { readonly entity: string; key(): unknown },
): PermafrostError {
  return new PermafrostError(
    'RANK_MISSING',
    `${entity}.${pathTextOf(field)}: it is ranked, but a value came without its rank. Set that by table.rank(${JSON.stringify(field.name)}), as the database has it; where records do not come from one, leave \`ranked\` out of the schema.`,
    { entity, field: pathTextOf(field), key: key(), expected: 'a rank from 1 on' },
  );
}
