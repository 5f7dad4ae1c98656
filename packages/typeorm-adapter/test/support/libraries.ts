/** Libraries of databases that a machine may lack. */
import { spawnSync } from 'node:child_process';
import { DataSource, type DataSourceOptions } from 'typeorm';

/** better-sqlite3, which has to be compiled; undefined where it does not load. */
export function betterSqlite3(): unknown {
  try {
    const library = require('better-sqlite3');
    new library(':memory:').close();
    return library;
  } catch {
    return undefined;
  }
}

/** Where MariaDB is looked for. */
const mariadbUrl = process.env.MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/test';

/** Whether a server answers there, asked before tests are declared. */
export function mariadbIsThere(): boolean {
  const { hostname, port } = new URL(mariadbUrl);
  const script = `require('net').connect(${Number(port || 3306)}, ${JSON.stringify(hostname)}).on('connect', () => process.exit(0)).on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 2000)`;
  return spawnSync(process.execPath, ['-e', script]).status === 0;
}

/** Options of a DataSource on a database of its own; {@link makeDatabase} makes it. */
export function mariadb(database: string): Partial<DataSourceOptions> {
  const url = new URL(mariadbUrl);
  url.pathname = `/${database}`;
  return { type: 'mariadb', url: url.href, driver: require('mysql2') };
}

/** Makes a database anew, where the options name one on a server. */
export async function makeDatabase(options: Partial<DataSourceOptions>): Promise<void> {
  await dropDatabase(options);
  await onServer(options, (name) => `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`);
}

/** Leaves nothing on the server. */
export async function dropDatabase(options: Partial<DataSourceOptions>): Promise<void> {
  await onServer(options, (name) => `DROP DATABASE IF EXISTS ${name}`);
}

async function onServer(options: Partial<DataSourceOptions>, sqlOf: (name: string) => string): Promise<void> {
  if (!('url' in options)) return;
  const database = new URL(options.url!).pathname.slice(1);
  const server = new DataSource({ ...options, url: mariadbUrl } as DataSourceOptions);
  await server.initialize();
  await server.query(sqlOf(`\`${database}\``));
  await server.destroy();
}
