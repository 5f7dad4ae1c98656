/**
 * The main path of exporting: DataSource → metadata → one consistent transaction → binary COPY, or rows through the driver where the database
 * is no PostgreSQL → a new generation, made current at the end.
 * Whatever goes wrong before that, no file is left and the generation before stays current.
 */
import {
  createGeneration,
  type DanglingCount,
  type DanglingPolicy,
  type GenerationWriter,
  PermafrostError,
  refuseUnknownOptions,
} from '@permafrost/core';
import { type DatabaseFacts, type ExportTransaction, withConsistentTransaction } from '@permafrost/postgres';
import type { ClientBase } from 'pg';
import { type DataSource, InstanceChecker } from 'typeorm';
import { databaseKindOf, supportedTypes } from '../mapping/database-kind';
import { postgresDialect } from '../mapping/dialect';
import { type EntityName, mapSelected } from '../mapping/schema-from-metadata';
import { treeNotes } from '../mapping/tree-notes';
import { findClosure } from './closure';
import { closureRoots, type ExportRoot } from './closure-roots';
import { copyTables } from './copy-tables';
import { crookedTrees } from './crooked-trees';
import { type ExportPlan, planExport } from './export-plan';
import { checkDatabaseOrder, type DatabaseOrderOption } from './ranked-fields';
import { exportRows, type RowExport, refuseOptions } from './sources/export-rows';
import { requireMatches } from './unmatched-references';

/** What {@link exportSnapshot} takes. */
export interface ExportOptions {
  /** Where generations lie; made when it is not there. */
  readonly directory: string;
  /** The entities to export. Default: those of the DataSource that are decorated with `@Snapshot`. */
  readonly entities?: readonly EntityName[];
  /**
   * Exports, of these entities, the closure of the roots: the least set of records that holds the roots and, with each record of an entity,
   * what the relations named for that entity lead to, wherever it was reached. Default: all records.
   */
  readonly roots?: readonly ExportRoot[];
  /**
   * What becomes of foreign keys to rows that are not exported. Default `'error'`, since none should dangle; with `roots` `'null'`, since
   * relations that are not named do lead elsewhere. Then a relation that is not nullable has to be named, or `'skip'` chosen.
   */
  readonly dangling?: DanglingPolicy;
  /**
   * The order that the database has for text (unless its collation is that of bytes, such as "C"), and for types such as interval or inet,
   * is stored with the values as their ranks; without them the order of such fields, and their comparisons by less and greater, are refused.
   * Default true: all fields that need it, but for lists, JSON, full-text vectors and hstore. `false` stores none. By entity it names the
   * fields that shall be ranked, those of other entities as by default: `{ Event: [], Customer: ['name', 'address.city'] }`.
   * Cost: 4 bytes a record and field, and in the database one sort of the field's distinct values, joined to the rows by a hash:
   * about 0.1 s for a million rows of few distinct values, 4 s where all are distinct.
   */
  readonly databaseOrder?: DatabaseOrderOption;
  /** Called at most ten times a second, and at the beginning and end of each table. What it throws ends the export. */
  readonly onProgress?: (progress: ExportProgress) => void;
  readonly signal?: AbortSignal;
}

/** One event of an export. */
export interface ExportProgress {
  /**
   * 'roots' while the closure of the roots is looked for: `records` of the entity have been found so far. 'rows' while records are read. 'finish' when all are: one event an entity, then the file is ordered, its relations are resolved, and
   * it is written.
   */
  readonly phase: 'roots' | 'rows' | 'finish';
  /** The entity's name; for a join table that of the relation, "Film.actors". */
  readonly entity: string;
  readonly records: number;
  /** What the database's planner expects; from the last event of a table on the real number. */
  readonly estimatedRecords: number;
  /** Read from the database; 0 where its driver does not say. */
  readonly bytes: number;
}

/** What an export has made. */
export interface ExportReport {
  readonly generation: number;
  /** The file of the new generation. */
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly contentHash: string;
  readonly seconds: number;
  readonly entities: readonly ExportedEntity[];
  /** What `dangling` did, relation by relation; empty when nothing dangled. */
  readonly dangling: readonly DanglingCount[];
}

/** What was exported of one entity. */
export interface ExportedEntity {
  readonly entity: string;
  /** In the file. */
  readonly records: number;
  /** Read from the database, those of the join tables it owns included; 0 where its driver does not say. */
  readonly bytes: number;
  /** Of reading; ordering and writing come on top, for all entities together. */
  readonly seconds: number;
}

/**
 * The main path, loaded by on-demand.ts, which says what it does.
 * @public
 */
export async function exportSnapshot(dataSource: DataSource, options: ExportOptions): Promise<ExportReport> {
  const started = performance.now();
  checkArguments(dataSource, options);
  const {
    directory,
    entities,
    roots,
    databaseOrder,
    dangling = roots ? 'null' : 'error',
    onProgress,
    signal,
  } = options;
  const mapped = mapSelected(dataSource.entityMetadatas, entities);
  const asked = roots && closureRoots(roots, mapped, dataSource.entityMetadatas);
  checkDatabaseOrder(databaseOrder, mapped);
  signal?.throwIfAborted();

  let generation: GenerationWriter | undefined;
  try {
    const begin: RowExport['begin'] = (schema, notes) => {
      const making = { producer: '@permafrost/typeorm-adapter', exportedAt: new Date().toISOString() };
      generation = createGeneration({ directory, schema, notes: { ...making, ...notes }, dangling });
      return generation.writer;
    };
    const exported =
      databaseKindOf(dataSource.options) === 'postgres'
        ? await reading(dataSource, signal, async (transaction, client) => {
            const plan = await planExport(mapped, transaction, client, databaseOrder);
            if (dangling !== 'null') await requireMatches(plan.copies, transaction);
            const closure = asked && (await findClosure({ ...asked, dataSource, transaction, plan, onProgress }));
            const crooked = await crookedTrees(mapped, postgresDialect, (sql) => transaction.readRows(sql));
            const writer = begin(plan.schema, { ...notesOf(plan, await transaction.facts()), ...treeNotes(crooked) });
            const escapeLiteral = (text: string) => client.escapeLiteral(text);
            return copyTables({ plan, closure, writer, transaction, escapeLiteral, onProgress });
          })
        : await exportRows({ dataSource, mapped, options, begin });
    for (const { entity, records, bytes } of exported)
      onProgress?.({ phase: 'finish', entity, records, estimatedRecords: records, bytes });
    const { path, summary, generation: number } = await generation!.publish(signal ? { signal } : {});
    const written = new Map(summary.entities.map(({ entity, records }) => [entity, records]));
    return {
      generation: number,
      path,
      size: summary.size,
      contentHash: summary.contentHash,
      seconds: secondsSince(started),
      entities: exported.map((entity) => ({ ...entity, records: written.get(entity.entity)! })),
      dangling: summary.dangling,
    };
  } catch (error) {
    generation?.abort();
    throw error;
  }
}

/** Lends a connection of the DataSource's pool and runs `run` in a consistent transaction. */
async function reading<T>(
  dataSource: DataSource,
  signal: AbortSignal | undefined,
  run: (transaction: ExportTransaction, client: ClientBase) => Promise<T>,
): Promise<T> {
  // Where there are replicas, TypeORM reads from them too.
  const queryRunner = dataSource.createQueryRunner('slave');
  try {
    const client: ClientBase = await queryRunner.connect();
    return await withConsistentTransaction(client, (transaction) => run(transaction, client), signal ? { signal } : {});
  } finally {
    await queryRunner.release();
  }
}

/** What the file says of its making. `values` decides how they are given back. */
function notesOf(
  { int64, collations }: ExportPlan,
  { serverVersion, database, timeZone, serverEncoding, collation, lsn }: DatabaseFacts,
) {
  return {
    postgres: {
      serverVersion,
      database,
      timeZone,
      serverEncoding,
      collation: { ...collation },
      collations,
      ...(lsn === undefined ? {} : { lsn }),
    },
    values: { int64 },
  };
}

function checkArguments(dataSource: DataSource, options: ExportOptions): void {
  if (!InstanceChecker.isDataSource(dataSource))
    throw new TypeError('exportSnapshot: expected a DataSource of TypeORM as first argument.');
  refuseUnknownOptions('exportSnapshot', options ?? {}, [
    'directory',
    'entities',
    'roots',
    'dangling',
    'databaseOrder',
    'onProgress',
    'signal',
  ]);
  if (typeof options?.directory !== 'string' || options.directory === '') {
    throw new TypeError(
      'exportSnapshot: the option `directory` is missing: where the generations of the snapshot lie.',
    );
  }
  const { type } = dataSource.options;
  const kind = databaseKindOf(dataSource.options);
  if (kind === undefined) {
    throw new PermafrostError(
      'EXPORT_UNSUPPORTED',
      `exportSnapshot: a DataSource of type "${type}" cannot be exported; supported are ${supportedTypes.join(', ')}.`,
      { expected: supportedTypes, actual: type },
    );
  }
  if (kind !== 'postgres') refuseOptions(options, type);
  if (!dataSource.isInitialized) {
    throw new TypeError(
      'exportSnapshot: the DataSource is not initialized. Call `await dataSource.initialize()` first.',
    );
  }
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}
