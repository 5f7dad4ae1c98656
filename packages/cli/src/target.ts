/** What a command is pointed at: a snapshot file, or a directory, which means the generation its manifest names. */
import { statSync } from 'node:fs';
import * as path from 'node:path';
import {
  type OpenedSnapshot,
  type OpenSnapshotOptions,
  openGeneration,
  openSnapshot,
  readManifest,
} from '@permafrost/core';

export interface OpenedTarget {
  readonly snapshot: OpenedSnapshot;
  /** The current generation's number when the target is a directory. */
  readonly generation: number | undefined;
}

/** Throws what `openSnapshot` and `openGeneration` throw. The caller closes the snapshot. */
export async function openTarget(target: string, options: OpenSnapshotOptions = {}): Promise<OpenedTarget> {
  if (isDirectory(target)) return openGeneration(target, options);
  return { snapshot: await openSnapshot(target, options), generation: undefined };
}

/** The file a target means, read from the manifest alone. Throws FILE_NOT_FOUND and MANIFEST_INVALID for a directory. */
export function fileOfTarget(target: string): string {
  return isDirectory(target) ? path.join(target, readManifest(target).file) : target;
}

export function isDirectory(target: string): boolean {
  return statSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
