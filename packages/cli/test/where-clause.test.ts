/** Conditions as they are typed: what they find in a real file, and what is refused with which words. */
import path from 'node:path';
import { type OpenedSnapshot, openSnapshot, runQuery } from '@permafrost/core';
import { parseCondition } from '../src/where-clause';
import { withFolder } from './support';
import { uid, writeZoo } from './zoo';

const folder = withFolder();
let snapshot: OpenedSnapshot;
beforeEach(async () => {
  const file = path.join(folder.path, 'zoo.permafrost');
  await writeZoo(file);
  snapshot = await openSnapshot(file);
});
afterEach(() => snapshot.close());

function ordinalsOf(entity: string, condition: string): number[] {
  const parsed = parseCondition(snapshot.schema, snapshot.entitySchema(entity), condition);
  return [...runQuery(snapshot, { entity, where: [[parsed]] })];
}

test.each([
  ['id=9223372036854775807', [1]],
  ['id in ["9223372036854775807", 1]', [0, 1]],
  ['id in []', []],
  ['text=a=b', [1]],
  ['text=', []],
  ['text in =true', [1]],
  ['text in ["a=b"]', [1]],
  ['price=1.5', [1]],
  ['price=2.00', [0]],
  ['size=-Infinity', [1]],
  ['size=0', [0]],
  ['at=2024-01-31T12:00:00.123456Z', [1]],
  ['at=2024-01-31 13:00:00.123456+01:00', [1]],
  ['at=1970-01-01', [0]],
  ['local=2024-01-31T12:00', [0, 1]],
  ['day=2024-02-29', [0, 1]],
  ['clock=12:30:00.500', [0, 1]],
  ['bytes=\\x00FF', [0, 1]],
  ['kind in ["high", "low"]', [0, 1]],
  [`uid=${uid.toUpperCase()}`, [0, 1]],
])('%s', (condition, ordinals) => {
  expect(ordinalsOf('Thing', condition)).toEqual(ordinals);
});

test('the key of a relation', () => {
  expect(ordinalsOf('Owner', 'pair=["9007199254740993", "x,y"]')).toEqual([0]);
  expect(ordinalsOf('Owner', 'pair in [["9007199254740993", "x,y"], [1, "z"]]')).toEqual([0]);
  expect(ordinalsOf('Owner', 'pair=["9007199254740993", "x"]')).toEqual([]);
  expect(() => ordinalsOf('Owner', 'pair=7')).toThrow(
    expect.objectContaining({
      code: 'VALUE_TYPE',
      message: '--where Owner.pair: expected a key of 2 parts (id, name) as a JSON list, found "7".',
    }),
  );
  expect(ordinalsOf('Owner', 'likes={"entity": "Thing", "key": 1}')).toEqual([0]);
  expect(ordinalsOf('Owner', 'likes={"entity": "Pair", "key": [1, "x"]}')).toEqual([]);
  expect(() => ordinalsOf('Owner', 'likes=1')).toThrow(/with the entity Pair or Thing, found "1"/);
  expect(() => ordinalsOf('Owner', 'pair=[9007199254740993, "x,y"]')).toThrow(/a number that JSON keeps exactly/);
});

test.each([
  ['kindd=low', 'FIELD_UNKNOWN', /^Thing has no "kindd"\. Did you mean "kind"\?$/],
  ['kind', 'USAGE', /^--where "kind": expected 'member=value'/],
  ['kind = low', 'USAGE', /without blanks/],
  ['kind in low', 'USAGE', /expected a JSON list/],
  ['id=1.5', 'VALUE_TYPE', /expected a whole number/],
  ['size=many', 'VALUE_TYPE', /expected a number/],
  ['text in =yes', 'VALUE_TYPE', /true or false/],
  ['bytes=00ff', 'VALUE_TYPE', /hex digits such as/],
  ['uid=7', 'VALUE_TYPE', /a UUID/],
  ['at=2024-02-30', 'VALUE_TYPE', /a time such as/],
  ['at=2024-02-28T25:00', 'VALUE_TYPE', /a time such as/],
  ['local=2024-02-28T00:00Z', 'VALUE_TYPE', /without zone/],
  ['clock=noon', 'VALUE_TYPE', /a time such as 12:30:00/],
  ['marks=1', 'QUERY_UNSUPPORTED', /Thing\.marks/],
  ['day=2024-02-30', 'VALUE_TYPE', /a date of the calendar/],
  ['text in [null]', 'VALUE_TYPE', /expected a string, number or boolean/],
])('%s is refused', (condition, code, message) => {
  expect(() => ordinalsOf('Thing', condition)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});
