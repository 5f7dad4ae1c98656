/**
 * The two errors an export meets here: what cannot be exported exactly, and what the server or its stream did wrong.
 * Errors of the caller's own setters and of its AbortSignal are never wrapped.
 */
import { type ErrorDetails, PermafrostError } from '@permafrost/core';

/** A column, type or value that a snapshot would not hold exactly. */
export function exportUnsupported(message: string, details: ErrorDetails = {}): PermafrostError {
  return new PermafrostError('EXPORT_UNSUPPORTED', message, details);
}

/** The server refused or broke off; `doing` completes "PostgreSQL failed while …". */
export function serverFailed(doing: string, cause: unknown, details: ErrorDetails = {}): PermafrostError {
  const { message, code } = cause as { message?: string; code?: string };
  const told = `${message ?? String(cause)}${code === undefined ? '' : ` (${code})`}`;
  return new PermafrostError(
    'EXPORT_FAILED',
    `PostgreSQL failed while ${doing}: ${told}.`,
    { ...details, actual: code },
    { cause },
  );
}

/** The stream of a COPY is not what the binary format says. */
export function garbledStream(found: string, expected: string, details: ErrorDetails = {}): PermafrostError {
  return new PermafrostError(
    'EXPORT_FAILED',
    `The binary COPY is damaged: expected ${expected}, found ${found}. Export again; if it persists, look for a proxy between this process and PostgreSQL.`,
    { ...details, expected, actual: found },
  );
}

/** What a malformed value or tuple is about. */
export interface ValuePlace {
  readonly column: string;
  readonly type: string;
}

export function garbledValue(place: ValuePlace, found: string, expected: string): PermafrostError {
  return garbledStream(`${found} in column "${place.column}" (${place.type})`, expected, { field: place.column });
}
