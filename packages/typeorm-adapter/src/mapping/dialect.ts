/** How a kind of database writes what an export asks it: names, and columns as TypeORM reads them. */
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

export interface Dialect {
  quote(name: string): string;
  /** A table as SQL names it. */
  tableOf(metadata: EntityMetadata): string;
  /** What TypeORM selects of a column, whose quoted path is given. */
  selected(column: ColumnMetadata, path: string): string;
  /** A value as text. */
  asText(expression: string): string;
  literal(text: string): string;
  /** The type of what is compared by its bytes. */
  readonly binaryType: string;
}

export const postgresDialect: Dialect = {
  quote: quoteWith('"'),
  tableOf: ({ schema, tableName }) =>
    schema ? `${postgresDialect.quote(schema)}.${postgresDialect.quote(tableName)}` : postgresDialect.quote(tableName),
  selected: (_, path) => path,
  asText: (expression) => `${expression}::text`,
  literal: (text) => `'${text.replaceAll("'", "''")}'`,
  binaryType: 'bytea',
};

export const sqliteDialect: Dialect = {
  quote: quoteWith('"'),
  tableOf: (metadata) => pathOf(metadata, sqliteDialect),
  selected: ({ type }, path) => (type === 'jsonb' ? `json(${path})` : path),
  asText: (expression) => `CAST(${expression} AS TEXT)`,
  literal: postgresDialect.literal,
  binaryType: 'BLOB',
};

export const mysqlDialect: Dialect = {
  quote: quoteWith('`'),
  tableOf: (metadata) => pathOf(metadata, mysqlDialect),
  selected({ type, entityMetadata }, path) {
    const { driver } = entityMetadata.dataSource;
    if (!driver.spatialTypes.includes(type as never)) return path;
    return 'legacySpatialSupport' in driver.options && driver.options.legacySpatialSupport
      ? `AsText(${path})`
      : `ST_AsText(${path})`;
  },
  asText: (expression) => `CAST(${expression} AS CHAR)`,
  literal: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
  binaryType: 'BINARY',
};

/** TypeORM's path of a table has the database before its name, which may have dots in it. */
function pathOf({ tablePath, tableName }: EntityMetadata, { quote }: Dialect): string {
  if (tablePath === tableName) return quote(tableName);
  return `${quote(tablePath.slice(0, -tableName.length - 1))}.${quote(tableName)}`;
}

function quoteWith(mark: string): (name: string) => string {
  return (name) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
}
