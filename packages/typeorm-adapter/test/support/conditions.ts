/** Every comparison with an operand, and orders, on both sides: the same answer, or a refusal by name. */
import { isPermafrostError } from '@permafrost/core';
import type { Store } from '@permafrost/typeorm-adapter';
import {
  Between,
  type DataSource,
  type EntityTarget,
  type FindManyOptions,
  In,
  LessThan,
  LessThanOrEqual,
  MoreThan,
  MoreThanOrEqual,
  Not,
} from 'typeorm';
import { firstDifference } from './identical';

/** How many were answered. Fails where an answer is not TypeORM's, or the refusal is not one of a query. */
export async function expectSameConditions(
  dataSource: DataSource,
  store: Store,
  entity: EntityTarget<any>,
  operands: readonly unknown[],
): Promise<number> {
  let answered = 0;
  for (const find of conditions(operands)) {
    const own = await store
      .getRepository(entity)
      .find(find)
      .catch((error: Error) => error);
    if (isPermafrostError(own) && refusals.has(own.code)) continue;
    const live = await dataSource.getRepository(entity).find(find);
    expect({ find, is: firstDifference(own, live) }).toEqual({ find });
    answered++;
  }
  return answered;
}

const refusals: ReadonlySet<string> = new Set(['QUERY_UNSUPPORTED', 'TEXT_ORDER_UNKNOWN']);

function conditions(operands: readonly unknown[]): FindManyOptions<any>[] {
  const order = { id: 'ASC' } as const;
  const values = operands.flatMap((operand) => [
    operand,
    Not(operand),
    In([operand, operands[0]]),
    Not(In([operand])),
    LessThan(operand),
    LessThanOrEqual(operand),
    MoreThan(operand),
    MoreThanOrEqual(operand),
    Between(operands[0], operand),
  ]);
  return [
    ...values.map((value) => ({ where: { value }, order })),
    { order: { value: 'ASC', ...order } },
    { order: { value: 'DESC', ...order } },
  ];
}
