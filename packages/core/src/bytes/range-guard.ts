/** What a view over bytes needs to know of where they come from: that a range of them is whole. */
export interface RangeGuard {
  /** Throws FILE_CORRUPT when bytes [offset, offset + size) of the file are damaged. */
  ensure(offset: number, size: number): void;
}
