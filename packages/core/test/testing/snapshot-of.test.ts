import { Field, isPermafrostError, Snapshot, Subtype, snapshotOf, ToMany, ToOne } from '../../src';

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

test('what relations lead to comes along, both ways and with its class', async () => {
  const reds = Team.of('reds');
  const [bo, al] = [Player.of(2, reds, 'Bo'), Player.of(1, reds)];
  for (const entities of [[bo, al], [Object.assign(reds, { players: [bo, al] })], [bo, reds, bo]]) {
    using snapshot = await snapshotOf(entities);
    expect([snapshot.count(Team), snapshot.count(Player)]).toEqual([1, 2]);
    expect(snapshot.get(Team, 'reds')!.players.map((player) => player.id)).toEqual([1, 2]);
  }
});

test('a class that no instance brings is asked for, with all that it needs', async () => {
  @Snapshot()
  class Coach {
    @Field('int32', { key: true }) id!: number;
    @ToOne(() => Team) team?: Team;
  }
  await expect(snapshotOf([Team.of('reds')])).rejects.toMatchObject({
    code: 'SCHEMA_INVALID',
    message: expect.stringContaining('snapshotOf([…], { classes: [Player] })'),
  });
  await expect(snapshotOf([Object.assign(new Coach(), { id: 1, team: 'reds' })])).rejects.toMatchObject({
    message: expect.stringContaining('{ classes: [Team, Player] }'),
  });
  await expect(snapshotOf(Team.of('reds') as never)).rejects.toThrow('snapshotOf([entity])');
  await expect(snapshotOf([], { clases: [] } as never)).rejects.toThrow('Did you mean "classes"?');
});

test('subtypes come with their bases', async () => {
  @Snapshot({ discriminator: 'kind' })
  class Pet {
    @Field('int32', { key: true }) id!: number;
    @Field('text', { nullable: true }) kind?: string;
    @ToOne(() => Pet) friend?: Pet;
  }
  class Mammal extends Pet {}
  @Subtype('dog')
  class Dog extends Mammal {
    @Field('text') bark!: string;
  }
  @Subtype('puppy')
  class Puppy extends Dog {}
  const puppy = Object.assign(new Puppy(), { id: 2, bark: 'yip' });
  using snapshot = await snapshotOf([Object.assign(new Pet(), { id: 1, friend: puppy })]);
  expect(snapshot.get(Pet, 1)!.friend).toBeInstanceOf(Puppy);
  expect(snapshot.get(Dog, 2)!.bark).toBe('yip');
});

test('what cannot be written is refused as in a file', async () => {
  const lost = Object.assign(Player.of(1, null), { team: 'missing' });
  const refusal = await snapshotOf([lost], { classes: [Team] }).catch((error: unknown) => error);
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

test('what is in memory is not shared, and the error says what is', async () => {
  using snapshot = await snapshotOf([Team.of('reds')], { classes: [Player] });
  expect(() => snapshot.share()).toThrow(
    expect.objectContaining({ code: 'MAPPING_FAILED', message: expect.stringContaining('Write it to a file') }),
  );
});
