/**
 * An adjacency list: for each owner of a to-many relation, the run of its targets' ordinals.
 *
 *   offset  size  type  name
 *        0     4  u32   ownerCount
 *        4     4  u32   targetCount
 *        8   4·(n+1)  u32  starts           starts[owner] … starts[owner + 1] bound the owner's targets
 *        …   4·m  u32   targets             ordinals in the target's record table
 */

import type { RangeGuard } from '../bytes/range-guard';
import { PermafrostBugError, PermafrostError } from '../errors';
import { MAX_TARGET_COUNT } from '../limits';

const HEADER_SIZE = 8;

/**
 * From pairs (owner, target) in any order to the section's bytes, by one counting sort: targets of an owner keep the order of the pairs.
 * Memory: 4 bytes an owner and 4 bytes a pair. `forEachPair` is run twice and must give the same pairs.
 */
export function buildAdjacencyList(
  ownerCount: number,
  forEachPair: (visit: (owner: number, target: number) => void) => void,
): Buffer {
  let targetCount = 0;
  const next = new Uint32Array(ownerCount + 1);
  forEachPair((owner) => {
    next[owner + 1]!++;
    targetCount++;
  });
  if (targetCount > MAX_TARGET_COUNT) {
    throw new PermafrostError(
      'LIMIT_EXCEEDED',
      `A to-many relation has ${targetCount} pairs; the limit of format 1 is ${MAX_TARGET_COUNT}.`,
      { expected: MAX_TARGET_COUNT, actual: targetCount },
    );
  }
  for (let owner = 0; owner < ownerCount; owner++) next[owner + 1]! += next[owner]!;
  const section = Buffer.alloc(HEADER_SIZE + 4 * (ownerCount + 1) + 4 * targetCount);
  section.writeUInt32LE(ownerCount, 0);
  section.writeUInt32LE(targetCount, 4);
  const words = new Uint32Array(section.buffer, section.byteOffset + HEADER_SIZE, ownerCount + 1 + targetCount);
  words.set(next);
  const targets = words.subarray(ownerCount + 1);
  let placed = 0;
  forEachPair((owner, target) => {
    targets[next[owner]!++] = target;
    placed++;
  });
  if (placed !== targetCount)
    throw new PermafrostBugError(`An adjacency list was given ${targetCount} pairs and then ${placed}.`);
  return section;
}

/** Some targets in a row. */
export interface TargetRun {
  readonly source: { target(position: number): number };
  /** Position of the first one in the source. */
  readonly start: number;
  readonly count: number;
}

/** Reads runs of targets. Every read is bounded and its blocks are checked at first use. */
export class AdjacencyListView {
  readonly ownerCount: number;
  readonly targetCount: number;
  readonly #view: DataView;
  readonly #targetsStart: number;

  constructor(
    section: DataView,
    private readonly guard: RangeGuard,
    private readonly fileOffset: number,
  ) {
    this.#view = section;
    if (section.byteLength < HEADER_SIZE + 4) throw this.#corrupt('it is shorter than its header', section.byteLength);
    guard.ensure(fileOffset, HEADER_SIZE);
    this.ownerCount = section.getUint32(0, true);
    this.targetCount = section.getUint32(4, true);
    this.#targetsStart = HEADER_SIZE + 4 * (this.ownerCount + 1);
    if (this.#targetsStart + 4 * this.targetCount !== section.byteLength) {
      throw this.#corrupt(`it announces ${this.ownerCount} owners and ${this.targetCount} targets`, section.byteLength);
    }
  }

  /** The targets of an owner. */
  runOf(owner: number): TargetRun {
    const at = HEADER_SIZE + 4 * owner;
    if (owner >= this.ownerCount) throw this.#corrupt(`it is asked for owner ${owner} of ${this.ownerCount}`, owner);
    this.guard.ensure(this.fileOffset + at, 8);
    const start = this.#view.getUint32(at, true);
    const end = this.#view.getUint32(at + 4, true);
    if (start > end || end > this.targetCount)
      throw this.#corrupt(`owner ${owner} has targets from ${start} to ${end} of ${this.targetCount}`, end);
    return { source: this, start, count: end - start };
  }

  /** The target at a position within [0, targetCount). */
  target(position: number): number {
    if (position >= this.targetCount)
      throw this.#corrupt(`it is asked for target ${position} of ${this.targetCount}`, position);
    const at = this.#targetsStart + 4 * position;
    this.guard.ensure(this.fileOffset + at, 4);
    return this.#view.getUint32(at, true);
  }

  #corrupt(why: string, actual: number): PermafrostError {
    return new PermafrostError(
      'FILE_CORRUPT',
      `An adjacency list at byte ${this.fileOffset} is damaged: ${why}. Publish again.`,
      { offset: this.fileOffset, actual },
    );
  }
}
