/**
 * Arguments of a read as plain JSON, so that they can be printed, cut down and made anew for every call: TypeORM changes the operators it
 * is given. `{ $: 'In', args: [[1, 2]] }` stands for `In([1, 2])`, `{ $: 'Date', args: ['2024-…'] }` for a Date.
 */
import {
  And,
  Any,
  ArrayContainedBy,
  ArrayContains,
  ArrayOverlap,
  Between,
  Equal,
  ILike,
  In,
  IsNull,
  JsonContains,
  LessThan,
  LessThanOrEqual,
  Like,
  MoreThan,
  MoreThanOrEqual,
  Not,
  Or,
  Raw,
} from 'typeorm';

export type Described =
  | string
  | number
  | boolean
  | null
  | readonly Described[]
  | Made
  | { readonly [name: string]: Described };

/** Something that JSON cannot say. */
export interface Made {
  readonly $: string;
  readonly args: readonly Described[];
}

const operators = {
  Equal,
  Not,
  LessThan,
  LessThanOrEqual,
  MoreThan,
  MoreThanOrEqual,
  Between,
  In,
  Any,
  IsNull,
  Like,
  ILike,
  ArrayContains,
  ArrayContainedBy,
  ArrayOverlap,
  JsonContains,
  And,
  Or,
};

export type OperatorName = keyof typeof operators;
export const operatorNames = Object.keys(operators) as readonly OperatorName[];

const makers: Readonly<Record<string, (...args: any[]) => unknown>> = {
  ...operators,
  Raw,
  Date: (text: string) => new Date(text),
  Buffer: (hex: string) => Buffer.from(hex, 'hex'),
  BigInt: (text: string) => BigInt(text),
  Number: (text: string) => Number(text),
  Undefined: () => undefined,
};

export function isMade(value: unknown): value is Made {
  return typeof value === 'object' && value !== null && '$' in value && 'args' in value;
}

/** The value itself, new each time. */
export function revive(value: Described | undefined): any {
  if (Array.isArray(value)) return value.map(revive);
  if (isMade(value)) return makers[value.$]!(...value.args.map(revive));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, revive(held)]));
}

/** What `revive` gives back, of a value read from the database. Undefined where it cannot be described. */
export function describe(value: unknown): Described | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { $: 'Number', args: [Object.is(value, -0) ? '-0' : String(value)] };
  if (typeof value === 'bigint') return { $: 'BigInt', args: [Object.is(value, -0) ? '-0' : String(value)] };
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? undefined : { $: 'Date', args: [value.toISOString()] };
  if (Buffer.isBuffer(value)) return { $: 'Buffer', args: [value.toString('hex')] };
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.map(describe);
    return items.includes(undefined) ? undefined : (items as Described[]);
  }
  const members = Object.entries(value).map(([name, held]) => [name, describe(held)] as const);
  return members.some(([, held]) => held === undefined) ? undefined : (Object.fromEntries(members) as Described);
}

/** As it would stand in a program. */
export function printed(value: Described | undefined): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  if (isMade(value)) {
    const args = value.args.map(printed).join(', ');
    if (value.$ === 'Date') return `new Date(${args})`;
    if (value.$ === 'Buffer') return `Buffer.from(${args}, 'hex')`;
    return value.$ === 'Undefined' ? 'undefined' : `${value.$}(${args})`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const members = Object.entries(value).map(
    ([name, held]) => `${/^[A-Za-z_$]\w*$/.test(name) ? name : JSON.stringify(name)}: ${printed(held)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
