/**
 * `permafrost export`: a DataSource's entities into the next generation of a directory. Progress on stderr, the report on stdout.
 * Interrupted or failed, it leaves no file, and the generation before stays current.
 */
import { type DanglingCount, type DanglingPolicy, PermafrostError } from '@permafrost/core';
import { type DataSourceLike, entitiesNamed, loadAdapter, loadDataSource } from './data-source';
import { EXIT_CLEAN } from './exit-codes';
import { durationText, sizeText, tableText, wholeText } from './format';
import { type ExportProgress, progressDisplay } from './progress';

const ADAPTER = '@permafrost/typeorm-adapter';

export interface ExportCommandOptions {
  readonly dataSource: string;
  readonly directory: string;
  readonly entities?: readonly string[];
  readonly dangling?: DanglingPolicy;
  readonly json?: boolean;
  readonly signal: AbortSignal;
}

/** What the command uses of the adapter. */
interface Adapter {
  exportSnapshot(
    dataSource: DataSourceLike,
    options: {
      directory: string;
      entities?: readonly unknown[];
      dangling?: DanglingPolicy;
      onProgress: (progress: ExportProgress) => void;
      signal: AbortSignal;
    },
  ): Promise<ExportReport>;
}

interface ExportReport {
  readonly generation: number;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly contentHash: string;
  readonly seconds: number;
  readonly entities: readonly {
    readonly entity: string;
    readonly records: number;
    /** Read from the database. */
    readonly bytes: number;
    readonly seconds: number;
  }[];
  readonly dangling: readonly DanglingCount[];
}

/** The exit code. Throws what keeps the command from running, and the signal's reason. */
export async function runExport(options: ExportCommandOptions): Promise<number> {
  const { directory, signal } = options;
  const { dataSource, file } = await loadDataSource(options.dataSource);
  const { exportSnapshot } = loadAdapter<Adapter>(file, ADAPTER);
  const display = progressDisplay(process.stderr);
  let report: ExportReport;
  try {
    if (!dataSource.isInitialized) await connect(dataSource, file, signal);
    signal.throwIfAborted();
    const entities = options.entities && entitiesNamed(options.entities, dataSource);
    report = await exportSnapshot(dataSource, {
      directory,
      ...(entities ? { entities } : {}),
      ...(options.dangling ? { dangling: options.dangling } : {}),
      onProgress: (progress) => display.show(progress),
      signal,
    });
    display.end();
  } catch (error) {
    display.breakOff();
    throw error;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy().catch(() => {}); // the process ends anyway
  }
  process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report));
  return EXIT_CLEAN;
}

/** Connecting may wait for a server for a long time; a signal does not. */
async function connect(dataSource: DataSourceLike, file: string, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
  try {
    await Promise.race([dataSource.initialize(), aborted]);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new PermafrostError(
      'EXPORT_FAILED',
      `${file}: its DataSource could not be initialized: ${messageOf(cause)}. Check its options, and that the database is up.`,
      { path: file },
      { cause },
    );
  }
}

/** Node gives the addresses that refused a connection as an error without a message of its own. */
function messageOf(cause: unknown): string {
  const { message, errors, code } = cause as { message?: string; errors?: Error[]; code?: string };
  return message || errors?.map((error) => error.message).join('; ') || code || String(cause);
}

function textOf({ generation, path, size, seconds, entities, dangling }: ExportReport): string {
  const rows = entities.map(({ entity, records, bytes, seconds: reading }) => [
    entity,
    wholeText(records),
    wholeText(bytes),
    durationText(reading),
  ]);
  const lines = dangling.map((count) => `${danglingText(count)}\n`).join('');
  return `${tableText(['entity', 'records', 'bytes read', 'reading'], rows, ['left', 'right', 'right', 'right'])}\n${lines}generation ${generation} is current: ${path}, ${sizeText(size)}, in ${durationText(seconds)}\n`;
}

/** "Customer.company: 3 references to nothing became null" */
function danglingText({ entity, relation, nulled, skipped, unlinked }: DanglingCount): string {
  const parts = [
    ...(nulled > 0 ? [`${wholeText(nulled)} references to nothing became null`] : []),
    ...(skipped > 0 ? [`${wholeText(skipped)} records that refer to nothing were left out`] : []),
    ...(unlinked > 0 ? [`${wholeText(unlinked)} links to nothing were left out`] : []),
  ];
  return `${entity}.${relation}: ${parts.join(', ')}`;
}
