/** The generator asks what databases answer: most queries find rows, all pairs of operator and type come up, and the comparison is quiet where nothing differs. */
import { withDatabase } from '../src/postgres/suite';
import { runCampaign, type Side } from './campaign';
import { runQuery } from './query';
import { makeZoo, readableEntities, type World } from './worlds';

const SEED = Number(process.env['SEED'] ?? 20_261_121);
const COUNT = Number(process.env['COUNT'] ?? 600);

const database = withDatabase('oracle_generated');
let zoo: World;

beforeAll(async () => {
  zoo = await makeZoo(database.url, SEED);
}, 60_000);
afterAll(() => zoo?.dataSource.destroy());

test(`queries of seed ${SEED} find rows, and the database agrees with itself`, async () => {
  const itself: Side = {
    name: 'the database again',
    answer: (metadata, query) => runQuery(zoo.dataSource.getRepository(metadata.target), query),
  };
  const campaign = await runCampaign({
    dataSource: zoo.dataSource,
    sides: [itself],
    metadatas: readableEntities(zoo.dataSource),
    seed: SEED,
    count: COUNT,
  });
  expect(campaign.differences).toEqual([]);
  expect(campaign.withRows / campaign.queries).toBeGreaterThan(0.6);
  expect(campaign.failed / campaign.queries).toBeLessThan(0.1);
  expect(Object.keys(campaign.histogram).length).toBeGreaterThan(400);
}, 120_000);
