/**
 * The one error class of this package. `code` is API (an errno name such as EACCES, or one of our own); the message
 * is not. Arguments of a wrong type are a plain TypeError instead.
 */
import { getSystemErrorName } from 'node:util';

/** What was expected and found; which of these are set depends on the code. Sizes and offsets in bytes. */
export interface MmapErrorDetails {
  readonly expected?: string | number;
  readonly actual?: string | number;
  readonly fd?: number;
  readonly offset?: number;
  readonly size?: number;
  readonly fileSize?: number;
  readonly limit?: number;
  readonly syscall?: string;
}

/**
 * A file could not be mapped, or a mapping could not do what was asked. Codes:
 * errno names of the system call that failed (EACCES, EAGAIN, EBADF, EINVAL, EISDIR, ENODEV, ENOMEM, …),
 * MAPPING_TOO_LARGE, OUT_OF_RANGE, NATIVE_MISSING, NOT_SHAREABLE.
 */
export class MmapError extends Error {
  override readonly name = 'MmapError';
  readonly code: string;
  readonly details: MmapErrorDetails;

  constructor(code: string, message: string, details: MmapErrorDetails = {}, cause?: unknown) {
    super(`${message} (${code})`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** The error for a system call that failed with `errno` (a positive number as in errno.h). */
export function errorFromErrno(errno: number, syscall: string, details: MmapErrorDetails): MmapError {
  return errorFromCode(getSystemErrorName(-errno), syscall, details);
}

/** The error for a failure that Node's fs reported; anything else is passed on unchanged. */
export function errorFromFs(error: unknown, syscall: string, details: MmapErrorDetails): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? errorFromCode(code, syscall, details, error) : error;
}

function errorFromCode(code: string, syscall: string, details: MmapErrorDetails, cause?: unknown): MmapError {
  const advice = ADVICE.get(code) ?? 'See the errors in the manual page of the system call.';
  const range = details.size === undefined ? '' : ` of ${details.size} bytes at offset ${details.offset ?? 0}`;
  return new MmapError(code, `${syscall}${range} failed. ${advice}`, { ...details, syscall }, cause);
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'The file must be open for reading; open it with flag "r".'],
  ['EBADF', 'The file descriptor is not open; map the file before you close it.'],
  ['EIO', 'The storage could not deliver the bytes; check the disk.'],
  ['EISDIR', 'A regular file was expected, a directory was found; open the file itself.'],
  ['ENODEV', 'A regular file on a file system that can map was expected; copy the file to a local disk.'],
  [
    'ENOMEM',
    'No address range or too many mappings: close mappings you no longer need, or raise "ulimit -v" and ' +
      'the sysctl max_map_count; with the read backend, the file does not fit in memory.',
  ],
]);

/** For messages. */
export function describeType(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/** For messages. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
