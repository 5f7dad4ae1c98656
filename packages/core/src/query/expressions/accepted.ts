/** What comparisons say of an order: tests compare first and ask here. */
import type { Comparison } from '../plan';

/** Which outcomes of an order satisfy a comparison. */
export interface Accepted {
  readonly less: boolean;
  readonly equal: boolean;
  readonly greater: boolean;
}

export const accepted: { readonly [operator in Comparison]: Accepted } = {
  equal: { less: false, equal: true, greater: false },
  'not-equal': { less: true, equal: false, greater: true },
  less: { less: true, equal: false, greater: false },
  'less-or-equal': { less: true, equal: true, greater: false },
  greater: { less: false, equal: false, greater: true },
  'greater-or-equal': { less: false, equal: true, greater: true },
};

/** How the value in a slot stands to the one compared with: below 0, 0, or above. */
export type SlotOrder = (slotAt: number) => number;
