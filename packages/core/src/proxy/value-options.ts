/** Checks of what `openSnapshot` is given: a representation that nobody knows would otherwise be the default, without notice. */
import { describeValue, nearestName, refuseUnknownOptions } from '../errors';
import type { Representations } from '../structure/slot-value';
import type { ValueOptions } from './proxy-class';

type Forms = { readonly [Name in keyof Representations]-?: readonly NonNullable<Representations[Name]>[] };

const forms: Forms = {
  int64: ['bigint', 'string', 'number'],
  timestamp: ['date', 'local-date', 'microseconds'],
  timestamptz: ['date', 'microseconds'],
  decimal: ['text', 'number'],
  interval: ['parts', 'text'],
  json: ['value', 'text'],
};

const hooks = ['convert', 'wrap', 'embeddedClass', 'showsOnlySelected', 'derive'] as const;

/** Throws TypeError for an unknown kind of values, or an unknown way to give them back. */
export function checkValueOptions(values: ValueOptions | undefined): void {
  refuseUnknownOptions('openSnapshot, values', values, [...Object.keys(forms), ...hooks]);
  if (values === undefined) return;
  for (const [name, known] of Object.entries(forms)) requireOneOf(`values.${name}`, values[name as keyof Forms], known);
  for (const hook of hooks) {
    if (values[hook] !== undefined && typeof values[hook] !== 'function')
      throw new TypeError(`openSnapshot: values.${hook} is a function, found ${describeValue(values[hook])}.`);
  }
}

/** Throws TypeError for an option that has a value, but none of those known. */
export function requireOneOf(option: string, given: unknown, known: readonly string[]): void {
  if (given === undefined || known.includes(given as string)) return;
  const near = typeof given === 'string' ? nearestName(given, known) : undefined;
  throw new TypeError(
    `openSnapshot: ${option} is ${known.map((form) => `"${form}"`).join(' or ')}, found ${describeValue(given)}.${near ? ` Did you mean "${near}"?` : ''}`,
  );
}
