/** The part of the deep check that looks at ranks: every value has one, and ranks are equal where values are. Which order is right, only the database knows. */
import { isCollection } from '../schema/collections';
import { canBeKey } from '../schema/field-types';
import type { FieldSchema } from '../schema/schema';
import { compareRecord, hashOfRecord } from '../structure/key';
import type { KeyPart } from '../structure/key-parts';
import type { RecordTable } from './record-table';
import type { Findings } from './verify-findings';

/** Cost: about 1 µs a record and ranked field. Memory: 8 bytes a record. */
export function verifyRanks(table: RecordTable, findings: Findings): void {
  for (const field of table.entity.fields)
    if (field.ranked && !findings.full)
      findings.collect(table, field.name, undefined, () => verifyField(table, field, findings));
}

function verifyField(table: RecordTable, field: FieldSchema, findings: Findings): void {
  const rankOf = table.rankReader(field.name)!;
  const byRank = new OrderedPairs(table.recordCount);
  for (let ordinal = 0; ordinal < table.recordCount && !findings.full; ordinal++) {
    findings.collect(table, field.name, ordinal, () => {
      table.checkRecord(ordinal);
      const rank = rankOf(ordinal);
      if (rank > 0) byRank.add(rank, ordinal);
      else if (table.holdsValue(field.name, ordinal))
        findings.say(table, 'its value has no rank.', field.name, ordinal);
    });
  }
  if (isCollection(field) || !canBeKey(field.type)) return;
  const comparer = new ValueComparer(table, field);
  const byHash = new OrderedPairs(table.recordCount);
  byRank.forEachNeighbours((rank, ordinal, before) => {
    findings.collect(table, field.name, ordinal, () => {
      byHash.add(comparer.hash(ordinal), ordinal);
      if (before === undefined || field.looseEquality || findings.full || comparer.areEqual(before, ordinal)) return;
      findings.say(table, `it has the rank ${rank}, as another value in record ${before}.`, field.name, ordinal);
    });
  });
  byHash.forEachNeighbours((_, ordinal, before) => {
    findings.collect(table, field.name, ordinal, () => {
      if (before === undefined || rankOf(before) === rankOf(ordinal) || !comparer.areEqual(before, ordinal)) return;
      const ranks = `${rankOf(ordinal)}, but the same value has ${rankOf(before)} in record ${before}`;
      findings.say(table, `it has the rank ${ranks}.`, field.name, ordinal);
    });
  });
}

/** Compares the values that a field has in two records. */
class ValueComparer {
  readonly #parts: readonly KeyPart[];
  readonly #others: readonly KeyPart[];

  constructor(
    private readonly table: RecordTable,
    field: FieldSchema,
  ) {
    this.#parts = table.partsOf([field]);
    this.#others = table.partsOf([field]);
  }

  hash(ordinal: number): number {
    return hashOfRecord(this.#parts, this.table.view, ordinal * this.table.stride);
  }

  areEqual(one: number, other: number): boolean {
    const { view, stride } = this.table;
    for (const part of this.#others) part.loadRecord(view, one * stride);
    return compareRecord(this.#parts, view, other * stride, this.#others) === 0;
  }
}

/** Pairs of 32-bit numbers, sorted without a comparison function. */
class OrderedPairs {
  readonly #words: Uint32Array;
  #count = 0;

  constructor(capacity: number) {
    this.#words = new Uint32Array(2 * capacity);
  }

  add(first: number, second: number): void {
    this.#words[2 * this.#count] = second;
    this.#words[2 * this.#count++ + 1] = first;
  }

  /** In order; `before` is the second of the pair before if it has the same first. */
  forEachNeighbours(visit: (first: number, second: number, before: number | undefined) => void): void {
    const words = this.#words.subarray(0, 2 * this.#count);
    new BigUint64Array(words.buffer, 0, this.#count).sort();
    for (let pair = 0; pair < this.#count; pair++) {
      const isSame = pair > 0 && words[2 * pair + 1] === words[2 * pair - 1];
      visit(words[2 * pair + 1]!, words[2 * pair]!, isSame ? words[2 * pair - 2] : undefined);
    }
  }
}
