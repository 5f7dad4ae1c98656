/**
 * Databases whose rows come through their driver in JavaScript values: what an export asks of them. PostgreSQL is not among them, whose
 * rows are decoded from binary COPY.
 */
import type { FieldType, JsonValue } from '@permafrost/core';
import type { StoredOrder } from '../../mapping/database-order';
import type { Dialect } from '../../mapping/dialect';
import type { MappedEntity } from '../../mapping/mapped-entity';
import type { TableSelect } from '../table-select';

/** What a selected column is stored as, so that the driver's value can be made of it again. */
export interface RowForm {
  readonly type: FieldType;
  /** As the database declares it; empty for what it computes. */
  readonly databaseType: string;
  /** As in the source of a field: what else is known of its values. */
  readonly notes?: { readonly [member: string]: JsonValue };
  readonly order?: StoredOrder;
}

/** One consistent read of a database. */
export interface RowReading {
  readonly dialect: Dialect;
  /** What the file says of the database. */
  readonly facts: { readonly [member: string]: JsonValue };
  /** All rows of a short answer. Throws EXPORT_FAILED. */
  readRows(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** What the columns of a SELECT are stored as. Throws EXPORT_UNSUPPORTED for one whose values no field holds exactly, EXPORT_FAILED. */
  formsOf(entity: MappedEntity, select: TableSelect): Promise<readonly RowForm[]>;
  /** The SELECT, with the ranks of these columns behind all others. */
  ranked(select: TableSelect, ranked: readonly number[]): string;
  /** Hands over row after row, the values as fields of the forms take them. Throws EXPORT_FAILED, and what `take` throws. */
  copyRows(sql: string, forms: readonly RowForm[], take: (row: readonly unknown[]) => void): Promise<void>;
}

export type RunReading = <T>(run: (reading: RowReading) => Promise<T>) => Promise<T>;
