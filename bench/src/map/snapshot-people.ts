/** The same users and orders in a snapshot. */
import { countQuery, materialize, openSnapshot } from '@permafrost/core';
import { Order, User } from './people';
import type { People } from './workloads';

export async function openPeople(file: string): Promise<People> {
  const snapshot = await openSnapshot(file, { entities: [User, Order] });
  return {
    userCount: snapshot.count(User),
    byId: (id) => snapshot.get(User, id),
    byEmail: (email) => snapshot.findOne(User, 'email', email),
    plain: (user) => materialize(user) as unknown as Record<string, unknown>,
    scan: () => snapshot.scan(User),
    countIn: (country, active) =>
      countQuery(snapshot, {
        entity: 'User',
        where: [
          [
            { field: 'country', operator: 'equal', values: [country] },
            { field: 'active', operator: 'equal', values: [active] },
          ],
        ],
      }),
  };
}
