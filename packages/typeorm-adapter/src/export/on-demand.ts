/** {@link exportSnapshot} for everybody: what exports is loaded at the first call, since a worker that only reads starts sooner without it. */
import type { DataSource } from 'typeorm';
import type { ExportOptions, ExportReport } from './export-snapshot';

/**
 * Exports entities of an initialized DataSource into the next generation of a directory, and makes it current. Prints nothing.
 * Everything is read in one REPEATABLE READ READ ONLY transaction: the snapshot is the database at one instant. Of MariaDB it is one
 * WITH CONSISTENT SNAPSHOT, READ ONLY; of better-sqlite3 one deferred transaction on the DataSource's own connection, and nothing else runs in the process until all rows are read.
 * With `roots` the keys of what they lead to are held in memory while it runs, some 100 bytes each.
 * Throws EXPORT_UNSUPPORTED, RELATION_TARGET_MISSING, EXPORT_FAILED, what a writer throws (VALUE_NULL, REFERENCE_DANGLING …), or the
 * reason of `signal`.
 */
export async function exportSnapshot(dataSource: DataSource, options: ExportOptions): Promise<ExportReport> {
  // Not import(): under Jest it would need a flag.
  const loaded = require('./export-snapshot') as typeof import('./export-snapshot');
  return loaded.exportSnapshot(dataSource, options);
}
