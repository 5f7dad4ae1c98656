/**
 * What the columns of an export are stored as: decided by the database's types and by how this session writes values. The database's own
 * text of a value is taken wherever core has no form that says all of it.
 */
import { type FieldDefinition, PermafrostError } from '@permafrost/core';
import type { ExportTransaction, ResolvedColumn } from '@permafrost/postgres';
import { exportUnsupported, leaveOut } from '../errors';
import { type StoredForm, storedForm } from '../mapping/column-types';
import type { StoredOrder } from '../mapping/database-order';
import { fieldSourceOf } from '../mapping/field-source';
import type { MappedEntity, MappedField } from '../mapping/mapped-entity';
import type { TableSelect } from './table-select';

/** How the session writes values, as far as TypeORM's own reads would hang on it. */
export interface SessionSettings {
  readonly timeZone: string;
  /** Types whose text is not the default one, so that node-postgres reads something else in it. */
  readonly textTypes: ReadonlySet<string>;
}

/** Reads the session's settings. Throws EXPORT_FAILED. */
export async function sessionSettings(transaction: ExportTransaction): Promise<SessionSettings> {
  const [row] = await transaction.readRows(
    "SELECT current_setting('TimeZone'), current_setting('DateStyle'), current_setting('extra_float_digits'), current_setting('IntervalStyle')",
  );
  const [timeZone, dateStyle, floatDigits, intervalStyle] = row as [string, string, string, string];
  return {
    timeZone,
    textTypes: new Set([
      ...(dateStyle.startsWith('ISO') ? [] : ['date', 'timestamp', 'timestamptz']),
      ...(Number(floatDigits) > 0 ? [] : ['float4', 'float8']),
      ...(intervalStyle === 'postgres' ? [] : ['interval']),
    ]),
  };
}

/**
 * The forms of a SELECT's columns. Where there are lists or intervals, a pass over the rows looks for those that core cannot hold.
 * Throws EXPORT_UNSUPPORTED and EXPORT_FAILED.
 */
export async function formsOf(
  entity: string,
  { columns, sql }: TableSelect,
  types: readonly ResolvedColumn[],
  settings: SessionSettings,
  transaction: ExportTransaction,
): Promise<StoredForm[]> {
  const forms = types.map((type, position): StoredForm => {
    const form = storedForm(type);
    const { property } = columns[position]!;
    if (form === undefined)
      throw exportUnsupported(entity, property, `columns of type ${type.sqlType}`, leaveOut(property));
    return settings.textTypes.has(type.typeName) ? textForm : form;
  });
  const asked = forms.flatMap((form, position) => {
    const condition = exceedsCore(form, `c${position}`);
    return condition ? [{ position, condition }] : [];
  });
  if (asked.length === 0) return forms;
  const names = columns.map((_, position) => `c${position}`);
  const answers = asked.map(({ condition }) => `bool_or(${condition})`);
  const [row] = await transaction.readRows(
    `SELECT ${answers.join(', ')} FROM (\n${sql}\n) AS asked (${names.join(', ')})`,
  );
  for (const [number, { position }] of asked.entries()) if (row![number] === 't') forms[position] = textForm;
  return forms;
}

/** A condition on values that core's form cannot say all of: lists of lists, or with bounds of their own; intervals of centuries in hours. */
function exceedsCore({ type, array }: StoredForm, name: string): string | undefined {
  if (array) return `array_ndims(${name}) > 1 OR array_lower(${name}, 1) <> 1`;
  return type === 'interval' ? `NOT isfinite(${name}) OR abs(extract(hour FROM ${name})) > 2000000` : undefined;
}

const textForm: StoredForm = { type: 'text', array: false, isServerText: true };

/** A SELECT whose columns in these forms come as they are to be stored. */
export function storedSelect(sql: string, forms: readonly StoredForm[]): string {
  if (!forms.some((form) => form.isServerText)) return sql;
  const names = forms.map((_, position) => `c${position}`);
  // Not a cast to text, which writes some types otherwise than the server sends them: inet, boolean, char(n).
  const columns = forms.map((form, position) =>
    form.isServerText ? `CASE WHEN num_nulls(c${position}) = 0 THEN concat(c${position}) END` : `c${position}`,
  );
  return `SELECT ${columns.join(', ')} FROM (\n${sql}\n) AS stored (${names.join(', ')})`;
}

/** The field as the database has it: its exact type, the order of its enum values, what gives its values back. */
export function storedField(
  { column, asText, definition }: MappedField,
  found: ResolvedColumn,
  form: StoredForm,
  order: StoredOrder,
  { timeZone }: SessionSettings,
): FieldDefinition {
  if (!column || asText) return definition;
  const { values: _, ...rest } = definition;
  return {
    ...rest,
    type: form.type,
    array: form.array,
    ...order,
    ...(form.type === 'enum' ? { values: found.enumLabels! } : {}),
    source: {
      ...fieldSourceOf(column),
      databaseType: found.sqlType,
      pgType: found.typeName,
      oid: found.oid,
      ...(form.isServerText ? { serverText: true as const } : {}),
      ...(form.type === 'timestamptz' ? { timeZone } : {}),
      ...(order.looseEquality ? { looseEquality: true as const } : {}),
    },
  };
}

/** A foreign key must hold what the key it refers to is made of. Integers of any width can refer to each other: the setters check the range. */
export function checkReference(
  { name }: MappedEntity,
  { property, expression }: TableSelect['columns'][number],
  found: ResolvedColumn,
  form: StoredForm,
  key: FieldDefinition,
): void {
  const isInteger = (type: string) => type === 'int16' || type === 'int32' || type === 'int64';
  if (!form.array && (form.type === key.type || (isInteger(form.type) && isInteger(key.type)))) return;
  throw new PermafrostError(
    'EXPORT_UNSUPPORTED',
    `${name}.${property}: its column ${expression} is ${found.sqlType}, but the key field "${key.name}" it refers to is ${key.type}. Give both one type. ${leaveOut(property)}`,
    { entity: name, field: property, expected: key.type, actual: found.sqlType },
  );
}
