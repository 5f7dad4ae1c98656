/**
 * What both sides do, once over a `People` and once more over another: the same reads in the same order, with a checksum, so that
 * neither side can skip anything. Random reads go over all users: most miss the processor's caches, as those of a service do.
 */
import { randomSequence } from '../timing';
import { emailOf, idOf, SEED, type User } from './people';

/** Users and orders, however they are held. */
export interface People {
  readonly userCount: number;
  byId(id: number): User | undefined;
  byEmail(email: string): User | undefined;
  /** All fields of a user as a plain object of its own. */
  plain(user: User): Record<string, unknown>;
  /** Every user in turn; it need not be kept. */
  scan(): Iterable<User>;
  countIn(country: string, active: boolean): number;
}

export interface Workload {
  /** What one operation is. */
  readonly unit: string;
  /** Runs `count` operations, or a whole scan, and gives the checksum. */
  run(people: People, count: number): number;
  /** Operations a round for random reads; scans look at every user. */
  readonly count?: number;
}

const reader =
  (read: (user: User) => number) =>
  (people: People, count: number): number => {
    const random = randomSequence(SEED + 2);
    let sum = 0;
    for (let done = 0; done < count; done++) sum = (sum + read(people.byId(idOf(random(people.userCount)))!)) % 2 ** 31;
    return sum;
  };

export const workloads = {
  'get-int': { unit: 'get', count: 1_000_000, run: reader((user) => user.age) },
  'get-string': { unit: 'get', count: 500_000, run: reader((user) => textSum(user.name)) },
  'get-five': {
    unit: 'get',
    count: 500_000,
    run: reader(
      (user) =>
        user.age + user.score + (user.active ? 1 : 0) + user.country.charCodeAt(0) + (user.createdAt.getTime() % 1000),
    ),
  },
  'get-all': {
    unit: 'get',
    count: 200_000,
    run(people, count) {
      return reader((user) => {
        const { uuid, name, email, age, score, country, bio } = people.plain(user) as unknown as User;
        return age + score + textSum(uuid) + textSum(name) + textSum(email) + textSum(country) + textSum(bio ?? '');
      })(people, count);
    },
  },
  'get-email': {
    unit: 'get',
    count: 500_000,
    run(people, count) {
      const random = randomSequence(SEED + 3);
      let sum = 0;
      for (let done = 0; done < count; done++)
        sum = (sum + people.byEmail(emailOf(random(people.userCount)))!.age) % 2 ** 31;
      return sum;
    },
  },
  'scan-sum': {
    unit: 'scan',
    run(people) {
      let sum = 0;
      for (const user of people.scan()) sum += user.age;
      return sum;
    },
  },
  'scan-filter': { unit: 'scan', run: (people) => people.countIn('AA', true) },
  walk: {
    unit: 'walk',
    count: 200_000,
    run: reader((user) => {
      let sum = 0;
      for (const order of user.orders) sum += order.amount + order.user.age;
      return sum;
    }),
  },
} as const satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof workloads;

/** Touches the first and last character, so that the text is there. */
function textSum(text: string): number {
  return text.length === 0 ? 0 : text.length + text.charCodeAt(0) + text.charCodeAt(text.length - 1);
}
