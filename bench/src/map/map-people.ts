/** Users and orders as a service without Permafrost holds them: ordinary objects in Maps, loaded from a file of JSON lines. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Order, OrderRow, User, UserRow } from './people';
import type { People } from './workloads';

/** Reads the file whole and links the objects. */
export async function loadMap(file: string): Promise<People> {
  const users = new Map<number, User>();
  const emails = new Map<string, User>();
  const managers: [User, number][] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const row = JSON.parse(line) as UserRow | OrderRow;
    if ('uuid' in row) {
      const user = { ...row, createdAt: new Date(row.createdAt), manager: null, orders: [] as Order[] } as User;
      if (row.manager !== null) managers.push([user, row.manager]);
      users.set(user.id, user);
      emails.set(user.email, user);
    } else {
      const user = users.get(row.user)!;
      const order: Order = { ...row, placedAt: new Date(row.placedAt), user };
      (user.orders as Order[]).push(order);
    }
  }
  for (const [user, id] of managers) user.manager = users.get(id)!;
  return {
    userCount: users.size,
    byId: (id) => users.get(id),
    byEmail: (email) => emails.get(email),
    plain: ({ manager: _manager, orders: _orders, ...fields }) => fields,
    scan: () => users.values(),
    countIn(country, active) {
      let count = 0;
      for (const user of users.values()) if (user.country === country && user.active === active) count++;
      return count;
    },
  };
}
