/** The table of column types: all that TypeORM's driver knows, stored as it says, with an order where the database has one. */
import { DataSource, EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import { withDatabase } from '../../../test/src/postgres/suite';
import { declaredForm } from '../src/mapping/column-types';
import { describeEntities } from '../src/mapping/entity-metadatas';
import { columnTypeSupport } from '../src/values/column-type-support';

const database = withDatabase('adapter_column_type_support');
const types = Object.entries(columnTypeSupport);
let dataSource: DataSource;

beforeAll(async () => {
  dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  for (const extension of ['citext', 'hstore', 'ltree', 'cube'])
    await dataSource.query(`CREATE EXTENSION ${extension}`);
});
afterAll(() => dataSource?.destroy());

test('it has the types of the driver, and those that TypeORM adds', () => {
  const known = [...dataSource.driver.supportedDataTypes, 'simple-array', 'simple-json', 'simple-enum'];
  expect(Object.keys(columnTypeSupport).sort()).toEqual(known.map(String).sort());
});

test.each(types)('%s is stored as it says', async (type, { stored }) => {
  const options = { type, ...(type.endsWith('enum') ? { enum: ['a'] } : {}) } as EntitySchemaColumnOptions;
  const columns = { id: { type: 'int', primary: true }, value: options } as const;
  const entities = [new EntitySchema<any>({ name: 'Thing', columns })];
  const [metadata] = await describeEntities(new DataSource({ type: 'postgres', entities }));
  const form = declaredForm(metadata!.findColumnWithPropertyName('value')!);
  expect(form ? (form.isServerText ? 'text' : 'value') : 'refused').toBe(stored);
});

const notHere = new Set(['enum', 'geometry', 'geography', 'vector', 'halfvec']);
test.each(types.filter(([type]) => !type.startsWith('simple') && !notHere.has(type)))(
  '%s has the order it says',
  async (type, { order }) => {
    const ordering = dataSource.query(`SELECT NULL::${type} AS value ORDER BY value`).then(
      () => true,
      (error: Error) => !/could not identify an ordering operator/.test(error.message),
    );
    expect(await ordering).toBe(order !== 'none');
  },
);
