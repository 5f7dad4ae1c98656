/** The kinds of databases that entities are exported from, by the types that DataSources have. */
import type { DataSourceOptions } from 'typeorm';

export type DatabaseKind = 'postgres' | 'mysql' | 'sqlite';

const kinds: Readonly<Record<string, DatabaseKind>> = {
  postgres: 'postgres',
  mariadb: 'mysql',
  mysql: 'mysql',
  'better-sqlite3': 'sqlite',
};

/** The types of DataSources that can be exported. */
export const supportedTypes: readonly string[] = Object.keys(kinds);

/** Undefined for a type that is not supported. */
export function databaseKindOf({ type }: Pick<DataSourceOptions, 'type'>): DatabaseKind | undefined {
  return Object.hasOwn(kinds, type) ? kinds[type] : undefined;
}
