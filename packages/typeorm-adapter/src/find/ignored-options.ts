/**
 * What TypeORM takes without a word and ignores is answered the same, and said once for each place in the application that asks so: as a
 * process warning with the code PERMAFROST_OPTION_IGNORED.
 */
import path from 'node:path';
import { describeValue } from '@permafrost/core';
import type { FindOneOptions } from 'typeorm';

/** What TypeORM's find methods read, and ours; other options have no effect. */
const knownOptions: ReadonlySet<string> = new Set([
  'as',
  'select',
  'relations',
  'relationLoadStrategy',
  'where',
  'order',
  'skip',
  'take',
  'comment',
  'cache',
  'lock',
  'withDeleted',
  'loadRelationIds',
  'loadEagerRelations',
  'transaction',
]);

const lockModes: ReadonlySet<unknown> = new Set([
  'optimistic',
  'pessimistic_read',
  'pessimistic_write',
  'dirty_read',
  'for_no_key_update',
  'for_key_share',
] satisfies NonNullable<FindOneOptions['lock']>['mode'][]);

/** The options that no find method of TypeORM reads. */
export function unknownOptions(options: unknown): string[] {
  if (typeof options !== 'object' || options === null) return [`the options are ${describeValue(options)}`];
  const ignored: string[] = [];
  for (const name in options)
    if (!knownOptions.has(name) && (options as Record<string, unknown>)[name] !== undefined)
      ignored.push(`there is no option "${name}"`);
  const { where, relationLoadStrategy, lock } = options as Record<string, unknown>;
  const conditions = Array.isArray(where) ? where : [where];
  const noCondition = conditions.find(
    (condition) => condition !== undefined && condition !== null && typeof condition !== 'object',
  );
  if (noCondition !== undefined) ignored.push(`\`where\` is ${describeValue(noCondition)}, which is no condition`);
  if (relationLoadStrategy !== undefined && relationLoadStrategy !== 'join' && relationLoadStrategy !== 'query')
    ignored.push(`there is no relationLoadStrategy ${describeValue(relationLoadStrategy)}`);
  if (lock && !lockModes.has((lock as { mode?: unknown }).mode))
    ignored.push(`there is no lock with the mode ${describeValue((lock as { mode?: unknown }).mode)}`);
  return ignored;
}

/** Warns, at the first time from this place in the application. Cost: tens of microseconds, each time. */
export function reportIgnored(entity: string, method: string, ignored: readonly string[]): void {
  const place = callSite();
  for (const what of ignored) {
    const message = `${entity}.${method}: ${what}. TypeORM ignores this, and so does the snapshot. At ${place}`;
    if (reported.has(message) || reported.size >= MAX_REPORTED) continue;
    reported.add(message);
    process.emitWarning(message, { type: 'PermafrostWarning', code: 'PERMAFROST_OPTION_IGNORED' });
  }
}

/** An application that makes up its code as it runs must not fill the memory with places. */
const MAX_REPORTED = 1000;
const reported = new Set<string>();
const root = path.join(__dirname, '..', '..');
const notTheApplication = [
  path.join(root, 'src') + path.sep,
  path.join(root, 'dist') + path.sep,
  path.join('node_modules', 'typeorm') + path.sep,
  'node:internal',
];

/** The first line of the stack outside of the adapter, TypeORM and Node. */
function callSite(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  const line = stack
    .split('\n')
    .slice(1)
    .find((frame) => !notTheApplication.some((part) => frame.includes(part)));
  return line ? line.trim().replace(/^at /, '') : 'an unknown place';
}
