import { Field, isPermafrostError, Snapshot, snapshotOf, ToMany, ToOne } from '../../src';

@Snapshot()
class Team {
  @Field('text', { key: true }) name!: string;
  @ToMany(
    () => Player,
    (player) => player.team,
  )
  players!: readonly Player[];

  static of(name: string): Team {
    return Object.assign(new Team(), { name });
  }
}

@Snapshot()
class Player {
  @Field('int32', { key: true }) id!: number;
  @Field('text', { nullable: true }) nickname!: string | null;
  @ToOne(() => Team) team!: Team | null;

  static of(id: number, team: Team | null, nickname: string | null = null): Player {
    return Object.assign(new Player(), { id, team, nickname });
  }

  get label(): string {
    return `${this.nickname ?? 'nobody'} of ${this.team?.name ?? 'no team'}`;
  }
}

test('plain entities become records of an opened snapshot, relations both ways', async () => {
  const reds = Team.of('reds');
  const snapshot = await snapshotOf([reds, Player.of(2, reds, 'Bo'), Player.of(1, reds), Player.of(3, null)]);
  expect(snapshot.get(Player, 2)!.label).toBe('Bo of reds');
  expect(snapshot.get(Team, 'reds')!.players.map((player) => player.id)).toEqual([1, 2]);
  expect(snapshot.get(Player, 3)!.team).toBeNull();
  expect(await snapshot.verify()).toEqual([]);
  snapshot.close();
});

test('a class without instances is named', async () => {
  const snapshot = await snapshotOf([Player.of(1, null)], { classes: [Team] });
  expect(snapshot.count(Team)).toBe(0);
});

test('what cannot be written is refused as in a file', async () => {
  const refusal = await snapshotOf([Player.of(1, Team.of('missing'))], { classes: [Team] }).catch(
    (error: unknown) => error,
  );
  expect(isPermafrostError(refusal) && refusal.code).toBe('REFERENCE_DANGLING');
  await expect(snapshotOf([new (class Undecorated {})()])).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
});

test('a small one takes a millisecond or so', async () => {
  const reds = Team.of('reds');
  const entities = [reds, ...Array.from({ length: 20 }, (_, id) => Player.of(id, reds))];
  const times: number[] = [];
  for (let round = 0; round < 30; round++) {
    const start = performance.now();
    (await snapshotOf(entities)).close();
    times.push(performance.now() - start);
  }
  const fastest = Math.min(...times);
  console.log(`snapshotOf 21 entities: ${fastest.toFixed(2)} ms (fastest of 30)`);
  expect(fastest).toBeLessThan(10);
});
