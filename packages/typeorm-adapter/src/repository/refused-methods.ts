/** The methods of TypeORM's Repository that a snapshot does not have: calling one says so by a coded error instead of "is not a function". */
import { PermafrostError } from '@permafrost/core';
import { queryUnsupported } from '../errors';

const writing = [
  'save',
  'insert',
  'update',
  'updateAll',
  'upsert',
  'delete',
  'deleteAll',
  'remove',
  'softDelete',
  'softRemove',
  'restore',
  'recover',
  'clear',
  'increment',
  'decrement',
  'create',
  'merge',
  'preload',
];
const reading = [
  'sum',
  'average',
  'minimum',
  'maximum',
  'createQueryBuilder',
  'query',
  'sql',
  'extend',
  'hasId',
  'getId',
];

/** Adds a method to `prototype` for each that it does not have itself. They reject, but for the synchronous ones, which throw. */
export function refuseOtherMethods(prototype: object): void {
  for (const method of writing) define(prototype, method, (entity) => readOnly(entity, method));
  for (const method of reading)
    define(prototype, method, (entity) =>
      queryUnsupported(entity, undefined, `${method}()`, 'Use find, or ask the database.'),
    );
}

const synchronous = new Set(['create', 'merge', 'createQueryBuilder', 'sql', 'extend', 'hasId', 'getId']);

function define(prototype: object, method: string, errorOf: (entity: string) => PermafrostError): void {
  if (method in prototype) return;
  Object.defineProperty(prototype, method, {
    configurable: true,
    writable: true,
    value(this: { metadata: { name: string } }) {
      const error = errorOf(this.metadata.name);
      if (synchronous.has(method)) throw error;
      return Promise.reject(error);
    },
  });
}

function readOnly(entity: string, method: string): PermafrostError {
  return new PermafrostError(
    'READ_ONLY',
    `${entity}: ${method}() would write, and a snapshot cannot be changed. Use the repository of the DataSource.`,
    { entity, method },
  );
}
