/** Checks of what `createSnapshot` is given, before anything is made: options, the directory and the name of the file. */
import * as path from 'node:path';
import { describeValue, isPermafrostError, PermafrostError, refuseUnknownOptions } from '../errors';
import type { Storage } from '../file/storage';
import type { Schema } from '../schema/schema';
import type { CreateSnapshotOptions } from './create-snapshot';

/** Throws TypeError for the mistakes that everybody makes once. */
export function checkCreateOptions(options: Partial<CreateSnapshotOptions> | undefined): void {
  if ((options as { entities?: unknown } | undefined)?.entities !== undefined) {
    throw new TypeError(
      'createSnapshot: unknown option "entities". Pass a schema: { schema: schemaFromClasses([…]) } with the decorated classes.',
    );
  }
  refuseUnknownOptions('createSnapshot', options, [
    'path',
    'schema',
    'notes',
    'createdAt',
    'dangling',
    'previousLayouts',
    'storage',
  ]);
  if (typeof options?.path !== 'string' || options.path === '') {
    throw new TypeError(
      `createSnapshot: \`path\` is the file to create, found ${describeValue(options?.path)}. Write createSnapshot({ path: 'teams.permafrost', schema }).`,
    );
  }
  const schema: unknown = options.schema;
  if (Array.isArray((schema as Schema | undefined)?.entities)) return;
  throw new TypeError(
    `createSnapshot: \`schema\` is what schemaFromClasses or defineSchema gives, found ${describeValue(schema)}. Write { schema: schemaFromClasses([${Array.isArray(schema) ? schema.map((entity) => entity?.name ?? '…').join(', ') : 'Team, Player'}]) }.`,
  );
}

/** Throws FILE_EXISTS for a name that is taken, FILE_NOT_FOUND for one in no directory. */
export function requireFreeName(filePath: string, storage: Storage): void {
  if (namesIn(path.dirname(filePath), storage).includes(path.basename(filePath))) throw exists(filePath);
}

function namesIn(directory: string, storage: Storage): readonly string[] {
  try {
    return storage.list(directory);
  } catch (cause) {
    if (!isPermafrostError(cause) || cause.code !== 'FILE_NOT_FOUND') throw cause;
    throw new PermafrostError(
      'FILE_NOT_FOUND',
      `${directory}: expected a directory for the snapshot, found none (${cause.details['reason']}). Make it before: mkdirSync(directory, { recursive: true }).`,
      { path: directory, reason: cause.details['reason'] },
      { cause },
    );
  }
}

function exists(filePath: string): PermafrostError {
  return new PermafrostError(
    'FILE_EXISTS',
    `${filePath}: the file exists. Published files are never changed; choose another name.`,
    { path: filePath },
  );
}
