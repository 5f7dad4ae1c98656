/**
 * A snapshot's repository against TypeORM's on a live PostgreSQL beside it: `find` of 1, 100 and 10,000 rows with two relations, as proxies and
 * as entities, and `findOneBy` by key, async and sync. Prints a table; returns the bounds that were missed. DATABASE_URL names the server to
 * use, else one is started. The database has indexes on the foreign keys and fresh statistics. Of every record in an answer something is read,
 * so that proxies do their work too. Both take turns, so that what else the machine does slows both.
 */
import * as path from 'node:path';
import { Customer, generateShop, Order, shopEntities } from '@permafrost/examples';
import { startPostgres } from '@permafrost/test';
import { exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import { Between, DataSource, type FindManyOptions, type Repository } from 'typeorm';
import { consume, median } from './timing';

/** TypeORM's time by ours: what is expected, and below what a run fails; that is less where it is not reached, or not by every machine. */
const bounds: Readonly<Record<string, { readonly expected: number; readonly atLeast: number }>> = {
  'findOneBy by key, async, proxy': { expected: 100, atLeast: 100 },
  'find of 10,000 with two relations, entity': { expected: 10, atLeast: 6 },
  'find of 10,000 with two relations, proxy': { expected: 50, atLeast: 40 },
};
const ROUNDS = 7;
const WARM_UP_ROUNDS = 2;

type Read = (place: number) => Promise<unknown> | unknown;

export async function benchOrm(directory: string): Promise<string[]> {
  const server = await startPostgres();
  const { url } = await server.createDatabase('permafrost_bench');
  const dataSource = new DataSource({ type: 'postgres', url, entities: [...shopEntities] });
  try {
    await dataSource.initialize();
    const rows = await generateShop(dataSource, { scale: 0.1 });
    await dataSource.query('CREATE INDEX ON "order" ("customerId")');
    await dataSource.query('CREATE INDEX ON order_line ("orderId")');
    await dataSource.query('ANALYZE');
    await exportSnapshot(dataSource, { directory: path.join(directory, 'orm') });
    using store = await openStore({ directory: path.join(directory, 'orm'), entities: shopEntities });
    console.log(
      `\nReads of ${rows.Customer} customers and ${rows.Order} orders: µs a call (median of ${ROUNDS} rounds)`,
    );
    console.log(line(['', 'TypeORM', 'Permafrost', 'ratio', 'expected']));
    const failures: string[] = [];
    const compare = async (name: string, calls: number, live: Read, ours: Read) => {
      const { liveTime, ourTime, ratio } = await inTurns(calls, live, ours);
      const bound = bounds[name];
      const expected = bound ? `${bound.expected} ×` : '';
      console.log(line([name, time(liveTime), time(ourTime), `${ratio.toFixed(1)} ×`, expected]));
      if (bound && ratio < bound.atLeast)
        failures.push(
          `orm: ${name}: TypeORM takes ${ratio.toFixed(1)} × our time; at least ${bound.atLeast} × is allowed`,
        );
    };

    const live = dataSource.getRepository(Customer);
    const ours = {
      proxy: store.getRepository(Customer),
      entity: store.getRepository(Customer, { as: 'entity' }),
    };
    const id = (place: number) => 1 + ((place * 7919) % rows.Customer);
    for (const as of ['proxy', 'entity'] as const) {
      const byKey = (repository: Repository<Customer>) => async (place: number) =>
        (await repository.findOneBy({ id: id(place) }))!.email.length;
      await compare(`findOneBy by key, async, ${as}`, 300, byKey(live), byKey(ours[as]));
      const sync = (place: number) => ours[as].sync.findOneBy({ id: id(place) })!.email.length;
      await compare(`findOneBy by key, sync, ${as}`, 300, byKey(live), sync);
    }
    const orders = {
      live: dataSource.getRepository(Order),
      proxy: store.getRepository(Order),
      entity: store.getRepository(Order, { as: 'entity' }),
    };
    for (const take of [1, 100, 10_000]) {
      for (const as of ['proxy', 'entity'] as const) {
        const read = (repository: Repository<Order>) => async (place: number) => {
          const start = place % 1000;
          const found = await repository.find(firstOrders(start, take));
          if (found.length !== take) throw new Error(`Expected ${take} orders, found ${found.length}.`);
          let sum = 0;
          for (const { id, customer, lines } of found) {
            sum += id + customer.id;
            for (const line of lines) sum += line.quantity;
          }
          return sum;
        };
        const calls = take === 10_000 ? 1 : take === 100 ? 20 : 100;
        await compare(
          `find of ${take.toLocaleString('en')} with two relations, ${as}`,
          calls,
          read(orders.live),
          read(orders[as]),
        );
      }
    }
    return failures;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await server.stop();
  }
}

/** Not by `take`, whose second statement would slow TypeORM down: a range of keys. */
function firstOrders(start: number, count: number): FindManyOptions<Order> {
  const end = start + count;
  return {
    where: { id: count === 1 ? start + 1 : Between(start + 1, end) },
    relations: { customer: true, lines: true },
  };
}

/** Microseconds a call, and the ratio: medians of rounds, each of `calls` live and ten times as many of ours. */
async function inTurns(
  calls: number,
  live: Read,
  ours: Read,
): Promise<{ readonly liveTime: number; readonly ourTime: number; readonly ratio: number }> {
  const liveTimes: number[] = [];
  const ourTimes: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const liveTime = await microseconds(calls, live);
    const ourTime = await microseconds(calls * 10, ours);
    if (round < 0) continue;
    liveTimes.push(liveTime);
    ourTimes.push(ourTime);
  }
  const ratios = liveTimes.map((liveTime, round) => liveTime / ourTimes[round]!);
  return { liveTime: median(liveTimes), ourTime: median(ourTimes), ratio: median(ratios) };
}

async function microseconds(calls: number, read: Read): Promise<number> {
  const start = process.hrtime.bigint();
  let sum = 0;
  for (let place = 0; place < calls; place++) sum += Number(await read(place));
  consume(sum);
  return Number(process.hrtime.bigint() - start) / 1000 / calls;
}

function time(microseconds: number): string {
  return microseconds < 100 ? microseconds.toFixed(2) : microseconds.toFixed(0);
}

function line([name, ...cells]: readonly string[]): string {
  return `${name!.padEnd(44)}${cells.map((cell) => cell.padStart(12)).join('')}`;
}
