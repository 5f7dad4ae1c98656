/** Keys of one entity's records, as the database writes them: each once, in the order they came. */

export class KeySet {
  readonly #partCount: number;
  /** A key of several parts is their JSON. */
  readonly #keys = new Set<string>();
  /** Those that {@link takeNew} has not given yet, the last ones first. */
  #new: string[] = [];

  constructor(partCount: number) {
    this.#partCount = partCount;
  }

  get size(): number {
    return this.#keys.size;
  }

  add(parts: readonly string[]): void {
    const key = parts.length === 1 ? parts[0]! : JSON.stringify(parts);
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#new.push(key);
  }

  /** At most `count` keys that were not taken before, as one list for each part; undefined when there are none. */
  takeNew(count: number): string[][] | undefined {
    if (this.#new.length === 0) return undefined;
    return this.#columns(this.#new.splice(-count));
  }

  /** All keys in lists of `count`, each as one list for each part. */
  *chunks(count: number): Generator<string[][]> {
    let chunk: string[] = [];
    for (const key of this.#keys) {
      chunk.push(key);
      if (chunk.length < count) continue;
      yield this.#columns(chunk);
      chunk = [];
    }
    if (chunk.length > 0) yield this.#columns(chunk);
  }

  #columns(keys: string[]): string[][] {
    if (this.#partCount === 1) return [keys];
    const parts = keys.map((key) => JSON.parse(key) as string[]);
    return Array.from({ length: this.#partCount }, (_, part) => parts.map((values) => values[part]!));
  }
}
