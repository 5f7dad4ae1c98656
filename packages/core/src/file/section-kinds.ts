/** Section kinds of format 1. A number, once given a meaning, never gets another. docs/FORMAT.md has a chapter for each. */

export const sectionKinds = {
  schema: 1,
  checksumTable: 2,
  heap: 3,
  records: 4,
  stringTable: 5,
  adjacencyList: 6,
  rankBitmap: 7,
  hashIndex: 8,
  secondaryIndex: 9,
  // Reserved; this reader skips them where the section says it is optional and refuses the file otherwise.
  columnSection: 16,
  sortedIndex: 17,
  textRank: 18,
  signature: 19,
  journalBase: 20,
} as const;

/** The kinds this version reads, with the highest section version of each. */
export const readableKinds: ReadonlyMap<number, { readonly name: string; readonly version: number }> = new Map(
  (
    [
      'schema',
      'checksumTable',
      'heap',
      'records',
      'stringTable',
      'adjacencyList',
      'rankBitmap',
      'hashIndex',
      'secondaryIndex',
    ] as const
  ).map((name) => [sectionKinds[name], { name, version: 1 }]),
);

/** Section flags. */
export const REQUIRED = 1;

/** `entityId` and `memberId` of a section that belongs to no entity or member. */
export const NONE = 0xffffffff;
