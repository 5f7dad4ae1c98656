/** `permafrost query` on real files: conditions as they are typed, values without loss, and what it says of mistakes. */
import path from 'node:path';
import { createSnapshot, defineSchema } from '@permafrost/core';
import { permafrost, publishCompanies, withFolder } from './support';
import { uid, writeZoo } from './zoo';

const folder = withFolder();
const linesOf = (text: string) => text.split('\n').slice(0, -1);
const jsonOf = (text: string) => linesOf(text).map((line) => JSON.parse(line));

test('records of a generation as a table, and how many there are', async () => {
  await publishCompanies(folder.path, 25);
  const { code, stdout, stderr } = await permafrost('query', folder.path, 'Customer');
  expect(code).toBe(0);
  expect(linesOf(stdout)).toHaveLength(1 + 10);
  expect(linesOf(stdout)[0]).toMatch(/^email +country +tags$/);
  expect(linesOf(stdout)[2]).toMatch(/^customer-10@example\.org +Norge +null$/);
  expect(stderr).toBe('There are more: see --take and --skip.\n');
});

test('conditions, order, window, fields and relations', async () => {
  const file = await publishCompanies(folder.path, 25);
  const ask = async (...args: string[]) => {
    const { code, stdout, stderr } = await permafrost('query', file, ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  expect(jsonOf(await ask('Company', '--json', '--order', 'id:desc'))).toEqual([
    { id: 2, name: 'Company 2' },
    { id: 1, name: 'Company 1' },
  ]);
  expect(jsonOf(await ask('Company', '--json', '--where', 'id in [2, 7]', '--fields', 'name'))).toEqual([
    { name: 'Company 2' },
  ]);
  const ofNorway = ['Customer', '--where', 'country=Norge', '--where', 'company=1'];
  const emails = (text: string) => jsonOf(text).map(({ email }) => email);
  expect(emails(await ask(...ofNorway, '--json', '--take', '20'))).toHaveLength(13);
  expect(emails(await ask(...ofNorway, '--json', '--skip', '12'))).toEqual(['customer-8@example.org']);
  expect(await ask('Customer', '--where', 'country=Norge', '--where', 'company=2')).toBe('email  country  tags\n');
  expect(
    await ask('Customer', '--where', 'email=customer-3@example.org', '--relations', 'company', '--fields', 'email'),
  ).toBe('email                   company\ncustomer-3@example.org  2\n');
  expect(await ask('Company', '--relations', 'customers', '--take', '2')).toMatch(/^ 2 +Company 2 +12 × Customer$/m);
  const [company] = jsonOf(await ask('Company', '--json', '--where', 'id=2', '--relations', 'customers'));
  expect(company.customers).toHaveLength(12);
  expect(company.customers[0]).toEqual({ email: 'customer-11@example.org', country: 'Ísland', tags: null });
});

describe('every type', () => {
  let file: string;
  beforeEach(async () => {
    file = path.join(folder.path, 'zoo.permafrost');
    await writeZoo(file);
  });

  test('comes out without loss', async () => {
    const { stdout } = await permafrost('query', file, 'Thing', '--json');
    expect(jsonOf(stdout)[1]).toEqual({
      ...{ id: '9223372036854775807', text: 'a=b', 'text in ': true, price: '1.50', size: '-Infinity' },
      ...{ at: '2024-01-31T12:00:00.123456Z', local: '2024-01-31T12:00:00', day: '2024-02-29', bytes: '\\x00ff' },
      ...{ kind: 'high', uid, json: { a: [1] }, times: [null, 'infinity'] },
      ...{ clock: '12:30:00.5', marks: ['2', null, '1'], names: [['7', '1970-01-01T00:00:00Z']] },
      counts: ['18446744073709551615'],
      'address.city': 'Ulm',
    });
    expect(jsonOf(stdout)[0]).toMatchObject({ id: '1', size: '-0', price: '2', json: null });
  });

  test('a table keeps to its lines', async () => {
    const { stdout } = await permafrost('query', file, 'Thing', '--fields', 'text,id');
    expect(linesOf(stdout)).toEqual([
      `text${' '.repeat(29)}id`,
      `line\\n\\u009b2J${' '.repeat(20)}1`,
      `a=b${' '.repeat(13)}9223372036854775807`,
    ]);
  });

  test('a field of an embedded goes by its path', async () => {
    const ask = (...args: string[]) => permafrost('query', file, 'Thing', '--fields', 'id,address.city', ...args);
    const { stdout } = await ask('--where', 'address.city=Ulm', '--where', 'id=1', '--json');
    expect(jsonOf(stdout)).toEqual([{ id: '1', 'address.city': 'Ulm' }]);
    expect(linesOf((await ask('--where', 'address.city=Bonn')).stdout)).toEqual(['id  address.city']);
  });

  test('JSON is compared by its value', async () => {
    const ask = async (value: string) =>
      linesOf((await permafrost('query', file, 'Thing', '--fields', 'id', '--where', `json=${value}`)).stdout).length -
      1;
    expect([await ask('{ "a": [1.0] }'), await ask('{}'), await ask('"{}"')]).toEqual([1, 0, 0]);
  });

  test('a key of several fields', async () => {
    const condition = 'pair=["9007199254740993", "x,y"]';
    const { stdout } = await permafrost('query', file, 'Owner', '--relations', 'pair', '--where', condition);
    expect(stdout).toBe('id  pair\n 1  9007199254740993, x,y\n');
  });

  test('a relation to one of several entities', async () => {
    const ask = (...more: string[]) => permafrost('query', file, 'Owner', '--relations', 'likes', ...more);
    expect((await ask()).stdout).toBe('id  likes\n 1  Thing 1\n');
    expect(jsonOf((await ask('--json')).stdout)).toMatchObject([
      { id: 1, likes: { entity: 'Thing', record: { id: '1', price: '2' } } },
    ]);
  });

  test.each([
    [['Thinng'], /^ENTITY_UNKNOWN: .* Did you mean "Thing"\?\n$/],
    [
      ['Thing', '--where', 'kind=middle'],
      /^VALUE_TYPE: --where Thing\.kind: expected one of low, high, found "middle"/,
    ],
    [['Thing', '--where', 'json={'], /^VALUE_TYPE: --where Thing\.json: expected JSON, found "{"/],
    [['Thing', '--where', 'json=[9007199254740993]'], /^VALUE_TYPE: .*more than 15 digits/],
    [['Thing', '--order', 'json'], /^QUERY_UNSUPPORTED: /],
    [['Thing', '--order', 'size:up'], /^USAGE: .*expected the direction asc or desc, found "up"/],
    [['Thing', '--fields', 'id,sise'], /^FIELD_UNKNOWN: .*"size"/],
    [['Thing', '--relations', 'id'], /^FIELD_UNKNOWN: Thing has no "id"\. There are: none\.\n$/],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await permafrost('query', file, ...args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('subtypes', () => {
  const schema = defineSchema([
    {
      name: 'Person',
      key: ['id'],
      fields: [
        { name: 'id', type: 'int32' },
        { name: 'kind', type: 'text' },
        { name: 'room', type: 'text', nullable: true },
        { name: 'grade', type: 'int8', nullable: true },
      ],
      relations: [
        { name: 'pupils', kind: 'to-many', target: 'Person', subtype: 'Student', nullable: true },
        { name: 'tutor', kind: 'to-one', targets: ['Person', 'Pet'] },
      ],
      subtypes: {
        field: 'kind',
        classes: [
          { name: 'Teacher', value: 'teacher', members: ['room', 'pupils'] },
          { name: 'Head', value: 'head', parent: 'Teacher', members: [] },
          { name: 'Student', value: 'student', members: ['grade'] },
        ],
      },
    },
    { name: 'Pet', key: ['name'], fields: [{ name: 'name', type: 'text' }] },
  ]);
  let file: string;
  beforeEach(async () => {
    file = path.join(folder.path, 'people');
    const writer = createSnapshot({ path: file, schema });
    writer.add('Person', { id: 1, kind: 'guest' });
    writer.add('Student', { id: 2, grade: 5, tutor: { entity: 'Person', key: 3 } });
    writer.add('Teacher', { id: 3, room: 'B', pupils: [2] });
    writer.add('Head', { id: 4, room: 'A', pupils: [] });
    await writer.finish();
  });
  const ask = async (...args: string[]) => {
    const { code, stdout, stderr } = await permafrost('query', file, ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  test('of one there are its own records and those of what extends it, with its own members', async () => {
    expect(await ask('Teacher')).toBe('id  kind     room\n 3  teacher  B\n 4  head     A\n');
    expect(await ask('Teacher', '--where', 'id in [1, 2, 4]', '--fields', 'id')).toBe('id\n 4\n');
    expect(
      jsonOf(
        await ask('Teacher', '--json', '--relations', 'pupils', '--take', '1', '--skip', '0', '--where', 'room=B'),
      ),
    ).toEqual([{ id: 3, kind: 'teacher', room: 'B', pupils: [{ id: 2, kind: 'student', grade: 5 }] }]);
    expect(await ask('Teacher', '--relations', 'pupils', '--fields', 'id')).toBe(
      'id  pupils\n 3  1 × Student\n 4  0 × Student\n',
    );
    expect(await ask('Student', '--relations', 'tutor', '--fields', 'id')).toBe('id  tutor\n 2  Teacher 3\n');
  });

  test('of their entity there are all records, each with the members that it has', async () => {
    const lines = jsonOf(await ask('Person', '--json', '--relations', 'pupils'));
    expect(lines.map((line) => Object.keys(line))).toEqual([
      ['id', 'kind'],
      ['id', 'kind', 'grade'],
      ['id', 'kind', 'room', 'pupils'],
      ['id', 'kind', 'room', 'pupils'],
    ]);
    expect(linesOf(await ask('Person', '--relations', 'pupils', '--fields', 'id'))[1]!.trim()).toBe('1');
  });

  test.each([
    [['Teacher', '--fields', 'grade'], /^FIELD_UNKNOWN: Teacher has no "grade"\. There are: id, kind, room\.\n$/],
    [['Student', '--relations', 'pupils'], /^FIELD_UNKNOWN: Student has no "pupils"\. There are: tutor\.\n$/],
    [['Student', '--where', 'room=A'], /^FIELD_UNKNOWN: Student has no "room"\./],
    [['Techer'], /^ENTITY_UNKNOWN: .*Did you mean "Teacher"\?\n$/],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await permafrost('query', file, ...args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });
});
