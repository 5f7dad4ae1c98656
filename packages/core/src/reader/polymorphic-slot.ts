/** The slot of a relation to one of several entities: number of the target, then ordinal. */
import { PermafrostError } from '../errors';
import type { RelationSchema } from '../schema/schema';
import type { RecordTable } from './record-table';

/** Bytes from the slot to the ordinal. */
export const ORDINAL_OFFSET = 4;

/** The number of the target that the slot at `slotAt` leads to. Throws FILE_CORRUPT when there is no such target. */
export function targetNumberAt(table: RecordTable, relation: RelationSchema, slotAt: number): number {
  const number = table.view.getUint32(slotAt, true);
  const targetCount = relation.targets!.length;
  if (number < targetCount) return number;
  const ordinal = Math.floor(slotAt / table.stride);
  throw new PermafrostError(
    'FILE_CORRUPT',
    `${table.entity.name}.${relation.name}: record ${ordinal} refers to a record of target ${number}, but there are ${targetCount}. Publish again; if it persists, run "permafrost verify".`,
    { entity: table.entity.name, field: relation.name, expected: targetCount, actual: number },
  );
}
