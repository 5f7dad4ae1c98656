/**
 * From a file name to a TypeORM DataSource. The command knows neither TypeORM nor the adapter: what it needs of a DataSource is
 * described here, and the adapter is loaded by name, from where the file lies, so that both use the project's own TypeORM.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearestName, PermafrostError } from '@permafrost/core';
import { CliError } from './errors';

/** What the command asks of a DataSource of any TypeORM since 0.3. */
export interface DataSourceLike {
  readonly isInitialized: boolean;
  readonly entityMetadatas: readonly { readonly name: string; readonly target: unknown }[];
  initialize(): Promise<unknown>;
  destroy(): Promise<void>;
}

export interface LoadedDataSource {
  readonly dataSource: DataSourceLike;
  /** Absolute. */
  readonly file: string;
}

/** The DataSource a module exports as default, or under the only name it has. Throws DATA_SOURCE_INVALID. */
export async function loadDataSource(fileName: string): Promise<LoadedDataSource> {
  const file = path.resolve(fileName);
  if (!existsSync(file)) throw invalid(file, 'there is no such file. Give the path of a .js, .cjs or .mjs module');
  let exported: Record<string, unknown>;
  try {
    exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    const { code, message, stack } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw invalid(file, 'Node cannot load this kind of file. Compile it, and give the .js file', cause);
    throw invalid(file, `it does not load: ${stack ?? message ?? String(cause)}`, cause);
  }
  const found = await dataSourcesOf(exported);
  const names = [...found.keys()];
  const chosen = found.get('default') ?? (new Set(found.values()).size === 1 ? found.get(names[0]!) : undefined);
  if (chosen) return { dataSource: chosen, file };
  if (names.length > 1)
    throw invalid(file, `it exports several DataSources (${names.join(', ')}). Export the one to use as default`);
  const others = Object.keys(exported).join(', ') || 'nothing';
  throw invalid(
    file,
    `it exports no TypeORM DataSource, but ${others}. Export one: module.exports = { default: new DataSource({ … }) }`,
  );
}

/** The `exportSnapshot` of the adapter beside the file, else of the one this command can find. Throws ADAPTER_MISSING. */
export function loadAdapter<T>(file: string, name: string): T {
  for (const from of [file, __filename]) {
    const load = createRequire(from);
    let resolved: string;
    try {
      resolved = load.resolve(name);
    } catch {
      continue;
    }
    return load(resolved) as T;
  }
  throw new CliError(
    'ADAPTER_MISSING',
    `${name} is not installed. Install it beside ${file}, for example: npm install ${name}`,
  );
}

/** The classes (or schemas) that names stand for. Throws ENTITY_UNKNOWN. */
export function entitiesNamed(names: readonly string[], { entityMetadatas }: DataSourceLike): unknown[] {
  return names.map((name) => {
    const metadata = entityMetadatas.find((candidate) => candidate.name === name);
    if (metadata) return metadata.target;
    const known = entityMetadatas.map((candidate) => candidate.name);
    const near = nearestName(name, known);
    throw new PermafrostError(
      'ENTITY_UNKNOWN',
      `The DataSource has no entity "${name}".${near ? ` Did you mean "${near}"?` : ` It has: ${known.join(', ') || 'none'}.`}`,
      { entity: name, expected: known },
    );
  });
}

/** Exports by name. What CommonJS gives as `default` is looked into as well, for `module.exports = { AppDataSource }`. */
async function dataSourcesOf(exported: Record<string, unknown>): Promise<Map<string, DataSourceLike>> {
  const candidates = new Map<string, unknown>();
  for (const [name, value] of Object.entries(exported)) {
    const awaited = await value;
    if (name === 'default' && !isDataSource(awaited) && typeof awaited === 'object' && awaited !== null) {
      for (const [inner, innerValue] of Object.entries(awaited)) candidates.set(inner, await innerValue);
    } else if (!candidates.has(name)) candidates.set(name, awaited);
  }
  return new Map([...candidates].filter((entry): entry is [string, DataSourceLike] => isDataSource(entry[1])));
}

/** By the mark that TypeORM itself goes by, which holds across copies of the package. */
function isDataSource(value: unknown): value is DataSourceLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { '@instanceof'?: unknown })['@instanceof'] === Symbol.for('DataSource')
  );
}

function invalid(file: string, why: string, cause?: unknown): CliError {
  return new CliError('DATA_SOURCE_INVALID', `${file}: ${why}.`, { cause });
}
