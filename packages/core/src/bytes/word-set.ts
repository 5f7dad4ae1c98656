/** A set of distinct 64-bit words that only counts: open addressing, at most half full, up to a limit. */
import { murmur3Int64 } from './murmur3';

/** Counts what is added; never more than `maxCount`. Cost: 10–50 ns a word, 16 to 32 bytes a distinct one. */
export class WordSet {
  count = 0;
  /** Whether there are more than are counted. */
  isBeyond = false;
  #words = new Uint32Array(2 * 1024);
  /** Two zeros mark an empty place, so that word is kept apart. */
  #hasZero = false;
  readonly #maxCount: number;

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  /** Takes two unsigned halves. False when the word has been counted already. */
  add(low: number, high: number): boolean {
    if (low === 0 && high === 0) {
      if (this.#hasZero) return false;
      this.#hasZero = this.#count();
      return true;
    }
    const place = this.#placeOf(low, high);
    if (this.#words[place] !== 0 || this.#words[place + 1] !== 0) return false;
    if (!this.#count()) return true;
    this.#words[place] = low;
    this.#words[place + 1] = high;
    if (this.count * 4 > this.#words.length) this.#grow();
    return true;
  }

  /** False when it is one too many. */
  #count(): boolean {
    if (this.count >= this.#maxCount) this.isBeyond = true;
    else this.count++;
    return !this.isBeyond;
  }

  /** Where a word is or would be. */
  #placeOf(low: number, high: number): number {
    const words = this.#words;
    const mask = words.length - 1;
    let place = (murmur3Int64(low, high, 0) * 2) & mask;
    while (!(words[place] === low && words[place + 1] === high) && (words[place] !== 0 || words[place + 1] !== 0))
      place = (place + 2) & mask;
    return place;
  }

  #grow(): void {
    const before = this.#words;
    this.#words = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 2) {
      if (before[at] === 0 && before[at + 1] === 0) continue;
      const place = this.#placeOf(before[at]!, before[at + 1]!);
      this.#words[place] = before[at]!;
      this.#words[place + 1] = before[at + 1]!;
    }
  }
}
