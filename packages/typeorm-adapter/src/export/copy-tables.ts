/** Reading: each SELECT of the plan as a binary COPY into the column setters of its table, or of its links. */
import type { SnapshotWriter } from '@permafrost/core';
import type { ExportTransaction, PgTypeName } from '@permafrost/postgres';
import type { StoredForm } from '../mapping/column-types';
import { chosenRows, type EscapeLiteral } from './chosen-rows';
import type { Closure } from './closure';
import { copyTarget } from './copy-target';
import type { ExportPlan, TableCopy } from './export-plan';
import type { ExportedEntity, ExportOptions } from './export-snapshot';
import { storedSelect } from './stored-fields';

export interface CopyTablesOptions {
  readonly plan: ExportPlan;
  /** Without it, all records. */
  readonly closure: Closure | undefined;
  readonly writer: SnapshotWriter;
  readonly transaction: ExportTransaction;
  readonly escapeLiteral: EscapeLiteral;
  readonly onProgress: ExportOptions['onProgress'];
}

/** What was read of each entity, in the order of the plan. */
export async function copyTables(options: CopyTablesOptions): Promise<ExportedEntity[]> {
  const exported = new Map<string, ExportedEntity>();
  for (const copy of options.plan.copies) {
    const started = performance.now();
    const { name } = copy.entity;
    const { records, bytes } = await copyTable(copy, options);
    const before = exported.get(name);
    exported.set(name, {
      entity: name,
      records: before ? before.records : records,
      bytes: (before?.bytes ?? 0) + bytes,
      seconds: (before?.seconds ?? 0) + (performance.now() - started) / 1000,
    });
  }
  return [...exported.values()];
}

async function copyTable(
  copy: TableCopy,
  { plan, closure, writer, transaction, escapeLiteral, onProgress }: CopyTablesOptions,
): Promise<{ records: number; bytes: number }> {
  const { name } = copy.entity;
  const target = copyTarget(writer, copy);
  const label = copy.links ? `${name}.${copy.links.definition.name}` : name;
  const columns = copy.columns.map((column, position) => {
    const { typeName } = copy.types[position]!;
    const { isServerText, array } = copy.forms[position]!;
    return {
      name: `${name}.${column.property}`,
      pgType: isServerText ? 'text' : (typeName as PgTypeName),
      array,
      setters: target.setters[position]!,
    };
  });
  for (const [number, position] of copy.ranked.entries())
    columns.push({
      name: `the rank of ${columns[position]!.name}`,
      pgType: 'int4',
      array: false,
      setters: target.rankSetters[number]!,
    });
  const { count, selects } = chosenRows(copy, closure, plan, escapeLiteral);
  let estimatedRecords: number | undefined;
  let [records, bytes] = [0, 0];
  const tell = (moreRecords: number, moreBytes: number) =>
    onProgress?.({
      phase: 'rows',
      entity: label,
      records: records + moreRecords,
      estimatedRecords: estimatedRecords ?? 0,
      bytes: bytes + moreBytes,
    });
  for (const chosen of selects) {
    const sql = storedSelect(chosen, [...copy.forms, ...copy.ranked.map(() => rankForm)]);
    if (onProgress && estimatedRecords === undefined) {
      estimatedRecords = count * (await transaction.estimateRowCount(sql));
      tell(0, 0);
    }
    const read = await transaction.copyRecords({
      sql,
      columns,
      beginRecord: target.begin,
      endRecord: target.end,
      ...(onProgress ? { onProgress: tell } : {}),
    });
    records += read.records;
    bytes += read.bytes;
  }
  if (estimatedRecords === undefined) tell(0, 0);
  estimatedRecords = records;
  tell(0, 0);
  return { records, bytes };
}

const rankForm: StoredForm = { type: 'int32', array: false };
