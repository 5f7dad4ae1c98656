/** The data of the comparison with a Map: users and their orders, the same from run to run. Plain values; both sides store these. */
import { Field, Snapshot, SnapshotIndex, ToMany, ToOne } from '@permafrost/core';
import { randomSequence } from '../timing';

export const SEED = 20_261_121;
/** Ids are 3, 6, 9, …: keys of real tables have gaps. */
export const ID_STEP = 3;
export const ORDERS_PER_USER = 2;

@Snapshot()
export class User {
  @Field('int32', { key: true }) id!: number;
  @Field('uuid') uuid!: string;
  @Field('text') name!: string;
  @SnapshotIndex({ unique: true }) @Field('text') email!: string;
  @Field('int16') age!: number;
  @Field('float64') score!: number;
  @Field('boolean') active!: boolean;
  @Field('text') country!: string;
  @Field('timestamptz') createdAt!: Date;
  @Field('text', { nullable: true }) bio!: string | null;
  @ToOne(() => User) manager!: User | null;
  @ToMany(
    () => Order,
    (order) => order.user,
  )
  orders!: readonly Order[];
}

@Snapshot()
export class Order {
  @Field('int32', { key: true }) id!: number;
  @Field('int32') amount!: number;
  @Field('text') status!: string;
  @Field('timestamptz') placedAt!: Date;
  @ToOne(() => User, { nullable: false }) user!: User;
}

/** A user or order as a source of records gives it: relations are keys. */
export type UserRow = Omit<User, 'manager' | 'orders'> & { manager: number | null };
export type OrderRow = Omit<Order, 'user'> & { user: number };

const FIRST = ['Ann', 'Bob', 'Chloé', 'Dmitri', 'Eve', 'Farid', 'Grace', 'Hugo', 'Ines', 'Jan'];
const LAST = ['Archer', 'Baker', 'Çelik', 'Dumont', 'Evans', 'Fischer', 'García', 'Hansen', 'Ito', 'Jones'];
const COUNTRIES = Array.from({ length: 60 }, (_, place) =>
  String.fromCharCode(65 + (place % 26), 65 + ((place * 7) % 26)),
);
const STATUSES = ['new', 'paid', 'sent', 'returned'];
const BIO = 'likes long walks in the snow, old maps and databases that never change; ';

export function idOf(place: number): number {
  return ID_STEP * (place + 1);
}

/** A fresh string at each call, as a request brings one. */
export function emailOf(place: number): string {
  return `user.${place}@mail${place % 97}.example`;
}

export function* userRows(count: number): IterableIterator<UserRow> {
  const random = randomSequence(SEED);
  const hex = () => random(65536).toString(16).padStart(4, '0');
  for (let place = 0; place < count; place++) {
    yield {
      id: idOf(place),
      uuid: `${hex()}${hex()}-${hex()}-4${hex().slice(1)}-8${hex().slice(1)}-${hex()}${hex()}${hex()}`,
      name: `${FIRST[random(10)]} ${LAST[random(10)]} ${random(10_000)}`,
      email: emailOf(place),
      age: 18 + random(80),
      score: random(1_000_000) / 7,
      active: random(3) !== 0,
      country: COUNTRIES[random(60)]!,
      createdAt: new Date(1_400_000_000_000 + random(400_000_000) * 1000),
      bio: random(2) === 0 ? null : `${place} ${BIO.slice(0, 20 + random(50))}`,
      manager: random(20) === 0 ? null : idOf(random(count)),
    };
  }
}

export function* orderRows(userCount: number): IterableIterator<OrderRow> {
  const random = randomSequence(SEED + 1);
  for (let id = 1; id <= ORDERS_PER_USER * userCount; id++) {
    yield {
      id,
      amount: random(100_000),
      status: STATUSES[random(4)]!,
      placedAt: new Date(1_500_000_000_000 + random(200_000_000) * 1000),
      user: idOf(random(userCount)),
    };
  }
}

/** Bytes of the values alone: numbers at the width of their type, UUIDs as 16 bytes, text as UTF-8, references as 4 bytes. */
export function payloadOf(row: UserRow | OrderRow): number {
  if ('uuid' in row) {
    const text = [row.name, row.email, row.country, row.bio ?? ''].reduce(
      (size, value) => size + Buffer.byteLength(value),
      0,
    );
    return 4 + 16 + text + 2 + 8 + 1 + 8 + (row.manager === null ? 0 : 4);
  }
  return 4 + 4 + Buffer.byteLength(row.status) + 8 + 4;
}
