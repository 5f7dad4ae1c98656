/** How many targets a to-many relation has: the length of its run, or those of the run that satisfy a condition. */

import { pathTextOf } from '../../schema/embedded';
import { unknownMember } from '../../schema/unknown-member';
import type { Expression } from '../plan';
import { accepted } from './accepted';
import { type RowSource, type SourceTest, unsupported } from './operand';
import { type Test, TRUE, truthOf } from './truth';

/** Where a left join found nothing there are no targets. Throws FIELD_UNKNOWN and QUERY_UNSUPPORTED. */
export function targetCountTest(
  { table, valueReader }: RowSource,
  { relation: name, operator, value }: Extract<Expression, { kind: 'target-count' }>,
  compileOn: ((target: RowSource) => Test<number>) | undefined,
): SourceTest {
  const { entity } = table;
  const number = entity.relations.findIndex((candidate) => pathTextOf(candidate) === name);
  const relation = entity.relations[number];
  if (!relation) throw unknownMember(entity, name);
  if (relation.kind !== 'to-many') throw unsupported(entity.name, name, 'the number of targets of a to-one relation');
  const target = table.targetTables(relation)[0]!;
  const on = compileOn?.({ table: target, ...(valueReader ? { valueReader } : {}) });
  const { less, equal, greater } = accepted[operator];
  const satisfied = (count: number) => truthOf(count < value ? less : count > value ? greater : equal);
  const list = table.adjacencyList(number);
  return {
    ofMissing: () => satisfied(0),
    ofRecord: (ordinal) => {
      const { start, count } = list.runOf(ordinal);
      if (!on) return satisfied(count);
      let counted = 0;
      for (let position = start; position < start + count; position++) {
        const found = list.target(position);
        target.checkRecord(found);
        if (on(found) === TRUE) counted++;
      }
      return satisfied(counted);
    },
  };
}
