/**
 * Names of files that are not whole yet. They begin with a dot, carry the host and process that write them, and end in ".partial",
 * so that what a killed export leaves can be told from what a running one needs.
 */
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import * as path from 'node:path';

const hostTag = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** A fresh partial name beside `filePath`. */
export function partialPathOf(filePath: string): string {
  return path.join(
    path.dirname(filePath),
    `.${path.basename(filePath)}.${hostTag}-${process.pid}-${randomBytes(4).toString('hex')}.partial`,
  );
}

/** Whether a file name is a partial of a process of this host that lives no more. */
export function isAbandonedPartial(fileName: string): boolean {
  const match = /^\..+\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.partial$/.exec(fileName);
  if (!match || match[1] !== hostTag) return false;
  try {
    process.kill(Number(match[2]), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
