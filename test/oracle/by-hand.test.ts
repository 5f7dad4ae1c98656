/** Every method, option, operator, column type, column option, kind of relation and of entity: the database's answer, or the refusal the table says. */
import { isPermafrostError } from '@permafrost/core';
import { exportSnapshot, schemaFromMetadata } from '@permafrost/typeorm-adapter';
import { Column, DataSource, type DataSourceOptions, Entity, PrimaryColumn } from 'typeorm';
import { withDatabase } from '../src/postgres/suite';
import { canonical } from './canonical';
import type { AnyRepository, Case, Check, Read } from './cases/case';
import { columnOptions, columnTypes, typesWithoutServer } from './cases/columns';
import { methods, treeMethods } from './cases/methods';
import { operators, options } from './cases/options';
import { entityKinds, relationKinds } from './cases/relations';
import { answerText, printQuery, runQuery } from './query';
import { sidesOf } from './sides';
import { type Frozen, freeze, makeZoo, type World } from './worlds';

const database = withDatabase('oracle_by_hand');
let zoo: World;
let frozen: Frozen;

beforeAll(async () => {
  zoo = await makeZoo(database.url, 7);
  frozen = await freeze(zoo);
}, 120_000);
afterAll(async () => {
  frozen?.close();
  await zoo?.dataSource.destroy();
});

const supported = new DataSource({ type: 'postgres' }).driver.supportedDataTypes as string[];
const sections = {
  methods,
  treeMethods,
  options,
  operators,
  columnTypes: columnTypes(supported),
  columnOptions,
  relationKinds,
  entityKinds,
};

describe.each(Object.entries(sections))('%s', (_, section) => {
  test.each(Object.entries(section))('%s', async (_name, cases) => {
    expect(cases.length).toBeGreaterThan(0);
    for (const one of cases) await expectSame(one);
    // What never finds anything would be equal for the wrong reason.
    if (cases.every((one) => 'method' in one && !one.refused)) {
      const rows = await Promise.all(
        (cases as Read[]).map(async (one) => (await runQuery(live(one.entity), one)) as { rows?: number }),
      );
      expect(rows.some((outcome) => (outcome.rows ?? 0) > 0)).toBe(true);
    }
  });
});

test('every group of the zoo is exported', () => {
  expect(frozen.refused).toEqual({});
});

/** Without a server that has the types there is nothing to compare with: what the exporter says of them is all there is. */
test.each(typesWithoutServer)('%s: refused by name, or mapped', async (type) => {
  const unmade = class Unmade {};
  PrimaryColumn('int')(unmade.prototype, 'id');
  Column({ type, ...(/vec/.test(type) ? { length: 3 } : {}) })(unmade.prototype, 'value');
  Entity('unmade')(unmade);
  const options: DataSourceOptions = {
    type: 'postgres',
    url: database.url,
    entities: [unmade],
    installExtensions: false,
  };
  const dataSource = await new DataSource(options).initialize();
  try {
    if (/vec/.test(type)) {
      const [entity] = schemaFromMetadata(dataSource.entityMetadatas, { entities: [unmade] }).entities;
      expect(entity!.fields.map((field) => field.name)).toContain('value');
      return;
    }
    const error = await exportSnapshot(dataSource, { directory: 'never-made', entities: [unmade] }).catch(
      (thrown) => thrown,
    );
    expect([isPermafrostError(error), error.code, error.message]).toEqual([
      true,
      'EXPORT_UNSUPPORTED',
      expect.stringContaining('value'),
    ]);
  } finally {
    await dataSource.destroy();
  }
});

async function expectSame(one: Case): Promise<void> {
  if ('check' in one) await expectSameCheck(one);
  else await expectSameRead(one);
}

async function expectSameRead(one: Read): Promise<void> {
  const metadata = metadataOf(one.entity);
  const expected = await runQuery(live(one.entity), one, { isLeftOut: () => false });
  if (!one.refused && !one.isEmpty && expected.kind !== 'answered')
    throw new Error(`${printQuery(one)}: ${expected.text}`);
  for (const side of sidesOf(frozen)) {
    if (side.asks?.(metadata, one, 0) === false) continue;
    const actual = await side.answer(metadata, one);
    const said = `${printQuery(one)}, ${side.name}`;
    if (one.refused) expect([said, actual]).toMatchObject([said, { kind: 'refused', code: one.refused }]);
    else {
      const text =
        side.counted && expected.kind === 'answered'
          ? answerText(metadata, one, expected.value, side.counted)
          : expected.text;
      expect([said, actual.kind, actual.text]).toEqual([said, expected.kind, text]);
    }
  }
}

async function expectSameCheck({ entity, check, refused }: Check): Promise<void> {
  const metadata = metadataOf(entity);
  const store = frozen.stores.get(metadata)!;
  const repository = metadata.treeType
    ? store.getTreeRepository<any>(metadata.target, { as: 'entity' })
    : store.getRepository<any>(metadata.target, { as: 'entity' });
  const actual = await outcomeOf(() => check(repository as unknown as AnyRepository));
  if (refused) expect(actual).toBe(`refused ${refused}`);
  else expect(actual).toBe(await outcomeOf(() => check(live(entity))));
}

async function outcomeOf(run: () => unknown): Promise<string> {
  try {
    return canonical(await run(), { isOrdered: () => false });
  } catch (error) {
    if (isPermafrostError(error)) return `refused ${error.code}`;
    return `${(error as Error).constructor.name}: ${(error as Error).message}`;
  }
}

function live(entity: string): AnyRepository {
  const metadata = metadataOf(entity);
  const { dataSource } = zoo;
  return (
    metadata.treeType ? dataSource.getTreeRepository(metadata.target) : dataSource.getRepository(metadata.target)
  ) as AnyRepository;
}

function metadataOf(entity: string) {
  return zoo.dataSource.entityMetadatas.find(({ name }) => name === entity)!;
}
