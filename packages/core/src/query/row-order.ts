/**
 * The order of rows. What each term orders by becomes one to three numbers a row, negated for descending order, null the infinity of its
 * place; where these do not tell two values apart (long text, decimals) the values themselves are compared. So a sort decodes nothing.
 */
import type { RowSource } from './expressions/compile-expression';
import { type OrderKey, orderKeyOf } from './order-key';
import type { PlanOrderTerm } from './plan';

/** What rows are compared by. */
export interface RowOrder {
  readonly keys: readonly OrderKey[];
  /** Numbers of all keys of a row. */
  readonly width: number;
}

/** Throws FIELD_UNKNOWN, and QUERY_UNSUPPORTED for fields whose order the snapshot does not know. */
export function rowOrder(sources: readonly RowSource[], terms: readonly PlanOrderTerm[]): RowOrder {
  const keys = terms.map((term) => orderKeyOf(sources, term));
  return { keys, width: keys.reduce((sum, { width }) => sum + width, 0) };
}

/** Rows in the order of terms; what they leave undecided stays as it was given. */
export function sortRows(rows: Int32Array[], order: RowOrder): void {
  if (rows.length < 2 || order.keys.length === 0) return;
  const sorted = sortedPlaces(rows.length, holdRows(rows, order)).map((place) => rows[place]!);
  for (const [place, row] of sorted.entries()) rows[place] = row;
}

/** The records of rows in that order, one for each row that has another record or other values to order by than the row before. */
export function recordsOfDistinctRows(rows: readonly Int32Array[], order: RowOrder): number[] {
  const held = holdRows(rows, order);
  const places = sortedPlaces(rows.length, held);
  const isRepeated = (at: number) => {
    const [place, before] = [places[at]!, places[at - 1]!];
    return rows[place]![0] === rows[before]![0] && held.compare(place, before) === 0;
  };
  return places.filter((_, at) => at === 0 || !isRepeated(at)).map((place) => rows[place]![0]!);
}

function sortedPlaces(length: number, held: HeldRows): number[] {
  return Array.from({ length }, (_, place) => place).sort((a, b) => held.compare(a, b) || a - b);
}

function holdRows(rows: readonly Int32Array[], order: RowOrder): HeldRows {
  const held = new HeldRows(order, rows.length);
  for (const [place, row] of rows.entries()) held.put(place, row);
  return held;
}

/**
 * Records in the order of their first rows; ties in key order. They are offered in key order, each with its rows and then `endRoot`.
 * Where only the first few are wanted, it holds no more than twice as many.
 */
export class RootOrder {
  readonly #held: HeldRows;
  readonly #most: number;
  #roots: Uint32Array;
  #count = 0;
  /** Whether the root that is being offered has a row. */
  #isOffered = false;
  /** Place of the last that is wanted, once as many were found: what does not come before it is dropped. */
  #worst = -1;

  constructor(order: RowOrder, most: number) {
    this.#most = most;
    const room = Math.min(2 * most, 1024) + 2;
    this.#held = new HeldRows(order, room);
    this.#roots = new Uint32Array(room);
  }

  offer(row: Int32Array): void {
    const count = this.#count;
    if (!this.#isOffered) {
      this.#makeRoom(count + 2);
      this.#held.put(count, row);
      this.#roots[count] = row[0]!;
      this.#isOffered = true;
      return;
    }
    this.#held.put(count + 1, row);
    if (this.#held.compare(count + 1, count) < 0) this.#held.move(count + 1, count);
  }

  endRoot(): void {
    if (!this.#isOffered) return;
    this.#isOffered = false;
    if (this.#worst >= 0 && this.#held.compare(this.#count, this.#worst) >= 0) return;
    this.#count++;
    if (this.#count >= 2 * this.#most && this.#count >= 1024) this.#keepFirst();
  }

  /** The first `most` of them. */
  finish(): Uint32Array {
    return this.#sorted().map((place) => this.#roots[place]!);
  }

  #sorted(): Uint32Array {
    const roots = this.#roots;
    const held = this.#held;
    const limbs = held.onlyLimbs;
    // Places are in key order until the first were kept.
    const places = limbs && this.#worst < 0 ? placesByNumbers(limbs.subarray(0, this.#count)) : undefined;
    const sorted =
      places ??
      Uint32Array.from({ length: this.#count }, (_, place) => place).sort(
        (a, b) => held.compare(a, b) || roots[a]! - roots[b]!,
      );
    return sorted.subarray(0, Math.min(this.#most, sorted.length));
  }

  #keepFirst(): void {
    const places = this.#sorted();
    this.#roots = this.#held.keep(places, this.#roots);
    this.#count = places.length;
    this.#worst = places.length - 1;
  }

  #makeRoom(count: number): void {
    if (count <= this.#roots.length) return;
    const larger = new Uint32Array(2 * count);
    larger.set(this.#roots);
    this.#roots = larger;
    this.#held.grow(2 * count);
  }
}

/** Of rows offered in turn, the first in the order of one term. */
export class FirstRow {
  /** The record that has the value ordered by; -1 for none. */
  ordinal = -1;
  readonly #key: OrderKey;
  readonly #held: HeldRows;
  #isEmpty = true;

  constructor(sources: readonly RowSource[], term: PlanOrderTerm) {
    const order = rowOrder(sources, [term]);
    this.#key = order.keys[0]!;
    this.#held = new HeldRows(order, 2);
  }

  offer(row: Int32Array): void {
    this.#held.put(1, row);
    if (!this.#isEmpty && this.#held.compare(1, 0) >= 0) return;
    this.#isEmpty = false;
    this.#held.move(1, 0);
    this.ordinal = this.#key.ordinalIn(row);
  }
}

/**
 * The places of numbers in the order of these, ties by place; undefined unless all are whole or infinite and close enough together to be
 * sorted as one double each with its place, which takes a fifth of the time that comparing them does.
 */
function placesByNumbers(numbers: Float64Array): Uint32Array | undefined {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const number of numbers) {
    if (Math.abs(number) === Number.POSITIVE_INFINITY) continue;
    if (!Number.isInteger(number)) return undefined;
    if (number < least) least = number;
    if (number > most) most = number;
  }
  const count = numbers.length;
  const last = most < least ? 1 : most - least + 2;
  // A power of two, by which doubles divide exactly.
  const room = 2 ** Math.ceil(Math.log2(count + 1));
  if ((last + 1) * room > Number.MAX_SAFE_INTEGER) return undefined;
  const joined = new Float64Array(count);
  for (let place = 0; place < count; place++) {
    const number = numbers[place]!;
    const step =
      number === Number.NEGATIVE_INFINITY ? 0 : number === Number.POSITIVE_INFINITY ? last : number - least + 1;
    joined[place] = step * room + place;
  }
  joined.sort();
  const places = new Uint32Array(count);
  for (let turn = 0; turn < count; turn++) places[turn] = joined[turn]! - Math.floor(joined[turn]! / room) * room;
  return places;
}

/** The keys of some rows, by place. */
class HeldRows {
  readonly #order: RowOrder;
  #limbs: Float64Array;
  /** The ordinals of the values, where the numbers of a key may not decide. */
  #ordinals: Int32Array;
  /** Ordinals a place: one a key, or none. */
  readonly #ordinalCount: number;

  constructor(order: RowOrder, room: number) {
    this.#order = order;
    this.#ordinalCount = order.keys.some(({ compareExactly }) => compareExactly) ? order.keys.length : 0;
    this.#limbs = new Float64Array(room * order.width);
    this.#ordinals = new Int32Array(room * this.#ordinalCount);
  }

  /** One number a place where that is all there is to compare. */
  get onlyLimbs(): Float64Array | undefined {
    const { keys, width } = this.#order;
    return width === 1 && !keys[0]!.compareExactly ? this.#limbs : undefined;
  }

  put(place: number, row: Int32Array): void {
    const { keys, width } = this.#order;
    let at = place * width;
    for (let number = 0; number < keys.length; number++) {
      const key = keys[number]!;
      const ordinal = key.ordinalIn(row);
      if (this.#ordinalCount > 0) this.#ordinals[place * this.#ordinalCount + number] = ordinal;
      key.load(ordinal, this.#limbs, at);
      at += key.width;
    }
  }

  compare(a: number, b: number): number {
    const { keys, width } = this.#order;
    const limbs = this.#limbs;
    let atA = a * width;
    let atB = b * width;
    for (let number = 0; number < keys.length; number++) {
      const key = keys[number]!;
      for (const end = atA + key.width; atA < end; atA++, atB++) {
        const [x, y] = [limbs[atA]!, limbs[atB]!];
        if (x !== y) return x < y ? -1 : 1;
      }
      if (!key.compareExactly || Math.abs(limbs[atA - key.width]!) === Number.POSITIVE_INFINITY) continue;
      const order = key.compareExactly(
        this.#ordinals[a * keys.length + number]!,
        this.#ordinals[b * keys.length + number]!,
      );
      if (order !== 0) return order;
    }
    return 0;
  }

  move(from: number, to: number): void {
    const { width } = this.#order;
    const ordinalCount = this.#ordinalCount;
    this.#limbs.copyWithin(to * width, from * width, (from + 1) * width);
    this.#ordinals.copyWithin(to * ordinalCount, from * ordinalCount, (from + 1) * ordinalCount);
  }

  /** Keeps some places alone, in their order; gives `roots` of them, with as much room as before. */
  keep(places: Uint32Array, roots: Uint32Array): Uint32Array {
    const { width } = this.#order;
    const ordinalCount = this.#ordinalCount;
    const [limbs, ordinals] = [this.#limbs, this.#ordinals];
    this.#limbs = new Float64Array(limbs.length);
    this.#ordinals = new Int32Array(ordinals.length);
    const kept = new Uint32Array(roots.length);
    for (const [to, from] of places.entries()) {
      this.#limbs.set(limbs.subarray(from * width, (from + 1) * width), to * width);
      this.#ordinals.set(ordinals.subarray(from * ordinalCount, (from + 1) * ordinalCount), to * ordinalCount);
      kept[to] = roots[from]!;
    }
    return kept;
  }

  grow(room: number): void {
    const limbs = new Float64Array(room * this.#order.width);
    limbs.set(this.#limbs);
    this.#limbs = limbs;
    const ordinals = new Int32Array(room * this.#ordinalCount);
    ordinals.set(this.#ordinals);
    this.#ordinals = ordinals;
  }
}
