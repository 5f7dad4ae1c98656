/**
 * The main job, end to end: a PostgreSQL shop is exported into a snapshot, four workers serve it over HTTP, then four workers that hold
 * the same data as ordinary objects do the same, and one table compares them. Every number is measured in this run.
 *
 * `node examples/dist/demo.js [--keep DIRECTORY]`. DATABASE_URL names a server to use instead of one of our own. SHOP_SCALE=0.05 makes a smaller
 * shop, on which nothing is judged but that both kinds give the same. Exit code 0 when all holds, 1 when not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, freemem, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@permafrost/test';
import { exportSnapshot } from '@permafrost/typeorm-adapter';
import { DataSource } from 'typeorm';
import { loadInTurn, measureFleet } from './compare/measure';
import { ExportProgressPrinter } from './compare/progress';
import { printResult } from './compare/result';
import { readPss, stopAllWorkers } from './fleet';
import { shopEntities } from './shop/entities';
import { generateShop } from './shop/generate';

const WORKERS = 4;
/** Nearly all of it for the workers that hold objects. */
const NEEDED_GB = 8;
const scale = Number(process.env['SHOP_SCALE'] || 1);
const { keep } = parseArgs({ options: { keep: { type: 'string' } } }).values;

async function main(): Promise<boolean> {
  requireWhatIsMeasured();
  const free = freemem() / 1e9;
  if (free < NEEDED_GB * scale)
    say(`only ${free.toFixed(1)} GB of memory are free; the objects take about ${NEEDED_GB * scale} GB`);
  say('starting PostgreSQL');
  await using server = stopAtEnd(await startPostgres());
  const { url: databaseUrl } = await server.createDatabase('permafrost_demo');
  const directory = keep ?? temporaryDirectory();

  say(`making the shop (${server.source === 'embedded' ? 'in a server of our own' : 'in the server of DATABASE_URL'})`);
  await using dataSource = destroyAtEnd(
    new DataSource({ type: 'postgres', url: databaseUrl, entities: [...shopEntities] }),
  );
  await dataSource.initialize();
  const rows = await generateShop(dataSource, { scale });
  const ids = { customers: rows.Customer, products: rows.Product, orders: rows.Order };
  say(
    Object.entries(rows)
      .map(([entity, count]) => `${count.toLocaleString('en')} ${entity}`)
      .join(', '),
  );

  say('exporting the snapshot');
  const progress = new ExportProgressPrinter(process.stdout);
  const exported = await exportSnapshot(dataSource, { directory, onProgress: (event) => progress.show(event) });
  progress.end();
  say(`${path.basename(exported.path)}: ${(exported.size / 1e6).toFixed(1)} MB in ${exported.seconds.toFixed(1)} s`);

  say(`${WORKERS} workers that read the snapshot, without code generation from strings`);
  const snapshot = await measureFleet({
    workerCount: WORKERS,
    program: worker('snapshot-worker'),
    args: [directory],
    host: '127.0.0.1',
    nodeOptions: ['--disallow-code-generation-from-strings'],
    idle: { program: worker('idle-worker'), args: ['snapshot'] },
    ids,
    say,
  });

  say(`${WORKERS} workers that load the same into ordinary objects through TypeORM`);
  const objects = await measureFleet({
    workerCount: WORKERS,
    program: worker('object-worker'),
    args: [databaseUrl],
    host: '127.0.0.2',
    nodeOptions: ['--max-old-space-size=4096'],
    idle: { program: worker('idle-worker'), args: ['objects'] },
    ids,
    say,
  });

  say('the same requests to both kinds in turn');
  const [snapshotRounds, objectRounds] = await loadInTurn(snapshot.fleet, objects.fleet, ids);
  await stopAllWorkers();

  say(keep ? `the snapshot stays in ${keep}` : 'done');
  const results = [
    { ...snapshot.result, rounds: snapshotRounds },
    { ...objects.result, rounds: objectRounds },
  ] as const;
  return printResult(...results, { fileSize: exported.size, isFullSize: scale >= 1 });
}

const worker = (name: string) => path.join(__dirname, 'web', `${name}.js`);

function say(text: string): void {
  process.stdout.write(`[${process.uptime().toFixed(1).padStart(5)} s] ${text}\n`);
}

function requireWhatIsMeasured(): void {
  try {
    readPss('self');
  } catch {
    throw new Error(
      'The demo compares memory by /proc/PID/smaps_rollup, which cannot be read here. It needs Linux 4.14 or later.',
    );
  }
  if (!(scale > 0))
    throw new Error(`SHOP_SCALE is "${process.env['SHOP_SCALE']}"; expected a number above 0, for example 0.05.`);
}

/** Goes with this process, however it ends. */
function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-demo-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function stopAtEnd<T extends { stop(): Promise<void> }>(server: T): T & AsyncDisposable {
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() });
}

function destroyAtEnd(dataSource: DataSource): DataSource & AsyncDisposable {
  return Object.assign(dataSource, {
    [Symbol.asyncDispose]: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
    },
  });
}

// The server and the temp files go with handlers of 'exit'. Workers are waited for, since where nothing reaps orphans they would stay as zombies.
let stoppedBy: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Not `once`: as long as somebody listens, the handler of the test server leaves the rest to us.
  process.on(signal, async () => {
    if (stoppedBy) return;
    stoppedBy = signal;
    await stopAllWorkers();
    process.exit(128 + constants.signals[stoppedBy]);
  });
}

main().then(
  (holds) => process.exit(holds ? 0 : 1),
  (error) => {
    // Then it is the signal that took something away from us.
    if (stoppedBy) return;
    process.stderr.write(`The demo failed: ${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  },
);
