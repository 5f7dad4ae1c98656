/**
 * Getters of live records must not slow down with generations alive or closed proxies read: one and five fields of a random record,
 * with one and five generations alive, before and after 20,000 reads of closed proxies. Prints a table; returns the lines that fail.
 */
import {
  createGeneration,
  Field,
  type OpenedSnapshot,
  openSnapshot,
  Snapshot,
  schemaFromClasses,
} from '@permafrost/core';
import { medianNanoseconds, randomSequence } from './timing';

const RECORD_COUNT = 200_000;
const ROUNDS = 5;
/** Where proxies come to lie in memory is luck, and worth a third: of so many sets of them the best counts. */
const SETS = 3;
const READS = 400_000;
const CLOSED_READS = 20_000;
/** No state may slow live getters by more than this. */
export const MAX_SLOWDOWN = 1.3;

@Snapshot()
class Person {
  @Field('int32', { key: true }) id!: number;
  @Field('int32') age!: number;
  @Field('int32') height!: number;
  @Field('float64') score!: number;
  @Field('boolean') active!: boolean;
  @Field('int32', { nullable: true }) parent!: number | null;
  @Field('text') name!: string;
  @Field('text') city!: string;
}

/**
 * How many cities the generations have. The numbers drift over the border at which a first generation would have the cities in the heap
 * and not in a string table; since exports keep the layout that is current, one proxy class serves all.
 */
const CITY_COUNTS = [2300, 2900, 2400, 3100, 2200, 2800, 2300];

export async function benchGetters(directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const cityCount of CITY_COUNTS) files.push(await makeGeneration(directory, cityCount));
  const alive: OpenedSnapshot[] = [await open(files[0]!)];
  const rows: { state: string; one: number; five: number }[] = [];
  const note = (state: string) => rows.push({ state, one: measure(alive, readOne), five: measure(alive, readFive) });
  note('1 generation');
  for (const file of files.slice(1, 5)) alive.push(await open(file));
  const classCount = new Set(alive.map((snapshot) => Object.getPrototypeOf(snapshot.get(Person, 1)!))).size;
  note('5 generations');
  const closedReads = await readClosed(files.slice(5));
  note(`5 generations, after ${closedReads} reads of closed proxies`);
  for (const snapshot of alive.splice(1)) snapshot.close();
  note('1 generation, after the same');
  for (const snapshot of alive) snapshot.close();
  const failures = classCount === 1 ? [] : [`getters: ${classCount} proxy classes for 5 generations of one schema`];
  return [...failures, ...report(rows)];
}

function report(rows: readonly { state: string; one: number; five: number }[]): string[] {
  const [base] = rows;
  const failures: string[] = [];
  console.log(
    `\nGetters: ns to read a random record's fields, ${RECORD_COUNT} records a generation (best of ${SETS} medians of ${ROUNDS} rounds of ${READS})`,
  );
  console.log(`${'state'.padEnd(58)}${'one'.padStart(8)}${'×'.padStart(7)}${'five'.padStart(8)}${'×'.padStart(7)}`);
  for (const { state, one, five } of rows) {
    const ratios = [one / base!.one, five / base!.five] as const;
    console.log(
      `${state.padEnd(58)}${one.toFixed(1).padStart(8)}${ratios[0].toFixed(2).padStart(7)}${five.toFixed(1).padStart(8)}${ratios[1].toFixed(2).padStart(7)}`,
    );
    if (Math.max(...ratios) > MAX_SLOWDOWN)
      failures.push(
        `getters: "${state}" is ${Math.max(...ratios).toFixed(2)} × the first state; at most ${MAX_SLOWDOWN} is allowed`,
      );
  }
  return failures;
}

/**
 * Proxies of random records of all live generations, so that the getters meet them all. The generations share the range of records
 * between them: what is measured is the getters, not the caches and page tables of five times the memory.
 */
function randomProxies(alive: readonly OpenedSnapshot[]): Person[] {
  const random = randomSequence();
  const range = Math.floor(RECORD_COUNT / alive.length);
  return Array.from({ length: 4096 }, (_, number) => alive[number % alive.length]!.get(Person, random(range) + 1)!);
}

function measure(
  alive: readonly OpenedSnapshot[],
  read: (proxies: readonly Person[], count: number) => number,
): number {
  let best = Number.POSITIVE_INFINITY;
  for (let set = 0; set < SETS; set++) {
    const proxies = randomProxies(alive);
    best = Math.min(
      best,
      medianNanoseconds(READS, ROUNDS, (count) => read(proxies, count)),
    );
  }
  return best;
}

/** Functions of the module, not closures: V8 specializes the first closure to its context, and later states would seem slower. */
function readOne(proxies: readonly Person[], count: number): number {
  let sum = 0;
  for (let read = 0; read < count; read++) sum += proxies[read & 4095]!.age;
  return sum;
}

function readFive(proxies: readonly Person[], count: number): number {
  let sum = 0;
  for (let read = 0; read < count; read++) {
    const person = proxies[read & 4095]!;
    sum += person.id + person.age + person.height + person.score + (person.active ? 1 : 0);
  }
  return sum;
}

/** Reads fields of records whose snapshots are closed; every read must throw. */
async function readClosed(files: readonly string[]): Promise<number> {
  const proxies: Person[] = [];
  for (const file of files) {
    const snapshot = await open(file);
    for (let id = 1; id <= 100; id++) proxies.push(snapshot.get(Person, id)!);
    snapshot.close();
  }
  let thrown = 0;
  for (let read = 0; read < CLOSED_READS; read++) {
    const person = proxies[read % proxies.length]!;
    try {
      if ((read & 1) === 0) person.age;
      else person.score;
    } catch (error) {
      if ((error as { code?: string }).code === 'SNAPSHOT_CLOSED') thrown++;
    }
  }
  if (thrown !== CLOSED_READS)
    throw new Error(`${CLOSED_READS} reads of closed proxies threw SNAPSHOT_CLOSED ${thrown} times.`);
  return thrown;
}

async function makeGeneration(directory: string, cityCount: number): Promise<string> {
  const generation = createGeneration({ directory, schema: schemaFromClasses([Person]) });
  const random = randomSequence(generation.generation);
  for (let id = 1; id <= RECORD_COUNT; id++) {
    generation.writer.add(Person, {
      id,
      age: random(100),
      height: random(220),
      score: random(1000) / 7,
      active: random(2) === 1,
      parent: random(3) === 0 ? null : random(RECORD_COUNT),
      name: `person ${random(1e9)}`,
      city: `city ${random(cityCount)}`,
    });
  }
  return (await generation.publish()).path;
}

function open(file: string): Promise<OpenedSnapshot> {
  return openSnapshot(file, { entities: [Person] });
}
