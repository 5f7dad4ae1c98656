/** A window over distinct rows gives the records that slicing a list of rows by hand gives. */
import fc from 'fast-check';
import { recordsInRowWindow } from '../../src';
import { anyPlan, entitiesOf, idOf } from '../support/any-plan';
import { PlanModel } from '../support/plan-model';
import { holds } from '../support/property';
import { anyWriters, openWriters, writersEntities } from '../support/writers';

it('recordsInRowWindow counts rows that differ in record or order', () =>
  holds(
    fc.asyncProperty(anyWriters, fc.array(anyPlan(), { minLength: 1, maxLength: 8 }), async (tables, plans) => {
      using snapshot = await openWriters(tables);
      const model = new PlanModel(writersEntities, tables);
      for (const plan of plans) {
        const { order = [], skip = 0, take = Number.POSITIVE_INFINITY } = plan;
        const names = entitiesOf(plan);
        const rows = new Map<string, unknown>();
        for (const row of model.rows(plan)) {
          const { id } = row[0]!;
          const values = [id, ...order.map((term) => model.value(names, row, term))];
          // Numbers and their texts are different values of one column never.
          const key = values.map((value) => `${typeof value} ${value instanceof Date ? +value : String(value)}`).join();
          if (!rows.has(key)) rows.set(key, id);
        }
        const expected = [...new Set([...rows.values()].slice(skip, skip + take))];
        const found = recordsInRowWindow(snapshot, plan);
        expect(Array.from(found, (ordinal) => idOf(snapshot, plan.entity, ordinal))).toEqual(expected);
      }
    }),
    150,
  ));
