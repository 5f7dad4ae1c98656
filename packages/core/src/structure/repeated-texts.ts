/**
 * Texts made of 8-byte slots, remembered by the slot's bits: prices and rates repeat, and a text costs its making and, worse, its copying by the
 * garbage collector. Direct-mapped and of a fixed size; gives up where less than {@link MIN_HIT_RATE} of the texts repeat.
 */
const SIZE = 1024;
/** Reads after which it is judged, again and again. */
const JUDGED_AFTER = 4096;
const MIN_HIT_RATE = 0.3;

export class RepeatedTexts {
  /** False once it has given up. */
  isWorthwhile = true;
  readonly #lows = new Int32Array(SIZE);
  readonly #highs = new Int32Array(SIZE);
  readonly #texts = new Array<string | undefined>(SIZE).fill(undefined);
  #misses = 0;
  #reads = 0;

  /** The text of the slot with these halves, or undefined where it is not remembered. */
  find(low: number, high: number): string | undefined {
    this.#reads++;
    const place = placeOf(low, high);
    if (this.#lows[place] === low && this.#highs[place] === high) return this.#texts[place];
    return undefined;
  }

  /** Remembers the text of a slot that was not found. */
  remember(low: number, high: number, text: string): void {
    const place = placeOf(low, high);
    this.#lows[place] = low;
    this.#highs[place] = high;
    this.#texts[place] = text;
    this.#misses++;
    if (this.#reads < JUDGED_AFTER) return;
    if (this.#misses > this.#reads * (1 - MIN_HIT_RATE)) {
      this.isWorthwhile = false;
      this.#texts.fill(undefined);
    }
    this.#reads = 0;
    this.#misses = 0;
  }
}

function placeOf(low: number, high: number): number {
  return (low ^ (low >>> 10) ^ high) & (SIZE - 1);
}
