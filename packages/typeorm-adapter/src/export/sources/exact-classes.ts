/**
 * Single-table inheritance: SQL asks for a class by its value under the column's collation, TypeORM makes instances by the very text. A
 * snapshot goes by the text, so rows for which the two differ are refused.
 */
import { exportUnsupported } from '../../errors';
import type { MappedEntity } from '../../mapping/mapped-entity';
import type { RowReading } from './row-source';

/** Throws EXPORT_UNSUPPORTED. One query a table of several classes. */
export async function requireExactClasses(entity: MappedEntity, reading: RowReading): Promise<void> {
  const { dialect } = reading;
  const { discriminatorColumn } = entity.metadata;
  const [, ...subclasses] = entity.metadatas;
  if (!discriminatorColumn || subclasses.length === 0) return;
  const column = dialect.quote(discriminatorColumn.databaseName);
  const values = entity.metadatas.map(({ discriminatorValue }) => dialect.literal(String(discriminatorValue)));
  const asBytes = (text: string) => `CAST(${text} AS ${dialect.binaryType})`;
  const [row] = await reading.readRows(
    `SELECT count(*) FROM ${dialect.tableOf(entity.metadata)}
      WHERE ${column} IN (${values.join(', ')}) AND ${asBytes(column)} NOT IN (${values.map(asBytes).join(', ')})`,
  );
  if (Number(row![0]) > 0)
    throw exportUnsupported(
      entity.name,
      discriminatorColumn.propertyPath,
      'rows whose class is written otherwise than it is declared, though the database calls both the same,',
      'Write them as the classes are declared.',
    );
}
