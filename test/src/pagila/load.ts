/**
 * Loads the Pagila sample database (a video rental shop, 15 tables, 47,000 rows) from its dump: ../shared/data/pagila beside this
 * repository, or the folder of PAGILA_DIR. No psql is needed.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { splitDump } from './dump';

/** The rows that the dump holds per table; those of a partition count for its parent. */
export type RowCounts = Record<string, number>;

/** Loads into an empty database. About 2 s. Gives undefined, and does nothing, where the dump is absent. */
export async function loadPagila(databaseUrl: string): Promise<RowCounts | undefined> {
  const file = pagilaFile();
  if (!file) return undefined;
  const dump = gunzipSync(readFileSync(file)).toString('utf8');
  const counts: RowCounts = {};
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    await client.query('BEGIN');
    for (const part of splitDump(dump)) {
      if (part.kind === 'statement') {
        await client.query(part.sql);
        continue;
      }
      await pipeline(Readable.from([Buffer.from(part.data)]), client.query(copyFrom(part.sql)));
      const table = /^COPY public\.(\w+?)(?:_p\d{4}_\d\d)? /.exec(part.sql)![1]!;
      counts[table] = (counts[table] ?? 0) + part.data.split('\n').length - 1;
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
  return counts;
}

/** The dump, or undefined where this machine has none. */
export function pagilaFile(): string | undefined {
  // Right from src/ and from dist/.
  const besideRepository = path.resolve(__dirname, '../../../../shared/data/pagila');
  const file = path.join(process.env['PAGILA_DIR'] || besideRepository, 'pagila.sql.gz');
  return existsSync(file) ? file : undefined;
}

export const PAGILA_ABSENT = 'pagila.sql.gz is neither in ../shared/data/pagila nor in PAGILA_DIR';
