/**
 * A small run of generated queries, in the server's own locale and this process's time zone: `npm test` sees at once what `run.ts` would see.
 * SEED= repeats a run, COUNT= makes it longer.
 */
import { withDatabase } from '../src/postgres/suite';
import { printDifference, runCampaign, type Side } from './campaign';
import { runQuery } from './query';
import { sidesOf } from './sides';
import { type Frozen, freeze, makeZoo, readableEntities, type World } from './worlds';

const SEED = Number(process.env['SEED'] ?? 20_261_121);
const COUNT = Number(process.env['COUNT'] ?? 1000);

const database = withDatabase('oracle_generated');
let zoo: World;
let frozen: Frozen;

beforeAll(async () => {
  zoo = await makeZoo(database.url, SEED);
  frozen = await freeze(zoo);
}, 60_000);
afterAll(async () => {
  frozen?.close();
  await zoo?.dataSource.destroy();
});

test(`snapshots answer queries of seed ${SEED} as the database does`, async () => {
  expect(frozen.refused).toEqual({});
  const campaign = await runCampaign({
    dataSource: zoo.dataSource,
    sides: sidesOf(frozen),
    metadatas: [...frozen.stores.keys()],
    isExported: frozen.isExported,
    seed: SEED,
    count: COUNT,
  });
  expect(campaign.differences.map(printDifference)).toEqual([]);
  expect(campaign.withRows / campaign.queries).toBeGreaterThan(0.6);
  expect(campaign.failed / campaign.queries).toBeLessThan(0.1);
  expect(Object.keys(campaign.histogram).length).toBeGreaterThan(400);
}, 300_000);

test('the database agrees with itself', async () => {
  const itself: Side = {
    name: 'the database again',
    answer: (metadata, query) => runQuery(zoo.dataSource.getRepository(metadata.target), query),
  };
  const campaign = await runCampaign({
    dataSource: zoo.dataSource,
    sides: [itself],
    metadatas: readableEntities(zoo.dataSource),
    seed: SEED,
    count: 300,
  });
  expect(campaign.differences).toEqual([]);
}, 120_000);
