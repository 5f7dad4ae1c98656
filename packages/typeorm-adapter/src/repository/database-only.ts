/**
 * What only a database can do: writes, SQL, query builders. A store refuses it by a coded error that names method, entity and the way out, or
 * hands it to the application's DataSource where it was opened with one and `beyond: 'database'`.
 */
import { isPermafrostError, PermafrostError } from '@permafrost/core';
import { type DataSource, type EntityManager, InstanceChecker } from 'typeorm';
import { queryUnsupported } from '../errors';
import { firstRecordIn } from './given-records';

/** What becomes of a call that the snapshot does not answer. */
export type BeyondPolicy = 'reject' | 'database';

const writes = [
  'save',
  'remove',
  'softRemove',
  'recover',
  'insert',
  'upsert',
  'update',
  'updateAll',
  'delete',
  'deleteAll',
  'softDelete',
  'restore',
  'clear',
  'increment',
  'decrement',
] as const satisfies readonly (keyof EntityManager)[];

const sql = ['query', 'sql', 'createQueryBuilder'] as const satisfies readonly (keyof EntityManager)[];

/** A manager whose calls beyond the snapshot can be handed on. */
export interface HasDatabase {
  /** The application's DataSource, where calls are to be handed on. */
  readonly database: DataSource | undefined;
}

/** Gives the prototype of an entity manager its writing and SQL methods. They reject; the one that TypeORM has synchronous throws. */
export function defineDatabaseMethods(prototype: HasDatabase): void {
  for (const method of [...writes, ...sql]) {
    Object.defineProperty(prototype, method, {
      configurable: true,
      writable: true,
      value(this: HasDatabase, ...args: unknown[]) {
        if (this.database && method === 'createQueryBuilder') return handOn(this.database, method, args);
        if (this.database) return handedOn(this.database, method, args);
        const error = databaseNeeded(method, entityNamed(args[0], method));
        if (method === 'createQueryBuilder') throw error;
        return Promise.reject(error);
      },
    });
  }
}

async function handedOn(database: DataSource, method: string, args: readonly unknown[]): Promise<unknown> {
  return handOn(database, method, args);
}

/** READ_ONLY for a write, QUERY_UNSUPPORTED for SQL. */
export function databaseNeeded(method: string, entity: string | undefined): PermafrostError {
  const wayOut =
    "Use the repository of the DataSource, or have the store hand such calls on: openStore({ …, dataSource, beyond: 'database' }).";
  if (!(writes as readonly string[]).includes(method))
    return queryUnsupported(entity ?? 'This store', undefined, `${method}()`, wayOut);
  return new PermafrostError(
    'READ_ONLY',
    `${entity ?? 'This store'}: ${method}() would write, and a snapshot cannot be changed. ${wayOut}`,
    { ...(entity === undefined ? {} : { entity }), method },
  );
}

/** The name of the entity that a method of an entity manager is called for: by class, schema, name or instance. */
function entityNamed(first: unknown, method: string): string | undefined {
  if (method === 'query' || method === 'sql') return undefined;
  if (typeof first === 'function') return first.name;
  if (typeof first === 'string') return first;
  if (InstanceChecker.isEntitySchema(first)) return first.options.name;
  const [instance] = Array.isArray(first) ? first : [first];
  return typeof instance === 'object' && instance !== null ? instance.constructor?.name : undefined;
}

/**
 * Calls a method of the application's own entity manager, or of its `receiver`. Throws TypeError while its DataSource is not initialized, and READ_ONLY for records of
 * a snapshot among the arguments: TypeORM would take them for new entities, and for conditions that all satisfy.
 */
export function handOn(
  database: DataSource,
  method: string,
  args: readonly unknown[],
  receiver: () => object = () => database.manager,
): unknown {
  if (!database.isInitialized)
    throw new TypeError(
      `${method}: the store hands this call to \`dataSource\`, which is not initialized. Call \`await dataSource.initialize()\` first.`,
    );
  const record = firstRecordIn(args);
  if (record)
    throw new PermafrostError(
      'READ_ONLY',
      `${record.constructor.name}: ${method}() was given a record of a snapshot, which has no members of its own: TypeORM would see an empty object. Pass its key, materialize(record), or read it with { as: 'entity' }.`,
      { entity: record.constructor.name, method },
    );
  const called = receiver() as Record<string, (...given: readonly unknown[]) => unknown>;
  return called[method]!(...args);
}

/** Whether a read was refused because a snapshot cannot answer it, not because it is wrong. */
export function isBeyondSnapshot(error: unknown): boolean {
  return isPermafrostError(error) && ['QUERY_UNSUPPORTED', 'TEXT_ORDER_UNKNOWN'].includes(error.code);
}
