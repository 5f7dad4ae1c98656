/** References to something else than a key, such as a unique code: the database finds their targets, so it also knows which have none. */
import { PermafrostError } from '@permafrost/core';
import type { TableCopy } from './export-plan';

/** Throws REFERENCE_DANGLING for references that lead to no row: where nothing holds them to it, as without a constraint. One query a table that has such relations. */
export async function requireMatches(
  copies: readonly Pick<TableCopy, 'entity' | 'unmatched'>[],
  transaction: { readRows(sql: string): Promise<readonly (readonly unknown[])[]> },
): Promise<void> {
  for (const { entity, unmatched } of copies) {
    if (!unmatched) continue;
    const [row] = await transaction.readRows(unmatched.sql);
    for (const [place, property] of unmatched.properties.entries()) {
      const count = Number(row![place]);
      if (count === 0) continue;
      const { target } = entity.relations.find(({ definition }) => definition.name === property)!.definition;
      throw new PermafrostError(
        'REFERENCE_DANGLING',
        `${entity.name}.${property}: ${count} ${count === 1 ? 'record refers' : 'records refer'} to what no ${target} has. Clear the references, or let them be null: dangling: 'null'.`,
        { entity: entity.name, field: property, expected: `a ${target} for each`, actual: count },
      );
    }
  }
}
