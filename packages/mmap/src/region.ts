/** The seam between a mapping and its two backends. */

/** What a backend provides; ranges are checked, not empty, and the region is not closed. */
export interface Region {
  /** Of a fixed length, from the first byte asked for. The buffer below it may be a SharedArrayBuffer. */
  readonly bytes: Uint8Array;
  advise(advice: number, offset: number, size: number): void;
  residentSize(offset: number, size: number): number;
  close(): void;
}
