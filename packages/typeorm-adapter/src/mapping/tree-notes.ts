/** What a file says of trees that must not be read by the parents of their nodes: export/crooked-trees.ts finds them. */
import type { OpenedSnapshot } from '@permafrost/core';

/** Nothing where there are none. */
export function treeNotes(crooked: readonly string[]): { readonly crookedTrees?: readonly string[] } {
  return crooked.length > 0 ? { crookedTrees: crooked } : {};
}

/** Whether the entity's tree is one of them. */
export function isCrookedTree({ notes }: OpenedSnapshot, entity: string): boolean {
  const { crookedTrees: named } = (notes ?? {}) as { crookedTrees?: unknown };
  return Array.isArray(named) && named.includes(entity);
}
