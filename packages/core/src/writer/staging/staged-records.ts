/** All staged records in one piece of memory, mapped where they are on the disk: then pages come when they are read, and may go again. */
export class StagedRecords {
  readonly view: DataView;
  readonly #forget: { readonly afterCount: number; run(): void } | undefined;

  /** `forget` lets the process forget all pages that it has read, which it should after as many records. */
  constructor(
    readonly bytes: Buffer,
    forget?: { readonly afterCount: number; run(): void },
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#forget = forget;
  }

  /** Runs `visit` over 0 … count - 1: the records as they lie, or those of ordinals that ascend with them. What is behind is forgotten. */
  forEach(count: number, visit: (number: number) => void): void {
    const turn = this.#forget?.afterCount ?? count;
    for (let start = 0; start < count; start += turn) {
      const end = Math.min(count, start + turn);
      for (let number = start; number < end; number++) visit(number);
      this.#forget?.run();
    }
  }
}
