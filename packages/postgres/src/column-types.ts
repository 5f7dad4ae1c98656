/**
 * PostgreSQL's types as this package sees them: which can be decoded, and what type each column of a SELECT has.
 * Types are found by their entries in pg_catalog, never by a name the user could have taken for a type of their own.
 */
import type { ClientBase } from 'pg';
import { serverFailed } from './errors';

/**
 * The types whose binary form is decoded exactly, and the setter method that receives their values:
 *
 *   int2 int4                                       setInt32
 *   int8                                            setInt64
 *   float4 float8                                   setFloat64
 *   numeric                                         setDecimal, or setText when the digits are no safe integer; NaN and ±Infinity are text
 *   bool                                            setBoolean
 *   text varchar bpchar citext name enum json jsonb setUtf8 (bpchar with its blanks, enum as its label)
 *   uuid bytea                                      setBytes
 *   date                                            setInt32, days since 1970-01-01
 *   timestamp timestamptz                           setInt64, microseconds since 1970-01-01
 *   time                                            setInt64, microseconds since midnight
 *   interval                                        setInterval
 */
export const supportedTypes = [
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'numeric',
  'bool',
  'text',
  'varchar',
  'bpchar',
  'citext',
  'name',
  'uuid',
  'bytea',
  'json',
  'jsonb',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'interval',
  'enum',
] as const;

/** A type whose values can be exported, by its name in pg_type. */
export type PgTypeName = (typeof supportedTypes)[number];

/** Whether values of a type can be exported. */
export function isSupportedType(typeName: string): typeName is PgTypeName {
  return (supportedTypes as readonly string[]).includes(typeName);
}

/** The type of one output column of a SELECT, domains resolved to what they are made of. */
export interface ResolvedColumn {
  readonly name: string;
  /** A {@link PgTypeName} when it can be exported, else the type's own name. Of an array, the type of its elements. */
  readonly typeName: string;
  readonly array: boolean;
  /** Of the output column as the server announces it: of an array, the array's; of a domain, its base type's. */
  readonly oid: number;
  /** The column's type as SQL writes it: "numeric(12,2)[]". */
  readonly sqlType: string;
  /** Of an enum, its labels in their order; else absent. */
  readonly enumLabels?: readonly string[];
}

/**
 * The output columns of `sql`, a SELECT without parameters, in their order. Runs nothing of it: two short round trips.
 * Throws EXPORT_FAILED when the server refuses the statement.
 */
export async function resolveColumnTypes(client: ClientBase, sql: string): Promise<ResolvedColumn[]> {
  try {
    const { fields } = await client.query({ ...rawRows, text: `SELECT * FROM (\n${sql}\n) AS described LIMIT 0` });
    const { rows } = await client.query<string[]>({
      ...rawRows,
      text: typesOfOids,
      values: [fields.map((field) => field.dataTypeID), fields.map((field) => field.dataTypeModifier)],
    });
    return rows.map(([typeName, array, sqlType, labels], position) => ({
      name: fields[position]!.name,
      typeName: typeName!,
      array: array === 't',
      oid: fields[position]!.dataTypeID,
      sqlType: sqlType!,
      ...(typeName === 'enum' ? { enumLabels: JSON.parse(labels!) } : {}),
    }));
  } catch (cause) {
    throw serverFailed('describing the columns of a SELECT', cause, { sql });
  }
}

/** Rows as arrays of the server's own text, whatever type parsers the application has set. */
export const rawRows = {
  rowMode: 'array' as const,
  types: { getTypeParser: () => (text: string) => text },
};

/**
 * For each oid and modifier the type that its values are sent as: through domains, and through one array.
 * A type of pg_catalog, or of an extension that is known, goes by its own name; other names are told with their schema.
 */
const typesOfOids = `
  WITH RECURSIVE asked AS (
    SELECT * FROM unnest($1::oid[], $2::int4[]) WITH ORDINALITY AS asked (oid, modifier, position)
  ), step (position, oid, is_array, depth) AS (
    SELECT position, oid, false, 0 FROM asked
    UNION ALL
    SELECT step.position,
           CASE type.typtype WHEN 'd' THEN type.typbasetype ELSE type.typelem END,
           step.is_array OR type.typtype <> 'd',
           step.depth + 1
      FROM step JOIN pg_catalog.pg_type AS type ON type.oid = step.oid
     WHERE type.typtype = 'd' OR (NOT step.is_array AND type.typcategory = 'A' AND type.typelem <> 0)
  ), reached AS (
    SELECT DISTINCT ON (position) position, oid, is_array FROM step ORDER BY position, depth DESC
  )
  SELECT CASE
           WHEN type.typtype = 'e' THEN 'enum'
           WHEN schema.nspname = 'pg_catalog' THEN type.typname
           WHEN extension.extname IN ('citext', 'hstore', 'ltree', 'cube', 'vector', 'postgis') THEN type.typname
           ELSE schema.nspname || '.' || type.typname
         END,
         reached.is_array,
         format_type(asked.oid, asked.modifier),
         (SELECT json_agg(label.enumlabel ORDER BY label.enumsortorder)
            FROM pg_catalog.pg_enum AS label WHERE label.enumtypid = type.oid)
    FROM asked
    JOIN reached USING (position)
    JOIN pg_catalog.pg_type AS type ON type.oid = reached.oid
    JOIN pg_catalog.pg_namespace AS schema ON schema.oid = type.typnamespace
    LEFT JOIN pg_catalog.pg_depend AS dependency
           ON dependency.classid = 'pg_catalog.pg_type'::regclass AND dependency.objid = type.oid AND dependency.deptype = 'e'
    LEFT JOIN pg_catalog.pg_extension AS extension ON extension.oid = dependency.refobjid
   ORDER BY asked.position`;
