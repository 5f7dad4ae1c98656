/** The seam between a mapping and its two backends. */

/** What a backend provides; ranges are checked, not empty, and the region is not closed. */
export interface Region {
  readonly buffer: ArrayBuffer;
  advise(advice: number, offset: number, size: number): void;
  residentSize(offset: number, size: number): number;
  close(): void;
}
