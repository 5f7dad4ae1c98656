/**
 * Generations: each export makes a new numbered file and then the manifest names it. A generation, once published, is never changed,
 * and the one before stays until somebody removes it: what runs on it goes on.
 */
import * as path from 'node:path';
import { isPermafrostError, PermafrostError, refuseUnknownOptions } from '../errors';
import { isAbandonedPartial } from '../file/partial-file';
import { fileStorage, type Storage } from '../file/storage';
import { type OpenSnapshotOptions, openSnapshot, type Snapshot } from '../proxy/snapshot';
import { openReader } from '../reader/snapshot-reader';
import type { JsonValue, Schema } from '../schema/schema';
import { createSnapshot, type SnapshotWriter } from '../writer/create-snapshot';
import type { DanglingPolicy } from '../writer/relations/dangling-policy';
import type { KnownLayout } from '../writer/text-places';
import type { SnapshotSummary } from '../writer/write-sections';
import { generationFile, generationOf, MANIFEST_NAME, readManifest, writeManifest } from './manifest';

/** What {@link createGeneration} takes. */
export interface CreateGenerationOptions {
  /** Made when it is not there. */
  readonly directory: string;
  readonly schema: Schema;
  readonly notes?: JsonValue;
  /** As of `createSnapshot`. */
  readonly dangling?: DanglingPolicy;
  readonly storage?: Storage;
}

/** A generation that has become current. */
export interface PublishedGeneration {
  readonly generation: number;
  readonly path: string;
  readonly summary: SnapshotSummary;
}

/** A generation being written. Nothing of it is seen before `publish` returns. */
export interface GenerationWriter extends Disposable {
  readonly writer: SnapshotWriter;
  readonly generation: number;
  readonly path: string;
  /** Finishes the file and makes it current. On any error the generation before stays current and no file is left. */
  publish(options?: { signal?: AbortSignal }): Promise<PublishedGeneration>;
  /** Removes what was written. Idempotent; nothing happens after `publish`. */
  abort(): void;
}

/**
 * Begins the next generation of a directory, laid out as the current one where that is not twice as bad as another layout. Also removes
 * what exports that were killed on this host left behind.
 */
export function createGeneration(options: CreateGenerationOptions): GenerationWriter {
  refuseUnknownOptions('createGeneration', options, ['directory', 'schema', 'notes', 'dangling', 'storage']);
  const { directory, schema, notes = null, dangling = 'error', storage = fileStorage } = options;
  storage.makeDirectory(directory);
  const names = storage.list(directory);
  for (const name of names) if (isAbandonedPartial(name)) storage.remove(path.join(directory, name));
  const generation = nextGeneration(directory, names, storage);
  const filePath = path.join(directory, generationFile(generation));
  const previousLayouts = currentLayouts(directory, storage);
  const writer = createSnapshot({ path: filePath, schema, notes, dangling, previousLayouts, storage });
  return {
    writer,
    generation,
    path: filePath,
    async publish({ signal } = {}) {
      const summary = await writer.finish(signal ? { signal } : {});
      try {
        writeManifest(
          directory,
          {
            formatVersion: 1,
            generation,
            file: generationFile(generation),
            fileSize: summary.size,
            contentHash: summary.contentHash,
            fingerprint: summary.fingerprint,
            publishedAt: new Date().toISOString(),
          },
          storage,
        );
      } catch (error) {
        storage.remove(filePath);
        throw error;
      }
      return { generation, path: filePath, summary };
    },
    abort: () => writer.abort(),
    [Symbol.dispose]: () => writer.abort(),
  };
}

/** The current generation of a directory, opened. Close its snapshot. */
export interface OpenedGeneration {
  readonly generation: number;
  readonly snapshot: Snapshot;
}

/** Opens the current generation of a directory. Throws FILE_NOT_FOUND, MANIFEST_INVALID and what {@link openSnapshot} throws. */
export async function openGeneration(directory: string, options: OpenSnapshotOptions = {}): Promise<OpenedGeneration> {
  const manifest = readManifest(directory, options.storage);
  const snapshot = await openSnapshot(path.join(directory, manifest.file), options);
  if (snapshot.contentHash === manifest.contentHash) return { generation: manifest.generation, snapshot };
  snapshot.close();
  throw new PermafrostError(
    'MANIFEST_INVALID',
    `${directory}: the manifest names ${manifest.file} with the content ${manifest.contentHash.slice(0, 12)}…, but the file has ${snapshot.contentHash.slice(0, 12)}…. Publish again.`,
    {
      path: path.join(directory, manifest.file),
      expected: manifest.contentHash,
      actual: snapshot.contentHash,
    },
  );
}

/** One above all generations there are, published or not. */
function nextGeneration(directory: string, names: readonly string[], storage: Storage): number {
  let latest = 0;
  for (const name of names) latest = Math.max(latest, generationOf(name) ?? 0);
  return (names.includes(MANIFEST_NAME) ? Math.max(latest, readableGeneration(directory, storage)) : latest) + 1;
}

/** How the current generation lays out its records. None when it cannot be read: publishing again is how to mend that. */
function currentLayouts(directory: string, storage: Storage): readonly KnownLayout[] {
  try {
    using reader = openReader(path.join(directory, readManifest(directory, storage).file), { storage });
    return reader.tables.map(({ entity, layout }) => ({ entity, layout }));
  } catch (error) {
    if (isPermafrostError(error)) return [];
    throw error;
  }
}

/** The manifest's generation; 0 when it is damaged, since publishing again is how to mend it. */
function readableGeneration(directory: string, storage: Storage): number {
  try {
    return readManifest(directory, storage).generation;
  } catch {
    return 0;
  }
}
