/**
 * The manifest: a small JSON file that names the current generation of a directory. Replaced atomically, never edited.
 *
 *   member         type    meaning
 *   formatVersion  number  1
 *   generation     number  number of the current generation, from 1
 *   file           string  its file name within the directory
 *   fileSize       number  bytes
 *   contentHash    string  64 hex digits: the footer's contentHash
 *   fingerprint    string  64 hex digits: the schema's fingerprint
 *   publishedAt    string  ISO 8601, UTC
 *   checksum       string  8 hex digits: CRC-32 of JSON.stringify of the members above, in this order
 */
import * as path from 'node:path';
import { crc32 } from '../bytes/checksum';
import { describeValue, PermafrostError } from '../errors';
import { partialPathOf } from '../file/partial-file';
import { fileStorage, type Storage } from '../file/storage';

export const MANIFEST_NAME = 'manifest.json';

/** What names the current generation of a directory. */
export interface Manifest {
  readonly formatVersion: 1;
  readonly generation: number;
  readonly file: string;
  /** Bytes. */
  readonly fileSize: number;
  readonly contentHash: string;
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly publishedAt: string;
}

/** The current manifest of a directory. Throws FILE_NOT_FOUND and MANIFEST_INVALID. */
export function readManifest(directory: string, storage: Storage = fileStorage): Manifest {
  const filePath = path.join(directory, MANIFEST_NAME);
  const text = storage.readAll(filePath).toString('utf8');
  const invalid = (why: string, cause?: unknown): PermafrostError =>
    new PermafrostError(
      'MANIFEST_INVALID',
      `${filePath}: ${why}. Publish again; the generations themselves are not affected.`,
      { path: filePath },
      { cause },
    );
  let parsed: Manifest & { checksum?: string };
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw invalid(`expected an object, found ${describeValue(parsed)}`);
  if (parsed.formatVersion !== 1) {
    throw new PermafrostError(
      'FORMAT_UNSUPPORTED',
      `${filePath}: the manifest has format ${describeValue(parsed.formatVersion)}; this version reads format 1. Update @permafrost/core.`,
      { path: filePath, expected: 1, actual: parsed.formatVersion },
    );
  }
  const manifest = ordered(parsed);
  if (checksumOf(manifest) !== parsed.checksum)
    throw invalid(`its checksum is ${checksumOf(manifest)}, but it says ${describeValue(parsed.checksum)}`);
  if (!isGenerationFile(manifest.file))
    throw invalid(`it names the file ${describeValue(manifest.file)}, which is not a generation`);
  return manifest;
}

/** Replaces the manifest: written beside it, synced, renamed over it, and the directory synced. */
export function writeManifest(directory: string, manifest: Manifest, storage: Storage = fileStorage): void {
  const filePath = path.join(directory, MANIFEST_NAME);
  const partialPath = partialPathOf(filePath);
  const members = ordered(manifest);
  const file = storage.create(partialPath);
  try {
    file.write(Buffer.from(`${JSON.stringify({ ...members, checksum: checksumOf(members) }, undefined, 2)}\n`, 'utf8'));
    file.sync();
    file.close();
    storage.rename(partialPath, filePath);
  } catch (error) {
    file.close();
    storage.remove(partialPath);
    throw error;
  }
  storage.syncDirectory(directory);
}

/** The file name of a generation. */
export function generationFile(generation: number): string {
  return `generation-${String(generation).padStart(10, '0')}.permafrost`;
}

/** The number of a generation's file name, or undefined. */
export function generationOf(fileName: string): number | undefined {
  const match = /^generation-(\d{10})\.permafrost$/.exec(fileName);
  return match ? Number(match[1]) : undefined;
}

function isGenerationFile(fileName: unknown): boolean {
  return typeof fileName === 'string' && generationOf(fileName) !== undefined;
}

function ordered({
  formatVersion,
  generation,
  file,
  fileSize,
  contentHash,
  fingerprint,
  publishedAt,
}: Manifest): Manifest {
  return { formatVersion, generation, file, fileSize, contentHash, fingerprint, publishedAt };
}

function checksumOf(manifest: Manifest): string {
  return crc32(Buffer.from(JSON.stringify(manifest), 'utf8'))
    .toString(16)
    .padStart(8, '0');
}
