/** Ordinals as they are found: room doubles, so that millions of them take four to eight bytes each. */
export class OrdinalList {
  count = 0;
  #ordinals = new Uint32Array(16);

  push(ordinal: number): void {
    if (this.count === this.#ordinals.length) {
      const larger = new Uint32Array(2 * this.count);
      larger.set(this.#ordinals);
      this.#ordinals = larger;
    }
    this.#ordinals[this.count++] = ordinal;
  }

  /** A copy of its own size. */
  toArray(): Uint32Array {
    return this.#ordinals.slice(0, this.count);
  }
}
