/**
 * The two error classes of Permafrost: one for callers, one for our own bugs.
 * Codes are API and never change; messages may. docs/ERRORS.md lists every code, and a test holds it against this table.
 */

/** Every code a {@link PermafrostError} can carry, with the one sentence that docs/ERRORS.md expands. */
export const errorCodes = {
  SCHEMA_INVALID: 'An entity, field or relation is declared in a way no snapshot can hold.',
  SCHEMA_MISMATCH: 'The snapshot describes an entity differently from the class it is opened with.',
  ENTITY_UNKNOWN: 'The snapshot holds no entity of that name or class.',
  FIELD_UNKNOWN: 'The entity has no field or relation of that name.',
  LIMIT_EXCEEDED: 'A value, record or file passes a limit of format 1.',
  VALUE_TYPE: 'A value is of another type than its field.',
  VALUE_RANGE: 'A value is of the right type but outside what its field holds.',
  VALUE_NULL: 'A field or relation that is not nullable was given null or undefined.',
  RANK_MISSING: 'A value of a ranked field was written without its rank in the order of the database.',
  KEY_DUPLICATE: 'Two records of one entity have the same key.',
  INDEX_DUPLICATE: 'Two records have the same values in the fields of a unique index.',
  INDEX_UNKNOWN: 'The snapshot has no index on these fields.',
  KEY_INVALID: 'A key has the wrong shape or type for its entity.',
  REFERENCE_DANGLING: 'A relation refers to a record that the snapshot does not hold.',
  REFERENCE_NOT_UNIQUE: 'Two records refer to one target through a one-to-one relation.',
  REFERENCE_CONTRADICTORY: 'Two sides of a relation between objects contradict each other.',
  REFERENCE_SUBTYPE: 'A relation to a subtype refers to a record that is not of it.',
  WRITER_STATE: 'The writer was used after it finished, failed or was aborted.',
  FILE_NOT_FOUND: 'The snapshot file or directory does not exist.',
  FILE_ACCESS: 'The file system refused an operation.',
  FILE_EXISTS: 'The file to create exists already.',
  FILE_TRUNCATED: 'The file is shorter than its header or footer says.',
  NOT_A_SNAPSHOT: 'The file does not begin and end like a snapshot.',
  FORMAT_UNSUPPORTED: 'The file needs a newer reader or a feature this one does not know.',
  FILE_CORRUPT: 'Bytes of the file disagree with their checksum or with each other.',
  MANIFEST_INVALID: 'The manifest of a snapshot directory cannot be read.',
  SNAPSHOT_CLOSED: 'A record, list or lookup was read after its snapshot was closed.',
  CURSOR_STALE: 'A cursor of a scan was read after the scan had moved on.',
  RELATION_NOT_ASKED: 'A relation that was not asked for was followed where relations are strict.',
  READ_ONLY: 'A field or relation of a record was assigned to.',
  QUERY_UNSUPPORTED: 'The query uses an option or operator that snapshots do not answer.',
  TEXT_ORDER_UNKNOWN: 'A text to compare with occurs in no record, and only the database knows its place in the order.',
  NOT_A_RECORD: 'A function that takes a record was given something else.',
  MAPPING_FAILED: 'The file could not be mapped into memory.',
  EXPORT_UNSUPPORTED: 'An entity, column or relation cannot be exported exactly.',
  EXPORT_FAILED: 'The database broke off or answered with what the export cannot use.',
  RELATION_TARGET_MISSING: 'An exported entity refers to an entity that is not exported.',
} as const;

/** What `code` of a {@link PermafrostError} can be; docs/ERRORS.md explains each. */
export type ErrorCode = keyof typeof errorCodes;

/** What an error is about. Every member is optional; messages are built from the same facts. */
export interface ErrorDetails {
  readonly expected?: unknown;
  readonly actual?: unknown;
  readonly entity?: string;
  readonly field?: string;
  readonly key?: unknown;
  readonly path?: string;
  readonly offset?: number;
  readonly [name: string]: unknown;
}

const brand = Symbol.for('permafrost.error');

/** An error the caller can act on. Compare `code`, never the message. */
export class PermafrostError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermafrostError';
    this.code = code;
    this.details = details;
  }

  get [brand](): true {
    return true;
  }
}

/** A state that only a mistake in Permafrost itself can bring about. */
export class PermafrostBugError extends Error {
  constructor(message: string) {
    super(`${message} This is a bug in Permafrost; please report it with the stack.`);
    this.name = 'PermafrostBugError';
  }
}

/** True for a {@link PermafrostError} of any copy of this package, worker or realm (`instanceof` is not). */
export function isPermafrostError(value: unknown): value is PermafrostError {
  return typeof value === 'object' && value !== null && (value as { [brand]?: true })[brand] === true;
}

/** A short, safe rendering of any value for a message; at most about 80 characters. */
export function describeValue(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.slice(0, 8).map(describeElement).join(', ')}${value.length > 8 ? ', …' : ''}]`
    : describeElement(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Lists within lists are not opened: they may be deep, or contain themselves. */
function describeElement(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return '[…]';
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'an object';
}

/** Refuses option names that are not in `known`, with the nearest known name. Misuse, hence `TypeError`. */
export function refuseUnknownOptions(where: string, options: object | undefined, known: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${where}: expected an options object, found ${describeValue(options)}.`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    throw new TypeError(
      `${where}: unknown option "${name}".${near ? ` Did you mean "${near}"?` : ''} Known options: ${known.join(', ')}.`,
    );
  }
}

/** The member of `known` within an edit distance of three of `name`, or undefined. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 4;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, by the row-at-a-time method of Wagner and Fischer (1974). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
