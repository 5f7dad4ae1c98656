/** Operands for one column: mostly values that its rows hold, sometimes neighbours of these, seldom nonsense. */
import type { Chooser } from '../chooser';
import { type Described, isMade, type Made, type OperatorName } from '../described';
import type { ColumnFacts, EntityFacts, RowFacts } from './facts';

/** The row that the condition is meant to hold for, if there is one. */
export interface Aim {
  readonly chooser: Chooser;
  readonly facts: EntityFacts;
  readonly witness: RowFacts | undefined;
}

const NEIGHBOUR_PERCENT = 6;
const NONSENSE_PERMILLE = 8;

const nonsense: readonly Described[] = [
  'abc',
  '',
  -1,
  1.5,
  true,
  {},
  [],
  null,
  { $: 'Undefined', args: [] },
  { $: 'Number', args: ['NaN'] },
  '1e400',
  '2024-13-45',
];

export function condition(aim: Aim, column: ColumnFacts, name: OperatorName, depth = 0): Described {
  const { chooser } = aim;
  if (chooser.below(1000) < NONSENSE_PERMILLE) return chooser.pick(nonsense);
  const make = (...args: Described[]): Made => ({ $: name, args });
  const inner = (withWitness: boolean): Described => {
    const names = column.operators.filter((other) => depth < 1 || !['Not', 'And', 'Or'].includes(other));
    return condition(
      { ...aim, witness: withWitness ? aim.witness : undefined },
      column,
      chooser.pick(names),
      depth + 1,
    );
  };
  const held = aim.witness && aim.witness.operands.get(column.path)!.length === 0;
  switch (name) {
    case 'IsNull':
      return make();
    case 'Not':
      if (held) return make({ $: 'IsNull', args: [] });
      if (chooser.chance(20) && column.operators.includes('In'))
        return make({ $: 'In', args: [chooser.some([otherValue(aim, column), otherValue(aim, column), null], 2)] });
      return make(chooser.chance(50) ? otherValue(aim, column) : inner(false));
    case 'And':
      return make(inner(true), inner(true));
    case 'Or':
      return chooser.chance(50) ? make(inner(true), inner(false)) : make(inner(false), inner(true), inner(false));
    case 'Between':
      return make(
        ...chooser.some([value(aim, column), chooser.chance(40) ? value(aim, column) : otherValue(aim, column)], 2),
      );
    case 'In':
    case 'Any':
      return make(listOfValues(aim, column, name));
    case 'Like':
    case 'ILike':
      return make(pattern(chooser, value(aim, column), name));
    case 'ArrayContains':
    case 'ArrayContainedBy':
    case 'ArrayOverlap':
      return make(elements(aim, column, name));
    case 'JsonContains':
      return make(partOf(chooser, value(aim, column)));
    case 'LessThan':
    case 'MoreThan':
      return make(otherValue(aim, column));
    default:
      return make(value(aim, column));
  }
}

/** Of the witness; without one, of any row. */
export function value(aim: Aim, column: ColumnFacts): Described {
  const operands = aim.witness?.operands.get(column.path);
  if (!operands?.length) return otherValue(aim, column);
  const chosen = aim.chooser.pick(operands);
  return aim.chooser.chance(NEIGHBOUR_PERCENT) ? neighbour(aim.chooser, column, chosen) : chosen;
}

function otherValue({ chooser, facts }: Aim, column: ColumnFacts): Described {
  for (let attempt = 0; attempt < 4; attempt++) {
    const operands = chooser.pick(facts.rows).operands.get(column.path)!;
    if (operands.length === 0) continue;
    const chosen = chooser.pick(operands);
    return chooser.chance(NEIGHBOUR_PERCENT) ? neighbour(chooser, column, chosen) : chosen;
  }
  return facts.rows.flatMap((row) => row.operands.get(column.path)!)[0] ?? null;
}

function neighbour(chooser: Chooser, { type }: ColumnFacts, near: Described): Described {
  if (typeof near === 'number') return near + (chooser.chance(5) ? 0.5 : chooser.pick([1, -1]));
  if (isMade(near) && near.$ === 'Date')
    return { $: 'Date', args: [new Date(Date.parse(near.args[0] as string) + chooser.pick([1, -1])).toISOString()] };
  if (typeof near !== 'string') return near;
  if (/^numeric/.test(type))
    return /^-?\d+(\.\d+)?$/.test(near)
      ? chooser.pick([`${near}${near.includes('.') ? '0' : '.0'}`, `0${near}`.replace('0-', '-0')])
      : near;
  if (!/^(text|char|citext)/.test(type)) return near;
  return chooser.pick([
    `${near}a`,
    near.toUpperCase(),
    near.toLowerCase(),
    `${near} `,
    near.slice(0, -1),
    near.normalize('NFD'),
  ]);
}

function listOfValues(aim: Aim, column: ColumnFacts, name: OperatorName): Described[] {
  const { chooser } = aim;
  const percent = name === 'In' ? 4 : 2;
  if (chooser.chance(percent)) return [];
  const list = Array.from({ length: chooser.below(4) }, () => otherValue(aim, column));
  list.splice(chooser.below(list.length + 1), 0, value(aim, column));
  if (chooser.chance(8)) list.push(null);
  return list;
}

function pattern(chooser: Chooser, near: Described, name: OperatorName): string {
  const characters = [...(typeof near === 'string' ? near : JSON.stringify(near))];
  const escaped = characters.map((one) => (/[%_\\]/.test(one) && chooser.chance(70) ? `\\${one}` : one));
  const from = chooser.below(escaped.length + 1);
  const chosen = chooser.pick([
    () => escaped.join(''),
    () => `${escaped.slice(0, from).join('')}%`,
    () => `%${escaped.slice(from).join('')}`,
    () => `%${escaped.slice(from, from + 2).join('')}%`,
    () => escaped.map((one, place) => (place === from ? '_' : one)).join(''),
    () => `${escaped.slice(0, from).join('')}%${escaped.slice(from + 1).join('')}`,
    () => '%',
  ])();
  // A pattern must not end with the escape character.
  const ended = chosen.replace(/(?<!\\)((?:\\\\)*)\\$/, '$1\\\\');
  return name === 'ILike' && chooser.chance(60) ? chooser.pick([ended.toUpperCase(), ended.toLowerCase()]) : ended;
}

function elements(aim: Aim, column: ColumnFacts, name: OperatorName): Described[] {
  const { chooser } = aim;
  const own = value(aim, column);
  const list = Array.isArray(own)
    ? (own as readonly Described[]).filter((one) => one !== null || chooser.chance(20))
    : [];
  if (name === 'ArrayContains') return chooser.some(list, 1 + chooser.below(2));
  const more = otherValue(aim, column);
  return [...list, ...(Array.isArray(more) ? more : [])];
}

/** Of an object some members, of a list some elements: what `@>` finds again. */
function partOf(chooser: Chooser, whole: Described): Described {
  if (Array.isArray(whole)) return chooser.some(whole as readonly Described[], 2);
  if (typeof whole === 'string' && /^(\[|\{["}])/.test(whole)) return partOf(chooser, JSON.parse(whole));
  if (typeof whole !== 'object' || whole === null || isMade(whole)) return whole;
  return Object.fromEntries(chooser.some(Object.entries(whole), 1)) as Described;
}
